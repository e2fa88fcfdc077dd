//! Expressions in the texts of a workflow's document: YAQL between `<%` and
//! `%>`, Jinja between `{{` and `}}`, or in blocks between `{%` and `%}`.
//!
//! A text that is one expression becomes its value; in a longer text the
//! value's text takes the expression's place. Lists and mappings are walked,
//! keys included. A text with both languages is Jinja. Expressions do not
//! reach over the end of a line.

use std::borrow::Cow;
use std::cell::Cell;

use python::budget;
use python::raise::{Class, Raise};
use serde_json::{Map, Value};

use crate::jinja;
use crate::yaql;

mod blocks;
pub(crate) mod context;
pub(crate) mod functions;
mod language;
mod provided;
pub(crate) mod scan;
mod templates;
mod texts;

pub use context::{Context, CurrentTask, Entry, Recorded, Workflow};
pub use language::Language;

/// How often results may be evaluated in turn, one inside the other.
const AGAIN_MAX: usize = 40;

/// A failed evaluation. Its text is the one that Orquesta gives; `cause` says where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The language of the expression.
    pub language: Language,
    /// The expression, with its delimiters.
    pub expression: String,
    /// The text.
    pub message: String,
    /// What was raised, and where in the expression.
    pub cause: Box<jinja::Error>,
}

impl Error {
    /// Returns the name of the exception's class, as Orquesta has it.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        self.language.class().name()
    }

    fn new(language: Language, expression: &str, cause: jinja::Error) -> Self {
        let class = cause.class_name();
        let message = match (language, cause.class) {
            (Language::Yaql, Class::Key) => {
                let key = cause.message.trim_matches('\'');
                format!("Unable to resolve key '{key}' in expression '{expression}' from context.")
            }
            (Language::Yaql, Class::Value | Class::Type) => {
                let text = cause.message.trim_matches('\'');
                format!("Unable to evaluate expression '{expression}'. {class}: {text}")
            }
            _ => {
                let text = &cause.message;
                format!("Unable to evaluate expression '{expression}'. {class}: {text}")
            }
        };
        Self { language, expression: expression.to_owned(), message, cause: Box::new(cause) }
    }

    /// Returns it as the cause of a failure further out.
    fn into_cause(self) -> jinja::Error {
        jinja::Error { class: self.language.class(), message: self.message, ..*self.cause }
    }

    /// Returns a sentence for people: where it failed and what may have been meant.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.cause.hint()
    }

    /// Returns the text in which the line and the column of the cause count.
    #[must_use]
    pub fn place_text(&self) -> &str {
        let is_template = self.language == Language::Jinja && self.expression.contains("{%");
        if is_template { &self.expression } else { scan::inside(&self.expression, self.language) }
    }
}

/// An expression that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The language; none where a text mixes both.
    pub language: Option<Language>,
    /// The expression, or the whole text.
    pub expression: String,
    /// What is wrong.
    pub message: String,
    /// What is wrong and where, as far as it is known.
    pub cause: Option<Box<jinja::Error>>,
}

/// A variable of the context that an expression reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The language of the expression.
    pub language: Language,
    /// The text in which it stands.
    pub expression: String,
    /// The name of the variable.
    pub variable: String,
}

/// One evaluation of one document.
struct Evaluation<'a> {
    context: &'a Context<'a>,
    /// How many results are being evaluated, one inside the other.
    depth: Cell<usize>,
}

/// Evaluates all expressions in a value.
pub fn evaluate(value: &Value, context: &Context<'_>) -> Result<Value, Error> {
    let _guard = budget::begin(context.limits.fuel, context.limits.built_bytes_max);
    Evaluation { context, depth: Cell::new(0) }.value(value)
}

/// Evaluates all expressions in a text.
pub fn evaluate_text(text: &str, context: &Context<'_>) -> Result<Value, Error> {
    evaluate_lent(text, context).map(Cow::into_owned)
}

/// Evaluates all expressions in a text, and lends what is a part of the context as it stands
/// there: a large result is not copied.
pub fn evaluate_lent<'a>(text: &str, context: &'a Context<'a>) -> Result<Cow<'a, Value>, Error> {
    let _guard = budget::begin(context.limits.fuel, context.limits.built_bytes_max);
    Evaluation { context, depth: Cell::new(0) }.text(text)
}

