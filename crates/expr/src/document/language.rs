//! The languages of expressions.

use python::raise::Class;

/// The language of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Between `{{` and `}}`.
    Jinja,
    /// Between `<%` and `%>`.
    Yaql,
}

impl Language {
    /// Returns the name by which Orquesta knows the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jinja => "jinja",
            Self::Yaql => "yaql",
        }
    }

    pub(super) fn class(self) -> Class {
        match self {
            Self::Jinja => Class::JinjaEvaluation,
            Self::Yaql => Class::YaqlEvaluation,
        }
    }
}
