//! YAML text to values.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag as GivenTag};

use crate::budget;
use crate::number::{parse_float, parse_int};
use crate::object::{Entries, Native, Object};
use crate::operators::iterate;
use crate::raise::{Class, Outcome, Raise};

use super::resolve::{TIMESTAMPS, Tag, tag, truth};

/// Reads the only document of a text.
pub fn load(text: &str) -> Outcome<Object> {
    let mut loader = Loader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        cut: (!text.ends_with('\n')).then(|| text.chars().count()),
    };
    let mut document = None;
    loop {
        match loader.next()? {
            Event::StreamEnd => return Ok(document.unwrap_or(Object::None)),
            Event::DocumentStart(_) if document.is_some() => {
                return error(
                    "expected a single document in the stream but found another document",
                );
            }
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
            event => document = Some(loader.node(event, 0)?),
        }
    }
}

fn error<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Raise::new(Class::Yaml, message))
}

struct Loader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Object>,
    /// Where a text without a last line end stops: a block there has none either.
    cut: Option<usize>,
}

impl<'t> Loader<'t> {
    fn next(&mut self) -> Outcome<Event<'t>> {
        budget::step(2)?;
        match self.parser.next_event() {
            Some(Ok((Event::Scalar(text, style, anchor, given), span)))
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
                    && self.cut.is_some_and(|cut| span.end.index() >= cut) =>
            {
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                Ok(Event::Scalar(Cow::Owned(text), style, anchor, given))
            }
            Some(Ok((event, _))) => Ok(event),
            Some(Err(problem)) => error(problem.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Outcome<Object> {
        crate::guard(depth)?;
        match event {
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(object) => Ok(object.clone()),
                None => error("found undefined alias"),
            },
            Event::Scalar(text, style, anchor, given) => {
                let object = scalar(&text, style, given.as_deref())?;
                self.anchors.insert(anchor, object.clone());
                Ok(object)
            }
            Event::SequenceStart(anchor, given) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.node(event, depth + 1)?),
                    }
                }
                let object = sequence(items, given)?;
                self.anchors.insert(anchor, object.clone());
                Ok(object)
            }
            Event::MappingStart(anchor, given) => {
                let object = self.mapping(depth)?;
                self.anchors.insert(anchor, object.clone());
                match given.as_ref().map(|given| given.suffix.as_str()) {
                    None | Some("map" | "tag:yaml.org,2002:map") => Ok(object),
                    Some(suffix) => unknown_tag(suffix),
                }
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => error("expected a node"),
        }
    }

    fn mapping(&mut self, depth: usize) -> Outcome<Object> {
        let mut own = Entries::new();
        let mut merged = Entries::new();
        loop {
            let event = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let merges =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let is_value =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "=");
            let key = match (merges, is_value) {
                (true, _) => Object::None,
                (_, true) => Object::str("="),
                _ => self.node(event, depth + 1)?,
            };
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            if merges {
                merge(&value, &mut merged)?;
                continue;
            }
            let Ok(hashed) = key.key() else { return error("found unhashable key") };
            match own.get_mut(&hashed) {
                Some((_, old)) => *old = value,
                None => drop(own.insert(hashed, (key, value))),
            }
        }
        if merged.is_empty() {
            return Ok(Object::dict(own));
        }
        for (key, entry) in own {
            match merged.get_mut(&key) {
                Some(old) => old.1 = entry.1,
                None => drop(merged.insert(key, entry)),
            }
        }
        Ok(Object::dict(merged))
    }
}

/// Takes in the entries of a mapping, or of several; the first to have a key wins.
fn merge(value: &Object, merged: &mut Entries) -> Outcome<()> {
    let sources = match value {
        Object::Dict(_) => vec![value.clone()],
        Object::List(_) => iterate(value)?,
        _ => return error("expected a mapping or list of mappings for merging"),
    };
    for source in sources {
        let Object::Dict(map) = source else { return error("expected a mapping for merging") };
        budget::build(map.entries.borrow().len().saturating_mul(64))?;
        for (key, entry) in map.entries.borrow().iter() {
            if !merged.contains_key(key) {
                merged.insert(key.clone(), entry.clone());
            }
        }
    }
    Ok(())
}

fn sequence(items: Vec<Object>, given: Option<Cow<'_, GivenTag>>) -> Outcome<Object> {
    budget::build(items.len().saturating_mul(32))?;
    match given.as_ref().map(|given| given.suffix.as_str()) {
        None | Some("seq" | "tag:yaml.org,2002:seq") => Ok(Object::list(items)),
        Some(suffix) => unknown_tag(suffix),
    }
}

fn unknown_tag<T>(suffix: &str) -> Outcome<T> {
    error(format!("could not determine a constructor for the tag '{suffix}'"))
}

