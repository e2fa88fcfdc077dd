//! The schema of one parameter: JSON schema of draft 4 plus `required`, `immutable`, `secret`
//! and `position`, kept as it was written and read through [`Parameter`].

use serde_json::Value;

use crate::Object;

/// A view on the schema of one parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'a>(pub &'a Object);

impl<'a> Parameter<'a> {
    /// Returns the view on `value`; none when it is not a schema.
    pub fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// Returns the type's name, if one is given.
    pub fn type_name(self) -> Option<&'a str> {
        self.0.get("type").and_then(Value::as_str)
    }

    /// Returns the default, when one is given and it is not null.
    pub fn default(self) -> Option<&'a Value> {
        self.0.get("default").filter(|value| !value.is_null())
    }

    /// Tells whether a caller must give a value.
    pub fn is_required(self) -> bool {
        self.flag("required")
    }

    /// Tells whether a caller may not give a value.
    pub fn is_immutable(self) -> bool {
        self.flag("immutable")
    }

    /// Tells whether the value is a secret.
    pub fn is_secret(self) -> bool {
        self.flag("secret")
    }

    /// Returns the position among the positional arguments of a script.
    pub fn position(self) -> Option<i64> {
        self.0.get("position").and_then(|value| {
            #[expect(clippy::cast_possible_truncation, reason = "positions are small")]
            value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
        })
    }

    fn flag(self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or(false)
    }
}
