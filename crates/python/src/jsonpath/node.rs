//! JSON and dictionaries of named values, as paths see them.

use std::rc::Rc;

use serde_json::Value;

use super::follow::{Tree, part_of_text};
use crate::raise::{Class, Outcome, Raise, type_error};
use crate::value::type_name;

/// A value that a path visits or finds.
#[derive(Debug, Clone)]
pub enum Node<'a> {
    /// JSON.
    Json(&'a Value),
    /// One character of a text.
    Text(String),
    /// A dictionary of values that lie elsewhere.
    Dict(Rc<[(&'a str, Self)]>),
    /// An object in which every name exists, as StackStorm's datastore lookup is; the names that
    /// led from it to here.
    Opaque(Vec<String>),
    /// A value that a slice turned into a list of one.
    Single(Rc<Self>),
}

/// What Python calls an opaque object.
const OPAQUE: &str = "KeyValueLookup";

static NULL: Value = Value::Null;

impl Tree for Node<'_> {
    fn null() -> Self {
        Self::Json(&NULL)
    }

    fn children(&self) -> Outcome<Vec<Self>> {
        Ok(match self {
            Self::Json(Value::Array(items)) => items.iter().map(Node::Json).collect(),
            Self::Json(Value::Object(entries)) => entries.values().map(Node::Json).collect(),
            Self::Dict(entries) => entries.iter().map(|(_, node)| node.clone()).collect(),
            Self::Single(inner) => vec![(**inner).clone()],
            Self::Json(_) | Self::Text(_) | Self::Opaque(_) => Vec::new(),
        })
    }

    fn values(&self) -> Outcome<Vec<Self>> {
        match self {
            Self::Json(Value::Object(_)) | Self::Dict(_) => self.children(),
            Self::Opaque(_) => type_error(format!("'{OPAQUE}' object is not callable")),
            Self::Json(_) | Self::Text(_) | Self::Single(_) => Ok(Vec::new()),
        }
    }

    fn field(&self, name: &str) -> Outcome<Option<Self>> {
        Ok(match self {
            Self::Json(Value::Object(entries)) => entries.get(name).map(Node::Json),
            Self::Dict(entries) => {
                entries.iter().find(|(key, _)| *key == name).map(|(_, node)| node.clone())
            }
            Self::Opaque(names) => {
                let mut names = names.clone();
                names.push(name.to_owned());
                Some(Self::Opaque(names))
            }
            Self::Json(_) | Self::Text(_) | Self::Single(_) => None,
        })
    }

    fn length(&self) -> Outcome<usize> {
        let type_name = match self {
            Self::Json(Value::Array(items)) => return Ok(items.len()),
            Self::Json(Value::Object(entries)) => return Ok(entries.len()),
            Self::Json(Value::String(text)) => return Ok(text.chars().count()),
            Self::Text(text) => return Ok(text.chars().count()),
            Self::Dict(entries) => return Ok(entries.len()),
            Self::Single(_) => return Ok(1),
            Self::Json(value) => type_name(value),
            Self::Opaque(_) => OPAQUE,
        };
        type_error(format!("object of type '{type_name}' has no len()"))
    }

    fn item(&self, index: i64) -> Outcome<Option<Self>> {
        let length = self.length()?;
        let at = usize::try_from(index).ok().or_else(|| {
            let back = usize::try_from(index.unsigned_abs()).ok()?;
            length.checked_sub(back)
        });
        let item = |at: usize| match self {
            Self::Json(Value::Array(items)) => items.get(at).map(Node::Json),
            Self::Json(Value::String(text)) => part_of_text(text, at).map(Self::Text),
            Self::Text(text) => part_of_text(text, at).map(Self::Text),
            Self::Single(inner) => (at == 0).then(|| (**inner).clone()),
            Self::Json(_) | Self::Dict(_) | Self::Opaque(_) => None,
        };
        let what = match self {
            Self::Json(Value::Object(_)) | Self::Dict(_) => {
                return Err(Raise::new(Class::Key, index.to_string()));
            }
            Self::Json(Value::String(_)) | Self::Text(_) => "string",
            Self::Json(_) | Self::Opaque(_) | Self::Single(_) => "list",
        };
        match at.and_then(item) {
            Some(item) => Ok(Some(item)),
            None => Err(Raise::new(Class::Index, format!("{what} index out of range"))),
        }
    }

    fn is_sliced_as_one(&self) -> bool {
        match self {
            Self::Json(Value::Number(number)) => !number.is_f64(),
            Self::Json(Value::Object(_) | Value::String(_) | Value::Bool(_)) => true,
            Self::Dict(_) | Self::Text(_) => true,
            Self::Json(Value::Null | Value::Array(_)) | Self::Opaque(_) | Self::Single(_) => false,
        }
    }

    fn into_list(self) -> Self {
        Self::Single(Rc::new(self))
    }
}
