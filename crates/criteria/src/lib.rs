//! A rule's criteria: whether an event's payload fits them, as StackStorm decides it.
//!
//! Criteria are compiled once per rule, so that an event costs no parsing. They are tried in
//! order, and the first that does not hold ends the matter. What raises in one (a pattern that
//! cannot be rendered, a path into a number, an order between a text and a number) does not hold
//! either, and its text becomes the rule's failed enforcement. An [`Index`] over the rules of one
//! trigger type leaves out those whose leading `equals` cannot hold.

mod criterion;
pub mod eval;
mod index;
mod key;
mod operator;
mod pattern;
mod scope;
mod search;

#[cfg(test)]
mod tests;

use expr::jinja::Lookup;
use model::{Object, Timestamp};
use python::{raise::Outcome, value};
use serde_json::Value;

use criterion::Entry;
pub use index::Index;
pub use operator::names as operators;
use scope::{Record, Scope};

/// The name under which a pattern or a key finds the payload.
const PAYLOAD: &str = "trigger";

/// Why criteria are refused when a rule is registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A criterion that is not an object.
    #[error("Criterion for field: {key} should be a dict.")]
    NotAnObject {
        /// The criterion's key.
        key: String,
    },
    /// A criterion without an operator.
    #[error("Operator not specified for field: {key}")]
    NoOperator {
        /// The criterion's key.
        key: String,
    },
    /// An operator that does not exist.
    #[error(
        "For field: {key}, operator {operator} not in list of allowed operators: [{}]",
        allowed()
    )]
    UnknownOperator {
        /// The criterion's key.
        key: String,
        /// The operator.
        operator: String,
    },
    /// A criterion without a pattern.
    #[error("For field: {key}, no pattern specified for operator {operator}")]
    NoPattern {
        /// The criterion's key.
        key: String,
        /// The operator.
        operator: String,
    },
}

fn allowed() -> String {
    let quoted: Vec<String> = operators().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// What an evaluation needs to know beside the payload.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// The datastore behind `system` and `st2kv.system`.
    pub lookup: Option<&'a dyn Lookup>,
    /// The key file for encrypted values of the datastore.
    pub crypto_key: Option<&'a str>,
    /// The rule's reference, for the text of a failure.
    pub rule: &'a str,
    /// The trigger instance's id, for the text of a failure.
    pub instance: &'a str,
}

/// Whether criteria hold, and what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Whether all criteria hold.
    pub matched: bool,
    /// The reason of the failed enforcement that is to be recorded, matched or not: a search may
    /// find what it looks for although one of its own criteria failed on another item.
    pub failure: Option<String>,
}

/// The compiled criteria of one rule.
#[derive(Debug, Clone)]
pub struct Criteria {
    entries: Vec<Entry>,
}

impl Criteria {
    /// Checks criteria as they are checked when a rule is registered, and compiles them.
    pub fn compile(criteria: &Object) -> Result<Self, Error> {
        validate(criteria)?;
        Ok(Self::unchecked(criteria))
    }

    /// Compiles criteria as they are: what is wrong with one shows when it is evaluated.
    #[must_use]
    pub fn unchecked(criteria: &Object) -> Self {
        Self { entries: criterion::compile_all(criteria, PAYLOAD) }
    }

    /// Returns whether a payload fits.
    #[must_use]
    pub fn evaluate(&self, payload: &Value, context: &Context<'_>) -> Verdict {
        if self.entries.is_empty() {
            return Verdict { matched: true, failure: None };
        }
        if !value::truth(payload) {
            return Verdict::default();
        }
        let scope = Scope::new(PAYLOAD, payload, context);
        let mut record = Record::default();
        let matched = self.check(&scope, &mut record).unwrap_or_else(|raise| {
            record.note(&scope, "There is an invalid criterion", &raise);
            false
        });
        Verdict { matched, failure: record.failure }
    }

    /// Returns whether all hold; raises what ends the evaluation of an event in StackStorm.
    fn check(&self, scope: &Scope<'_>, record: &mut Record) -> Outcome<bool> {
        for entry in &self.entries {
            if !entry.check(scope, record)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the plain `equals`: the path below the payload and the constant. Only those are
    /// here that decide before any criterion that could fail.
    #[must_use]
    pub fn equality(&self) -> Vec<(&[String], &Value)> {
        let harmless = self.entries.iter().take_while(|entry| entry.is_harmless());
        harmless.filter_map(Entry::equality).collect()
    }

    /// Returns whether no payload fits and none makes a failure.
    fn is_hopeless(&self) -> bool {
        let harmless = self.entries.iter().take_while(|entry| entry.is_harmless());
        harmless.into_iter().any(Entry::is_hopeless)
    }
}

/// Checks criteria as they are checked when a rule is registered.
pub fn validate(criteria: &Object) -> Result<(), Error> {
    for (key, criterion) in criteria {
        let key = || key.clone();
        let Value::Object(criterion) = criterion else {
            return Err(Error::NotAnObject { key: key() });
        };
        let operator = match criterion.get("type") {
            None | Some(Value::Null) => return Err(Error::NoOperator { key: key() }),
            Some(Value::String(operator)) => operator.clone(),
            Some(other) => {
                return Err(Error::UnknownOperator { key: key(), operator: other.to_string() });
            }
        };
        if !operators().any(|name| name == operator) {
            return Err(Error::UnknownOperator { key: key(), operator });
        }
        if criterion.get("pattern").is_none_or(Value::is_null) {
            return Err(Error::NoPattern { key: key(), operator });
        }
    }
    Ok(())
}
