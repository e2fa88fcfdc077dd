//! Values against schemas as StackStorm checks them: JSON schema of draft 4, except that
//! `required` is a boolean of the property (draft 3), missing values get their defaults first,
//! and what has no default may be null.
//!
//! The messages are those of Python's `jsonschema`, down to the choice of the one error that is
//! told, because clients show them and tests of other people compare them. That is why the
//! keywords are walked here, in Python's order, rather than by a validator of another mind.

mod defaults;
mod failure;
mod meta;
mod pattern;
#[cfg(test)]
mod tests;
mod values;
mod walk;

use serde_json::{Map, Value, json};

use self::{failure::Failure, meta::Document, walk::Walker};
use crate::{place::Step, pretty, text::quote};

pub use meta::output as output_schema;
pub use meta::parameter as parameter_schema;

/// How a value fails its schema.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, as Python's `jsonschema` says it.
    pub message: String,
    /// The keyword of the schema that failed.
    pub keyword: String,
    /// The path of the value that failed; for a missing value, the path where it should be.
    pub path: Vec<Step>,
    /// The path of the keyword in the schema.
    pub schema_path: Vec<Step>,
    /// The schema that holds the keyword.
    pub schema: Box<Value>,
    /// The value that failed; for a missing value, the object that lacks it.
    pub instance: Box<Value>,
}

impl Error {
    /// Returns the text of Python's `str(error)`: the message, the schema and the value.
    pub fn dump(&self) -> String {
        let schema_path = &self.schema_path[..self.schema_path.len().saturating_sub(1)];
        format!(
            "{}\n\nFailed validating {} in {}:\n    {}\n\nOn {}:\n    {}",
            self.message,
            quote(&self.keyword),
            index("schema", schema_path),
            pretty::format_json(&self.schema, 4),
            index("instance", &self.path),
            pretty::format_json(&self.instance, 4),
        )
    }

    fn of(failure: &Failure<'_>) -> Self {
        Self {
            message: failure.message.clone(),
            keyword: failure.keyword.to_owned(),
            path: failure.path.iter().cloned().collect(),
            schema_path: failure.schema_path.iter().cloned().collect(),
            schema: Box::new(failure.schema.clone()),
            instance: Box::new(failure.instance.clone()),
        }
    }
}

fn index(container: &str, path: &[Step]) -> String {
    let mut out = container.to_owned();
    for step in path {
        let step = match step {
            Step::Index(index) => index.to_string(),
            Step::Key(key) => quote(key),
        };
        out.push('[');
        out.push_str(&step);
        out.push(']');
    }
    out
}

/// A schema that is ready to check values. Make it once and keep it.
#[derive(Debug)]
pub struct Compiled {
    document: Document,
}

impl Compiled {
    /// Returns the check of a whole body, or what is wrong with the schema itself.
    pub fn new(schema: &Value) -> Result<Self, Error> {
        let meta = meta::open();
        if let Some(failure) = Walker::new(meta).walk(schema, &meta.root).first() {
            return Err(Error::of(failure));
        }
        let compiled = Self::trusted(schema.clone());
        match compiled.document.patterns.unreadable() {
            None => Ok(compiled),
            Some(pattern) => Err(Error {
                message: format!("{} is not a 'regex'", quote(pattern)),
                keyword: "format".to_owned(),
                path: Vec::new(),
                schema_path: Vec::new(),
                schema: Box::new(json!({"type": "string", "format": "regex"})),
                instance: Box::new(json!(pattern)),
            }),
        }
    }

    /// Returns the check of the parameters of a request; `schemas` are those of the runner and
    /// the action together. Where there are none at all, anything goes, as in StackStorm.
    pub fn parameters(schemas: &Map<String, Value>) -> Result<Self, Error> {
        Self::new(&object_of(schemas, false))
    }

