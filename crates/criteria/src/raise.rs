//! What goes wrong while a criterion is evaluated, in Python's words: a rule's author finds them in
//! the rule's failed enforcement.

use std::{borrow::Cow, fmt};

/// A raised exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raise {
    /// The name of the exception's class.
    pub(super) class: Cow<'static, str>,
    /// Its text.
    pub(super) message: String,
}

impl Raise {
    /// Creates an exception.
    pub(super) fn new(class: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { class: class.into(), message: message.into() }
    }

    /// Creates a `TypeError`.
    pub(super) fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    /// Creates the error of asking a value for an attribute that its type lacks.
    pub(super) fn attribute(type_name: &str, attribute: &str) -> Self {
        let message = format!("'{type_name}' object has no attribute '{attribute}'");
        Self::new("AttributeError", message)
    }
}

/// Formats the text alone, as Python's `str` does.
impl fmt::Display for Raise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The result of something that may raise.
pub(super) type Outcome<T> = Result<T, Raise>;
