//! Failures of a shape, told to the person who wrote the file.

use python::{
    place::{Position, Step},
    schema::{self, Error},
    yaml::Document,
};
use serde_json::Value;

use super::kind::Kind;
use crate::suggest;

/// How many names a message lists.
const LISTED_MAX: usize = 40;

/// Returns what to say about a failure, and where.
pub(super) fn explain(
    error: &Error,
    kind: Kind,
    document: Option<&Document>,
) -> Vec<(Position, String)> {
    let key_at = |path: &[Step]| document.map_or(Position::START, |document| document.key_at(path));
    let value_at =
        |path: &[Step]| document.map_or(Position::START, |document| document.value_at(path));
    match error.keyword.as_str() {
        "additionalProperties" => {
            let extras = extras(error);
            let tell = |extra: &String| {
                let mut path = error.path.clone();
                path.push(Step::key(extra));
                (key_at(&path), unknown_key(error, extra, kind))
            };
            extras.iter().map(tell).collect()
        }
        "required" => vec![(value_at(&error.path), missing(error, kind))],
        _ => vec![(value_at(&error.path), misfit(error, kind))],
    }
}

/// Returns the keys that the schema does not know.
fn extras(error: &Error) -> Vec<String> {
    let keys = error.instance.as_object().into_iter().flat_map(|object| object.keys());
    let is_known = |key: &str| {
        let has = |section: &str| error.schema.get(section).and_then(Value::as_object);
        has("properties").is_some_and(|properties| properties.contains_key(key))
            || has("patternProperties")
                .is_some_and(|patterns| schema::is_word(key) && !patterns.is_empty())
    };
    keys.filter(|key| !is_known(key)).cloned().collect()
}

fn unknown_key(error: &Error, extra: &str, kind: Kind) -> String {
    if error.schema.get("patternProperties").is_some() && error.schema.get("properties").is_none() {
        return format!(
            "Parameter name \"{extra}\" is invalid. Valid characters for parameter name are \
             letters, digits and underscores (`a-z`, `A-Z`, `0-9`, `_`){}",
            suggest_word(extra)
        );
    }
    let properties = error.schema.get("properties").and_then(Value::as_object);
    let mut known: Vec<&str> =
        properties.into_iter().flat_map(|keys| keys.keys()).map(String::as_str).collect();
    known.retain(|key| !matches!(*key, "id" | "uid" | "metadata_file" | "$schema"));
    let place = place(&error.path, kind);
    let hint = match suggest::closest(extra, known.iter().copied()) {
        Some(one) => format!("did you mean `{one}`?"),
        None => format!("the keys are {}", list(&known)),
    };
    format!(
        "Additional properties are not allowed ({} was unexpected): {place} has no key `{extra}`; {hint}",
        python::text::quote(extra)
    )
}

fn suggest_word(name: &str) -> String {
    let word: String =
        name.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if word.is_empty() { String::new() } else { format!(": `{word}` would do") }
}

fn missing(error: &Error, kind: Kind) -> String {
    let (parent, name) = match error.path.split_last() {
        Some((name, parent)) => (parent, name.to_string()),
        None => (&[][..], String::new()),
    };
    let place = place(parent, kind);
    let keys = error.instance.as_object().into_iter().flat_map(|object| object.keys());
    let hint = match suggest::closest(&name, keys.map(String::as_str)) {
        Some(one) => format!("is `{one}` meant to be it?"),
        None => format!("add a line `{name}: …`"),
    };
    format!("{}: {place} needs it; {hint}", error.message)
}

fn misfit(error: &Error, kind: Kind) -> String {
    let place = if error.path.is_empty() { kind.a().to_owned() } else { dotted(&error.path) };
    if let Some(message) = pack_misfit(error, kind) {
        return message;
    }
    let message = shortened(&error.message);
    let advice = match error.keyword.as_str() {
        "type" => expected_type(error),
        "enum" => match (&*error.instance, error.schema.get("enum")) {
            (Value::String(text), Some(Value::Array(choices))) => {
                suggest::hint(text, choices.iter().filter_map(Value::as_str))
            }
            _ => String::new(),
        },
        _ => String::new(),
    };
    format!("`{place}`: {message}{advice}")
}

/// Says what StackStorm says about the two texts of a pack that have rules.
fn pack_misfit(error: &Error, kind: Kind) -> Option<String> {
    if kind != Kind::Pack || error.keyword != "pattern" {
        return None;
    }
    let value = error.instance.as_str().unwrap_or_default();
    match error.path.as_slice() {
        [Step::Key(key)] if key == "version" => Some(format!(
            "Pack version \"{value}\" doesn't follow a valid semver format. Valid versions and \
             formats include: 0.1.0, 0.2.1, 1.1.0, etc."
        )),
        [Step::Key(key)] if key == "ref" => Some(
            "Pack ref / name can only contain valid word characters (a-z, 0-9 and _), dashes are \
             not allowed."
                .to_owned(),
        ),
        [Step::Key(key)] if key == "stackstorm_version" => Some(format!(
            "`stackstorm_version`: '{value}' is no list of comparisons: write them like \
             \">=3.0.0, <4.0.0\""
        )),
        _ => None,
    }
}

fn shortened(message: &str) -> String {
    const KEPT: usize = 300;
    if message.chars().count() <= 2 * KEPT {
        return message.to_owned();
    }
    let head: String = message.chars().take(KEPT).collect();
    let tail: Vec<char> = message.chars().rev().take(KEPT).collect();
    format!("{head} … {}", tail.into_iter().rev().collect::<String>())
}

/// Says how a value of the wanted type is written.
fn expected_type(error: &Error) -> String {
    let wanted = match error.schema.get("type") {
        Some(Value::String(name)) => name.as_str(),
        Some(Value::Array(names)) => names.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    match (wanted, &*error.instance) {
        ("string", Value::Bool(_) | Value::Number(_) | Value::Null) => {
            ": put the text in quotes".to_owned()
        }
        ("string", Value::Object(_)) => {
            ": a text that begins with `{` or contains `: ` must be quoted".to_owned()
        }
        ("boolean", _) => ": write `true` or `false`, without quotes".to_owned(),
        ("array", _) => ": write a list, each item on a line that begins with `- `".to_owned(),
        ("object", _) => ": write `key: value` lines below it, indented".to_owned(),
        ("integer", _) => ": write a whole number, without quotes".to_owned(),
        ("number", _) => ": write a number, without quotes".to_owned(),
        _ => String::new(),
    }
}

fn place(path: &[Step], kind: Kind) -> String {
    if path.is_empty() { kind.a().to_owned() } else { format!("`{}`", dotted(path)) }
}

fn dotted(path: &[Step]) -> String {
    path.iter().map(Step::to_string).collect::<Vec<_>>().join(".")
}

fn list(names: &[&str]) -> String {
    let shown = &names[..names.len().min(LISTED_MAX)];
    let shown: Vec<String> = shown.iter().map(|name| format!("`{name}`")).collect();
    shown.join(", ")
}
