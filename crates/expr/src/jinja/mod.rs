//! The Jinja that StackStorm renders: Jinja2's language on Python's values, in
//! a sandbox, with StackStorm's filters and its datastore lookups.
//!
//! A template is parsed once and kept in a bounded cache. Rendering walks its
//! tree; variables are taken from the JSON context only as far as they are
//! used. What an evaluation gives is never evaluated again.
//!
//! This engine is its own rather than a crate's, because Python shows through
//! everywhere: lists and dictionaries that templates change in place, tuples,
//! `repr`, bytes, the texts of exceptions that clients match on.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use python::budget;
use python::object::Object;
use python::raise::{Outcome, Raise};
use python::{json, text};
use serde_json::{Map, Value};

mod access;
mod ast;
pub(crate) mod cache;
mod calls;
mod check;
mod error;
mod execute;
mod globals;
mod lexer;
mod lookup;
mod loops;
pub(crate) mod machine;
mod names;
mod operands;
mod parser;
mod places;
mod reads;
mod scope;
mod statements;

pub use error::Error;
pub(crate) use lookup::{Area, as_lookup};

/// What becomes of a name that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undefined {
    /// Every use is an error.
    #[default]
    Strict,
    /// It prints as nothing; only its parts are an error.
    Lenient,
}

/// How much one evaluation may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps of the evaluation.
    pub fuel: u64,
    /// How deeply calls and blocks nest.
    pub depth: usize,
    /// Bytes of text and items that are built on the way.
    pub built_bytes_max: u64,
    /// Bytes of the rendered text.
    pub output_bytes_max: usize,
    /// Bytes of a template.
    pub template_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 5_000_000,
            depth: 80,
            built_bytes_max: 256 << 20,
            output_bytes_max: 16 << 20,
            template_bytes_max: 4 << 20,
        }
    }
}

/// Gives the datastore's values to templates.
pub trait Lookup {
    /// Returns the value of a key in the system scope.
    fn system(&self, key: &str) -> Option<String>;

    /// Returns the value of a key in the scope of the current user.
    fn user(&self, key: &str) -> Option<String>;
}

/// A failure of a function that the caller provides.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The class of the exception, as Python names it.
    pub class: String,
    /// The text.
    pub message: String,
}

/// A part of what a function gives, read where it is.
#[derive(Debug, Clone, Copy)]
pub enum Part<'s> {
    /// The part.
    Found(&'s Value),
    /// There is none of that name.
    Missing,
}

/// Functions that the caller provides, such as those of a workflow.
pub trait Functions {
    /// Returns whether there is a function called `name`.
    fn exists(&self, name: &str) -> bool;

    /// Calls a function; what it lends is read without a copy.
    fn call<'s>(
        &'s self,
        name: &str,
        positional: Vec<Value>,
        named: Map<String, Value>,
    ) -> Result<Cow<'s, Value>, Failure>;

    /// Calls a function with Python's own values; none leaves it to `call`.
    fn call_object(
        &self,
        _name: &str,
        _positional: &[Object],
        _named: &[(Arc<str>, Object)],
        _as_filter: bool,
    ) -> Option<Outcome<Object>> {
        None
    }

    /// Returns what `function().name` gives, where the function gives a dictionary; none leaves
    /// it to a call.
    fn part<'s>(&'s self, _function: &str, _name: &str) -> Option<Part<'s>> {
        None
    }

    /// Returns the existing name that is nearest to one that [`Functions::part`] missed.
    fn nearest_part(&self, _function: &str, _name: &str) -> Option<String> {
        None
    }

    /// Returns whether one of the filters does not exist here.
    fn hides(&self, _filter: &str) -> bool {
        false
    }
}

