//! Answers in words: what a person types becomes the object that a schema asks for. Whether it
//! fits the schema is for the schema to say.

use model::{Object, parameter::Parameter};
use serde_json::{Value, json};

const YES: &[&str] = &["yes", "y", "true", "1", "on", "ok", "approve", "approved"];
const NO: &[&str] = &["no", "n", "false", "0", "off", "deny", "denied", "nope"];

/// Why words are no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing was said.
    #[error("nothing was answered: say `{0}`")]
    Nothing(String),
    /// Several things are asked, and it is not said which this is.
    #[error("it is not clear what `{word}` answers: say `{example}`")]
    Unclear {
        /// The word.
        word: String,
        /// How it could be said.
        example: String,
    },
    /// It looks like JSON and is none.
    #[error("the answer is no JSON object: {0}")]
    Json(String),
    /// There is not just one thing that can be approved.
    #[error("this takes more than yes or no: say `{0}`")]
    NoDecision(String),
    /// A part cannot be read.
    #[error("`{name}`: {reason}")]
    Part {
        /// The part's name.
        name: String,
        /// Why.
        reason: String,
    },
}

/// Returns the parts of an answer, in the schema's order.
pub fn properties(schema: &Value) -> Vec<(&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(name, part)| (name.as_str(), part)).collect()
}

/// Tells whether a part must be there.
pub fn is_required(schema: &Value, name: &str) -> bool {
    let part = schema.get("properties").and_then(|properties| properties.get(name));
    let by_itself = part.and_then(Parameter::of).is_some_and(Parameter::is_required);
    let listed = schema.get("required").and_then(Value::as_array);
    by_itself || listed.is_some_and(|list| list.iter().any(|one| one == name))
}

/// Returns the types that a part may have.
pub fn types(part: &Value) -> Vec<&str> {
    match part.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any"],
    }
}

/// Returns the name of the one part that is yes or no, when there is just one.
pub fn sole_boolean(schema: &Value) -> Option<&str> {
    let mut found = properties(schema).into_iter().filter(|(_, part)| types(part) == ["boolean"]);
    let (name, _) = found.next()?;
    found.next().is_none().then_some(name)
}

/// Returns how an answer to a schema is said.
pub fn example(schema: &Value) -> String {
    let parts = properties(schema);
    let shown = |part: &Value| match types(part).first() {
        Some(&"boolean") => "yes".to_owned(),
        Some(&"array") => "<one>,<two>".to_owned(),
        Some(&"object") => "{…}".to_owned(),
        Some(name) => format!("<{name}>"),
        None => "<value>".to_owned(),
    };
    match parts.as_slice() {
        [] => "{…}".to_owned(),
        [(_, part)] => shown(part),
        several => {
            let pair = |(name, part): &(&str, &Value)| format!("{name}={}", shown(part));
            several.iter().map(pair).collect::<Vec<_>>().join(" ")
        }
    }
}

/// Reads an answer: a JSON object, `key=value` pairs, or the one value that is asked for.
///
/// # Errors
/// Fails when the words are none of these.
pub fn response(schema: &Value, text: &str) -> Result<Object, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::Nothing(example(schema)));
    }
    let parts = properties(schema);
    if text.starts_with('{')
        && !matches!(parts.as_slice(), [(_, part)] if types(part) == ["object"])
    {
        return serde_json::from_str(text).map_err(|error| Error::Json(error.to_string()));
    }
    if pair(&parts, text).is_some() {
        return pairs(schema, text);
    }
    let required = || parts.iter().filter(|(name, _)| is_required(schema, name));
    let sole = match parts.as_slice() {
        [one] => Some(*one),
        _ if required().count() == 1 => required().next().copied(),
        _ => None,
    };
    let by_word = || decision(text).and(sole_boolean(schema));
    let name = sole.map(|(name, _)| name).or_else(by_word);
    let unclear = || Error::Unclear {
        word: text.split_whitespace().next().unwrap_or_default().to_owned(),
        example: example(schema),
    };
    let name = name.ok_or_else(unclear)?;
    Ok(Object::from_iter([(name.to_owned(), part(schema, name, text)?)]))
}

/// Reads a yes or no, with `key=value` pairs for what else is asked.
///
/// # Errors
/// Fails when there is not just one part that is yes or no, or the pairs cannot be read.
pub fn decided(schema: &Value, is_yes: bool, more: &str) -> Result<Object, Error> {
    let name = sole_boolean(schema).ok_or_else(|| Error::NoDecision(example(schema)))?;
    let mut answer = Object::from_iter([(name.to_owned(), json!(is_yes))]);
    if !more.trim().is_empty() {
        answer.extend(pairs(schema, more)?);
    }
    Ok(answer)
}

