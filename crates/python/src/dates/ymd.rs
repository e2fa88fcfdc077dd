//! Which of up to three numbers is the year, which the month and which the day.

use super::calendar;

/// The text cannot be read as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown;

/// What a number was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// Nothing yet.
    None,
    /// A year.
    Year,
    /// A month.
    Month,
}

/// The numbers so far.
#[derive(Debug, Default)]
pub(super) struct Ymd {
    values: Vec<i64>,
    year_at: Option<usize>,
    month_at: Option<usize>,
    /// Whether the year was written with its century.
    pub(super) has_century: bool,
}

/// Year, month and day, as far as they are known.
pub(super) type Date = (Option<i64>, Option<i64>, Option<i64>);

impl Ymd {
    /// Returns how many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds a number that was written as `text`.
    pub(super) fn push_text(&mut self, text: &str, label: Label) -> Result<(), Unknown> {
        let whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value: i64 =
            if whole { text.parse().map_err(|_| Unknown)? } else { return Err(Unknown) };
        self.push_as(value, text.len() > 2, label)
    }

    /// Adds a number.
    pub(super) fn push(
        &mut self,
        value: i64,
        exceeds_100: bool,
        label: Label,
    ) -> Result<(), Unknown> {
        self.push_as(value, exceeds_100, label)
    }

    /// Adds a number that can only be a year.
    pub(super) fn push_year(&mut self, value: i64) -> Result<(), Unknown> {
        self.push_as(value, false, Label::Year)
    }

    fn push_as(&mut self, value: i64, century: bool, label: Label) -> Result<(), Unknown> {
        let mut label = label;
        if century {
            self.has_century = true;
            if label == Label::Month {
                return Err(Unknown);
            }
            label = Label::Year;
        }
        self.values.push(value);
        let at = match label {
            Label::None => return Ok(()),
            Label::Year => &mut self.year_at,
            Label::Month => &mut self.month_at,
        };
        if at.is_some() {
            return Err(Unknown);
        }
        *at = Some(self.values.len() - 1);
        Ok(())
    }

    /// Returns whether a number may be the day, by what is known of month and year.
    pub(super) fn could_be_day(&self, value: i64, has_fraction: bool) -> Result<bool, Unknown> {
        let at_most = |most: i64| value >= 1 && (value < most || (value == most && !has_fraction));
        let Some(month) = self.month_at.map(|at| self.values[at]) else { return Ok(at_most(31)) };
        if !(1..=12).contains(&month) {
            return Err(Unknown);
        }
        let year = self.year_at.map_or(2_000, |at| self.values[at]);
        Ok(at_most(calendar::month_days(year, month)))
    }

    /// Decides.
    pub(super) fn resolve(&self) -> Result<Date, Unknown> {
        let known = usize::from(self.year_at.is_some()) + usize::from(self.month_at.is_some());
        let count = self.values.len();
        if (count == known && known > 0) || (count == 3 && known == 2) {
            return Ok(self.resolve_known());
        }
        match self.values.as_slice() {
            [] => Ok((None, None, None)),
            [only] => {
                Ok(if *only > 31 { (Some(*only), None, None) } else { (None, None, Some(*only)) })
            }
            [a, b] => Ok(self.resolve_two(*a, *b)),
            [a, b, c] => Ok(self.resolve_three(*a, *b, *c)),
            _ => Err(Unknown),
        }
    }

    fn resolve_known(&self) -> Date {
        let at = |index: usize| self.values.get(index).copied();
        let other = (self.values.len() == 3)
            .then(|| {
                (0..3).find(|index| Some(*index) != self.year_at && Some(*index) != self.month_at)
            })
            .flatten();
        (self.year_at.and_then(at), self.month_at.and_then(at), other.and_then(at))
    }

    fn resolve_two(&self, a: i64, b: i64) -> Date {
        let (month, other) = match self.month_at {
            Some(0) => (a, b),
            Some(_) => (b, a),
            None if a > 31 => return (Some(a), Some(b), None),
            None if b > 31 => return (Some(b), Some(a), None),
            None => return (None, Some(a), Some(b)),
        };
        if other > 31 { (Some(other), Some(month), None) } else { (None, Some(month), Some(other)) }
    }

    fn resolve_three(&self, a: i64, b: i64, c: i64) -> Date {
        let (year, month, day) = match self.month_at {
            Some(0) if b > 31 => (b, a, c),
            Some(0) => (c, a, b),
            Some(1) if a > 31 => (a, b, c),
            Some(1) => (c, b, a),
            Some(_) if b > 31 => (b, c, a),
            Some(_) => (a, c, b),
            None if a > 31 || self.year_at == Some(0) => (a, b, c),
            None if a > 12 => (c, b, a),
            None => (c, a, b),
        };
        (Some(year), Some(month), Some(day))
    }
}
