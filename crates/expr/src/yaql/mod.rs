//! YAQL, the query language of workflows, on Python's values.
//!
//! An expression is parsed once and kept in a bounded cache. Functions have
//! overloads; which of them is meant is decided as YAQL does, by the number and
//! the kinds of the arguments, some of which stay unevaluated. Collections are
//! read lazily, so that a sequence without end can be cut to length.
//!
//! What stands in the context is read where it is: only what a function takes
//! becomes a value of its own.

use std::rc::Rc;

use lent::Lent;
use python::budget;
use python::object::Object;
use python::raise::{Class, Outcome, Raise};
use python::{json, text};
use serde_json::Value;

use crate::document::context::Context;

mod ast;
mod cache;
mod dateformat;
mod escapes;
mod function;
mod iterate;
mod kinds;
mod lent;
mod lexer;
mod library;
mod machine;
mod natives;
mod ordering;
mod output;
mod parser;
mod quick;
mod resolve;
mod scope;
mod time;

pub use crate::jinja::Error;
pub(crate) use output::json;

/// Checks that an expression parses.
pub fn check(expression: &str) -> Result<(), Error> {
    cache::expression(expression).map(drop).map_err(|raise| Error::from_raise(raise, expression))
}

/// Evaluates an expression: what stands between `<%` and `%>`.
pub fn evaluate(expression: &str, context: &Context<'_>) -> Result<Value, Error> {
    let _guard = budget::begin(context.limits.fuel, context.limits.built_bytes_max);
    let result = evaluated(expression, context).and_then(|found| match found {
        Evaluated::Lent(value) => Ok(value.clone()),
        Evaluated::Chosen(items) => Ok(items.iter().map(|item| (*item).clone()).collect()),
        Evaluated::Made(object) => output::json(&object),
    });
    result.map_err(|raise| Error::from_raise(raise, expression))
}

/// Returns the variables of the context that an expression reads by `ctx`.
pub fn variables(expression: &str) -> Vec<String> {
    crate::document::scan::references(expression)
}

/// The value of an expression: a part of the context, or one that was made.
pub(crate) enum Evaluated<'a> {
    Lent(&'a Value),
    /// A list of parts of the context.
    Chosen(Rc<[&'a Value]>),
    Made(Object),
}

impl Evaluated<'_> {
    /// Returns the text that the value is.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Lent(value) => value.as_str(),
            Self::Chosen(_) => None,
            Self::Made(object) => object.as_str(),
        }
    }

    /// Returns what Python's `str` makes of the value.
    pub(crate) fn text(&self) -> Outcome<String> {
        match self {
            Self::Lent(value) => text::str(&json::object(value)),
            Self::Chosen(items) => {
                let items = items.iter().map(|item| json::object(item)).collect();
                text::str(&Object::list(items))
            }
            Self::Made(object) => text::str(object),
        }
    }
}

/// Evaluates an expression within the budget of the caller.
pub(crate) fn evaluated<'a>(source: &str, context: &'a Context<'a>) -> Outcome<Evaluated<'a>> {
    if source.len() > context.limits.template_bytes_max {
        return Err(Raise::new(Class::Limit, "the expression is too long"));
    }
    let expression = cache::expression(source)?;
    let machine = machine::Machine::new(context);
    match machine.lent(&expression.root) {
        Some(Lent::Value(value)) => return Ok(Evaluated::Lent(value)),
        Some(Lent::Chosen(_, items)) => return Ok(Evaluated::Chosen(items)),
        Some(Lent::Variables(_)) | None => {}
    }
    let scope = Rc::new(scope::Scope::default());
    let object = machine.eval(&expression.root, &scope)?;
    output::finalize(&machine, &object, 0).map(Evaluated::Made)
}