fn pairs(schema: &Value, text: &str) -> Result<Object, Error> {
    let parts = properties(schema);
    let mut answer = Object::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((name, value)) = pair(&parts, rest) else {
            let word = rest.split_whitespace().next().unwrap_or_default().to_owned();
            return Err(Error::Unclear { word, example: example(schema) });
        };
        let (value, after) = value_of(&parts, value);
        answer.insert(name.to_owned(), part(schema, name, value)?);
        rest = after.trim_start();
    }
    Ok(answer)
}

/// Returns the name at the start of `name=value` and what follows it, when the name is known.
fn pair<'a, 'p>(parts: &[(&'p str, &Value)], text: &'a str) -> Option<(&'p str, &'a str)> {
    let (name, value) = text.split_once('=')?;
    let known = parts.iter().find(|(known, _)| *known == name)?;
    Some((known.0, value))
}

/// Returns a value and what follows it: it ends with its quotes, with its JSON, or where the next
/// name begins.
fn value_of<'a>(parts: &[(&str, &Value)], text: &'a str) -> (&'a str, &'a str) {
    let first = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    if let Some(quote) = first
        && let Some(length) = text[1..].find(quote)
    {
        return text.split_at(length + 2);
    }
    if text.starts_with(['{', '[']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        if let Some(Ok(_)) = values.next() {
            return text.split_at(values.byte_offset());
        }
    }
    let borders = text.match_indices(char::is_whitespace).map(|(at, _)| at);
    let begins_pair = |at: &usize| pair(parts, text[*at..].trim_start()).is_some();
    text.split_at(borders.into_iter().find(begins_pair).unwrap_or(text.len()))
}

fn part(schema: &Value, name: &str, text: &str) -> Result<Value, Error> {
    let part = schema.get("properties").and_then(|properties| properties.get(name));
    value(part.unwrap_or(&Value::Null), text)
        .map_err(|reason| Error::Part { name: name.to_owned(), reason })
}

/// Reads one value as a schema asks for it.
///
/// # Errors
/// Fails with a sentence when the text is none.
pub fn value(schema: &Value, text: &str) -> Result<Value, String> {
    let text = unquoted(text.trim());
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let is_it = |choice: &&Value| printed(choice) == text;
        let nearly = |choice: &&Value| printed(choice).to_lowercase() == text.to_lowercase();
        let found = choices.iter().find(is_it).or_else(|| choices.iter().find(nearly));
        let shown: Vec<String> = choices.iter().map(printed).collect();
        let refused = || format!("`{text}` is none of {}", shown.join(", "));
        return found.cloned().ok_or_else(refused);
    }
    // A text is what anything can be read as, so it comes last.
    let mut kinds = types(schema);
    kinds.sort_by_key(|kind| *kind == "string");
    let mut reason = format!("`{text}` cannot be read");
    for kind in kinds {
        match typed(schema, kind, text) {
            Ok(value) => return Ok(value),
            Err(why) => reason = why,
        }
    }
    Err(reason)
}

fn typed(schema: &Value, kind: &str, text: &str) -> Result<Value, String> {
    match kind {
        "boolean" => {
            decision(text).map(Value::Bool).ok_or_else(|| format!("`{text}` is neither yes nor no"))
        }
        "integer" => {
            text.parse::<i64>().map(Value::from).map_err(|_| format!("`{text}` is no whole number"))
        }
        "number" => number(text).ok_or_else(|| format!("`{text}` is no number")),
        "array" => array(schema, text),
        "object" => serde_json::from_str::<Object>(text)
            .map(Value::Object)
            .map_err(|error| format!("it is no JSON object: {error}")),
        "null" if text.is_empty() || text == "null" => Ok(Value::Null),
        "null" => Err(format!("`{text}` is not null")),
        "string" => Ok(json!(text)),
        _ => Ok(serde_json::from_str(text).unwrap_or_else(|_| json!(text))),
    }
}

fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(json!(whole));
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
}

