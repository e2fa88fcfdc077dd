//! Expressions that read a place in the context: they are followed in JSON, so that only what is
//! found there becomes an object, and nothing around it.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::python::methods;

use super::ast::{Call, Constant, Expression, Kind, StatementKind, Template};
use super::{Functions, Part, Variables};

/// Where an expression can point to.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) variables: Variables<'a>,
    pub(crate) functions: Option<&'a dyn Functions>,
}

/// What stands where an expression points to.
pub(super) enum Place<'a> {
    Value(&'a Value),
    /// The dictionary that a function of the caller gives, which is not made for its parts.
    Function(Arc<str>),
    /// A dictionary that lacks a key.
    Missing {
        name: Arc<str>,
        nearest: Option<String>,
    },
}

impl<'a> Ground<'a> {
    /// Returns the part of the context that is all that a template puts out.
    pub(super) fn lent(self, template: &Template) -> Option<&'a Value> {
        let statement = template.body.first().filter(|_| !template.mutates)?;
        let StatementKind::Output(expression) = &statement.kind else { return None };
        match self.place(expression, &|_| false)? {
            Place::Value(value) => Some(value),
            Place::Function(_) | Place::Missing { .. } => None,
        }
    }

    /// Returns the place that an expression reads, if it does nothing else; `hides` tells which
    /// names the template has set.
    pub(super) fn place(
        self,
        expression: &Expression,
        hides: &dyn Fn(&str) -> bool,
    ) -> Option<Place<'a>> {
        match &expression.kind {
            Kind::Name(name) if !hides(name) => self.variables.get(name).map(Place::Value),
            Kind::Attribute(inner, name) => {
                if methods::DICT.contains(&&**name) {
                    return None;
                }
                self.entry(self.place(inner, hides)?, name)
            }
            Kind::Item(inner, key) => {
                let Kind::Constant(key) = &key.kind else { return None };
                self.item(self.place(inner, hides)?, key)
            }
            Kind::Call(callee, call) => {
                let Kind::Name(function) = &callee.kind else { return None };
                if hides(function) { None } else { self.called(function, call) }
            }
            _ => None,
        }
    }

    fn item(self, place: Place<'a>, key: &Constant) -> Option<Place<'a>> {
        match (place, key) {
            (Place::Value(Value::Array(items)), Constant::Int(index)) => {
                items.get(usize::try_from(*index).ok()?).map(Place::Value)
            }
            (place, Constant::Str(name)) => {
                let found = self.entry(place, name)?;
                let is_method = methods::DICT.contains(&&**name);
                let missing = matches!(found, Place::Missing { .. });
                if is_method && missing { None } else { Some(found) }
            }
            _ => None,
        }
    }

    /// Returns what stands under a key of a dictionary.
    fn entry(self, place: Place<'a>, name: &Arc<str>) -> Option<Place<'a>> {
        if name.starts_with("__") {
            return None;
        }
        let (found, nearest) = match place {
            Place::Value(Value::Object(map)) => match map.get(&**name) {
                Some(value) => (Some(value), None),
                None => (None, super::nearest(name, map.keys().take(64).map(String::as_str))),
            },
            Place::Function(function) => match self.functions?.part(&function, name)? {
                Part::Found(value) => (Some(value), None),
                Part::Missing { nearest } => (None, nearest),
            },
            Place::Value(_) | Place::Missing { .. } => return None,
        };
        let missing = || Place::Missing { name: Arc::clone(name), nearest };
        Some(found.map_or_else(missing, Place::Value))
    }

    /// Returns what a function of the caller lends, without arguments or for a name.
    fn called(self, function: &Arc<str>, call: &Call) -> Option<Place<'a>> {
        let functions = self.functions.filter(|all| all.exists(function))?;
        if !call.is_plain() || self.variables.get(function).is_some() {
            return None;
        }
        match call.positional.as_slice() {
            [] => match functions.call(function, Vec::new(), serde_json::Map::new()) {
                Ok(Cow::Borrowed(value)) => Some(Place::Value(value)),
                _ => Some(Place::Function(Arc::clone(function))),
            },
            [name] => {
                let Kind::Constant(Constant::Str(name)) = &name.kind else { return None };
                match functions.part(function, name)? {
                    Part::Found(value) => Some(Place::Value(value)),
                    Part::Missing { .. } => None,
                }
            }
            _ => None,
        }
    }
}
