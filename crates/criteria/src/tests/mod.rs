//! Tables of cases, one file per part, and properties over random rules and payloads.

mod index;
mod keys;
mod moments;
mod operators;
mod patterns;
mod properties;
mod regexes;
mod searches;
mod validation;
mod wildcards;

use expr::jinja::Lookup;
use model::Timestamp;
use serde_json::{Value, json};

use super::{Context, Criteria, Verdict};

/// A datastore with two keys.
struct Store;

impl Lookup for Store {
    fn system(&self, key: &str) -> Option<String> {
        match key {
            "version" => Some("v1".to_owned()),
            "limits.low" => Some("7".to_owned()),
            _ => None,
        }
    }

    fn user(&self, _key: &str) -> Option<String> {
        Some("private".to_owned())
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T12:00:00Z").unwrap()
}

fn context() -> Context<'static> {
    Context {
        now: now(),
        lookup: Some(&Store),
        crypto_key: None,
        rule: "pack.rule",
        instance: "5f0000000000000000000001",
    }
}

fn compiled(criteria: &Value) -> Criteria {
    Criteria::unchecked(criteria.as_object().unwrap())
}

fn evaluate(criteria: &Value, payload: &Value) -> Verdict {
    compiled(criteria).evaluate(payload, &context())
}

/// Returns the verdict over a payload with one value, in short: `yes`, `no`, or the failure
/// behind its common beginning.
fn outcome(operator: &str, value: &Value, pattern: &Value) -> String {
    let criteria = json!({"trigger.v": {"type": operator, "pattern": pattern}});
    short(&evaluate(&criteria, &json!({"v": value, "other": 1})))
}

fn short(verdict: &Verdict) -> String {
    let common = "Failed to match rule \"pack.rule\" against trigger instance \
                  \"5f0000000000000000000001\": ";
    let problem = "There might be a problem with the criteria in rule pack.rule: ";
    match (&verdict.failure, verdict.matched) {
        (None, true) => "yes".to_owned(),
        (None, false) => "no".to_owned(),
        (Some(failure), matched) => {
            let text = failure.strip_prefix(common).expect("the common beginning");
            let text = text.strip_prefix(problem).unwrap_or(text);
            if matched { format!("yes, but {text}") } else { text.to_owned() }
        }
    }
}
