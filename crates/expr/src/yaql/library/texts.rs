//! Texts: looking for parts of them, and their characters.

use python::object::Object;
use python::operators::truth;
use python::raise::{Class, Outcome, Raise};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::kinds::Kind::{BoolOrNull, Int, Str};
use crate::yaql::machine::Machine;

use super::strings::python;

const FIND: &[Parameter] = &[must("string", Str), must("sub", Str), may("start", Int)];
const FIND_WITHIN: &[Parameter] =
    &[must("string", Str), must("sub", Str), must("start", Int), must("length", Int)];
const STRING: &[Parameter] = &[must("string", Str)];
const CLASSES: &[Parameter] = &[
    may("digits", BoolOrNull),
    may("hexdigits", BoolOrNull),
    may("asciiLowercase", BoolOrNull),
    may("asciiUppercase", BoolOrNull),
    may("asciiLetters", BoolOrNull),
    may("letters", BoolOrNull),
    may("octdigits", BoolOrNull),
    may("punctuation", BoolOrNull),
    may("printable", BoolOrNull),
    may("lowercase", BoolOrNull),
    may("uppercase", BoolOrNull),
    may("whitespace", BoolOrNull),
];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::method(
        "substring",
        &[must("string", Str), must("start", Int), may("length", Int)],
        substring,
    ),
    Function::method("indexOf", FIND, |_, bound| find(bound, "find")),
    Function::method("indexOf", FIND_WITHIN, |_, bound| find_within(bound, "find")),
    Function::method("lastIndexOf", FIND, |_, bound| find(bound, "rfind")),
    Function::method("lastIndexOf", FIND_WITHIN, |_, bound| find_within(bound, "rfind")),
    Function::method("startsWith", STRING, |_, bound| {
        Ok(affixed(bound, |text, affix| text.starts_with(affix)))
    })
    .with_rest(Str),
    Function::method("endsWith", STRING, |_, bound| {
        Ok(affixed(bound, |text, affix| text.ends_with(affix)))
    })
    .with_rest(Str),
    Function::free("characters", CLASSES, characters),
];

/// Returns a position between 0 and the length, counted from the end when it is negative.
fn clamp(position: i128, length: usize) -> usize {
    let whole = i128::try_from(length).unwrap_or(i128::MAX);
    let position = if position < 0 { position.saturating_add(whole) } else { position };
    usize::try_from(position.clamp(0, whole)).unwrap_or(0)
}

fn substring(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let string: Vec<char> = bound.text_or_empty(0).chars().collect();
    let count = i128::try_from(string.len()).unwrap_or(i128::MAX);
    let (start, length) = (bound.int(1, 0), bound.int(2, -1));
    let length = if length < 0 { count } else { length };
    let start = if start < 0 { start.saturating_add(count) } else { start };
    let end = clamp(start.saturating_add(length), string.len());
    let start = clamp(start, string.len());
    let part: String = string.get(start..end.max(start)).unwrap_or_default().iter().collect();
    Ok(part.into())
}

fn find(bound: &Bound<'_>, method: &str) -> Outcome<Object> {
    python(&bound.object(0), method, vec![bound.object(1), Object::Int(bound.int(2, 0))])
}

fn find_within(bound: &Bound<'_>, method: &str) -> Outcome<Object> {
    let string = bound.object(0);
    let count = bound.text_or_empty(0).chars().count();
    let count = i128::try_from(count).unwrap_or(i128::MAX);
    let (start, length) = (bound.int(2, 0), bound.int(3, 0));
    let start = if start < 0 { start.saturating_add(count) } else { start };
    let length = if length < 0 { count.saturating_sub(start) } else { length };
    let end = start.saturating_add(length);
    python(&string, method, vec![bound.object(1), Object::Int(start), Object::Int(end)])
}

fn affixed(bound: &Bound<'_>, test: fn(&str, &str) -> bool) -> Object {
    let string = bound.text_or_empty(0);
    let affixes = bound.rest_objects();
    Object::Bool(affixes.iter().any(|affix| affix.as_str().is_some_and(|a| test(&string, a))))
}

fn characters(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    const WHITESPACE: &str = " \t\n\r\u{b}\u{c}";
    let mut all = String::new();
    for (index, class) in CLASSES.iter().enumerate() {
        let wanted = bound.given(index).map_or(Ok(false), |given| truth(&given))?;
        if !wanted {
            continue;
        }
        let printable = || ('!'..='~').filter(char::is_ascii);
        match class.name {
            "digits" => all.extend('0'..='9'),
            "hexdigits" => all.extend(printable().filter(char::is_ascii_hexdigit)),
            "asciiLowercase" => all.extend('a'..='z'),
            "asciiUppercase" => all.extend('A'..='Z'),
            "asciiLetters" => all.extend(printable().filter(char::is_ascii_alphabetic)),
            "octdigits" => all.extend('0'..='7'),
            "punctuation" => all.extend(printable().filter(char::is_ascii_punctuation)),
            "printable" => {
                all.extend(printable());
                all.push_str(WHITESPACE);
            }
            "whitespace" => all.push_str(WHITESPACE),
            name => {
                let message = format!("module 'string' has no attribute '{name}'");
                return Err(Raise::new(Class::Attribute, message));
            }
        }
    }
    let mut chars: Vec<char> = all.chars().collect();
    chars.sort_unstable();
    chars.dedup();
    Ok(Object::tuple(chars.into_iter().map(|c| Object::from(c.to_string())).collect()))
}