fn scalar(text: &str, style: ScalarStyle, given: Option<&GivenTag>) -> Outcome<Object> {
    budget::build(text.len())?;
    let kind = match given {
        None if style == ScalarStyle::Plain => tag(text),
        None => Tag::Str,
        Some(given) => match given.suffix.trim_start_matches("tag:yaml.org,2002:") {
            "" | "!" | "str" => Tag::Str,
            "int" => Tag::Int,
            "float" => Tag::Float,
            "bool" => Tag::Bool,
            "null" => Tag::Null,
            "timestamp" => Tag::Timestamp,
            _ => return unknown_tag(&given.suffix),
        },
    };
    match kind {
        Tag::Null => Ok(Object::None),
        Tag::Str => Ok(Object::str(text)),
        Tag::Merge => unknown_tag("tag:yaml.org,2002:merge"),
        Tag::Value => unknown_tag("tag:yaml.org,2002:value"),
        Tag::Bool => match truth(&text.to_lowercase()) {
            Some(flag) => Ok(Object::Bool(flag)),
            None => error("the value is not a boolean"),
        },
        Tag::Int => int(text).map(Object::Int),
        Tag::Float => float(text).map(Object::Float),
        Tag::Timestamp => moment(text),
    }
}

fn int(text: &str) -> Outcome<i128> {
    let plain = text.replace('_', "");
    let digits = plain.trim_start_matches(['+', '-']);
    let number = if digits.starts_with("0b") || digits.starts_with("0x") {
        parse_int(digits, 0)?
    } else if digits.len() > 1 && digits.starts_with('0') {
        parse_int(digits, 8)?
    } else if digits.contains(':') {
        sixties(digits)?
    } else {
        parse_int(digits, 10)?
    };
    Ok(if plain.starts_with('-') { -number } else { number })
}

fn sixties(digits: &str) -> Outcome<i128> {
    digits.split(':').try_fold(0_i128, |total, part| {
        let total =
            total.checked_mul(60).and_then(|total| total.checked_add(parse_int(part, 10).ok()?));
        total.ok_or_else(crate::number::too_large)
    })
}

fn float(text: &str) -> Outcome<f64> {
    let plain = text.replace('_', "").to_lowercase();
    let digits = plain.trim_start_matches(['+', '-']);
    let size = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        digits if digits.contains(':') => {
            let mut total = 0.0;
            for part in digits.split(':') {
                total = total * 60.0 + parse_float(part)?;
            }
            total
        }
        digits => parse_float(digits)?,
    };
    Ok(if plain.starts_with('-') { -size } else { size })
}

/// A date, or a date and a time.
struct Moment {
    type_name: &'static str,
    text: String,
    repr: String,
}

impl Native for Moment {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn repr(&self) -> String {
        self.repr.clone()
    }

    fn text(&self) -> Outcome<String> {
        Ok(self.text.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn moment(text: &str) -> Outcome<Object> {
    let wrong = || Raise::new(Class::Value, format!("{text} is not a date"));
    let captures = TIMESTAMPS.captures(text).ok_or_else(wrong)?;
    let part = |index: usize| captures.get(index).map_or("", |part| part.as_str());
    let native = |moment: Moment| Ok(Object::Native(Rc::new(moment)));
    if part(1).is_empty() {
        let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
        let repr = format!("datetime.date({}, {}, {})", date.year(), date.month(), date.day());
        return native(Moment { type_name: "date", text: date.to_string(), repr });
    }
    let number = |index: usize| part(index).parse::<i16>().map_err(|_| wrong());
    let small = |index: usize| part(index).parse::<i8>().map_err(|_| wrong());
    let micros: i32 = format!("{:0<6.6}", part(7)).parse().map_err(|_| wrong())?;
    let time = jiff::civil::DateTime::new(
        number(1)?,
        small(2)?,
        small(3)?,
        small(4)?,
        small(5)?,
        small(6)?,
        micros * 1000,
    );
    let time = time.map_err(|_| wrong())?;
    let offset = match part(8) {
        "" => None,
        "Z" => Some(0),
        _ => {
            let minutes = number(10)? * 60 + part(11).parse::<i16>().unwrap_or(0);
            Some(if part(9) == "-" { -minutes } else { minutes })
        }
    };
    native(show_moment(time, micros, offset))
}

fn show_moment(time: jiff::civil::DateTime, micros: i32, offset: Option<i16>) -> Moment {
    let mut text = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let mut parts = vec![
        time.year().to_string(),
        time.month().to_string(),
        time.day().to_string(),
        time.hour().to_string(),
        time.minute().to_string(),
    ];
    if time.second() > 0 || micros > 0 {
        parts.push(time.second().to_string());
    }
    if micros > 0 {
        crate::append(&mut text, format_args!(".{micros:06}"));
        parts.push(micros.to_string());
    }
    if let Some(minutes) = offset {
        let sign = if minutes < 0 { '-' } else { '+' };
        let size = minutes.unsigned_abs();
        crate::append(&mut text, format_args!("{sign}{:02}:{:02}", size / 60, size % 60));
        let seconds = i32::from(minutes) * 60;
        parts.push(match seconds {
            0 => "tzinfo=datetime.timezone.utc".to_owned(),
            1.. => format!("tzinfo=datetime.timezone(datetime.timedelta(seconds={seconds}))"),
            ..0 => format!(
                "tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds={}))",
                86_400 + seconds
            ),
        });
    }
    Moment { type_name: "datetime", text, repr: format!("datetime.datetime({})", parts.join(", ")) }
}
