//! The datastore in templates: `st2kv.system.key` and `st2kv.user.key`.
//!
//! A key with dots is asked for part by part: each part is a lookup of its own
//! that prints as the value of the key so far, or as nothing.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use python::object::{Native, Object};
use python::raise::{Class, Outcome, Raise};

use super::globals::Bound;
use super::machine::Machine;

/// Which part of the datastore a lookup reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    System,
    User,
}

impl Area {
    fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// A lookup: the key so far and its value.
pub(crate) struct KeyValue {
    pub(crate) area: Area,
    key: Option<String>,
    value: String,
}

impl KeyValue {
    fn root(area: Area) -> Object {
        Object::Native(Rc::new(Self { area, key: None, value: String::new() }))
    }

    /// Returns the name of the key as a template writes it.
    pub(crate) fn full_name(&self) -> String {
        format!("st2kv.{}.{}", self.area.name(), self.key.as_deref().unwrap_or_default())
    }

    /// Returns the value as text; an error before a key is given.
    pub(crate) fn value(&self) -> Outcome<String> {
        match self.key {
            Some(_) => Ok(self.value.clone()),
            None => Err(Raise::new(Class::Key, "''")),
        }
    }
}

impl Native for KeyValue {
    fn type_name(&self) -> &'static str {
        match self.area {
            Area::System => "KeyValueLookup",
            Area::User => "UserKeyValueLookup",
        }
    }

    fn repr(&self) -> String {
        let name = self.type_name();
        format!("<st2common.services.keyvalues.{name} object at 0x7f0000000000>")
    }

    fn text(&self) -> Outcome<String> {
        self.value()
    }

    fn is_mapping(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns the lookup that a value is.
pub(crate) fn as_lookup(object: &Object) -> Option<&KeyValue> {
    match object {
        Object::Native(native) => native.as_any().downcast_ref(),
        _ => None,
    }
}

/// Returns the lookups of both areas.
pub(super) fn both() -> Object {
    Object::named([
        (Arc::from("system"), KeyValue::root(Area::System)),
        (Arc::from("user"), KeyValue::root(Area::User)),
    ])
}

/// Returns the lookup of the system area.
pub(super) fn system() -> Object {
    KeyValue::root(Area::System)
}

impl Machine<'_> {
    /// Returns the attribute of a lookup: one of its own, or the next part of the key.
    pub(super) fn lookup_attribute(&self, found: &KeyValue, name: &str) -> Object {
        match name {
            "scope" => Object::str(found.area.name()),
            "get_key_name" => {
                let full = found.full_name();
                Bound::object(move |_| Ok(Object::str(&full)))
            }
            _ => self.look_up(found, name),
        }
    }

    /// Returns the lookup of a longer key.
    pub(super) fn look_up(&self, found: &KeyValue, part: &str) -> Object {
        let key = match &found.key {
            Some(key) => format!("{key}.{part}"),
            None => part.to_owned(),
        };
        let value = self.options.lookup.and_then(|lookup| match found.area {
            Area::System => lookup.system(&key),
            Area::User => lookup.user(&key),
        });
        let value = value.unwrap_or_default();
        Object::Native(Rc::new(KeyValue { area: found.area, key: Some(key), value }))
    }
}
