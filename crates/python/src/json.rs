//! JSON: between its values and Python's, and as text the way Python writes and reads it.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Number, Value};

use super::budget;
use super::number::float_repr;
use super::object::{Entries, Key, Object};
use super::operators::sort_by_keys;
use super::raise::{Class, Outcome, Raise, type_error};
use super::text;

/// Returns the object for JSON.
#[must_use]
pub fn object(value: &Value) -> Object {
    match value {
        Value::Null => Object::None,
        Value::Bool(flag) => Object::Bool(*flag),
        Value::Number(number) => match (number.as_i128(), number.as_f64()) {
            (Some(whole), _) => Object::Int(whole),
            (None, Some(real)) => Object::Float(real),
            (None, None) => Object::None,
        },
        Value::String(text) => Object::str(text),
        Value::Array(items) => Object::list(items.iter().map(object).collect()),
        Value::Object(map) => dict(map),
    }
}

/// Returns the object for JSON as YAQL holds it: nothing in it ever changes.
#[must_use]
pub fn frozen(value: &Value) -> Object {
    match value {
        Value::Array(items) => Object::tuple(items.iter().map(frozen).collect()),
        Value::Object(map) => Object::frozen(entries(map, frozen)),
        other => object(other),
    }
}

/// Returns the entries for a JSON object.
pub fn entries(map: &JsonMap<String, Value>, convert: impl Fn(&Value) -> Object) -> Entries {
    let mut entries = Entries::with_capacity(map.len());
    for (name, value) in map {
        let name: Arc<str> = Arc::from(name.as_str());
        entries.insert(Key::Str(Arc::clone(&name)), (Object::Str(name), convert(value)));
    }
    entries
}

/// Returns the dictionary for a JSON object.
#[must_use]
pub fn dict(map: &JsonMap<String, Value>) -> Object {
    Object::dict(entries(map, object))
}

/// Returns the JSON for an object.
pub fn value(object: &Object) -> Outcome<Value> {
    value_within(object, 0)
}

fn value_within(object: &Object, depth: usize) -> Outcome<Value> {
    super::guard(depth)?;
    Ok(match object {
        Object::None => Value::Null,
        Object::Bool(flag) => Value::Bool(*flag),
        Object::Int(number) => whole(*number),
        Object::Float(number) => match Number::from_f64(*number) {
            Some(number) => Value::Number(number),
            None => return type_error(format!("not JSON: {}", float_repr(*number))),
        },
        Object::Str(text) | Object::Markup(text) => Value::String(text.to_string()),
        Object::List(_)
        | Object::Tuple(_)
        | Object::Iter(_)
        | Object::Range(_)
        | Object::View(..) => {
            let items = super::operators::iterate(object)?;
            let items: Outcome<Vec<Value>> =
                items.iter().map(|item| value_within(item, depth + 1)).collect();
            Value::Array(items?)
        }
        Object::Dict(map) => {
            let mut out = JsonMap::new();
            for (key, item) in map.entries.borrow().values() {
                out.insert(key_text(key)?, value_within(item, depth + 1)?);
            }
            Value::Object(out)
        }
        Object::Undefined(undefined) => return Err(undefined.error()),
        Object::Bytes(_) | Object::Method(_) | Object::Native(_) => {
            return type_error(format!("not JSON: {}", text::repr(object)?));
        }
    })
}

/// Returns the JSON number for a whole number; a float when it is too large.
#[must_use]
pub fn whole(number: i128) -> Value {
    if let Ok(number) = i64::try_from(number) {
        return Value::from(number);
    }
    #[expect(clippy::cast_precision_loss, reason = "nothing wider exists in JSON here")]
    u64::try_from(number).map_or_else(|_| Value::from(number as f64), Value::from)
}

fn key_text(key: &Object) -> Outcome<String> {
    Ok(match key {
        Object::Str(text) | Object::Markup(text) => text.to_string(),
        Object::Int(number) => number.to_string(),
        Object::Float(number) => float_repr(*number),
        Object::Bool(true) => "true".to_owned(),
        Object::Bool(false) => "false".to_owned(),
        Object::None => "null".to_owned(),
        other => {
            let name = other.type_name();
            return type_error(format!("keys must be str, int, float, bool or None, not {name}"));
        }
    })
}

/// Reads JSON text, as strictly as orjson does.
pub fn loads(text: &str) -> Outcome<Value> {
    serde_json::from_str(&plain_zeros(text)).map_err(|error| {
        let place = format!(": line {} column {}", error.line(), error.column());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Raise::new(Class::JsonDecode, format!("{message}{place}"))
    })
}