/// How an evaluation is done.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// What becomes of names that do not exist.
    pub undefined: Undefined,
    /// The datastore behind `st2kv`; none leaves the name undefined.
    pub lookup: Option<&'a dyn Lookup>,
    /// Whether the old name `system` reads the datastore as well.
    pub bare_system: bool,
    /// The key file for encrypted values: JSON text.
    pub crypto_key: Option<&'a str>,
    /// Functions beside Jinja's own.
    pub functions: Option<&'a dyn Functions>,
    /// What the filter `random` picks by.
    pub seed: u64,
    /// The limits.
    pub limits: Limits,
}

/// Returns whether a text counts as a template.
#[must_use]
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Renders a template.
pub fn render(
    template: &str,
    context: &Map<String, Value>,
    options: &Options<'_>,
) -> Result<String, Error> {
    render_with(template, Variables::Json(context), options)
}

/// Where an evaluation finds its variables.
#[derive(Clone, Copy)]
pub(crate) enum Variables<'a> {
    /// There are none.
    None,
    /// A JSON object.
    Json(&'a Map<String, Value>),
    /// A JSON object that can be read as a whole under a name, too.
    WithSelf(&'a Map<String, Value>, &'static str),
    /// Names and values, some of them lent.
    Resolved(&'a IndexMap<&'a str, Cow<'a, Value>>),
}

pub(crate) fn render_with(
    source: &str,
    variables: Variables<'_>,
    options: &Options<'_>,
) -> Result<String, Error> {
    if source.len() > options.limits.template_bytes_max {
        return Err(Error::from_raise(too_long(), source));
    }
    let _guard = budget::begin(options.limits.fuel, options.limits.built_bytes_max);
    let template = cache::template(source).map_err(|raise| Error::from_raise(raise, source))?;
    let machine = machine::Machine::new(&template, variables, options);
    machine.render(&template.body).map_err(|raise| {
        let raise = machine.explain(raise);
        Error::from_raise(raise, &template.source)
    })
}

fn too_long() -> Raise {
    Raise::new(python::Class::Limit, "the template is too long")
}

/// The value of an expression that stands alone.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// A value of its own type.
    Value(Value),
    /// Nothing: the name does not exist.
    Undefined,
}

/// Evaluates what stands between braces and keeps its type.
pub fn evaluate(
    expression: &str,
    context: &Map<String, Value>,
    options: &Options<'_>,
) -> Result<Evaluated, Error> {
    let fail = |raise: Raise| Error::from_raise(raise, expression);
    if expression.len() > options.limits.template_bytes_max {
        return Err(fail(too_long()));
    }
    let _guard = budget::begin(options.limits.fuel, options.limits.built_bytes_max);
    let template = cache::expression(expression).map_err(fail)?;
    let machine = machine::Machine::new(&template, Variables::Json(context), options);
    let result = machine.evaluate_output(&template.body);
    let object = result.map_err(|raise| fail(machine.explain(raise)))?;
    if object.is_undefined() {
        return Ok(Evaluated::Undefined);
    }
    json::value(&object).map(Evaluated::Value).map_err(fail)
}

/// What stands between braces: a part of the context, or a value that was made.
pub(crate) enum Found<'a> {
    Lent(&'a Value),
    Made(Object),
    /// A value in JSON and as text.
    Json(Value, String),
    Undefined,
}

/// Returns the part of the context that an expression reads, if it does nothing else.
pub(crate) fn lent<'a>(
    expression: &str,
    functions: &'a dyn Functions,
    limits: &Limits,
) -> Option<&'a Value> {
    if expression.len() > limits.template_bytes_max {
        return None;
    }
    let template = cache::expression(expression).ok()?;
    let ground = places::Ground { variables: Variables::None, functions: Some(functions) };
    ground.lent(&template)
}