/// Returns the language of the expressions in a text, if there are some.
#[must_use]
pub fn language(text: &str) -> Option<Language> {
    if scan::has_jinja(text) {
        Some(Language::Jinja)
    } else if scan::has_yaql(text) {
        Some(Language::Yaql)
    } else {
        None
    }
}

impl<'a> Evaluation<'a> {
    fn value(&self, value: &Value) -> Result<Value, Error> {
        match value {
            Value::String(text) => self.text(text).map(Cow::into_owned),
            Value::Array(items) => {
                let items: Result<Vec<Value>, Error> =
                    items.iter().map(|item| self.value(item)).collect();
                items.map(Value::Array)
            }
            Value::Object(map) => {
                let mut out = Map::with_capacity(map.len());
                for (key, value) in map {
                    out.insert(self.key(key)?, self.value(value)?);
                }
                Ok(Value::Object(out))
            }
            other => Ok(other.clone()),
        }
    }

    fn key(&self, key: &str) -> Result<String, Error> {
        let Some(language) = language(key) else { return Ok(key.to_owned()) };
        match self.text(key)?.into_owned() {
            Value::String(text) => Ok(text),
            value @ (Value::Array(_) | Value::Object(_)) => {
                let kind = if value.is_array() { "list" } else { "dict" };
                let raise = Raise::new(Class::Type, format!("unhashable type: '{kind}'"));
                Err(Error::new(language, key, jinja::Error::from_raise(raise, key)))
            }
            other => Ok(other.to_string()),
        }
    }

    fn text(&self, text: &str) -> Result<Cow<'a, Value>, Error> {
        match language(text) {
            Some(Language::Jinja) => self.jinja(text),
            Some(Language::Yaql) => self.yaql(text),
            None => Ok(Cow::Owned(Value::String(text.to_owned()))),
        }
    }

    /// Evaluates a result in turn.
    fn again<T>(
        &self,
        (language, expression): (Language, &str),
        run: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.depth.get() >= AGAIN_MAX {
            let raise = Raise::new(Class::Recursion, "maximum recursion depth exceeded");
            return Err(Error::new(language, expression, jinja::Error::from_raise(raise, "")));
        }
        self.depth.set(self.depth.get() + 1);
        let result = run();
        self.depth.set(self.depth.get() - 1);
        result
    }
}

/// Returns all expressions in a value that do not parse.
#[must_use]
pub fn check(value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(value, &mut |text| check_text(text, &mut faults));
    faults
}

fn check_text(text: &str, faults: &mut Vec<Fault>) {
    let (jinja, yaql) = (scan::has_jinja(text), scan::has_yaql(text));
    if jinja && yaql {
        let message = "Expression with multiple types is not supported.".to_owned();
        let expression = text.to_owned();
        faults.push(Fault { language: None, expression, message, cause: None });
    } else if yaql {
        for expression in scan::yaql_in(text) {
            if let Err(error) = yaql::check(scan::inside(expression, Language::Yaql)) {
                faults.push(fault(Language::Yaql, expression, error));
            }
        }
    } else if jinja {
        if let Err(error) = jinja::check_syntax(text) {
            faults.push(fault(Language::Jinja, text, error));
        }
        for expression in scan::jinja_in(text) {
            let known = faults.iter().any(|fault| fault.expression == expression);
            let inside = scan::inside(expression, Language::Jinja);
            if !known && let Err(error) = jinja::check_beginning(inside) {
                faults.push(fault(Language::Jinja, expression, error));
            }
        }
    }
}

fn fault(language: Language, expression: &str, error: jinja::Error) -> Fault {
    Fault {
        language: Some(language),
        expression: expression.to_owned(),
        message: error.message.clone(),
        cause: Some(Box::new(error)),
    }
}

/// Returns the variables of the context that the expressions in a value read, by name.
#[must_use]
pub fn variables(value: &Value) -> Vec<Reference> {
    let mut all = Vec::new();
    walk(value, &mut |text| {
        let languages = [Language::Jinja, Language::Yaql];
        for language in languages {
            for variable in scan::variables(text, language) {
                all.push(Reference { language, expression: text.to_owned(), variable });
            }
        }
    });
    all.sort_by(|a, b| {
        let key = |reference: &Reference| {
            (reference.variable.clone(), reference.language, reference.expression.clone())
        };
        key(a).cmp(&key(b))
    });
    all.dedup();
    all
}

/// Visits all texts in a value, keys included.
fn walk(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(map) => {
            for (key, value) in map {
                visit(key);
                walk(value, visit);
            }
        }
        _ => {}
    }
}
