//! Values as Python prints them: `repr` and `pprint.pformat`, because StackStorm's messages
//! contain them.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// Returns the value as Python's `repr` prints it.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => repr_number(number),
        Value::String(text) => repr_text(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let pairs = object.iter().map(|(k, v)| format!("{}: {}", repr_text(k), repr(v)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns the text as Python's `repr` prints it.
pub fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => escape(c, &mut out),
        }
    }
    out.push(quote);
    out
}

fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{a0}' | '\u{ad}' => false,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => false,
        '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{feff}' => false,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => false,
        '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}' => false,
        c => !c.is_whitespace(),
    }
}

fn escape(c: char, out: &mut String) {
    let code = u32::from(c);
    // Writing to a text cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

fn repr_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => repr_float(float),
        _ => number.to_string(),
    }
}

/// Returns the number as Python's `repr` prints a float.
pub fn repr_float(float: f64) -> String {
    if !float.is_finite() {
        return format!("{float}").to_lowercase();
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let text = format!("{float}");
        return if text.contains('.') { text } else { format!("{text}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Returns the value as `pprint.pformat` lays it out in lines of 72 characters, the keys in
/// their order, every line after the first indented by `margin`.
pub fn pretty(value: &Value, margin: usize) -> String {
    let mut out = String::new();
    layout(value, 0, 0, &mut out);
    out.replace('\n', &format!("\n{}", " ".repeat(margin)))
}

const WIDTH: usize = 72;

fn layout(value: &Value, indent: usize, allowance: usize, out: &mut String) {
    let line = repr(value);
    let room = WIDTH.saturating_sub(indent + allowance);
    if line.chars().count() <= room {
        out.push_str(&line);
        return;
    }
    match value {
        Value::Object(object) if !object.is_empty() => {
            out.push('{');
            let last = object.len() - 1;
            for (index, (key, value)) in object.iter().enumerate() {
                let key = repr_text(key);
                let width = key.chars().count();
                out.push_str(&key);
                out.push_str(": ");
                let rest = if index == last { allowance + 1 } else { 1 };
                layout(value, indent + width + 3, rest, out);
                if index < last {
                    separate(indent + 1, out);
                }
            }
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            let last = items.len() - 1;
            for (index, item) in items.iter().enumerate() {
                layout(item, indent + 1, if index == last { allowance + 1 } else { 1 }, out);
                if index < last {
                    separate(indent + 1, out);
                }
            }
            out.push(']');
        }
        Value::String(text) => layout_text(text, indent, allowance, out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            out.push_str(&line);
        }
    }
}

fn separate(indent: usize, out: &mut String) {
    out.push_str(",\n");
    out.push_str(&" ".repeat(indent));
}

/// Lays a long text out as adjacent literals, broken after white space and line ends.
fn layout_text(text: &str, indent: usize, allowance: usize, out: &mut String) {
    // At the top level the literals stand in parentheses.
    let is_parenthesized = indent == 0;
    let indent = indent + usize::from(is_parenthesized);
    let allowance = allowance + usize::from(is_parenthesized);
    let mut chunks: Vec<String> = Vec::new();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let room = WIDTH.saturating_sub(indent);
    for (index, line) in lines.iter().enumerate() {
        let is_last = index + 1 == lines.len();
        let room_here = if is_last { room.saturating_sub(allowance) } else { room };
        if repr_text(line).chars().count() <= room_here {
            chunks.push(repr_text(line));
            continue;
        }
        let mut current = String::new();
        let parts = words(line);
        for (at, part) in parts.iter().enumerate() {
            let candidate = format!("{current}{part}");
            let tail = is_last && at + 1 == parts.len();
            let limit = if tail { room.saturating_sub(allowance) } else { room };
            if repr_text(&candidate).chars().count() > limit && !current.is_empty() {
                chunks.push(repr_text(&current));
                current = (*part).to_owned();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            chunks.push(repr_text(&current));
        }
    }
    if chunks.len() < 2 {
        out.push_str(&repr_text(text));
        return;
    }
    let literals = chunks.join(&format!("\n{}", " ".repeat(indent)));
    let [open, close] = if is_parenthesized { ["(", ")"] } else { ["", ""] };
    out.extend([open, &literals, close]);
}

/// Splits a line into words, each with the white space after it.
fn words(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut was_space = false;
    for (at, c) in line.char_indices() {
        if was_space && !c.is_whitespace() {
            parts.push(&line[start..at]);
            start = at;
        }
        was_space = c.is_whitespace();
    }
    parts.push(&line[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, expected: &str) {
        assert_eq!(repr(&value), expected);
    }

    #[test]
    fn values_print_as_in_python() {
        check(json!(null), "None");
        check(json!([true, 1, 1.0, 1e16, 1e-5, "a"]), "[True, 1, 1.0, 1e+16, 1e-05, 'a']");
        check(json!(["\u{601}", "\u{10f980}", "é🦀"]), "['\\u0601', '\\U0010f980', 'é🦀']");
        check(json!({"a": {"b": "it's"}}), r#"{'a': {'b': "it's"}}"#);
        check(json!("both ' and \""), r#"'both \' and "'"#);
        check(json!("\n\t\u{7}\u{200b}é"), r"'\n\t\x07\u200bé'");
    }

    #[test]
    fn long_values_are_laid_out_in_lines() {
        let value = json!({
            "type": "object",
            "properties": {"param1": {"type": ["string", "null"]}, "param2": {"type": ["string", "null"]}},
            "title": "x",
        });
        let expected = "{'type': 'object',\n 'properties': {'param1': {'type': ['string', 'null']},\n                \
                        'param2': {'type': ['string', 'null']}},\n 'title': 'x'}";
        assert_eq!(pretty(&value, 0), expected);
    }
}
