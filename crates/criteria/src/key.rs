//! A criterion's key: where in the payload the value stands.

use std::borrow::Cow;

use python::jsonpath::{Node, Path, Plain};
use python::raise::{Outcome, Raise};
use serde_json::Value;

use super::scope::Scope;

/// A compiled key.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// Fields below the payload.
    Fields(Vec<String>),
    /// Something that is never there.
    Nowhere,
    /// Names below the datastore's scope.
    Lookup(Vec<String>),
    /// Any other path.
    Path(Box<Path>),
    /// No path.
    Broken(Raise),
}

/// What a key leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A value; `None` when there is nothing.
    Value(Cow<'a, Value>),
    /// A lookup in the datastore, by the dotted name.
    Lookup(String),
}

static NOTHING: Value = Value::Null;

impl Key {
    /// Compiles a key; what follows a `#` only tells keys apart. `rendered` says whether a text
    /// pattern was rendered before, which puts `st2kv` beside the payload.
    pub(super) fn compile(key: &str, prefix: &str, rendered: bool) -> Self {
        let text = key.split('#').next().unwrap_or(key);
        let path = match Path::parse(text) {
            Ok(path) => path,
            Err(error) => return Self::Broken(error),
        };
        let names = path.plain().and_then(|parts| {
            let name = |part| match part {
                Plain::Field(name) => Some(name),
                Plain::Index(_) => None,
            };
            parts.into_iter().map(name).collect::<Option<Vec<String>>>()
        });
        let Some(names) = names else { return Self::Path(Box::new(path)) };
        match names.split_first() {
            Some((first, rest)) if first == prefix => Self::Fields(rest.to_vec()),
            Some((first, rest)) if first == "system" => Self::Lookup(rest.to_vec()),
            Some((first, rest)) if first == "st2kv" && rendered => match rest.split_first() {
                Some((scope, rest)) if scope == "system" => Self::Lookup(rest.to_vec()),
                Some(_) => Self::Nowhere,
                None => Self::Path(Box::new(path)),
            },
            Some(_) => Self::Nowhere,
            None => Self::Path(Box::new(path)),
        }
    }

    /// Returns what the key leads to.
    pub(super) fn find<'a>(&self, scope: &Scope<'a>) -> Outcome<Found<'a>> {
        match self {
            Self::Fields(names) => {
                Ok(Found::Value(Cow::Borrowed(below(scope.payload, names).unwrap_or(&NOTHING))))
            }
            Self::Nowhere => Ok(Found::Value(Cow::Borrowed(&NOTHING))),
            Self::Lookup(names) => Ok(Found::Lookup(names.join("."))),
            Self::Path(path) => {
                let payload = (scope.prefix, Node::Json(scope.payload));
                let root = [payload, ("system", Node::Opaque(Vec::new()))];
                let found = path.find(Node::Dict(root.into()))?;
                // The first one counts.
                let first = found.into_iter().next();
                Ok(first.map_or(Found::Value(Cow::Borrowed(&NOTHING)), of_node))
            }
            Self::Broken(raise) => Err(raise.clone()),
        }
    }

    /// Returns the fields below the payload, when the key is nothing more.
    pub(super) fn fields(&self) -> Option<&[String]> {
        match self {
            Self::Fields(names) => Some(names),
            Self::Nowhere | Self::Lookup(_) | Self::Path(_) | Self::Broken(_) => None,
        }
    }
}

/// Returns the value at the end of field names.
pub(super) fn below<'a>(value: &'a Value, names: &[String]) -> Option<&'a Value> {
    names.iter().try_fold(value, |value, name| match value {
        Value::Object(entries) => entries.get(name),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    })
}

/// Turns what a path found into a value, or a lookup.
fn of_node(node: Node<'_>) -> Found<'_> {
    match node {
        Node::Json(value) => Found::Value(Cow::Borrowed(value)),
        Node::Opaque(names) => Found::Lookup(names.join(".")),
        other @ (Node::Text(_) | Node::Dict(_) | Node::Single(_)) => {
            Found::Value(Cow::Owned(copied(&other)))
        }
    }
}

fn copied(node: &Node<'_>) -> Value {
    match node {
        Node::Json(value) => (*value).clone(),
        Node::Text(text) => Value::String(text.clone()),
        Node::Opaque(_) => Value::Null,
        Node::Single(inner) => Value::Array(vec![copied(inner)]),
        Node::Dict(entries) => {
            let entry = |(name, node): &(&str, Node<'_>)| ((*name).to_owned(), copied(node));
            Value::Object(entries.iter().map(entry).collect())
        }
    }
}