/// Evaluates what stands between braces.
pub(crate) fn found(
    expression: &str,
    variables: Variables<'_>,
    options: &Options<'_>,
) -> Result<Found<'static>, Error> {
    let fail = |raise: Raise| Error::from_raise(raise, expression);
    if expression.len() > options.limits.template_bytes_max {
        return Err(fail(too_long()));
    }
    let _guard = budget::begin(options.limits.fuel, options.limits.built_bytes_max);
    let template = cache::expression(expression).map_err(fail)?;
    let machine = machine::Machine::new(&template, variables, options);
    let result = machine.evaluate_output(&template.body);
    let object = result.map_err(|raise| fail(machine.explain(raise)))?;
    let object = match &object {
        Object::Undefined(undefined) if undefined.strict => return Ok(Found::Undefined),
        Object::Undefined(_) => Object::str(""),
        Object::Iter(iter) if iter.type_name == "generator" => {
            Object::list(python::operators::iterate(&object).map_err(fail)?)
        }
        _ => object,
    };
    if !template.mutates {
        return Ok(Found::Made(object));
    }
    // What was changed in place ends with the evaluation.
    let text = text::str(&object).map_err(fail)?;
    Ok(Found::Json(json_or_text(&object).map_err(fail)?, text))
}

impl Found<'_> {
    /// Returns the text, when it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Lent(value) => value.as_str(),
            Self::Json(value, _) => value.as_str(),
            Self::Made(object) => object.as_str(),
            Self::Undefined => None,
        }
    }

    /// Returns the text that a template prints for it.
    pub(crate) fn text(&self) -> Outcome<String> {
        match self {
            Self::Lent(value) => Ok(printed(value)),
            Self::Json(_, text) => Ok(text.clone()),
            Self::Made(object) => text::str(object),
            Self::Undefined => Ok(String::new()),
        }
    }
}

/// Returns JSON for a value, or else its text.
pub(crate) fn json_or_text(object: &Object) -> Outcome<Value> {
    json::value(object).or_else(|_| text::str(object).map(Value::String))
}

/// Returns what Python's `str` makes of a value, as a template prints it.
#[must_use]
pub fn printed(value: &Value) -> String {
    text::str_of_json(value)
}

/// Checks that a template parses.
pub fn check(template: &str) -> Result<(), Error> {
    cache::template(template).map(drop).map_err(|raise| Error::from_raise(raise, template))
}

/// Checks the syntax of a template alone: filters and tests may be unknown.
pub fn check_syntax(template: &str) -> Result<(), Error> {
    parser::parse_unchecked(template).map(drop).map_err(|raise| Error::from_raise(raise, template))
}

/// Checks that a text begins with an expression.
pub fn check_beginning(text: &str) -> Result<(), Error> {
    parser::parse_beginning(text).map_err(|raise| Error::from_raise(raise, text))
}

/// Checks that an expression parses that stands between braces.
pub fn check_expression(expression: &str) -> Result<(), Error> {
    cache::expression(expression).map(drop).map_err(|raise| Error::from_raise(raise, expression))
}

/// Returns the variables that a template reads from its context.
pub fn variables(template: &str) -> Result<BTreeSet<String>, Error> {
    let parsed = parser::parse_unchecked(template);
    let parsed = parsed.map_err(|raise| Error::from_raise(raise, template))?;
    Ok(check::undeclared(&parsed.body))
}

/// Returns the name among `known` that is nearest to `name`, if one is near.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let count = name.chars().count();
    let limit = 1 + count / 4;
    let near = known.take(1000).filter(|other| {
        let short = other.len() <= (count + limit) * 4;
        short && other.chars().count().abs_diff(count) <= limit && *other != name
    });
    let start: String = name.chars().take(64).collect();
    let distances = near.map(|other| (distance(&start, other), other)).min()?;
    (distances.0 <= limit).then(|| distances.1.to_owned())
}

/// Returns the distance from `start` to the first characters of a name.
fn distance(start: &str, name: &str) -> usize {
    match name.char_indices().nth(64) {
        Some((end, _)) => strsim::levenshtein(start, &name[..end]),
        None => strsim::levenshtein(start, name),
    }
}
