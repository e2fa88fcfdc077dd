//! Python's values, as paths see them.

use super::follow::Tree;
use crate::budget;
use crate::object::Object;
use crate::operators::{iterate, length, subscript};
use crate::raise::{Class, Outcome, Raise};

impl Tree for Object {
    fn null() -> Self {
        Self::None
    }

    fn children(&self) -> Outcome<Vec<Self>> {
        let children = match self {
            Self::List(_) => iterate(self)?,
            Self::Dict(_) => self.values()?,
            _ => Vec::new(),
        };
        budget::step(children.len())?;
        Ok(children)
    }

    fn values(&self) -> Outcome<Vec<Self>> {
        match self {
            Self::Dict(map) => {
                Ok(map.entries.borrow().values().map(|(_, value)| value.clone()).collect())
            }
            Self::Undefined(undefined) => Err(undefined.error()),
            _ => Ok(Vec::new()),
        }
    }

    fn field(&self, name: &str) -> Outcome<Option<Self>> {
        match self {
            Self::Dict(_) => subscript(self, &Self::str(name)),
            Self::Undefined(undefined) => Err(undefined.error()),
            _ => Ok(None),
        }
    }

    fn length(&self) -> Outcome<usize> {
        length(self)
    }

    fn item(&self, index: i64) -> Outcome<Option<Self>> {
        if let Some(item) = subscript(self, &Self::Int(index.into()))? {
            return Ok(Some(item));
        }
        Err(match self {
            Self::Dict(_) => Raise::new(Class::Key, index.to_string()),
            other => {
                let what = if other.as_str().is_some() { "string" } else { "list" };
                Raise::new(Class::Index, format!("{what} index out of range"))
            }
        })
    }

    fn is_sliced_as_one(&self) -> bool {
        matches!(self, Self::Dict(_) | Self::Int(_) | Self::Bool(_)) || self.as_str().is_some()
    }

    fn into_list(self) -> Self {
        Self::list(vec![self])
    }
}
