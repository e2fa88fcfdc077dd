//! What a criterion compares with: a constant, or a template that is rendered for each event.

use std::borrow::Cow;
use std::sync::LazyLock;

use python::raise::Outcome;
use serde_json::Value;

use super::operator::{Operator, Prepared};
use super::scope::Scope;

/// A criterion's pattern.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// Always the same, and what the operator makes of it.
    Constant(Value, Prepared),
    /// Rendered.
    Template {
        /// The text as it stands in the rule.
        source: String,
        /// The text with `to_complex` in its expressions, which keeps the types of their values.
        typed: Option<String>,
    },
}

/// Finds expressions; those on one line count as one.
static EXPRESSION: LazyLock<Option<regex::Regex>> =
    LazyLock::new(|| regex::Regex::new(r"(\{\{)\s*(.*)\s*(\}\})").ok());

impl Pattern {
    /// Compiles a pattern for an operator.
    pub(super) fn compile(pattern: &Value, operator: Option<Operator>) -> Self {
        let constant = |value: Value| {
            let prepare = |operator: Operator| operator.prepare(&value);
            let prepared = operator.map_or(Prepared::Nothing, prepare);
            Self::Constant(value, prepared)
        };
        let Value::String(source) = pattern else { return constant(pattern.clone()) };
        if !["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) {
            return constant(Value::String(as_rendered(source)));
        }
        let typed = EXPRESSION.as_ref().and_then(|expression| {
            match expression.replace_all(source, "${1}${2} | to_complex${3}") {
                Cow::Borrowed(_) => None,
                Cow::Owned(typed) => Some(typed),
            }
        });
        Self::Template { source: source.clone(), typed }
    }

    /// Returns the pattern for an event.
    pub(super) fn render(&self, scope: &Scope<'_>) -> Outcome<Cow<'_, Value>> {
        let (source, typed) = match self {
            Self::Constant(value, _) => return Ok(Cow::Borrowed(value)),
            Self::Template { source, typed } => (source, typed),
        };
        if let Some(typed) = typed {
            let rendered = match scope.render(typed) {
                Ok(rendered) => serde_json::from_str(&rendered).ok(),
                Err(raise) if is_value_error(raise.class_name()) => None,
                Err(raise) => return Err(raise),
            };
            if let Some(value) = rendered {
                return Ok(Cow::Owned(value));
            }
        }
        scope.render(source).map(|text| Cow::Owned(Value::String(text)))
    }

    /// Returns what the operator made of a constant.
    pub(super) fn prepared(&self) -> &Prepared {
        match self {
            Self::Constant(_, prepared) => prepared,
            Self::Template { .. } => &Prepared::Nothing,
        }
    }

    /// Returns the constant.
    pub(super) fn constant(&self) -> Option<&Value> {
        match self {
            Self::Constant(value, _) => Some(value),
            Self::Template { .. } => None,
        }
    }
}

/// Returns what rendering makes of a text without any tag: line breaks become alike, and the last
/// one is dropped.
fn as_rendered(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Returns whether an exception's class is a kind of `ValueError`.
fn is_value_error(class: &str) -> bool {
    matches!(class, "ValueError" | "JSONDecodeError" | "UnicodeError")
}
