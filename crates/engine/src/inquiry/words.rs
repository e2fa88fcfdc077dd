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
