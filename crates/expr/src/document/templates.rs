//! Evaluates texts with Jinja in them.

use std::borrow::Cow;

use indexmap::IndexMap;
use python::raise::{Class, Outcome, Raise};
use serde_json::Value;

use crate::jinja::{self, Found, Options, Variables};

use super::texts::within;
use super::{Error, Evaluation, Language, blocks, scan};

const RAW_OPEN: &str = "{% raw %}";
const RAW_CLOSE: &str = "{% endraw %}";

impl<'a> Evaluation<'a> {
    /// Evaluates a text with Jinja in it.
    pub(super) fn jinja(&self, text: &str) -> Result<Cow<'a, Value>, Error> {
        let expressions = scan::jinja_in(text);
        if let [expression] = expressions.as_slice()
            && expression.len() == text.len()
            && !text.contains("{%")
            && let Some(value) = self.lent(text)
            && !value.as_str().is_some_and(scan::has_jinja)
        {
            return Ok(Cow::Borrowed(value));
        }
        self.jinja_made(text).map(Cow::Owned)
    }

    fn jinja_made(&self, text: &str) -> Result<Value, Error> {
        let raw = raw_in(text);
        let mut source = text.to_owned();
        for (index, block) in raw.iter().enumerate() {
            source = source.replace(block, &format!("{{{index}}}"));
        }
        let output = self.expand(&source)?;
        let Value::String(mut output) = output else { return Ok(output) };
        let left = scan::jinja_in(&output);
        if !left.is_empty() && (self.context.again || output == source) {
            return Err(unresolved(text, &left));
        }
        if raw.is_empty() {
            return Ok(Value::String(output));
        }
        for (index, block) in raw.iter().enumerate() {
            output = output.replace(&format!("{{{index}}}"), block);
        }
        self.render(&output).map(Value::String)
    }

    fn expand(&self, text: &str) -> Result<Value, Error> {
        if !scan::blocks_in(text).is_empty() {
            let output = self.render(text)?;
            if !self.context.again {
                return Ok(Value::String(output));
            }
            let result = self.again((Language::Jinja, text), || self.expand(&output));
            return result.map_err(|error| within(error, text));
        }
        let expressions = scan::jinja_in(text);
        let mut output = text.to_owned();
        for expression in &expressions {
            let found = self.jinja_expression(expression)?;
            if matches!(found, Found::Undefined) {
                if self.context.again {
                    continue;
                }
                return Err(unresolved(text, &[expression]));
            }
            let fail = |raise| {
                let inside = scan::inside(expression, Language::Jinja);
                let cause = jinja::Error::from_raise(raise, inside);
                Error::new(Language::Jinja, expression, cause)
            };
            if expressions.len() == 1 && output.len() <= expression.len() {
                return json(found).map_err(fail);
            }
            let part = found.text().map_err(fail)?;
            output = self.replaced(&output, expression, &part, Language::Jinja)?;
        }
        Ok(Value::String(output))
    }

    fn options(&self) -> Options<'a> {
        Options {
            functions: Some(self.context),
            seed: self.context.seed,
            limits: self.context.limits,
            ..Options::default()
        }
    }

    /// Returns the variables under private names.
    fn private(&self) -> IndexMap<&'static str, Cow<'a, Value>> {
        let all = match self.context.shared {
            None => Cow::Borrowed(self.context.variables),
            Some(_) => Cow::Owned(self.context.to_value()),
        };
        let item = self.context.workflow.and_then(|workflow| workflow.current_item());
        let item = item.map_or(Cow::Owned(Value::Null), Cow::Borrowed);
        IndexMap::from([("__vars", all), ("__current_item", item)])
    }

    /// Runs with the variables under private names, where a template reads some.
    fn with_private<T>(&self, template: &str, run: impl FnOnce(Variables<'_>) -> T) -> T {
        if template.contains("__vars") || template.contains("__current_item") {
            run(Variables::Resolved(&self.private()))
        } else {
            run(Variables::None)
        }
    }

    fn render(&self, text: &str) -> Result<String, Error> {
        let source = blocks::trimmed(text);
        let rendered = self.with_private(&source, |variables| {
            jinja::render_with(&source, variables, &self.options())
        });
        rendered.map_err(|error| Error::new(Language::Jinja, text, error))
    }

    /// Returns the part of the context that an expression reads, if it does nothing else.
    fn lent(&self, expression: &str) -> Option<&'a Value> {
        let inside = scan::inside(expression, Language::Jinja);
        jinja::lent(inside, self.context, &self.context.limits)
    }

    /// Evaluates an expression.
    fn jinja_expression(&self, expression: &str) -> Result<Found<'a>, Error> {
        let inside = scan::inside(expression, Language::Jinja);
        let found = match self.lent(expression) {
            Some(value) => Found::Lent(value),
            None => self
                .with_private(inside, |variables| jinja::found(inside, variables, &self.options()))
                .map_err(|error| Error::new(Language::Jinja, expression, error))?,
        };
        let inner = found.as_str().filter(|text| self.context.again && scan::has_jinja(text));
        let Some(inner) = inner else { return Ok(found) };
        let result = self.again((Language::Jinja, expression), || self.expand(inner));
        let value = result.map_err(|error| within(error, expression))?;
        let text = jinja::printed(&value);
        Ok(Found::Json(value, text))
    }
}

/// Returns JSON for what an expression gives.
fn json(found: Found<'_>) -> Outcome<Value> {
    match found {
        Found::Lent(value) => Ok(value.clone()),
        Found::Json(value, _) => Ok(value),
        Found::Made(object) => jinja::json_or_text(&object),
        Found::Undefined => Ok(Value::Null),
    }
}

fn unresolved(text: &str, expressions: &[&str]) -> Error {
    let inside: Vec<&str> =
        expressions.iter().map(|expression| scan::inside(expression, Language::Jinja)).collect();
    let message = format!("There are unresolved variables: {}", inside.join(", "));
    let mut raise = Raise::new(Class::Undefined, message.clone());
    raise.0.name = inside.first().map(|name| (*name).to_owned());
    Error {
        language: Language::Jinja,
        expression: text.to_owned(),
        message,
        cause: Box::new(jinja::Error::from_raise(raise, text)),
    }
}

/// Returns the raw blocks in a text that stand on one line.
fn raw_in(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(RAW_OPEN).map(|start| at + start) {
        let inside = start + RAW_OPEN.len();
        let line_end = text[inside..].find('\n').map_or(text.len(), |end| inside + end);
        match text[inside..line_end].find(RAW_CLOSE) {
            Some(end) => {
                at = inside + end + RAW_CLOSE.len();
                found.push(&text[start..at]);
            }
            None => at = inside,
        }
    }
    found
}
