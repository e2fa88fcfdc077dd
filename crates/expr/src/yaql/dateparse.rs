//! Dates as people write them: the parts of `dateutil` that a text can lead to.
//!
//! The text is cut into numbers, words and separators. Numbers next to colons
//! are times, words are months, days of the week and zones; what numbers are
//! left are year, month and day, told apart by their size and their order.

use jiff::{Timestamp, civil};
use python::object::Object;
use python::raise::{Class, Outcome, Raise};

use super::dateformat::{DAYS, MONTHS};
use super::time::{DAY, DateTime, from_epoch};

const TEXT_BYTES_MAX: usize = 1000;

/// Reads a point in time; what the text does not say comes from `now`.
pub(super) fn parse(text: &str, now: Timestamp) -> Outcome<Object> {
    let unknown = || {
        let message = format!("Unknown string format: {text}");
        Raise::new(Class::Value, message)
    };
    if text.is_empty() {
        let message = "String does not contain a date: ";
        return Err(Raise::new(Class::Value, message));
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(unknown());
    }
    let mut reader = Reader { tokens: cut(text), ..Reader::default() };
    let mut at = 0;
    while at < reader.tokens.len() {
        at = reader.read(at).ok_or_else(unknown)?;
    }
    reader.assemble(now).ok_or_else(unknown)?
}

/// Cuts a text into numbers, words and single signs.
fn cut(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut token = String::from(c);
        if c.is_ascii_digit() {
            while let Some(next) = chars.peek().copied() {
                let ahead = chars.clone().nth(1);
                let point = matches!(next, '.' | ',')
                    && !token.contains('.')
                    && ahead.is_some_and(|ahead| ahead.is_ascii_digit());
                if !next.is_ascii_digit() && !point {
                    break;
                }
                token.push(if next == ',' { '.' } else { next });
                chars.next();
            }
            // Three numbers with points between them are a date.
            let dotted = token.contains('.')
                && chars.peek() == Some(&'.')
                && chars.clone().nth(1).is_some_and(|ahead| ahead.is_ascii_digit());
            if dotted {
                for part in token.split('.') {
                    tokens.push(part.to_owned());
                    tokens.push(".".to_owned());
                }
                tokens.pop();
                continue;
            }
        } else if c.is_alphabetic() {
            while let Some(next) = chars.next_if(|next| next.is_alphabetic()) {
                token.push(next);
            }
        } else if c.is_whitespace() {
            while chars.next_if(|next| next.is_whitespace()).is_some() {}
            token = " ".to_owned();
        }
        tokens.push(token);
    }
    tokens
}

#[derive(Default)]
struct Reader {
    tokens: Vec<String>,
    /// The numbers of a date in their order, and how many digits each has.
    numbers: Vec<(u32, usize)>,
    /// Which of the numbers is the month, where a word said so.
    month_at: Option<usize>,
    year_at: Option<usize>,
    hour: Option<i8>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    weekday: Option<usize>,
    offset: Option<i128>,
    /// Whether a zone was named; only that of UTC is known.
    zone: bool,
}

const JUMPS: [&str; 22] = [
    " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd",
    "th", "the", "a.d", "z.", ":",
];

