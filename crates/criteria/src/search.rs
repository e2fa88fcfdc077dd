//! The operator `search`: criteria over each item of a list.

use std::borrow::Cow;

use python::raise::{Class, Outcome, Raise, type_error};
use python::value::type_name;
use serde_json::Value;

use super::scope::{Record, Scope};

/// How deeply searches may nest.
const DEPTH_MAX: usize = 20;
/// How many criteria one search may evaluate over all items.
const CHECKS_MAX: usize = 1_000_000;

/// How many items must fit how many criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition {
    /// Whether every item must fit, rather than one.
    all_items: bool,
    /// Whether an item must fit every criterion, rather than one.
    all_criteria: bool,
}

impl Condition {
    /// Returns what a search without items comes to.
    pub(super) const fn of_nothing(self) -> bool {
        self.all_items
    }

    /// Finds a condition by its name.
    pub(super) fn find(name: &Value) -> Outcome<Self> {
        let (all_items, all_criteria) = match name.as_str() {
            Some("all") => (true, true),
            Some("any") => (false, true),
            Some("all2any") => (true, false),
            Some("any2any") => (false, false),
            _ => {
                let name = expr::jinja::printed(name);
                let message = format!(
                    "The '{name}' condition is not recognized for type search, 'any', 'all', \
                     'any2any' and 'all2any' are allowed"
                );
                let mut raise = Raise::new(Class::Exception, message);
                raise.0.foreign_class = Some("UnrecognizedConditionError".to_owned());
                return Err(raise);
            }
        };
        Ok(Self { all_items, all_criteria })
    }
}

/// Searches. Every criterion is evaluated for every item, also where the outcome is decided, for
/// each may have a failure to note.
pub(super) fn run<Criterion>(
    value: &Value,
    criteria: &[Criterion],
    condition: Condition,
    (scope, record): (&Scope<'_>, &mut Record),
    check: impl Fn(&Criterion, &Scope<'_>, &mut Record) -> Outcome<bool>,
) -> Outcome<bool> {
    let items = items(value)?;
    if scope.depth >= DEPTH_MAX || items.len().saturating_mul(criteria.len()) > CHECKS_MAX {
        return Err(Raise::new(Class::Limit, "the search is too deep or too long"));
    }
    let mut fitting = 0;
    for item in &items {
        let scope = scope.item(item);
        let mut holding = 0;
        for criterion in criteria {
            holding += usize::from(check(criterion, &scope, record)?);
        }
        let fits = if condition.all_criteria { holding == criteria.len() } else { holding > 0 };
        fitting += usize::from(fits);
    }
    Ok(if condition.all_items { fitting == items.len() } else { fitting > 0 })
}

/// Returns what Python iterates over: a list's items, a text's characters; a dictionary counts as
/// one item.
pub(super) fn items(value: &Value) -> Outcome<Vec<Cow<'_, Value>>> {
    match value {
        Value::Object(_) => Ok(vec![Cow::Borrowed(value)]),
        Value::Array(items) => Ok(items.iter().map(Cow::Borrowed).collect()),
        Value::String(text) => {
            Ok(text.chars().map(|c| Cow::Owned(Value::String(c.to_string()))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let message = format!("'{}' object is not iterable", type_name(value));
            type_error(message)
        }
    }
}
