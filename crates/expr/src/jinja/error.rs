//! What went wrong in an evaluation, for programs and for people.

use python::raise::{Class, Raise};

/// A failed evaluation. Its text is the text of the exception that StackStorm's
/// own evaluation raises; the fields say where and why.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct Error {
    /// The class of the exception.
    pub class: Class,
    /// The class, where a function of the caller raised one of its own.
    pub foreign_class: Option<Box<str>>,
    /// The text of the exception.
    pub message: String,
    /// The tag or expression in which it was raised.
    pub expression: String,
    /// The line, from 1; 0 when no place is known.
    pub line: u32,
    /// The column, from 1; 0 when no place is known.
    pub column: u32,
    /// The name that failed.
    pub name: Option<Box<str>>,
    /// The existing name that is nearest to it.
    pub nearest: Option<Box<str>>,
}

impl Error {
    pub(crate) fn from_raise(raise: Raise, source: &str) -> Self {
        let details = *raise.0;
        let place = details.offset.map(|at| floor_boundary(source, at));
        let (line, column) = place.map_or((0, 0), |at| position(source, at));
        Self {
            class: details.class,
            foreign_class: details.foreign_class.map(Into::into),
            message: details.message,
            expression: place.map(|at| tag_around(source, at)).unwrap_or_default(),
            line,
            column,
            name: details.name.map(Into::into),
            nearest: details.nearest.map(Into::into),
        }
    }

    /// Returns the name of the exception's class, as Python prints it.
    #[must_use]
    pub fn class_name(&self) -> &str {
        self.foreign_class.as_deref().unwrap_or(self.class.name())
    }

    /// Returns a sentence for people: where it failed and what may have been meant.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let place = (self.line > 0).then(|| {
            format!("in `{}` at line {}, column {}", self.expression, self.line, self.column)
        });
        let meant = self.nearest.as_ref().map(|name| format!("did you mean `{name}`?"));
        match (place, meant) {
            (None, None) => None,
            (Some(text), None) | (None, Some(text)) => Some(text),
            (Some(place), Some(meant)) => Some(format!("{place}; {meant}")),
        }
    }
}

fn floor_boundary(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn position(source: &str, at: usize) -> (u32, u32) {
    let before = &source[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let from_one = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    (from_one(before.matches('\n').count()), from_one(before[line_start..].chars().count()))
}

const EXPRESSION_CHARS_MAX: usize = 200;

fn tag_around(source: &str, at: usize) -> String {
    let inside = source.get(..at + 2).unwrap_or(&source[..at]);
    let start = inside.rfind("{{").max(inside.rfind("{%")).unwrap_or(0);
    let close = if source[start..].starts_with("{%") { "%}" } else { "}}" };
    let end = source[at..].find(close).map_or(source.len(), |end| at + end + 2);
    source[start..end].chars().take(EXPRESSION_CHARS_MAX).collect()
}
