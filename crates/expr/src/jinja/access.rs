//! Attributes and items of values, as Jinja's sandbox gives them.

use std::rc::Rc;

use python::format::Part;
use python::methods;
use python::object::{Object, Undefined};
use python::operators::subscript;
use python::raise::{Class, Outcome};
use python::text;

use super::lookup::as_lookup;
use super::machine::Machine;

impl Machine<'_> {
    /// Returns `object.name`.
    pub(crate) fn attribute(&self, object: &Object, name: &str) -> Outcome<Object> {
        match object {
            Object::Undefined(undefined) => return Err(undefined.error()),
            Object::Native(native) => {
                if let Some(found) = as_lookup(object) {
                    let hidden = name.starts_with('_');
                    return Ok(if hidden {
                        self.unsafe_part(object, name)
                    } else {
                        self.lookup_attribute(found, name)
                    });
                }
                if let Some(found) = native.attribute(name) {
                    return Ok(if name.starts_with('_') {
                        self.unsafe_part(object, name)
                    } else {
                        found
                    });
                }
                let found = native.item(&Object::str(name));
                return Ok(found.unwrap_or_else(|| self.missing(object, &Object::str(name))));
            }
            _ => {}
        }
        if let Some(found) = own(object, name) {
            return Ok(found);
        }
        if methods::hides(object, name) {
            return Ok(self.unsafe_part(object, name));
        }
        let key = Object::str(name);
        Ok(subscript(object, &key)?.unwrap_or_else(|| self.missing(object, &key)))
    }

    /// Returns `object[key]`.
    pub(crate) fn item(&self, object: &Object, key: &Object) -> Outcome<Object> {
        if let Some(found) = as_lookup(object) {
            return Ok(self.look_up(found, &text::str(key)?));
        }
        if let Some(found) = subscript(object, key)? {
            return Ok(found);
        }
        if let Some(name) = key.as_str() {
            if let Object::Native(native) = object
                && let Some(found) = native.attribute(name)
            {
                let hidden = name.starts_with('_');
                return Ok(if hidden { self.unsafe_part(object, name) } else { found });
            }
            if let Some(found) = own(object, name) {
                return Ok(found);
            }
            if methods::hides(object, name) {
                return Ok(self.unsafe_part(object, name));
            }
        }
        Ok(self.missing(object, key))
    }

    /// Returns a part that a format field asks for.
    pub(crate) fn part(&self, object: &Object, part: Part<'_>) -> Outcome<Object> {
        match part {
            Part::Name(name) => self.attribute(object, name),
            Part::Key(key) => self.item(object, &Object::str(key)),
            Part::Index(index) => self.item(object, &Object::count(index)),
        }
    }

    /// Returns the undefined value for a part that does not exist.
    pub(crate) fn missing(&self, object: &Object, key: &Object) -> Object {
        let name = match key.as_str() {
            Some(name) => name.to_owned(),
            None => text::repr(key).unwrap_or_default(),
        };
        let nearest = match (object, key.as_str()) {
            (Object::Dict(map), Some(name)) => {
                let entries = map.entries.borrow();
                let keys = entries.values().take(64).filter_map(|(key, _)| key.as_str());
                super::nearest(name, keys)
            }
            _ => None,
        };
        self.undefined(Undefined {
            hint: None,
            owner: Some(object.described()),
            named: key.as_str().is_some(),
            name,
            class: Class::Undefined,
            nearest,
            strict: true,
        })
    }

    fn unsafe_part(&self, object: &Object, name: &str) -> Object {
        self.undefined(Undefined {
            hint: Some(format!(
                "access to attribute {} of {} object is unsafe.",
                text::quote(name),
                text::quote(object.type_name())
            )),
            owner: None,
            name: name.to_owned(),
            named: true,
            class: Class::Security,
            nearest: None,
            strict: true,
        })
    }
}

/// Returns an attribute that a value of one of Python's own types has.
fn own(object: &Object, name: &str) -> Option<Object> {
    let method = methods::names(object).iter().find(|method| **method == name);
    match method {
        Some(method) => Some(Object::Method(Rc::new((object.clone(), method)))),
        None => methods::property(object, name),
    }
}
