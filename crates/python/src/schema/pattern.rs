//! Python's regular expressions, as schemas use them: searched for, not matched.

use std::collections::HashMap;

use serde_json::Value;

use crate::re::{Purpose, Regex};

/// How deep schemas are searched for patterns.
const DEPTH_MAX: usize = 128;

/// The patterns of a schema; those that cannot be read are none.
#[derive(Debug, Default)]
pub(super) struct Patterns(HashMap<String, Option<Regex>>);

impl Patterns {
    /// Compiles every pattern of the schema.
    pub(super) fn of(schema: &Value) -> Self {
        let mut patterns = Self::default();
        patterns.collect(schema, 0);
        patterns
    }

    fn collect(&mut self, schema: &Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match schema {
            Value::Object(object) => {
                if let Some(Value::String(pattern)) = object.get("pattern") {
                    self.add(pattern);
                }
                if let Some(Value::Object(patterns)) = object.get("patternProperties") {
                    patterns.keys().for_each(|pattern| self.add(pattern));
                }
                object.values().for_each(|value| self.collect(value, depth + 1));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, depth + 1)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn add(&mut self, pattern: &str) {
        if !self.0.contains_key(pattern) {
            self.0.insert(pattern.to_owned(), compile(pattern));
        }
    }

    /// Returns a pattern that cannot be read, if there is one.
    pub(super) fn unreadable(&self) -> Option<&str> {
        let unreadable = self.0.iter().filter(|(_, regex)| regex.is_none());
        unreadable.map(|(pattern, _)| pattern.as_str()).min()
    }

    /// Tells whether the pattern is found in the text; a pattern that cannot be read or that
    /// takes too long is found nowhere.
    pub(super) fn is_found(&self, pattern: &str, text: &str) -> bool {
        match self.0.get(pattern) {
            Some(Some(regex)) => regex.is_match(text).unwrap_or(false),
            Some(None) => false,
            None => compile(pattern).is_some_and(|regex| regex.is_match(text).unwrap_or(false)),
        }
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(pattern, 0, Purpose::Search).ok()
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn condition_about_a_group_that_is_not_there_is_no_pattern() {
        for pattern in ["(?(1))", "(?(2)a|b)", "(a)?(?(2)a)", "(?(+1)a)", "(?(<1>)a)"] {
            assert!(compile(pattern).is_none(), "{pattern}");
        }
        for pattern in ["(a)?(?(1)b|c)", r"\(?(5)", "[(?(1)]"] {
            assert!(compile(pattern).is_some(), "{pattern}");
        }
    }
}
