//! `pprint.pformat`: values over several lines where one is too short.

use serde_json::Value;

use super::budget;
use super::json::object;
use super::object::{Map, Object};
use super::operators::{Order, compare};
use super::raise::Outcome;
use super::text::{self, quote, repr_of_json};

/// How `pformat` lays values out.
#[derive(Clone, Copy)]
struct Style {
    /// The longest line, in characters.
    width: usize,
    /// Whether the keys of dictionaries are sorted.
    sorts: bool,
}

/// Returns what `pformat(value)` gives.
pub fn format(object: &Object) -> Outcome<String> {
    let mut out = String::new();
    let place =
        Place { style: Style { width: 80, sorts: true }, indent: 0, allowance: 0, level: 0 };
    place.write(object, &mut out)?;
    Ok(out)
}

/// Returns what `pformat(value, width=72, sort_dicts=False)` gives for JSON, with every line but
/// the first indented by `margin`: so `jsonschema` shows schemas and values.
#[must_use]
pub fn format_json(value: &Value, margin: usize) -> String {
    let mut out = String::new();
    let place =
        Place { style: Style { width: 72, sorts: false }, indent: 0, allowance: 0, level: 0 };
    match place.write(&object(value), &mut out) {
        Ok(()) => out.replace('\n', &format!("\n{}", " ".repeat(margin))),
        Err(_) => repr_of_json(value),
    }
}

impl Style {
    /// Returns `repr` with the entries of dictionaries in the style's order.
    fn repr(self, object: &Object, depth: usize) -> Outcome<String> {
        crate::guard(depth)?;
        let all = |items: &[Object]| -> Outcome<Vec<String>> {
            items.iter().map(|item| self.repr(item, depth + 1)).collect()
        };
        let text = match object {
            Object::List(seq) => format!("[{}]", all(&seq.items.borrow())?.join(", ")),
            Object::Tuple(seq) => {
                let items = all(&seq.items.borrow())?;
                format!("({}{})", items.join(", "), if items.len() == 1 { "," } else { "" })
            }
            Object::Dict(map) => {
                let mut parts = Vec::new();
                for (key, value) in self.entries(map)? {
                    let key = self.repr(&key, depth + 1)?;
                    parts.push(format!("{key}: {}", self.repr(&value, depth + 1)?));
                }
                format!("{{{}}}", parts.join(", "))
            }
            other => text::repr(other)?,
        };
        budget::build(text.len())?;
        Ok(text)
    }

