//! Failures and how telling each is: the choice of the one that is told, as Python makes it.

use std::{cmp::Reverse, collections::VecDeque};

use serde_json::Value;

use super::values::is_type;
use crate::place::Step;

/// A failed keyword.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) message: String,
    pub(super) keyword: &'a str,
    pub(super) path: VecDeque<Step>,
    pub(super) schema_path: VecDeque<Step>,
    pub(super) schema: &'a Value,
    pub(super) instance: &'a Value,
    /// The failures of each alternative.
    pub(super) context: Vec<Self>,
}

/// Returns the failure of the value at hand; the walk adds the keyword and the path.
pub(super) fn plain<'a>(message: String, instance: &'a Value, schema: &'a Value) -> Failure<'a> {
    Failure {
        message,
        keyword: "",
        path: VecDeque::new(),
        schema_path: VecDeque::new(),
        schema,
        instance,
        context: Vec::new(),
    }
}

type Relevance<'f> = (Reverse<usize>, &'f VecDeque<Step>, bool, bool);

/// How telling a failure is: higher up, not one of alternatives, of another type.
fn relevance<'f>(failure: &'f Failure<'_>) -> Relevance<'f> {
    let is_weak = matches!(failure.keyword, "anyOf" | "oneOf");
    let matches_type = match failure.schema.get("type") {
        Some(Value::String(name)) => is_type(failure.instance, name),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).any(|name| is_type(failure.instance, name))
        }
        _ => false,
    };
    (Reverse(failure.path.len()), &failure.path, !is_weak, !matches_type)
}

/// Returns the failure that is told: the most relevant one, or the one inside its alternatives
/// that is clearly meant.
pub(super) fn best<'f, 'a>(failures: &'f [Failure<'a>]) -> Option<&'f Failure<'a>> {
    let mut best = failures.first()?;
    for failure in &failures[1..] {
        if relevance(failure) > relevance(best) {
            best = failure;
        }
    }
    Some(descend(best))
}

/// Follows the alternatives of a failure to the one that is clearly meant.
pub(super) fn descend<'f, 'a>(failure: &'f Failure<'a>) -> &'f Failure<'a> {
    let mut best = failure;
    loop {
        let mut ordered: Vec<&Failure<'a>> = best.context.iter().collect();
        ordered.sort_by(|one, other| relevance(one).cmp(&relevance(other)));
        match ordered.as_slice() {
            [] => return best,
            [one, other, ..] if relevance(one) == relevance(other) => return best,
            [one, ..] => best = one,
        }
    }
}

/// Returns the whole path to a failure that may lie inside the alternatives of others.
pub(super) fn path_of(failures: &[Failure<'_>], wanted: &Failure<'_>) -> Vec<Step> {
    for failure in failures {
        if std::ptr::eq(failure, wanted) {
            return failure.path.iter().cloned().collect();
        }
        if !failure.context.is_empty() && contains(failure, wanted) {
            let mut path: Vec<Step> = failure.path.iter().cloned().collect();
            path.extend(path_of(&failure.context, wanted));
            return path;
        }
    }
    Vec::new()
}

fn contains(failure: &Failure<'_>, wanted: &Failure<'_>) -> bool {
    failure.context.iter().any(|inner| std::ptr::eq(inner, wanted) || contains(inner, wanted))
}
