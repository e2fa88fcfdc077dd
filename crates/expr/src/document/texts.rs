//! Evaluates texts with YAQL in them.

use std::borrow::Cow;

use python::raise::{Class, Outcome, Raise};
use serde_json::Value;

use crate::jinja;
use crate::yaql::{self, Evaluated};

use super::{Error, Evaluation, Language, scan};

impl<'a> Evaluation<'a> {
    /// Evaluates a text with YAQL in it.
    pub(super) fn yaql(&self, text: &str) -> Result<Cow<'a, Value>, Error> {
        let expressions = scan::yaql_in(text);
        let mut output = text.to_owned();
        for expression in &expressions {
            let result = self.yaql_expression(expression)?;
            if expressions.len() == 1 && output.len() <= expression.len() {
                return result.json().map_err(|raise| failed(expression, raise));
            }
            let part = result.text().map_err(|raise| failed(expression, raise))?;
            output = self.replaced(&output, expression, &part, Language::Yaql)?;
        }
        Ok(Cow::Owned(Value::String(output)))
    }

    fn yaql_expression(&self, expression: &str) -> Result<Found<'a>, Error> {
        let inside = scan::inside(expression, Language::Yaql);
        let value = yaql::evaluated(inside, self.context).map_err(|raise| {
            Error::new(Language::Yaql, expression, jinja::Error::from_raise(raise, inside))
        })?;
        let text = value.as_str().filter(|text| self.context.again && scan::has_yaql(text));
        let Some(text) = text else { return Ok(Found::Value(value)) };
        let run = || self.yaql(text);
        let result = self.again((Language::Yaql, expression), run);
        result.map(Found::Text).map_err(|error| within(error, expression))
    }

    /// Puts a result in the place of its expression, wherever that stands.
    pub(super) fn replaced(
        &self,
        text: &str,
        expression: &str,
        part: &str,
        language: Language,
    ) -> Result<String, Error> {
        let count = text.matches(expression).count();
        let bytes = text.len().saturating_add(count.saturating_mul(part.len()));
        let built = python::budget::build(bytes);
        if bytes > self.context.limits.output_bytes_max || built.is_err() {
            let raise = Raise::new(Class::Limit, "the text becomes too long");
            return Err(Error::new(language, expression, jinja::Error::from_raise(raise, "")));
        }
        Ok(text.replace(expression, part))
    }
}

/// The result of an expression, or of the expressions in that.
enum Found<'a> {
    Value(Evaluated<'a>),
    Text(Cow<'a, Value>),
}

impl<'a> Found<'a> {
    fn json(self) -> Outcome<Cow<'a, Value>> {
        match self {
            Self::Value(Evaluated::Lent(value)) => Ok(Cow::Borrowed(value)),
            Self::Value(Evaluated::Chosen(items)) => {
                Ok(Cow::Owned(items.iter().map(|item| (*item).clone()).collect()))
            }
            Self::Value(Evaluated::Made(object)) => yaql::json(&object).map(Cow::Owned),
            Self::Text(value) => Ok(value),
        }
    }

    fn text(&self) -> Outcome<String> {
        match self {
            Self::Value(value) => value.text(),
            Self::Text(value) => Ok(jinja::printed(value)),
        }
    }
}

fn failed(expression: &str, raise: Raise) -> Error {
    Error::new(Language::Yaql, expression, jinja::Error::from_raise(raise, expression))
}

/// Returns the failure of an expression inside the result of another.
pub(super) fn within(error: Error, expression: &str) -> Error {
    let language = error.language;
    Error::new(language, expression, error.into_cause())
}
