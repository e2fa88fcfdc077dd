//! Why a workflow does not begin.

use std::fmt;

use serde_json::{Value, json};

/// Why a workflow does not begin: the entries of its list of errors.
pub(crate) struct Flaws(pub(crate) Vec<Value>);

impl Flaws {
    pub(crate) fn one(message: impl Into<String>) -> Self {
        Self(vec![json!({"message": message.into()})])
    }
}

/// An error is the one entry of the list.
impl<E: fmt::Display> From<E> for Flaws {
    fn from(error: E) -> Self {
        Self::one(error.to_string())
    }
}
