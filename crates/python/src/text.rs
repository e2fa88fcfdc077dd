//! `str` and `repr` of values.

use std::rc::Rc;

use serde_json::Value;

use super::budget;
use super::number::float_repr;
use super::object::{Map, Object, Seq, View};
use super::raise::Outcome;

/// Returns what Python's `str` gives for a value.
pub fn str(object: &Object) -> Outcome<String> {
    match object {
        Object::Str(text) | Object::Markup(text) => Ok(text.to_string()),
        Object::Undefined(undefined) if undefined.strict => Err(undefined.error()),
        Object::Undefined(_) => Ok(String::new()),
        Object::Native(native) => native.text(),
        other => repr(other),
    }
}

/// Returns what Python's `repr` gives for a value.
pub fn repr(object: &Object) -> Outcome<String> {
    let mut out = String::new();
    write(object, &mut Within { out: &mut out, open: Vec::new() })?;
    Ok(out)
}

/// Returns what `str` gives for JSON.
#[must_use]
pub fn str_of_json(value: &Value) -> String {
    value.as_str().map_or_else(|| repr_of_json(value), str::to_owned)
}

/// Returns what `repr` gives for JSON. Nothing is spent of an evaluation's budget.
#[must_use]
pub fn repr_of_json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&float_repr(float)),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => out.push_str(&quote(text)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (key, item)) in object.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                out.push_str(&quote(key));
                out.push_str(": ");
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

/// Returns what `repr` gives for a string.
#[must_use]
pub fn quote(text: &str) -> String {
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
            c => out.push_str(&escape(c)),
        }
    }
    out.push(quote);
    out
}

/// Returns what `repr` gives for bytes.
#[must_use]
pub fn quote_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if char::from(byte) == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..=0x7e => out.push(char::from(byte)),
            byte => super::append(&mut out, format_args!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

/// Returns whether Python shows a character as it is.
#[must_use]
pub fn is_printable(c: char) -> bool {
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

struct Within<'a> {
    out: &'a mut String,
    /// The containers that are being written: one inside itself is cut short.
    open: Vec<*const ()>,
}

impl Within<'_> {
    /// Writes a container's parts, or `cut` when it is already being written.
    fn nest(
        &mut self,
        at: *const (),
        cut: &str,
        parts: impl FnOnce(&mut Self) -> Outcome<()>,
    ) -> Outcome<()> {
        if self.open.contains(&at) {
            self.out.push_str(cut);
            return Ok(());
        }
        super::guard(self.open.len())?;
        self.open.push(at);
        let result = parts(self);
        self.open.pop();
        result
    }
}

fn write(object: &Object, within: &mut Within<'_>) -> Outcome<()> {
    let before = within.out.len();
    match object {
        Object::None => within.out.push_str("None"),
        Object::Bool(true) => within.out.push_str("True"),
        Object::Bool(false) => within.out.push_str("False"),
        Object::Int(number) => within.out.push_str(&number.to_string()),
        Object::Float(number) => within.out.push_str(&float_repr(*number)),
        Object::Str(text) => within.out.push_str(&quote(text)),
        Object::Markup(text) => {
            within.out.push_str("Markup(");
            within.out.push_str(&quote(text));
            within.out.push(')');
        }
        Object::Bytes(bytes) => within.out.push_str(&quote_bytes(bytes)),
        Object::List(seq) => return write_list(seq, within),
        Object::Tuple(seq) => return write_tuple(seq, within),
        Object::Dict(map) => return write_dict(map, within),
        Object::View(view, map) => return write_view(*view, map, within),
        Object::Range(range) => {
            let text = match range.step {
                1 => format!("range({}, {})", range.start, range.stop),
                step => format!("range({}, {}, {step})", range.start, range.stop),
            };
            within.out.push_str(&text);
        }
        Object::Iter(iter) => {
            super::append(
                within.out,
                format_args!("<{} object at 0x7f0000000000>", iter.type_name),
            );
        }
        Object::Undefined(_) => within.out.push_str("Undefined"),
        Object::Method(method) => {
            let owner = method.0.type_name();
            let text =
                format!("<built-in method {} of {owner} object at 0x7f0000000000>", method.1);
            within.out.push_str(&text);
        }
        Object::Native(native) => within.out.push_str(&native.repr()),
    }
    budget::build(within.out.len() - before)
}

