//! `pprint.pformat`: values over several lines when one is too short.

use super::budget;
use super::object::{Map, Object};
use super::operators::{Order, compare};
use super::raise::Outcome;
use super::text::{quote, repr};

const WIDTH: usize = 80;

/// Returns a value as Python's pretty printer shows it.
pub fn format(object: &Object) -> Outcome<String> {
    let mut out = String::new();
    write(object, 0, 0, 0, &mut out)?;
    Ok(out)
}

/// Returns `repr` with the keys of dictionaries sorted.
fn sorted_repr(object: &Object, depth: usize) -> Outcome<String> {
    super::guard(depth)?;
    let all = |items: &[Object]| -> Outcome<Vec<String>> {
        items.iter().map(|item| sorted_repr(item, depth + 1)).collect()
    };
    let text = match object {
        Object::List(seq) => format!("[{}]", all(&seq.items.borrow())?.join(", ")),
        Object::Tuple(seq) => {
            let items = all(&seq.items.borrow())?;
            format!("({}{})", items.join(", "), if items.len() == 1 { "," } else { "" })
        }
        Object::Dict(map) => {
            let mut parts = Vec::new();
            for (key, value) in sorted(map)? {
                let key = sorted_repr(&key, depth + 1)?;
                parts.push(format!("{key}: {}", sorted_repr(&value, depth + 1)?));
            }
            format!("{{{}}}", parts.join(", "))
        }
        other => repr(other)?,
    };
    budget::build(text.len())?;
    Ok(text)
}

/// Returns the entries by key; keys that do not compare go by the names of their types.
fn sorted(map: &Map) -> Outcome<Vec<(Object, Object)>> {
    let mut pairs: Vec<(Object, Object)> = Vec::new();
    for (key, value) in map.entries.borrow().values() {
        let less = |other: &Object| {
            compare(key, other, Order::Less).unwrap_or_else(|_| key.type_name() < other.type_name())
        };
        budget::step(1)?;
        let at = pairs.partition_point(|(other, _)| !less(other));
        pairs.insert(at, (key.clone(), value.clone()));
    }
    Ok(pairs)
}

fn write(
    object: &Object,
    indent: usize,
    allowance: usize,
    level: usize,
    out: &mut String,
) -> Outcome<()> {
    let shown = sorted_repr(object, level)?;
    if shown.chars().count() + indent + allowance <= WIDTH {
        out.push_str(&shown);
        return Ok(());
    }
    let inner = Place { indent, allowance, level: level + 1 };
    match object {
        Object::Dict(map) => inner.dict(&sorted(map)?, out),
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

struct Place {
    indent: usize,
    allowance: usize,
    level: usize,
}

impl Place {
    fn line(indent: usize) -> String {
        format!("\n{}", " ".repeat(indent))
    }

    fn dict(&self, pairs: &[(Object, Object)], out: &mut String) -> Outcome<()> {
        out.push('{');
        let indent = self.indent + 1;
        for (index, (key, value)) in pairs.iter().enumerate() {
            let last = index + 1 == pairs.len();
            let key = sorted_repr(key, self.level)?;
            out.push_str(&key);
            out.push_str(": ");
            let inside = indent + key.chars().count() + 2;
            let allowance = if last { self.allowance + 1 } else { 1 };
            write(value, inside, allowance, self.level, out)?;
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
            write(item, indent, allowance, self.level, out)?;
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
        let room = WIDTH.saturating_sub(indent);
        let lines = super::strings::lines(text, true);
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
        let word = rest.find(super::is_space).unwrap_or(rest.len());
        let after = &rest[word..];
        let space = after.find(|c| !super::is_space(c)).unwrap_or(after.len());
        parts.push(&rest[..word + space]);
        rest = &after[space..];
    }
    parts
}