    /// Returns the entries; where they are sorted, keys that do not compare go by the names of
    /// their types.
    fn entries(self, map: &Map) -> Outcome<Vec<(Object, Object)>> {
        if !self.sorts {
            return Ok(map.entries.borrow().values().cloned().collect());
        }
        let mut pairs: Vec<(Object, Object)> = Vec::new();
        for (key, value) in map.entries.borrow().values() {
            let less = |other: &Object| {
                compare(key, other, Order::Less)
                    .unwrap_or_else(|_| key.type_name() < other.type_name())
            };
            budget::step(1)?;
            let at = pairs.partition_point(|(other, _)| !less(other));
            pairs.insert(at, (key.clone(), value.clone()));
        }
        Ok(pairs)
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place {
    style: Style,
    /// The column at which it begins.
    indent: usize,
    /// How many characters follow it on its last line.
    allowance: usize,
    /// How many containers it stands in.
    level: usize,
}

impl Place {
    fn write(&self, object: &Object, out: &mut String) -> Outcome<()> {
        let shown = self.style.repr(object, self.level)?;
        if shown.chars().count() + self.indent + self.allowance <= self.style.width {
            out.push_str(&shown);
            return Ok(());
        }
        let inner = Self { level: self.level + 1, ..*self };
        match object {
            Object::Dict(map) => inner.dict(&self.style.entries(map)?, out),
            Object::List(seq) => {
                out.push('[');
                inner.items(&seq.items.borrow(), 1, out)?;
                out.push(']');
                Ok(())
            }
            Object::Tuple(seq) => {
                let items = seq.items.borrow();
                let end = if items.len() == 1 { ",)" } else { ")" };
                out.push('(');
                inner.items(&items, end.len(), out)?;
                out.push_str(end);
                Ok(())
            }
            Object::Str(text) => {
                inner.string(text, out);
                Ok(())
            }
            _ => {
                out.push_str(&shown);
                Ok(())
            }
        }
    }
    fn line(indent: usize) -> String {
        format!("\n{}", " ".repeat(indent))
    }

    fn dict(&self, pairs: &[(Object, Object)], out: &mut String) -> Outcome<()> {
        out.push('{');
        let indent = self.indent + 1;
        for (index, (key, value)) in pairs.iter().enumerate() {
            let last = index + 1 == pairs.len();
            let key = self.style.repr(key, self.level)?;
            out.push_str(&key);
            out.push_str(": ");
            let inside = indent + key.chars().count() + 2;
            let allowance = if last { self.allowance + 1 } else { 1 };
            Self { indent: inside, allowance, ..*self }.write(value, out)?;
            if !last {
                out.push(',');
                out.push_str(&Self::line(indent));
            }
        }
        out.push('}');
        Ok(())
    }

    fn items(&self, items: &[Object], closing: usize, out: &mut String) -> Outcome<()> {
        let indent = self.indent + 1;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(',');
                out.push_str(&Self::line(indent));
            }
            let last = index + 1 == items.len();
            let allowance = if last { self.allowance + closing } else { 1 };
            Self { indent, allowance, ..*self }.write(item, out)?;
        }
        Ok(())
    }

    fn string(&self, text: &str, out: &mut String) {
        if text.is_empty() {
            out.push_str("''");
            return;
        }
        let top = usize::from(self.level == 1);
        let (indent, allowance) = (self.indent + top, self.allowance + top);
        let room = self.style.width.saturating_sub(indent);
        let lines = crate::strings::lines(text, true);
        let mut chunks = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let last_line = index + 1 == lines.len();
            let limit = room.saturating_sub(if last_line { allowance } else { 0 });
            if quote(line).chars().count() <= limit {
                chunks.push(quote(line));
                continue;
            }
            let parts = words(line);
            let mut current = String::new();
            for (index, part) in parts.iter().enumerate() {
                let limit = if last_line && index + 1 == parts.len() { limit } else { room };
                let candidate = format!("{current}{part}");
                if quote(&candidate).chars().count() > limit && !current.is_empty() {
                    chunks.push(quote(&current));
                    current = (*part).to_owned();
                } else {
                    current = candidate;
                }
            }
            if !current.is_empty() {
                chunks.push(quote(&current));
            }
        }
        if let [only] = chunks.as_slice() {
            out.push_str(only);
            return;
        }
        let joined = chunks.join(&Self::line(indent));
        let (open, close) = if self.level == 1 { ("(", ")") } else { ("", "") };
        out.push_str(open);
        out.push_str(&joined);
        out.push_str(close);
    }
}

/// Splits a line into words with the spaces behind them.
fn words(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(crate::is_space).unwrap_or(rest.len());
        let after = &rest[word..];
        let space = after.find(|c| !crate::is_space(c)).unwrap_or(after.len());
        parts.push(&rest[..word + space]);
        rest = &after[space..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_are_laid_out_in_lines() {
        let value = json!({
            "type": "object",
            "properties": {"param1": {"type": ["string", "null"]}, "param2": {"type": ["string", "null"]}},
            "title": "x",
        });
        let expected = "{'type': 'object',\n 'properties': {'param1': {'type': ['string', 'null']},\n                \
                        'param2': {'type': ['string', 'null']}},\n 'title': 'x'}";
        assert_eq!(format_json(&value, 0), expected);
    }
}
