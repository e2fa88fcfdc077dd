//! Evaluates texts with Jinja in them.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::Value;

use crate::jinja::{self, Evaluated, Options, Variables};
use crate::python::raise::{Class, Raise};

use super::provided::Provided;
use super::texts::within;
use super::{Error, Evaluation, Language, blocks, scan};

const RAW_OPEN: &str = "{% raw %}";
const RAW_CLOSE: &str = "{% endraw %}";

impl Evaluation<'_> {
    /// Evaluates a text with Jinja in it.
    pub(super) fn jinja(&self, text: &str) -> Result<Value, Error> {
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
            let Some(value) = self.jinja_expression(expression)? else {
                if self.context.again {
                    continue;
                }
                return Err(unresolved(text, &[expression]));
            };
            if expressions.len() == 1 && output.len() <= expression.len() {
                return Ok(value.into_json());
            }
            output = self.replaced(&output, expression, &value.text(), Language::Jinja)?;
        }
        Ok(Value::String(output))
    }

    fn options<'o>(&'o self, functions: &'o Provided<'o>) -> Options<'o> {
        Options {
            functions: Some(functions),
            seed: self.context.seed,
            limits: self.context.limits,
            ..Options::default()
        }
    }

    /// Returns the variables under private names, for a template that names one.
    fn private(&self, template: &str) -> IndexMap<&'static str, Cow<'_, Value>> {
        let mut names = IndexMap::new();
        if template.contains("__") {
            names.insert("__vars", Cow::Borrowed(self.context.variables));
            let item = self.context.workflow.and_then(|workflow| workflow.current_item());
            names.insert("__current_item", item.map_or(Cow::Owned(Value::Null), Cow::Borrowed));
        }
        names
    }

    fn render(&self, text: &str) -> Result<String, Error> {
        let functions = Provided { context: self.context };
        let source = blocks::trimmed(text);
        let rendered = jinja::render_with(
            &source,
            Variables::Resolved(&self.private(&source)),
            &self.options(&functions),
        );
        rendered.map_err(|error| Error::new(Language::Jinja, text, error))
    }

    /// Evaluates an expression; none when it stands for nothing.
    fn jinja_expression(&self, expression: &str) -> Result<Option<Printed>, Error> {
        let functions = Provided { context: self.context };
        let inside = scan::inside(expression, Language::Jinja);
        let fail = |error| Error::new(Language::Jinja, expression, error);
        let evaluated = jinja::evaluate_printed(
            inside,
            Variables::Resolved(&self.private(inside)),
            &self.options(&functions),
        )
        .map_err(fail)?;
        let (value, text) = match evaluated {
            (Evaluated::Undefined, _) => return Ok(None),
            (Evaluated::Value(value), text) => (value, text),
        };
        if let Value::String(inner) = &value
            && self.context.again
            && scan::has_jinja(inner)
        {
            let result = self.again((Language::Jinja, expression), || self.expand(inner));
            let value = result.map_err(|error| within(error, expression))?;
            return Ok(Some(Printed { value, text: None }));
        }
        Ok(Some(Printed { value, text }))
    }
}

/// A value, and its text where JSON does not tell that.
struct Printed {
    value: Value,
    text: Option<String>,
}

impl Printed {
    fn into_json(self) -> Value {
        self.value
    }

    fn text(self) -> String {
        self.text.unwrap_or_else(|| jinja::printed(&self.value))
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
