//! Time: timestamps in microseconds since 1970 UTC, the clock, and wake-ups.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in time, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A source of the present time, passed to all code that needs it.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the present moment.
    fn now(&self) -> Timestamp;
}

/// When a loop has to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// At this moment, or earlier when its bell rings.
    At(Timestamp),
    /// When its bell rings.
    Rung,
}

impl Wake {
    /// Returns the wake at a moment, or by the bell alone where there is none.
    pub fn at(moment: Option<Timestamp>) -> Self {
        moment.map_or(Self::Rung, Self::At)
    }

    /// Returns the earlier of two.
    pub fn min(self, other: Self) -> Self {
        match (self, other) {
            (Self::At(one), Self::At(other)) => Self::At(one.min(other)),
            (Self::At(one), Self::Rung) | (Self::Rung, Self::At(one)) => Self::At(one),
            (Self::Rung, Self::Rung) => Self::Rung,
        }
    }
}

impl Timestamp {
    /// Returns the moment so many microseconds after 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns the moment so many milliseconds later.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(1_000)))
    }

    /// Returns the seconds from `earlier` to this moment.
    #[expect(clippy::cast_precision_loss, reason = "an interval in seconds needs no 53 bits")]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1_000_000.0
    }

    /// Reads ISO 8601 text, with or without fraction and offset (UTC where none is given).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let civil = text.parse::<jiff::civil::DateTime>().ok()?;
            jiff::tz::Offset::UTC.to_timestamp(civil).ok()
        })?;
        let moment = Self(moment.as_microsecond());
        // Other years have no ISO 8601 form that every client reads.
        (1..=9999).contains(&moment.civil().year()).then_some(moment)
    }

    fn civil(self) -> jiff::civil::DateTime {
        let moment = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        jiff::tz::Offset::UTC.to_datetime(moment)
    }

    /// Formats as Python prints an aware datetime: `2014-10-31 02:00:46.679000+00:00`.
    pub fn python_text(self) -> String {
        let civil = self.civil();
        let fraction = civil.subsec_nanosecond() / 1_000;
        let seconds = civil.strftime("%Y-%m-%d %H:%M:%S");
        if fraction == 0 {
            format!("{seconds}+00:00")
        } else {
            format!("{seconds}.{fraction:06}+00:00")
        }
    }
}

/// Formats as StackStorm's API does: `2014-10-31T02:00:46.679000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            c.year(),
            c.month(),
            c.day(),
            c.hour(),
            c.minute(),
            c.second(),
            c.subsec_nanosecond() / 1_000
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is not a timestamp")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_the_form_of_the_api() {
        let text = "2014-10-31T02:00:46.679000Z";
        let moment = Timestamp::parse(text).unwrap();
        assert_eq!(moment.to_string(), text);
        assert_eq!(moment.python_text(), "2014-10-31 02:00:46.679000+00:00");
        assert_eq!(Timestamp::parse("2014-10-31T02:00:46.679").unwrap(), moment);
        assert_eq!(Timestamp::parse("2014-10-31T03:00:46.679+01:00").unwrap(), moment);
        assert_eq!(Timestamp::parse("soon"), None);
        assert_eq!(Timestamp::parse("-009998-01-01T00:00:00Z"), None);
        assert_eq!(Timestamp::parse("0000-12-31T23:59:59Z"), None);
    }
}