impl Reader {
    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", String::as_str)
    }

    fn is_number(&self, at: usize) -> bool {
        self.token(at).starts_with(|c: char| c.is_ascii_digit())
    }

    /// Reads what stands at a token, and returns the token after it.
    fn read(&mut self, at: usize) -> Option<usize> {
        if self.is_number(at) {
            return self.read_number(at);
        }
        let word = self.token(at).to_lowercase();
        if let Some(month) = named(&word, &MONTHS) {
            self.month_at = Some(self.numbers.len());
            self.numbers.push((u32::try_from(month + 1).ok()?, 2));
            return self.after_month(at + 1);
        }
        if let Some(day) = named(&word, &DAYS) {
            self.weekday = Some(day);
            return Some(at + 1);
        }
        if let "am" | "pm" | "a" | "p" = word.as_str() {
            self.hour?;
            self.afternoon = Some(word.starts_with('p'));
            // `a.m.` comes in pieces.
            let dotted = self.token(at + 1) == "." && self.token(at + 2).eq_ignore_ascii_case("m");
            return Some(if dotted { at + 3 } else { at + 1 });
        }
        if let Some(next) = self.read_zone(at, &word) {
            return Some(next);
        }
        if let "+" | "-" = word.as_str()
            && self.hour.is_some()
            && self.is_number(at + 1)
        {
            return self.read_offset(at);
        }
        JUMPS.contains(&word.as_str()).then_some(at + 1)
    }

    /// Reads the name of a zone after a time. In `GMT+3` the sign says where GMT is.
    fn read_zone(&mut self, at: usize, word: &str) -> Option<usize> {
        let token = self.token(at);
        let known = matches!(word, "utc" | "gmt" | "z");
        let written = token.len() <= 5 && token.chars().all(|c| c.is_ascii_uppercase());
        if self.hour.is_none() || self.zone || self.offset.is_some() || !(written || known) {
            return None;
        }
        self.zone = true;
        let sign = match self.token(at + 1) {
            "+" => "-",
            "-" => "+",
            _ => {
                self.offset = known.then_some(0);
                return Some(at + 1);
            }
        };
        if let Some(token) = self.tokens.get_mut(at + 1) {
            sign.clone_into(token);
        }
        Some(at + 1)
    }

    /// Reads `-03-2014` or `/ 3 / 2014` after a month that is a word.
    fn after_month(&mut self, at: usize) -> Option<usize> {
        let separator = self.token(at).to_owned();
        if !matches!(separator.as_str(), "-" | "/") || !self.is_number(at + 1) {
            return Some(at);
        }
        self.push(at + 1)?;
        if self.token(at + 2) == separator && self.is_number(at + 3) {
            self.push(at + 3)?;
            return Some(at + 4);
        }
        Some(at + 2)
    }

    fn push(&mut self, at: usize) -> Option<()> {
        let token = self.token(at);
        let entry = (token.parse().ok()?, token.len());
        self.numbers.push(entry);
        Some(())
    }

    fn read_number(&mut self, at: usize) -> Option<usize> {
        let token = self.token(at).to_owned();
        let digits = token.split('.').next().unwrap_or_default().len();
        let next = self.token(at + 1).to_owned();
        let has_date = self.numbers.len() >= 3;
        if next == ":" && self.is_number(at + 2) {
            return self.read_time(at);
        }
        let has_unit = unit(&next.to_lowercase()).is_some();
        let is_time = self.hour.is_none() && matches!(digits, 2 | 4 | 6) && !has_unit;
        let follows = digits == 6 && !self.numbers.is_empty();
        if is_time && (has_date || follows) {
            let only_hour = digits == 2 && !token.contains('.');
            if only_hour || digits == 4 || digits == 6 {
                return self.read_compact_time(at);
            }
        }
        if let 8 | 12 | 14 = digits
            && !(token.contains('.') && digits != 14)
        {
            return self.read_compact_date(&token, digits, at);
        }
        if digits == 6 && self.numbers.is_empty() && !token.contains('.') {
            for part in [&token[..2], &token[2..4], &token[4..6]] {
                self.numbers.push((part.parse().ok()?, 2));
            }
            return Some(at + 1);
        }
        if matches!(next.as_str(), "-" | "/" | ".") && !token.contains('.') {
            return self.read_date(at, &next);
        }
        let after = if next == " " { at + 2 } else { at + 1 };
        let word = self.token(after).to_lowercase();
        if let Some(unit) = unit(&word) {
            return self.read_unit(&token, unit, after);
        }
        if let "am" | "pm" | "a" | "p" = word.as_str()
            && self.hour.is_none()
            && digits <= 2
        {
            self.hour = Some(token.parse().ok()?);
            return Some(after);
        }
        if self.numbers.len() < 3 && !token.contains('.') {
            self.push(at)?;
            return Some(at + 1);
        }
        None
    }

    fn read_unit(&mut self, number: &str, unit: char, at: usize) -> Option<usize> {
        let value: f64 = number.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "numbers beyond a clock are refused")]
        let (whole, part) = (value as i8, value.fract());
        #[expect(clippy::cast_possible_truncation, reason = "a fraction is small")]
        match unit {
            'h' => {
                self.hour = Some(whole);
                self.minute = (part * 60.0) as i8;
            }
            'm' => {
                self.minute = whole;
                self.second = (part * 60.0) as i8;
            }
            _ => {
                self.second = whole;
                self.nanosecond = (part * 1e6).round() as i32 * 1000;
            }
        }
        Some(at + 1)
    }

    /// Reads `hour:minute`, with seconds and their fraction when they follow.
    fn read_time(&mut self, at: usize) -> Option<usize> {
        self.hour = Some(self.token(at).parse().ok()?);
        let minutes = self.token(at + 2).to_owned();
        let (minute, part) = minutes.split_once('.').unwrap_or((&minutes, ""));
        self.minute = minute.parse().ok()?;
        if !part.is_empty() {
            let fraction: f64 = format!("0.{part}").parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "below 60")]
            {
                self.second = (fraction * 60.0) as i8;
            }
        }
        if self.token(at + 3) == ":" && self.is_number(at + 4) {
            let seconds = self.token(at + 4).to_owned();
            self.read_seconds(&seconds)?;
            return Some(at + 5);
        }
        Some(at + 3)
    }

    fn read_seconds(&mut self, text: &str) -> Option<()> {
        let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
        self.second = second.parse().ok()?;
        let digits: String = fraction.chars().take(6).collect();
        self.nanosecond = format!("{digits:0<9}").parse().ok()?;
        Some(())
    }

    /// Reads `20`, `2056` or `205635.45` after a date.
    fn read_compact_time(&mut self, at: usize) -> Option<usize> {
        let token = self.token(at).to_owned();
        self.hour = Some(token.get(..2)?.parse().ok()?);
        if let Some(minute) = token.get(2..4) {
            self.minute = minute.parse().ok()?;
        }
        if token.len() > 4 {
            self.read_seconds(token.get(4..)?)?;
        }
        Some(at + 1)
    }

    /// Reads `20080903`, with a time when it follows at once.
    fn read_compact_date(&mut self, token: &str, digits: usize, at: usize) -> Option<usize> {
        self.year_at = Some(self.numbers.len());
        for (part, width) in [(token.get(..4)?, 4), (token.get(4..6)?, 2), (token.get(6..8)?, 2)] {
            self.numbers.push((part.parse().ok()?, width));
        }
        if digits > 8 {
            self.hour = Some(token.get(8..10)?.parse().ok()?);
            self.minute = token.get(10..12)?.parse().ok()?;
        }
        if digits > 12 {
            let seconds = token.get(12..)?.to_owned();
            self.read_seconds(&seconds)?;
        }
        Some(at + 1)
    }

    /// Reads numbers and a month with one separator between them.
    fn read_date(&mut self, at: usize, separator: &str) -> Option<usize> {
        self.push(at)?;
        let mut at = at + 1;
        for _ in 0..2 {
            if self.token(at) != separator {
                break;
            }
            if self.is_number(at + 1) {
                self.push(at + 1)?;
            } else if let Some(month) = named(&self.token(at + 1).to_lowercase(), &MONTHS) {
                self.month_at = Some(self.numbers.len());
                self.numbers.push((u32::try_from(month + 1).ok()?, 2));
            } else {
                break;
            }
            at += 2;
        }
        Some(at)
    }

    /// Reads `+0300`, `+03:00` or `-3`.
    fn read_offset(&mut self, at: usize) -> Option<usize> {
        let sign = if self.token(at) == "-" { -1 } else { 1 };
        let token = self.token(at + 1).to_owned();
        let mut next = at + 2;
        let (hours, minutes): (i128, i128) = if token.len() == 4 {
            (token[..2].parse().ok()?, token[2..].parse().ok()?)
        } else if self.token(next) == ":" && self.is_number(next + 1) {
            let minutes = self.token(next + 1).parse().ok()?;
            next += 2;
            (token.parse().ok()?, minutes)
        } else if token.len() <= 2 {
            (token.parse().ok()?, 0)
        } else {
            return None;
        };
        self.offset = Some(sign * (hours * 3600 + minutes * 60) * 1_000_000);
        Some(next)
    }

    /// Tells which of the numbers is the year, the month and the day.
    fn date(&self) -> Option<(Option<u32>, Option<u32>, Option<u32>)> {
        let is_year = |(value, digits): (u32, usize)| digits > 2 || value > 31;
        let n = &self.numbers;
        let month = self.month_at;
        Some(match (n.as_slice(), month) {
            ([], _) => (None, None, None),
            ([a], Some(_)) => (None, Some(a.0), None),
            ([a], None) if is_year(*a) => (Some(a.0), None, None),
            ([a], None) => (None, None, Some(a.0)),
            ([a, b], Some(0)) if is_year(*b) => (Some(b.0), Some(a.0), None),
            ([a, b], Some(0)) => (None, Some(a.0), Some(b.0)),
            ([a, b], Some(_)) if is_year(*a) => (Some(a.0), Some(b.0), None),
            ([a, b], Some(_)) => (None, Some(b.0), Some(a.0)),
            ([a, b], None) if is_year(*a) => (Some(a.0), Some(b.0), None),
            ([a, b], None) if is_year(*b) => (Some(b.0), Some(a.0), None),
            ([a, b], None) if a.0 > 12 => (None, Some(b.0), Some(a.0)),
            ([a, b], None) => (None, Some(a.0), Some(b.0)),
            ([a, b, c], Some(0)) if is_year(*b) => (Some(b.0), Some(a.0), Some(c.0)),
            ([a, b, c], Some(0)) => (Some(c.0), Some(a.0), Some(b.0)),
            ([a, b, c], Some(1)) if is_year(*a) => (Some(a.0), Some(b.0), Some(c.0)),
            ([a, b, c], Some(1)) => (Some(c.0), Some(b.0), Some(a.0)),
            ([a, b, c], Some(_)) if is_year(*b) => (Some(b.0), Some(c.0), Some(a.0)),
            ([a, b, c], Some(_)) => (Some(a.0), Some(c.0), Some(b.0)),
            ([a, b, c], None) if is_year(*a) || self.year_at == Some(0) => {
                (Some(a.0), Some(b.0), Some(c.0))
            }
            ([a, b, c], None) if a.0 > 12 => (Some(c.0), Some(b.0), Some(a.0)),
            ([a, b, c], None) => (Some(c.0), Some(a.0), Some(b.0)),
            _ => return None,
        })
    }

    fn assemble(&self, now: Timestamp) -> Option<Outcome<Object>> {
        let today = from_epoch(i128::from(now.as_microsecond())).ok()?.date();
        let (year, month, day) = self.date()?;
        let nothing = self.numbers.is_empty() && self.hour.is_none() && self.weekday.is_none();
        if nothing {
            return None;
        }
        let year = match (year, self.numbers.iter().find(|(value, _)| Some(*value) == year)) {
            (Some(year), Some((_, 1 | 2))) => century(year, today.year()),
            (Some(year), _) => i16::try_from(year).ok()?,
            (None, _) => today.year(),
        };
        let month = month.map_or(Ok(today.month()), i8::try_from).ok()?;
        let last = civil::Date::new(year, month, 1).ok()?.days_in_month();
        let day = match day {
            Some(day) => i8::try_from(day).ok()?,
            None => today.day().min(last),
        };
        let mut date = civil::Date::new(year, month, day).ok()?;
        if let Some(weekday) = self.weekday.filter(|_| self.numbers.iter().all(|(_, d)| *d > 2)) {
            let ahead = weekday as i64 - i64::from(date.weekday().to_monday_zero_offset());
            date = date.checked_add(jiff::Span::new().days(ahead.rem_euclid(7))).ok()?;
        }
        let hour = match (self.hour.unwrap_or(0), self.afternoon) {
            (hour, Some(_)) if !(0..=12).contains(&hour) => return None,
            (12, Some(false)) => 0,
            (hour, Some(true)) if hour < 12 => hour + 12,
            (hour, _) => hour,
        };
        let time = civil::Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let offset = self.offset.filter(|offset| offset.abs() < DAY).unwrap_or(0);
        Some(DateTime::object(date.to_datetime(time), offset, true))
    }
}

/// Returns the unit of time that a word names, by its first letter.
fn unit(word: &str) -> Option<char> {
    match word {
        "h" | "hour" | "hours" => Some('h'),
        "m" | "minute" | "minutes" => Some('m'),
        "s" | "second" | "seconds" => Some('s'),
        _ => None,
    }
}

/// Returns the year that two digits stand for: the one within fifty years of this one.
fn century(year: u32, this_year: i16) -> i16 {
    let year = i16::try_from(year).unwrap_or(0) + this_year / 100 * 100;
    if year >= this_year + 50 {
        year - 100
    } else if year < this_year - 50 {
        year + 100
    } else {
        year
    }
}

/// Returns the place of a name that a word is, or of which it is the beginning that one writes.
fn named(word: &str, names: &[&str]) -> Option<usize> {
    let short = |name: &str| word == &name[..3] || (word == "sept" && name == "september");
    names.iter().position(|name| word == *name || short(name))
}