fn array(schema: &Value, text: &str) -> Result<Value, String> {
    if text.starts_with('[') {
        return serde_json::from_str::<Vec<Value>>(text)
            .map(Value::Array)
            .map_err(|error| format!("it is no JSON array: {error}"));
    }
    let items = schema.get("items").unwrap_or(&Value::Null);
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| value(items, word)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

/// Reads a yes or a no.
fn decision(text: &str) -> Option<bool> {
    let word = text.trim().to_ascii_lowercase();
    let is_in = |list: &[&str]| list.contains(&word.as_str());
    if is_in(YES) {
        Some(true)
    } else if is_in(NO) {
        Some(false)
    } else {
        None
    }
}

fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// Returns a value as a person writes it.
pub fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Returns names as a sentence lists them.
pub fn listed(names: &[&str], last: &str) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [all @ .., end] => format!("{} {last} {end}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "go": {"type": "boolean", "required": true},
                "note": {"type": "string"},
                "hosts": {"type": "array", "items": {"type": "integer"}},
                "where": {"enum": ["East", "west", 3]},
                "more": {"type": "object"},
            },
        })
    }

    fn check(text: &str, expected: Value) {
        let answer = response(&schema(), text).map(Value::Object);
        assert_eq!(answer, Ok(expected), "{text}");
    }

    fn refuse(text: &str, expected: &str) {
        let error = response(&schema(), text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }

    #[test]
    fn one_word_answers_what_must_be_answered() {
        for yes in ["yes", "Y", "TRUE", "ok", "\"yes\""] {
            check(yes, json!({"go": true}));
        }
        check("no", json!({"go": false}));
        refuse("perhaps", "`go`: `perhaps` is neither yes nor no");
        refuse("  ", "nothing was answered: say `go=yes note=<string>");
    }

    #[test]
    fn pairs_end_where_the_next_name_begins() {
        check("go=yes note=all of it, x=y too", json!({"go": true, "note": "all of it, x=y too"}));
        check("note=\"go=no or not\" go=yes", json!({"note": "go=no or not", "go": true}));
        check("hosts=1, 2,3 go=no", json!({"hosts": [1, 2, 3], "go": false}));
        check("hosts=[4, 5] where=EAST", json!({"hosts": [4, 5], "where": "East"}));
        check("more={\"go\": \"note=1\"} where=3", json!({"more": {"go": "note=1"}, "where": 3}));
        check("note=", json!({"note": ""}));
        refuse("go=yes, more", "`go`: `yes, more` is neither yes nor no");
        refuse("go=yes hosts=1,x", "`hosts`: `x` is no whole number");
        refuse("where=north", "`where`: `north` is none of East, west, 3");
        refuse("more={x", "`more`: it is no JSON object");
        refuse("note=\"a\" b", "it is not clear what `b` answers: say `go=yes");
    }

    #[test]
    fn json_is_taken_as_it_is() {
        check("{\"go\": true, \"other\": [1]}", json!({"go": true, "other": [1]}));
        refuse("{\"go\": ", "the answer is no JSON object");
    }

    #[test]
    fn a_decision_takes_the_one_part_that_is_yes_or_no() {
        let decided = |schema: &Value, more| super::decided(schema, true, more).map(Value::Object);
        assert_eq!(decided(&schema(), ""), Ok(json!({"go": true})));
        assert_eq!(decided(&schema(), " note=fine"), Ok(json!({"go": true, "note": "fine"})));
        let two = json!({"properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}});
        assert!(matches!(decided(&two, ""), Err(Error::NoDecision(_))));
        assert!(matches!(decided(&json!({}), ""), Err(Error::NoDecision(_))));
    }

    #[test]
    fn types_are_tried_before_text() {
        let check = |schema: Value, text: &str, expected: Value| {
            assert_eq!(value(&schema, text), Ok(expected), "{schema} {text}");
        };
        check(json!({"type": ["string", "integer"]}), "5", json!(5));
        check(json!({"type": ["string", "null"]}), "x", json!("x"));
        check(json!({"type": "string"}), "5", json!("5"));
        check(json!({"type": "string"}), "'quoted'", json!("quoted"));
        check(json!({"type": "number"}), "2.5", json!(2.5));
        check(json!({"type": "number"}), "2", json!(2));
        check(json!({}), "[1]", json!([1]));
        check(json!({}), "word", json!("word"));
        assert!(value(&json!({"type": "number"}), "inf").is_err());
    }

    mod properties {
        use super::*;

        proptest::proptest! {
            #[test]
            fn no_text_makes_it_panic(text in "[a-z=\"'{}\\[\\], é🦀]{0,40}") {
                let _answer = response(&schema(), &text);
                let _pairs = super::super::decided(&schema(), true, &format!("note={text}"));
            }
        }
    }
}
