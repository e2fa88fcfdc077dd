//! What names stand for: variables, lookups, globals, or nothing.

use std::rc::Rc;

use python::json;
use python::object::{self, Object};
use python::raise::{Class, Raise};
use serde_json::Value;

use super::machine::Machine;
use super::scope::Scope;
use super::{Undefined, Variables, globals, lookup};

impl<'a> Machine<'a> {
    /// Returns the object for a value of the context; a list or object is the
    /// same one each time.
    pub(super) fn converted(&self, value: &'a Value) -> Object {
        if !matches!(value, Value::Array(_) | Value::Object(_)) {
            return json::object(value);
        }
        let at: *const Value = value;
        if let Some(object) = self.converted.borrow().get(&at) {
            return object.clone();
        }
        let object = json::object(value);
        self.converted.borrow_mut().insert(at, object.clone());
        object
    }

    /// Returns what a name stands for.
    pub(super) fn name(&self, name: &str, scope: &Rc<Scope>) -> Object {
        if let Some(object) = scope.get(name) {
            return object;
        }
        if let Some(value) = self.variables.get(name) {
            return self.converted(value);
        }
        if let Some(object) = self.provided(name) {
            return object;
        }
        if name == "self" {
            return self.self_object();
        }
        globals::find(name).unwrap_or_else(|| self.undefined_name(name))
    }

    fn provided(&self, name: &str) -> Option<Object> {
        if let Some(object) = self.lookups.borrow().get(name) {
            return Some(object.clone());
        }
        let (key, object) = match (name, self.variables, self.options.lookup) {
            (name, Variables::WithSelf(map, whole), _) if name == whole => (whole, json::dict(map)),
            ("st2kv", _, Some(_)) => ("st2kv", lookup::both()),
            ("system", _, Some(_)) if self.options.bare_system => ("system", lookup::system()),
            _ => {
                let functions = self.options.functions?;
                return functions.exists(name).then(|| globals::function(name));
            }
        };
        self.lookups.borrow_mut().insert(key, object.clone());
        Some(object)
    }

    /// Adds to an exception what its text does not say.
    pub(super) fn explain(&self, mut raise: Raise) -> Raise {
        let details = &mut raise.0;
        let Some(name) = details.name.clone().filter(|_| details.nearest.is_none()) else {
            return raise;
        };
        if details.message == format!("'dict object' has no attribute '{name}'") {
            let missed = self.missed.borrow();
            let missing = missed.iter().rev().find(|missing| *missing.name == *name);
            details.nearest = missing.and_then(|missing| missing.nearest(self.options.functions));
        } else if details.message == format!("'{name}' is undefined") {
            let set = self.root.all_names();
            let known = self.variables.names();
            let all = set.iter().map(|name| &**name).chain(known).chain(globals::NAMES);
            details.nearest = super::nearest(&name, all);
        }
        raise
    }

    fn is_strict(&self) -> bool {
        self.options.undefined == Undefined::Strict
    }

    fn undefined_name(&self, name: &str) -> Object {
        self.undefined(object::Undefined {
            hint: None,
            owner: None,
            name: name.to_owned(),
            named: true,
            class: Class::Undefined,
            nearest: None,
            strict: self.is_strict(),
        })
    }

    /// Returns an undefined value with its whole complaint.
    pub(crate) fn undefined_hint(&self, hint: &str) -> Object {
        self.undefined(object::Undefined {
            hint: Some(hint.to_owned()),
            owner: None,
            name: String::new(),
            named: false,
            class: Class::Undefined,
            nearest: None,
            strict: self.is_strict(),
        })
    }

    pub(super) fn undefined(&self, undefined: object::Undefined) -> Object {
        let strict = self.is_strict();
        Object::Undefined(Rc::new(object::Undefined { strict, ..undefined }))
    }
}

impl<'a> Variables<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        match self {
            Self::None => None,
            Self::Json(map) | Self::WithSelf(map, _) => map.get(name),
            Self::Resolved(map) => map.get(name).map(|value| &**value),
        }
    }

    fn names(&self) -> Vec<&'a str> {
        match self {
            Self::None => Vec::new(),
            Self::Json(map) | Self::WithSelf(map, _) => map.keys().map(String::as_str).collect(),
            Self::Resolved(map) => map.keys().copied().collect(),
        }
    }
}
