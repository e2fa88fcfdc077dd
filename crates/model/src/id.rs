//! Ids: 24 hexadecimal digits, ordered by creation time, unique without coordination.
//!
//! Layout: 4 bytes of seconds, 20 bits of microseconds, 20 random bits, 3 bytes of a counter that
//! starts at a random value. A [`Maker`] never uses the same microsecond twice, so ids of one process
//! are strictly ascending. People name an id by its last six digits.

use std::{fmt, str::FromStr};

use parking_lot::Mutex;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Timestamp;

/// The id of a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 12]);

/// The error of a text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: an id has 24 hexadecimal digits")]
pub struct Error(pub String);

impl Id {
    /// Returns the id with these bytes.
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// Returns the last six digits, by which people name the id.
    pub fn short(&self) -> String {
        let text = self.to_string();
        text[text.len() - 6..].to_owned()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0_u8; 24];
        for (index, byte) in self.0.iter().enumerate() {
            text[index * 2] = DIGITS[usize::from(byte >> 4)];
            text[index * 2 + 1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digits = text.as_bytes();
        if digits.len() != 24 {
            return Err(Error(text.to_owned()));
        }
        let mut bytes = [0_u8; 12];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let high = (pair[0] as char).to_digit(16).ok_or_else(|| Error(text.to_owned()))?;
            let low = (pair[1] as char).to_digit(16).ok_or_else(|| Error(text.to_owned()))?;
            *byte = u8::try_from(high * 16 + low).map_err(|_| Error(text.to_owned()))?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Makes ascending ids.
#[derive(Debug)]
pub struct Maker {
    last: Mutex<Last>,
    salt: u32,
}

#[derive(Debug)]
struct Last {
    micros: i64,
    counter: u32,
}

impl Maker {
    /// Returns a maker whose ids are told from those of other makers by these random bytes.
    pub const fn new(random: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, _] = random;
        let salt = u32::from_be_bytes([0, a, b, c]) & 0xf_ffff;
        let last = Last { micros: 0, counter: u32::from_be_bytes([d, e, f, g]) };
        Self { last: Mutex::new(last), salt }
    }

    /// Makes the next id.
    pub fn make(&self, now: Timestamp) -> Id {
        let mut last = self.last.lock();
        last.micros = now.micros().max(last.micros + 1);
        last.counter = last.counter.wrapping_add(1);
        let (micros, counter) = (last.micros, last.counter);
        drop(last);
        let seconds = u32::try_from(micros.div_euclid(1_000_000)).unwrap_or(u32::MAX);
        let fraction = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or_default();
        let mut bytes = [0_u8; 12];
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        bytes[4..8].copy_from_slice(&(fraction << 12 | self.salt >> 8).to_be_bytes());
        bytes[8..].copy_from_slice(&(self.salt << 24 | counter & 0xff_ffff).to_be_bytes());
        Id(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_maker_ascend_even_within_a_microsecond() {
        let maker = Maker::new([1, 2, 3, 4, 255, 255, 254, 0]);
        let now = Timestamp::from_micros(1_700_000_000_999_999);
        let ids: Vec<Id> = (0..5).map(|_| maker.make(now)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids[0].to_string() < ids[4].to_string());
        let shorts: std::collections::BTreeSet<String> = ids.iter().map(Id::short).collect();
        assert_eq!(shorts.len(), ids.len());
    }

    #[test]
    fn text_and_id_are_two_forms_of_one_thing() {
        let text = "6b04ba597ce86b8867096e3d";
        assert_eq!(text.parse::<Id>().unwrap().to_string(), text);
        assert!("6b04".parse::<Id>().is_err());
        assert!("zb04ba597ce86b8867096e3d".parse::<Id>().is_err());
        assert!("éb04ba597ce86b8867096e3".parse::<Id>().is_err());
    }
}
