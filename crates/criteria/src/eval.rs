//! Answers the conformance kit's questions about operators and criteria.

use expr::jinja::Lookup;
use model::{Object, Timestamp};
use python::{raise::Outcome, value};
use serde_json::{Value, json};

use super::operator::{Operator, Prepared};
use super::scope::{Record, Scope};
use super::{Context, Criteria, PAYLOAD, criterion, search::Condition};

/// Answers a question; none when its kind is of another room.
#[must_use]
pub fn answer(kind: &str, input: &Value, now: Timestamp) -> Option<Result<Value, String>> {
    let answer = match kind {
        "operator" => operator(input, now),
        "criteria" => criteria(input, now),
        _ => return None,
    };
    Some(answer.map_err(|raise| format!("{}: {}", raise.class_name(), raise)))
}

/// The datastore of a question.
struct Given<'a>(&'a Value);

impl Given<'_> {
    fn get(&self, scope: &str, key: &str) -> Option<String> {
        let value = self.0.get(scope)?.get(key)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

impl Lookup for Given<'_> {
    fn system(&self, key: &str) -> Option<String> {
        self.get("system", key)
    }

    fn user(&self, key: &str) -> Option<String> {
        self.get("user", key)
    }
}

fn context<'a>(now: Timestamp, given: &'a Given<'a>) -> Context<'a> {
    Context { now, lookup: Some(given), crypto_key: None, rule: "kit.rule", instance: "kit" }
}

fn operator(input: &Value, now: Timestamp) -> Outcome<Value> {
    let name = input["op"].as_str().unwrap_or_default();
    let (value, pattern) = (&input["value"], &input["pattern"]);
    let operator = Operator::find(name)?;
    let holds = if operator == Operator::Search {
        let condition = Condition::find(&input["condition"])?;
        let given = Given(&Value::Null);
        let context = context(now, &given);
        let scope = Scope::new(PAYLOAD, value, &context);
        criterion::search_uncompiled(value, pattern, condition, (&scope, &mut Record::default()))?
    } else {
        operator.apply(value, pattern, &Prepared::Nothing, now)?
    };
    Ok(Value::Bool(holds))
}

fn criteria(input: &Value, now: Timestamp) -> Outcome<Value> {
    let nothing = Object::new();
    let criteria = Criteria::unchecked(input["criteria"].as_object().unwrap_or(&nothing));
    let given = Given(&input["kv"]);
    let (payload, context) = (&input["payload"], context(now, &given));
    // An operator that does not exist is an error here rather than a failure.
    let scope = Scope::new(PAYLOAD, payload, &context);
    if value::truth(payload) {
        criteria.check(&scope, &mut Record::default())?;
    }
    let verdict = criteria.evaluate(payload, &context);
    Ok(json!({"matched": verdict.matched, "failed": verdict.failure.is_some()}))
}
