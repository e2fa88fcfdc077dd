//! Walks the tree of an expression.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use python::budget;
use python::json;
use python::object::{Entries, Object};
use python::operators::{equal, truth};
use python::raise::{Class, Outcome, Raise};
use python::text;
use serde_json::Value;

use crate::document::context::Context;

use super::ast::{Call, Constant, Kind, Node};
use super::function::{Argument, overloads};
use super::iterate::{Cursor, Lazy, taken};
use super::kinds::Shape;
use super::natives::{RuleObject, ScopeObject};
use super::quick;
use super::resolve::{Given, given, no_match};
use super::scope::{Body, Lambda, Scope};

/// One evaluation of one expression.
pub(crate) struct Machine<'a> {
    pub(crate) context: &'a Context<'a>,
    /// Whether the expression has set functions of its own.
    pub(crate) defines: Cell<bool>,
    /// What was made of lists and objects of the context, by their address.
    converted: RefCell<HashMap<*const Value, Object>>,
    depth: Cell<usize>,
    /// How many numbers `random` has given.
    pub(crate) drawn: Cell<u64>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            defines: Cell::new(false),
            converted: RefCell::default(),
            depth: Cell::new(0),
            drawn: Cell::new(0),
        }
    }

    /// Runs one level deeper.
    pub(crate) fn deeper<T>(&self, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let depth = self.depth.get();
        if depth >= self.context.limits.depth {
            return Err(Raise::new(Class::Recursion, "maximum recursion depth exceeded"));
        }
        self.depth.set(depth + 1);
        let result = run();
        self.depth.set(depth);
        result
    }

    /// Evaluates a part of an expression.
    pub(crate) fn eval(&self, node: &Arc<Node>, scope: &Rc<Scope>) -> Outcome<Object> {
        budget::step(1)?;
        self.deeper(|| self.eval_kind(node, scope)).map_err(|raise| raise.at(node.at))
    }

    /// Evaluates what a lambda stands for.
    pub(crate) fn eval_body(&self, body: &Body, scope: &Rc<Scope>) -> Outcome<Object> {
        match body {
            Body::Node(node) => self.eval(node, scope),
            Body::Object(object) => Ok(object.clone()),
        }
    }

    /// Calls a lambda with values for `$1`, `$2` and so on.
    pub(crate) fn call_lambda(&self, lambda: &Lambda, arguments: &[Object]) -> Outcome<Object> {
        match &lambda.body {
            Body::Object(object) => Ok(object.clone()),
            Body::Node(node) => match &node.kind {
                Kind::Variable(name) if &**name == "1" && !arguments.is_empty() => {
                    budget::step(1)?;
                    Ok(arguments[0].clone())
                }
                _ => self.eval(node, &Scope::with(&lambda.scope, arguments)),
            },
        }
    }

    /// Returns whether a lambda holds for values.
    pub(crate) fn holds(&self, lambda: &Lambda, arguments: &[Object]) -> Outcome<bool> {
        self.truth(&self.call_lambda(lambda, arguments)?)
    }

    /// Returns whether a value counts as true.
    pub(crate) fn truth(&self, object: &Object) -> Outcome<bool> {
        truth(object)
    }

    fn eval_kind(&self, node: &Arc<Node>, scope: &Rc<Scope>) -> Outcome<Object> {
        match &node.kind {
            Kind::Constant(literal) => Ok(constant(literal)),
            Kind::Keyword(word) => Ok(Object::Str(Arc::clone(word))),
            Kind::Variable(name) => Ok(self.variable(name, scope)),
            Kind::Wrap(inner) => self.eval(inner, scope),
            Kind::Rule(source, destination) => {
                let source = self.eval(source, scope)?;
                let destination = self.eval(destination, scope)?;
                Ok(Object::Native(Rc::new(RuleObject { source, destination })))
            }
            Kind::Call(call) => {
                if let Some(lent) = self.lent(node) {
                    return Ok(self.taken_over(lent));
                }
                if let Some(length) = self.lent_length(call) {
                    return Ok(length);
                }
                self.call(&call.name, None, given(&call.arguments), scope)
            }
            Kind::Operator(call) => self.eval_operator(node, call, scope),
        }
    }

    fn eval_operator(&self, node: &Arc<Node>, call: &Call, scope: &Rc<Scope>) -> Outcome<Object> {
        let arguments = &call.arguments;
        let (Some(Some(first)), second) = (arguments.first(), arguments.get(1)) else {
            return self.eval_literal(call, scope);
        };
        match (&*call.name, second) {
            ("#list" | "#map", _) => self.eval_literal(call, scope),
            ("#operator_.", Some(Some(second))) => match self.chosen(node) {
                Some(lent) => Ok(self.taken_over(lent)),
                None => self.eval_dot(first, second, scope),
            },
            ("#operator_?.", Some(Some(second))) => {
                let receiver = self.eval(first, scope)?;
                if receiver.is_none() {
                    return Ok(Object::None);
                }
                self.apply(receiver, second, scope)
            }
            ("#operator_and", Some(Some(second))) => {
                if self.lent_truth(first) == Some(true) {
                    return self.eval(second, scope);
                }
                let left = self.eval(first, scope)?;
                if truth(&left)? { self.eval(second, scope) } else { Ok(left) }
            }
            ("#operator_or", Some(Some(second))) => {
                let left = self.eval(first, scope)?;
                if truth(&left)? { Ok(left) } else { self.eval(second, scope) }
            }
            ("#unary_operator_not", _) => match self.lent_truth(first) {
                Some(holds) => Ok(Object::Bool(!holds)),
                None => Ok(Object::Bool(!truth(&self.eval(first, scope)?)?)),
            },
            ("*equal" | "*not_equal", Some(Some(second))) => {
                let (left, right) = (self.eval(first, scope)?, self.eval(second, scope)?);
                Ok(Object::Bool(equal(&left, &right)? == (&*call.name == "*equal")))
            }
            ("#operator_->", Some(Some(second))) => {
                let left = self.eval(first, scope)?;
                match inner_scope(&left) {
                    Some(inner) => self.eval(second, &inner),
                    None => Err(no_match(&call.name, None)),
                }
            }
            ("#indexer", second) => match (self.lent(node), second) {
                (Some(lent), _) => Ok(self.taken_over(lent)),
                (None, Some(Some(second))) if arguments.len() == 2 && !self.defines.get() => {
                    self.eval_index(first, second, call, scope)
                }
                (None, _) => self.call(&call.name, None, given(arguments), scope),
            },
            (name, Some(Some(second))) if !self.defines.get() && quick::is_eager(name) => {
                let left = self.eval(first, scope)?;
                if let ("#operator_in", Some(text)) = (name, left.as_str())
                    && let Some(contains) = self.lent_contains(second, text)
                {
                    return Ok(Object::Bool(contains));
                }
                let right = self.eval(second, scope)?;
                self.call_with(name, vec![left, right], scope)
            }
            (name, _) => self.call(name, None, given(arguments), scope),
        }
    }

    /// Evaluates `first[second]`.
    fn eval_index(
        &self,
        first: &Arc<Node>,
        second: &Arc<Node>,
        call: &Call,
        scope: &Rc<Scope>,
    ) -> Outcome<Object> {
        if matches!(second.kind, Kind::Rule(..)) {
            return self.call(&call.name, None, given(&call.arguments), scope);
        }
        let (object, key) = (self.eval(first, scope)?, self.eval(second, scope)?);
        match quick::item(&object, &key) {
            Some(item) => Ok(item),
            None => self.call_with(&call.name, vec![object, key], scope),
        }
    }

    /// Evaluates a list or a mapping as it is written.
    fn eval_literal(&self, call: &Call, scope: &Rc<Scope>) -> Outcome<Object> {
        let arguments = call.arguments.iter().flatten();
        if call.arguments.iter().any(Option::is_none) {
            return Err(no_match(&call.name, None));
        }
        if &*call.name == "#list" {
            let mut items = Vec::with_capacity(call.arguments.len());
            for node in arguments {
                if matches!(node.kind, Kind::Rule(..)) {
                    return Err(no_match(&call.name, None));
                }
                items.push(self.eval(node, scope)?);
            }
            budget::build(items.len().saturating_mul(32))?;
            return Ok(Object::tuple(items));
        }
        let mut entries = Entries::with_capacity(call.arguments.len());
        for node in arguments {
            let Kind::Rule(key, value) = &node.kind else {
                return Err(no_match(&call.name, None));
            };
            let (key, value) = (self.eval(key, scope)?, self.eval(value, scope)?);
            insert(&mut entries, key, value)?;
        }
        budget::build(entries.len().saturating_mul(64))?;
        Ok(Object::frozen(entries))
    }

    fn eval_dot(&self, left: &Arc<Node>, right: &Arc<Node>, scope: &Rc<Scope>) -> Outcome<Object> {
        let Some(lent) = self.lent(left) else {
            let object = self.eval(left, scope)?;
            return self.apply(object, right, scope);
        };
        match &right.kind {
            Kind::Keyword(name) => {
                if let Some(value) = lent.get(name) {
                    return Ok(self.converted(value));
                }
                if lent.is_mapping() {
                    let mut raise = key_error(&Object::str(name)).at(right.at);
                    raise.0.nearest = lent.nearest(name);
                    return Err(raise);
                }
            }
            Kind::Call(call) if !self.defines.get() => {
                if let Some(result) = self.call_lent(&lent, call, scope) {
                    return result;
                }
            }
            _ => {}
        }
        self.apply(self.taken_over(lent), right, scope)
    }

    /// Applies what stands after a dot to what stands before it.
    fn apply(&self, receiver: Object, right: &Arc<Node>, scope: &Rc<Scope>) -> Outcome<Object> {
        let result = match &right.kind {
            Kind::Keyword(name) => self.property(&receiver, name, scope),
            Kind::Call(call) => {
                self.call(&call.name, Some(receiver), given(&call.arguments), scope)
            }
            _ => Err(no_match("#operator_.", None)),
        };
        result.map_err(|raise| raise.at(right.at))
    }

    /// Returns `object.name`: an entry of a mapping, or the same of each item of a collection.
    pub(crate) fn property(
        &self,
        object: &Object,
        name: &Arc<str>,
        scope: &Rc<Scope>,
    ) -> Outcome<Object> {
        if let Object::Dict(map) = object {
            let key = python::object::Key::Str(Arc::clone(name));
            let entries = map.entries.borrow();
            if let Some((_, value)) = entries.get(&key) {
                return Ok(value.clone());
            }
            let mut raise = key_error(&Object::Str(Arc::clone(name)));
            let known = entries.values().take(1000).filter_map(|(key, _)| key.as_str());
            raise.0.nearest = crate::jinja::nearest(name, known);
            return Err(raise);
        }
        if Shape::of(object).is_iterable() {
            let mut cursor = Cursor::new(&taken(object.clone(), self)?, self)?;
            let (name, scope) = (Arc::clone(name), Rc::clone(scope));
            return Ok(Lazy::object("map", move |machine| match cursor.next(machine)? {
                Some(item) => machine.property(&item, &name, &scope).map(Some),
                None => Ok(None),
            }));
        }
        let function = format!("#property#{name}");
        if overloads(&function).is_empty() {
            let message = format!("Unknown function \"{function}\"");
            return Err(Raise::new(Class::NoFunction, message).about(name));
        }
        let positional = vec![Argument::Object(object.clone())];
        self.call(&function, None, Given { positional, named: Vec::new() }, scope)
    }

    /// Returns all variables of the context.
    pub(crate) fn all_variables(&self) -> Object {
        let visible = self.context.visible().into_iter();
        Object::named(visible.map(|(name, value)| (Arc::from(name), self.converted(value))))
    }

    /// Returns the object for a value of the context.
    pub(crate) fn converted(&self, value: &'a Value) -> Object {
        if !matches!(value, Value::Array(_) | Value::Object(_)) {
            return json::object(value);
        }
        let at: *const Value = value;
        if let Some(object) = self.converted.borrow().get(&at) {
            return object.clone();
        }
        let object = json::frozen(value);
        self.converted.borrow_mut().insert(at, object.clone());
        object
    }

    fn variable(&self, name: &str, scope: &Rc<Scope>) -> Object {
        if let Some(object) = scope.get(name) {
            return object;
        }
        match name {
            "__vars" => self.all_variables(),
            "__current_item" => {
                let item = self.context.workflow.and_then(|workflow| workflow.current_item());
                item.map_or(Object::None, |item| self.converted(item))
            }
            _ => Object::None,
        }
    }
}

