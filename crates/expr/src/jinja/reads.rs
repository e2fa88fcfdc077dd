//! Operations on places in the context that need no object of what stands there.

use std::rc::Rc;

use python::budget;
use python::object::{Object, Undefined};
use python::operators::truth;
use python::raise::{Class, Outcome, Raise};
use serde_json::Value;

use super::ast::{Call, Comparison, Expression, Kind};
use super::machine::Machine;
use super::places::{Form, Ground, Missing, Place};
use super::scope::Scope;

/// How many missing keys are remembered for the hint of an error.
const MISSED_MAX: usize = 16;

impl<'a> Machine<'a> {
    /// Evaluates an attribute or an item.
    pub(super) fn eval_part(&self, expression: &Expression, scope: &Rc<Scope>) -> Outcome<Object> {
        if let Some(object) = self.placed(expression, scope) {
            return Ok(object);
        }
        match &expression.kind {
            Kind::Attribute(inner, name) => {
                let object = self.eval(inner, scope)?;
                self.attribute(&object, name).map_err(|raise| at_missing(raise, &object, inner))
            }
            Kind::Item(inner, key) => {
                let object = self.eval(inner, scope)?;
                let key = self.eval(key, scope)?;
                self.item(&object, &key).map_err(|raise| at_missing(raise, &object, inner))
            }
            _ => self.eval_kind(expression, scope),
        }
    }

    /// Returns whether an expression counts as true.
    pub(super) fn eval_truth(&self, expression: &Expression, scope: &Rc<Scope>) -> Outcome<bool> {
        match self.lent(expression, scope) {
            Some(Value::Array(items)) => Ok(!items.is_empty()),
            Some(Value::Object(map)) => Ok(!map.is_empty()),
            _ => truth(&self.eval(expression, scope)?),
        }
    }

    /// Returns what a filter makes of a place without a look at all of it.
    pub(super) fn filtered(&self, expression: &Expression, scope: &Rc<Scope>) -> Option<Object> {
        match &expression.kind {
            Kind::Filter(Some(inner), name, call)
                if matches!(&**name, "length" | "count") && call.is_empty() =>
            {
                self.lent_length(inner, scope)
            }
            _ => self.placed(expression, scope),
        }
    }

    /// Returns how many items or entries a place has.
    fn lent_length(&self, expression: &Expression, scope: &Rc<Scope>) -> Option<Object> {
        match self.place(expression, scope)? {
            Place::Value(Value::Array(items)) => Some(Object::count(items.len())),
            Place::Value(Value::Object(map)) => Some(Object::count(map.len())),
            Place::Chosen(items, Form::List) => Some(Object::count(items.len())),
            _ => None,
        }
    }

    /// Returns whether a place passes a test that looks at its kind only.
    pub(super) fn lent_test(
        &self,
        expression: &Expression,
        name: &str,
        scope: &Rc<Scope>,
    ) -> Option<bool> {
        let test: fn(&Value) -> bool = match name {
            "defined" => |_| true,
            "undefined" => |_| false,
            "none" => Value::is_null,
            "string" => Value::is_string,
            "mapping" => Value::is_object,
            _ => return None,
        };
        self.lent(expression, scope).map(test)
    }

    /// Returns whether a text is among the items or keys at a place.
    pub(super) fn lent_contains(
        &self,
        (left, comparison): (&Object, Comparison),
        operand: &Expression,
        scope: &Rc<Scope>,
    ) -> Option<bool> {
        if !matches!(comparison, Comparison::In | Comparison::NotIn) {
            return None;
        }
        let text = left.as_str()?;
        let contains = match self.lent(operand, scope)? {
            Value::Array(items) => {
                budget::step(items.len()).ok()?;
                items.iter().any(|item| item.as_str() == Some(text))
            }
            Value::Object(map) => map.contains_key(text),
            _ => return None,
        };
        Some(contains == (comparison == Comparison::In))
    }

    /// Calls `get` on a dictionary at a place.
    pub(super) fn lent_get(
        &self,
        callee: &Expression,
        call: &Call,
        scope: &Rc<Scope>,
    ) -> Option<Outcome<Object>> {
        let Kind::Attribute(inner, name) = &callee.kind else { return None };
        if &**name != "get" || !call.is_plain() || !matches!(call.positional.len(), 1 | 2) {
            return None;
        }
        let Value::Object(map) = self.lent(inner, scope)? else { return None };
        let Kind::Constant(super::ast::Constant::Str(key)) = &call.positional[0].kind else {
            return None;
        };
        Some(match (map.get(&**key), call.positional.get(1)) {
            (found, Some(default)) => self
                .eval(default, scope)
                .map(|default| found.map_or(default, |value| self.converted(value))),
            (found, None) => Ok(found.map_or(Object::None, |value| self.converted(value))),
        })
    }

    /// Returns the object for the place that an expression reads, if it does nothing else.
    fn placed(&self, expression: &Expression, scope: &Rc<Scope>) -> Option<Object> {
        match self.place(expression, scope)? {
            Place::Value(value) => Some(self.converted(value)),
            Place::Chosen(items, form) => {
                let items = items.into_iter().map(|item| self.converted(item)).collect();
                Some(match form {
                    Form::Generator => Object::generator(items),
                    Form::List => Object::list(items),
                })
            }
            Place::Missing(missing) => Some(self.missing_key(missing)),
            Place::Function(_) => None,
        }
    }

    /// Returns the part of the context that an expression reads, if it is nothing else.
    fn lent(&self, expression: &Expression, scope: &Rc<Scope>) -> Option<&'a Value> {
        match self.place(expression, scope)? {
            Place::Value(value) => Some(value),
            Place::Function(_) | Place::Chosen(..) | Place::Missing(_) => None,
        }
    }

    fn place(&self, expression: &Expression, scope: &Rc<Scope>) -> Option<Place<'a>> {
        if self.template.mutates {
            return None;
        }
        let ground = Ground { variables: self.variables, functions: self.options.functions };
        ground.place(expression, &|name| scope.has(name))
    }

    fn missing_key(&self, missing: Missing<'a>) -> Object {
        let name = missing.name.to_string();
        let mut missed = self.missed.borrow_mut();
        if missed.len() < MISSED_MAX {
            missed.push(missing);
        }
        self.undefined(Undefined {
            hint: None,
            owner: Some("dict object".to_owned()),
            named: true,
            name,
            class: Class::Undefined,
            nearest: None,
            strict: true,
        })
    }
}

/// Places the error about a value that does not exist where that value is read.
fn at_missing(raise: Raise, object: &Object, inner: &Expression) -> Raise {
    if object.is_undefined() { raise.at(inner.at) } else { raise }
}