    /// Returns the same check under the action's name and description, which the dump of an
    /// error shows.
    pub fn of_action(
        name: &str,
        description: Option<&str>,
        schemas: &Map<String, Value>,
    ) -> Result<Self, Error> {
        let mut schema = object_of(schemas, false);
        if !schemas.is_empty() {
            schema["title"] = json!(name);
            if let Some(description) = description.filter(|text| !text.is_empty()) {
                schema["description"] = json!(description);
            }
        }
        Self::new(&schema)
    }

    /// Returns the check of a pack's configuration, where unknown keys are allowed.
    pub fn config(schemas: &Map<String, Value>) -> Result<Self, Error> {
        Self::new(&object_of(schemas, true))
    }

    /// Returns the check against a schema that needs no check itself.
    pub fn trusted(schema: Value) -> Self {
        Self { document: Document::new(defaults::allow_none(schema)) }
    }

    /// Checks the object and returns it with defaults.
    pub fn check(&self, object: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
        match self.check_value(Value::Object(object.clone()))? {
            Value::Object(object) => Ok(object),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Ok(object.clone()),
        }
    }

    /// Checks any value and returns it with defaults.
    pub fn check_value(&self, value: Value) -> Result<Value, Error> {
        let value = defaults::assign(value, &self.document.root);
        let failures = Walker::new(&self.document).walk(&value, &self.document.root);
        match failure::best(&failures) {
            None => Ok(value),
            Some(failure) => Err(Error::of(failure)),
        }
    }

    /// Returns everything that is wrong with the value, the error that StackStorm tells first.
    pub fn errors(&self, value: &Value) -> Vec<Error> {
        let value = defaults::assign(value.clone(), &self.document.root);
        self.document.errors(&value)
    }

    /// Returns the schema, with nulls allowed where StackStorm allows them.
    pub const fn schema(&self) -> &Value {
        &self.document.root
    }
}

impl Document {
    /// Returns everything that is wrong with the value as it is, the most telling error first.
    pub(crate) fn errors(&self, value: &Value) -> Vec<Error> {
        let failures = Walker::new(self).walk(value, &self.root);
        let Some(best) = failure::best(&failures) else { return Vec::new() };
        let mut errors = vec![Error::of(best)];
        for failure in &failures {
            let told = failure::descend(failure);
            if !std::ptr::eq(told, best) {
                errors.push(Error::of(told).inside(failure));
            }
        }
        errors[0].path = failure::path_of(&failures, best);
        errors
    }
}

impl Error {
    /// Completes the path of an error that was found inside the alternatives of another.
    fn inside(mut self, outer: &Failure<'_>) -> Self {
        self.path = failure::path_of(std::slice::from_ref(outer), failure::descend(outer));
        self
    }
}

/// Returns the schema of an object with these properties.
fn object_of(schemas: &Map<String, Value>, additional: bool) -> Value {
    if schemas.is_empty() {
        return json!({});
    }
    let mut properties = Map::new();
    for (name, schema) in schemas {
        let is_empty = match schema {
            Value::Null => true,
            Value::Object(schema) => schema.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
        };
        let schema = if is_empty { any_type() } else { schema.clone() };
        properties.insert(name.clone(), schema);
    }
    json!({"type": "object", "properties": properties, "additionalProperties": additional})
}

/// Returns the schema of values of any type but null.
pub fn any_type() -> Value {
    json!({"anyOf": [
        {"type": "array"}, {"type": "boolean"}, {"type": "integer"}, {"type": "number"},
        {"type": "object"}, {"type": "string"},
    ]})
}

/// Checks the parameters of a request once and returns them with defaults.
pub fn check_parameters(
    schemas: &Map<String, Value>,
    parameters: &Map<String, Value>,
) -> Result<Map<String, Value>, Error> {
    Compiled::parameters(schemas)?.check(parameters)
}

/// Checks a body once.
pub fn check(schema: &Value, value: &Value) -> Result<(), Error> {
    Compiled::new(schema)?.check_value(value.clone()).map(|_| ())
}

/// Tells whether the text is one word of letters, digits and underscores.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