/// Returns the value of a literal.
pub(crate) fn constant(literal: &Constant) -> Object {
    match literal {
        Constant::None => Object::None,
        Constant::Bool(flag) => Object::Bool(*flag),
        Constant::Int(number) => Object::Int(*number),
        Constant::Float(number) => Object::Float(*number),
        Constant::Str(text) => Object::Str(Arc::clone(text)),
    }
}

/// Sets an entry of a mapping; the key stays as it was first given.
pub(crate) fn insert(entries: &mut Entries, key: Object, value: Object) -> Outcome<()> {
    let hashed = key.key()?;
    let original = entries.get(&hashed).map_or(key, |(original, _)| original.clone());
    entries.insert(hashed, (original, value));
    Ok(())
}

/// Returns the error for a key that a mapping lacks.
pub(crate) fn key_error(key: &Object) -> Raise {
    let shown = text::repr(key).unwrap_or_default();
    let name = key.as_str().map_or_else(|| shown.clone(), str::to_owned);
    Raise::new(Class::Key, shown).about(&name)
}

/// Returns the scope that a value is.
pub(crate) fn inner_scope(object: &Object) -> Option<Rc<Scope>> {
    match object {
        Object::Native(native) => {
            native.as_any().downcast_ref::<ScopeObject>().map(|found| Rc::clone(&found.0))
        }
        _ => None,
    }
}