fn write_items(items: &[Object], within: &mut Within<'_>) -> Outcome<()> {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            within.out.push_str(", ");
        }
        write(item, within)?;
    }
    Ok(())
}

fn write_list(seq: &Rc<Seq>, within: &mut Within<'_>) -> Outcome<()> {
    within.nest(Rc::as_ptr(seq).cast(), "[...]", |within| {
        within.out.push('[');
        write_items(&seq.items.borrow(), within)?;
        within.out.push(']');
        Ok(())
    })
}

fn write_tuple(seq: &Rc<Seq>, within: &mut Within<'_>) -> Outcome<()> {
    within.nest(Rc::as_ptr(seq).cast(), "(...)", |within| {
        within.out.push('(');
        let items = seq.items.borrow();
        write_items(&items, within)?;
        within.out.push_str(if items.len() == 1 { ",)" } else { ")" });
        Ok(())
    })
}

fn write_dict(map: &Rc<Map>, within: &mut Within<'_>) -> Outcome<()> {
    within.nest(Rc::as_ptr(map).cast(), "{...}", |within| {
        within.out.push('{');
        for (index, (key, value)) in map.entries.borrow().values().enumerate() {
            if index > 0 {
                within.out.push_str(", ");
            }
            write(key, within)?;
            within.out.push_str(": ");
            write(value, within)?;
        }
        within.out.push('}');
        Ok(())
    })
}

fn write_view(view: View, map: &Rc<Map>, within: &mut Within<'_>) -> Outcome<()> {
    let name = Object::View(view, Rc::clone(map)).type_name().to_owned();
    within.out.push_str(&name);
    within.out.push('(');
    if map.frozen {
        write_dict(map, within)?;
        within.out.push(')');
        return Ok(());
    }
    within.nest(Rc::as_ptr(map).cast(), "[...]", |within| {
        within.out.push('[');
        write_items(&super::operators::view_items(view, map), within)?;
        within.out.push(']');
        Ok(())
    })?;
    within.out.push(')');
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, expected: &str) {
        assert_eq!(repr_of_json(&value), expected);
        assert_eq!(repr(&crate::json::object(&value)).unwrap(), expected);
    }

    #[test]
    fn values_print_as_in_python() {
        check(json!(null), "None");
        check(json!([true, 1, 1.0, 1e16, 1e-5, "a"]), "[True, 1, 1.0, 1e+16, 1e-05, 'a']");
        check(json!(["\u{601}", "\u{10f980}", "é🦀"]), "['\\u0601', '\\U0010f980', 'é🦀']");
        check(json!({"a": {"b": "it's"}}), r#"{'a': {'b': "it's"}}"#);
        check(json!("both ' and \""), r#"'both \' and "'"#);
        check(json!("\n\t\u{7}\u{200b}é"), r"'\n\t\x07\u200bé'");
        check(
            json!({"a": [1, 1.5, 100.0, 1e16, 1e-5, 1.25e300, true, null], "b'": "it's", "c": "\"'\n\u{7f}é"}),
            r#"{'a': [1, 1.5, 100.0, 1e+16, 1e-05, 1.25e+300, True, None], "b'": "it's", 'c': '"\'\n\x7fé'}"#,
        );
    }

    #[test]
    fn text_prints_as_itself() {
        assert_eq!(str_of_json(&json!("it's")), "it's");
        assert_eq!(str_of_json(&json!(["it's"])), "[\"it's\"]");
    }
}