/// Drops the sign of whole zeros: it would make them floats.
fn plain_zeros(text: &str) -> Cow<'_, str> {
    if !text.contains("-0") {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for (index, c) in text.char_indices() {
        if quoted {
            quoted = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
        } else if c == '"' {
            quoted = true;
        }
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let after = bytes.get(index + 2).copied().unwrap_or(b' ');
        let is_zero = c == '-' && !quoted && bytes.get(index + 1) == Some(&b'0');
        let in_exponent = index > 0 && matches!(bytes[index - 1], b'e' | b'E');
        if is_zero && !in_exponent && !digit(index + 2) && !matches!(after, b'.' | b'e' | b'E') {
            continue;
        }
        out.push(c);
    }
    Cow::Owned(out)
}

/// How JSON is written.
pub struct Style {
    /// What goes between items.
    pub item: String,
    /// What goes between a key and its value.
    pub key: String,
    /// The indentation of one level; none for one line.
    pub indent: Option<String>,
    /// Whether keys are sorted.
    pub sorted: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { item: ", ".to_owned(), key: ": ".to_owned(), indent: None, sorted: false }
    }
}

impl Style {
    /// Returns the style that Python uses for an `indent` argument.
    pub fn indented(indent: Option<&Object>) -> Outcome<Self> {
        let mut style = Self::default();
        let Some(indent) = indent.filter(|indent| !indent.is_none()) else { return Ok(style) };
        style.item = ",".to_owned();
        style.indent = Some(match indent {
            Object::Str(text) | Object::Markup(text) => text.to_string(),
            other => {
                let width = super::arguments::whole(other)?.clamp(0, 1024);
                " ".repeat(usize::try_from(width).unwrap_or(0))
            }
        });
        Ok(style)
    }
}

/// Returns what `json.dumps` gives.
pub fn dumps(object: &Object, style: &Style) -> Outcome<String> {
    let mut out = String::new();
    write(object, style, 0, &mut out)?;
    Ok(out)
}

fn write(object: &Object, style: &Style, depth: usize, out: &mut String) -> Outcome<()> {
    super::guard(depth)?;
    let before = out.len();
    match object {
        Object::None => out.push_str("null"),
        Object::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Object::Int(number) => out.push_str(&number.to_string()),
        Object::Float(number) if number.is_nan() => out.push_str("NaN"),
        Object::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Object::Float(number) => out.push_str(&float_repr(*number)),
        Object::Str(text) | Object::Markup(text) => write_string(text, out),
        Object::List(seq) | Object::Tuple(seq) => {
            let items = seq.items.borrow();
            return write_all('[', ']', style, depth, out, items.len(), |index, out| {
                write(&items[index], style, depth + 1, out)
            });
        }
        Object::Dict(map) if !map.frozen => {
            let pairs = pairs(&map.entries.borrow(), style.sorted)?;
            return write_all('{', '}', style, depth, out, pairs.len(), |index, out| {
                write_string(&key_text(&pairs[index].0)?, out);
                out.push_str(&style.key);
                write(&pairs[index].1, style, depth + 1, out)
            });
        }
        other => {
            let name = other.type_name();
            return type_error(format!("Object of type {name} is not JSON serializable"));
        }
    }
    budget::build(out.len() - before)
}

fn pairs(entries: &Entries, sorted: bool) -> Outcome<Vec<(Object, Object)>> {
    let pairs: Vec<(Object, Object)> = entries.values().cloned().collect();
    if !sorted {
        return Ok(pairs);
    }
    let keyed = pairs
        .into_iter()
        .map(|(key, value)| (key.clone(), Object::tuple(vec![key, value])))
        .collect();
    let sorted = sort_by_keys(keyed, false)?;
    Ok(sorted
        .iter()
        .filter_map(|pair| match pair {
            Object::Tuple(seq) => {
                let items = seq.items.borrow();
                Some((items.first()?.clone(), items.get(1)?.clone()))
            }
            _ => None,
        })
        .collect())
}

#[expect(clippy::too_many_arguments, reason = "one call for lists and one for dictionaries")]
fn write_all(
    open: char,
    close: char,
    style: &Style,
    depth: usize,
    out: &mut String,
    count: usize,
    mut one: impl FnMut(usize, &mut String) -> Outcome<()>,
) -> Outcome<()> {
    let line = |depth: usize, out: &mut String| {
        if let Some(indent) = &style.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    };
    out.push(open);
    for index in 0..count {
        if index > 0 {
            out.push_str(&style.item);
        }
        line(depth + 1, out);
        one(index, out)?;
        budget::build(2 + depth)?;
    }
    if count > 0 {
        line(depth, out);
    }
    out.push(close);
    Ok(())
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut units = [0; 2];
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut units) {
                    super::append(out, format_args!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
