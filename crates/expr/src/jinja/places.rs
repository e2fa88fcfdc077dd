//! Expressions that read a place in the context: they are followed in JSON, so that only what is
//! found there becomes an object, and nothing around it.

use std::borrow::Cow;
use std::sync::Arc;

use python::budget;
use python::json;
use python::methods;
use python::operators::equal;
use serde_json::{Map, Value};

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
    /// Parts that a filter chose from a list, as a generator or as a list.
    Chosen(Vec<&'a Value>, Form),
    /// A dictionary that lacks a key.
    Missing(Missing<'a>),
}

/// What the parts that a filter chose are in Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Generator,
    List,
}

/// A key that a dictionary lacks.
pub(super) struct Missing<'a> {
    pub(super) name: Arc<str>,
    among: Among<'a>,
}

/// Where a key was looked for.
enum Among<'a> {
    Keys(&'a Map<String, Value>),
    Function(Arc<str>),
}

impl Missing<'_> {
    /// Returns the existing key that is nearest.
    pub(super) fn nearest(&self, functions: Option<&dyn Functions>) -> Option<String> {
        match &self.among {
            Among::Keys(map) => super::nearest(&self.name, map.keys().take(64).map(String::as_str)),
            Among::Function(function) => functions?.nearest_part(function, &self.name),
        }
    }
}

impl<'a> Ground<'a> {
    /// Returns the part of the context that is all that a template puts out.
    pub(super) fn lent(self, template: &Template) -> Option<&'a Value> {
        let statement = template.body.first().filter(|_| !template.mutates)?;
        let StatementKind::Output(expression) = &statement.kind else { return None };
        match self.place(expression, &|_| false)? {
            Place::Value(value) => Some(value),
            Place::Function(_) | Place::Chosen(..) | Place::Missing(_) => None,
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
            Kind::Filter(Some(inner), name, call) if is_choosing(name) => {
                if self.functions.is_some_and(|all| all.exists(name) || all.hides(name)) {
                    return None;
                }
                choose(self.place(inner, hides)?, name, call)
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
                let missing = matches!(found, Place::Missing(_));
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
        let (found, among) = match place {
            Place::Value(Value::Object(map)) => (map.get(&**name), Among::Keys(map)),
            Place::Function(function) => {
                let found = match self.functions?.part(&function, name)? {
                    Part::Found(value) => Some(value),
                    Part::Missing => None,
                };
                (found, Among::Function(function))
            }
            Place::Value(_) | Place::Chosen(..) | Place::Missing(_) => return None,
        };
        let missing = || Place::Missing(Missing { name: Arc::clone(name), among });
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
                    Part::Missing => None,
                }
            }
            _ => None,
        }
    }
}

/// Returns whether a filter chooses parts of a list.
fn is_choosing(name: &str) -> bool {
    matches!(name, "map" | "selectattr" | "rejectattr" | "list" | "first")
}

/// Returns what a filter chooses; none where that needs more than a look at each item.
fn choose<'a>(place: Place<'a>, name: &str, call: &Call) -> Option<Place<'a>> {
    match (name, place) {
        ("list", Place::Chosen(items, _)) if call.is_empty() => {
            Some(Place::Chosen(items, Form::List))
        }
        ("first", Place::Chosen(items, _)) if call.is_empty() => {
            items.first().copied().map(Place::Value)
        }
        ("first", Place::Value(Value::Array(items))) if call.is_empty() => {
            items.first().map(Place::Value)
        }
        ("list" | "first", _) => None,
        (name, Place::Value(Value::Array(items))) => among(items.iter(), name, call),
        (name, Place::Chosen(items, _)) => among(items.into_iter(), name, call),
        _ => None,
    }
}

fn among<'a>(items: impl Iterator<Item = &'a Value>, name: &str, call: &Call) -> Option<Place<'a>> {
    let path = attribute(name, call)?;
    let condition = if name == "map" { None } else { Some(Condition::new(call)?) };
    let mut chosen = Vec::new();
    for item in items {
        budget::step(1).ok()?;
        let part = path.split('.').try_fold(item, |part, key| part.as_object()?.get(key))?;
        match &condition {
            None => chosen.push(part),
            Some(condition) if condition.holds(part)? == (name == "selectattr") => {
                chosen.push(item);
            }
            Some(_) => {}
        }
    }
    Some(Place::Chosen(chosen, Form::Generator))
}

/// Returns the path that a filter follows from each item: names, without indexes.
fn attribute<'c>(name: &str, call: &'c Call) -> Option<&'c str> {
    let path = match (name, call.positional.as_slice(), call.named.as_slice()) {
        ("map", [], [(word, path)]) if &**word == "attribute" => path,
        ("map", ..) => return None,
        (_, [path, ..], []) => path,
        _ => return None,
    };
    if call.more_positional.is_some() || call.more_named.is_some() {
        return None;
    }
    let Kind::Constant(Constant::Str(path)) = &path.kind else { return None };
    let is_plain = path.split('.').all(|key| {
        let is_index = key.bytes().all(|byte| byte.is_ascii_digit());
        !is_index && !key.starts_with("__")
    });
    is_plain.then_some(path)
}

/// What a filter asks of an attribute.
enum Condition<'c> {
    True,
    Equal(&'c Constant, bool),
}

impl<'c> Condition<'c> {
    fn new(call: &'c Call) -> Option<Self> {
        match call.positional.get(1..)? {
            [] => Some(Self::True),
            [test, operand] => {
                let (Kind::Constant(Constant::Str(test)), Kind::Constant(operand)) =
                    (&test.kind, &operand.kind)
                else {
                    return None;
                };
                match &**test {
                    "equalto" | "eq" | "==" => Some(Self::Equal(operand, true)),
                    "ne" | "!=" => Some(Self::Equal(operand, false)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn holds(&self, part: &Value) -> Option<bool> {
        Some(match (self, part) {
            (Self::True, Value::Null) => false,
            (Self::True, Value::Bool(flag)) => *flag,
            (Self::True, Value::String(text)) => !text.is_empty(),
            (Self::True, _) => return None,
            (Self::Equal(Constant::Str(operand), wanted), Value::String(text)) => {
                (**operand == **text) == *wanted
            }
            (Self::Equal(..), Value::Array(_) | Value::Object(_)) => return None,
            (Self::Equal(operand, wanted), part) => {
                let operand = super::machine::constant_object(operand);
                equal(&json::object(part), &operand).ok()? == *wanted
            }
        })
    }
}
