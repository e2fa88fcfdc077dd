//! Answers for a judge: inputs as JSON, in the protocol of recorded answers.

use std::collections::HashMap;
use std::sync::Arc;

use model::ActionAlias;
use model::action_alias::Format;
use serde_json::{Value, json};

use crate::format::{self, Error};
use crate::matcher::{Found, Matcher, NotFound};

/// Sets of aliases that were handed over, by name.
#[derive(Debug, Default)]
pub struct Corpora(HashMap<String, Matcher>);

/// Answers a question of a kind; none where the kind is unknown.
pub fn answer(kind: &str, input: &Value, corpora: &mut Corpora) -> Option<Result<Value, String>> {
    if let Some(name) = input.get("setup").and_then(Value::as_str) {
        corpora.0.insert(name.to_owned(), matcher(input));
        return Some(Ok(Value::Null));
    }
    match kind {
        "alias_extract" => Some(extract(input)),
        "alias_match" => Some(with_matcher(input, corpora, matched)),
        "alias_help" => Some(with_matcher(input, corpora, help)),
        _ => None,
    }
}

fn with_matcher(
    input: &Value,
    corpora: &Corpora,
    ask: fn(&Value, &Matcher) -> Result<Value, String>,
) -> Result<Value, String> {
    match input.get("corpus").and_then(Value::as_str) {
        None => ask(input, &matcher(input)),
        Some(name) => match corpora.0.get(name) {
            Some(matcher) => ask(input, matcher),
            None => Err(format!("unknown corpus `{name}`")),
        },
    }
}

fn text<'a>(input: &'a Value, key: &str) -> &'a str {
    input.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn matcher(input: &Value) -> Matcher {
    let aliases = input.get("aliases").and_then(Value::as_array);
    let aliases = aliases.into_iter().flatten().filter_map(alias).map(Arc::new).collect();
    Matcher::build(aliases).0
}

/// Reads an alias as far as the judge writes it.
fn alias(given: &Value) -> Option<ActionAlias> {
    let mut whole = json!({
        "id": "000000000000000000000000", "name": "", "pack": "", "enabled": true,
        "action_ref": "", "formats": [], "ack": {}, "result": {}, "extra": {},
        "immutable_parameters": {},
    });
    for (key, value) in given.as_object()?.iter().filter(|(_, value)| !value.is_null()) {
        if whole.get(key).is_some() || key == "description" {
            whole[key] = value.clone();
        }
    }
    serde_json::from_value(whole).ok()
}

fn error(error: &Error) -> String {
    match error {
        Error::NoMatch { .. } | Error::NoValue => format!("ParseException: {error}"),
        Error::Broken(_) | Error::Exhausted => format!("error: {error}"),
        Error::Unmatched(_) => format!("KeyError: {error}"),
    }
}

fn extract(input: &Value) -> Result<Value, String> {
    let (format, command) = (text(input, "format"), text(input, "text"));
    let multiple = input.get("match_multiple").and_then(Value::as_bool).unwrap_or(false);
    parameters(format, command, multiple).map_err(|problem| error(&problem))
}

fn parameters(format: &str, command: &str, multiple: bool) -> Result<Value, Error> {
    if !multiple {
        return format::extract(format, command).map(Value::Object);
    }
    let all = format::extract_multiple(format, command)?;
    Ok(Value::Array(all.into_iter().map(Value::Object).collect()))
}

fn matched(input: &Value, matcher: &Matcher) -> Result<Value, String> {
    let command = text(input, "command");
    match matcher.find(command) {
        Ok(Found { alias, format }) => {
            let Format { display, representation, match_multiple } = format;
            let parameters = parameters(&representation, command, match_multiple)
                .map_err(|problem| error(&problem))?;
            Ok(json!({ "match": {
                "ref": alias.reference(), "action_ref": alias.action_ref,
                "representation": representation, "display": display,
                "match_multiple": match_multiple, "params": parameters,
            } }))
        }
        Err(NotFound::None { .. }) => Ok(json!({ "match": null, "candidates": [] })),
        Err(NotFound::Ambiguous { candidates, .. }) => {
            let one = |found: &Found| {
                let Found { alias, format } = found;
                json!({ "ref": alias.reference(), "representation": format.representation })
            };
            let candidates: Vec<Value> = candidates.iter().map(one).collect();
            Ok(json!({ "match": null, "candidates": candidates }))
        }
    }
}

fn help(input: &Value, matcher: &Matcher) -> Result<Value, String> {
    let number = |key: &str| input.get(key).and_then(Value::as_i64).unwrap_or(0);
    let given = |key: &str| input.get(key).and_then(Value::as_str);
    let help = matcher.help(given("filter"), given("pack"), number("limit"), number("offset"));
    help.map(|help| help.to_json()).map_err(|problem| format!("error: {problem}"))
}
