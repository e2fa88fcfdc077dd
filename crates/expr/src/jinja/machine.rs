//! Walks the tree of a template: expressions. Statements are in `execute`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use python::arguments::Arguments;
use python::arithmetic::{self, affirm, negate};
use python::budget;
use python::json;
use python::object::{Entries, Object, Undefined};
use python::operators::{compare, contains, equal, slice, truth};
use python::raise::{Class, Outcome, Raise, type_error};
use python::text;
use serde_json::Value;

use crate::filters;

use super::ast::{
    Call, Comparison, Constant, Expression, Kind, Statement, StatementKind, Template,
};
use super::places::Missing;
use super::scope::Scope;
use super::{Options, Variables};

/// How deeply expressions and statements nest while they run, macros included.
const RUN_DEPTH_MAX: usize = 300;

/// One evaluation of one template.
pub(crate) struct Machine<'a> {
    pub(super) template: &'a Template,
    pub(super) variables: Variables<'a>,
    pub(crate) options: &'a Options<'a>,
    /// What was made of lists and objects of the context, by their address.
    pub(super) converted: RefCell<HashMap<*const Value, Object>>,
    pub(super) lookups: RefCell<HashMap<&'static str, Object>>,
    pub(super) root: Rc<Scope>,
    /// Keys that dictionaries of the context lack.
    pub(super) missed: RefCell<Vec<Missing<'a>>>,
    /// What may hold itself, to be emptied at the end.
    knots: RefCell<Vec<Knot>>,
    pub(crate) autoescape: Cell<bool>,
    depth: Cell<usize>,
    calls: Cell<usize>,
}

enum Knot {
    Scope(Rc<Scope>),
    Object(Object),
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        for knot in self.knots.get_mut().drain(..) {
            match knot {
                Knot::Scope(scope) => scope.clear(),
                Knot::Object(Object::List(seq)) => {
                    drop(std::mem::take(&mut *seq.items.borrow_mut()));
                }
                Knot::Object(Object::Dict(map)) => {
                    drop(std::mem::take(&mut *map.entries.borrow_mut()));
                }
                Knot::Object(_) => {}
            }
        }
    }
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        template: &'a Template,
        variables: Variables<'a>,
        options: &'a Options<'a>,
    ) -> Self {
        Self {
            template,
            variables,
            options,
            converted: RefCell::default(),
            lookups: RefCell::default(),
            root: Scope::inside(None),
            missed: RefCell::default(),
            knots: RefCell::default(),
            autoescape: Cell::new(false),
            depth: Cell::new(0),
            calls: Cell::new(0),
        }
    }

    /// Renders statements at the top.
    pub(super) fn render(&self, body: &[Statement]) -> Outcome<String> {
        let mut out = String::new();
        self.run(body, &Rc::clone(&self.root), &mut out)?;
        Ok(out)
    }

    /// Evaluates the output that is the only statement.
    pub(super) fn evaluate_output(&self, body: &[Statement]) -> Outcome<Object> {
        match body.first().map(|statement| &statement.kind) {
            Some(StatementKind::Output(expression)) => {
                self.eval(expression, &Rc::clone(&self.root))
            }
            _ => Ok(Object::None),
        }
    }

    /// Remembers a scope that a macro holds.
    pub(super) fn tie_scope(&self, scope: &Rc<Scope>) {
        self.knots.borrow_mut().push(Knot::Scope(Rc::clone(scope)));
    }

    /// Remembers a list or a dictionary that is changed in place.
    pub(super) fn tie(&self, object: &Object) {
        let mut knots = self.knots.borrow_mut();
        let tied = |knot: &Knot| matches!(knot, Knot::Object(known) if known.is(object));
        if !knots.iter().rev().take(8).any(tied) {
            knots.push(Knot::Object(object.clone()));
        }
    }

    /// Runs one level deeper.
    pub(crate) fn deeper<T>(&self, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let depth = self.depth.get();
        if depth >= RUN_DEPTH_MAX {
            return Err(recursion());
        }
        self.depth.set(depth + 1);
        let result = run();
        self.depth.set(depth);
        result
    }

    /// Runs a call of a macro or a recursive loop.
    pub(super) fn called<T>(&self, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let calls = self.calls.get();
        if calls >= self.options.limits.depth {
            return Err(recursion());
        }
        self.calls.set(calls + 1);
        let result = run();
        self.calls.set(calls);
        result
    }

    /// Evaluates an expression.
    pub(super) fn eval(&self, expression: &Expression, scope: &Rc<Scope>) -> Outcome<Object> {
        budget::step(1)?;
        self.deeper(|| self.eval_kind(expression, scope)).map_err(|raise| raise.at(expression.at))
    }

    pub(super) fn eval_kind(&self, expression: &Expression, scope: &Rc<Scope>) -> Outcome<Object> {
        match &expression.kind {
            Kind::Constant(constant) => Ok(constant_object(constant)),
            Kind::Name(name) => Ok(self.name(name, scope)),
            Kind::Tuple(items) => Ok(Object::tuple(self.eval_all(items, scope)?)),
            Kind::List(items) => Ok(Object::list(self.eval_all(items, scope)?)),
            Kind::Dict(pairs) => self.eval_dict(pairs, scope),
            Kind::Attribute(..) | Kind::Item(..) => self.eval_part(expression, scope),
            Kind::Slice(inner, bounds) => {
                let object = self.eval(inner, scope)?;
                let mut values = [Object::None, Object::None, Object::None];
                for (value, bound) in values.iter_mut().zip(bounds.iter()) {
                    if let Some(bound) = bound {
                        *value = self.eval(bound, scope)?;
                    }
                }
                slice(&object, [&values[0], &values[1], &values[2]])
            }
            Kind::Call(callee, call) => match self.lent_get(callee, call, scope) {
                Some(found) => found,
                None => self.eval_call(callee, call, None, scope),
            },
            Kind::Filter(inner, name, call) => {
                if let Some(object) = self.filtered(expression, scope) {
                    return Ok(object);
                }
                let value = match inner {
                    Some(inner) => self.eval(inner, scope)?,
                    None => Object::None,
                };
                let arguments = self.arguments(call, scope)?;
                self.filter(name, &value, arguments)
            }
            Kind::Test(inner, name, call) => {
                if let (Some(holds), true) = (self.lent_test(inner, name, scope), call.is_empty()) {
                    return Ok(Object::Bool(holds));
                }
                let value = self.eval(inner, scope)?;
                let arguments = self.arguments(call, scope)?;
                filters::tests::call(self, name, &value, &arguments).map(Object::Bool)
            }
            Kind::Not(inner) => Ok(Object::Bool(!self.eval_truth(inner, scope)?)),
            Kind::Negate(inner) => negate(&self.eval(inner, scope)?),
            Kind::Affirm(inner) => affirm(&self.eval(inner, scope)?),
            Kind::And(a, b) => {
                let first = self.eval(a, scope)?;
                if truth(&first)? { self.eval(b, scope) } else { Ok(first) }
            }
            Kind::Or(a, b) => {
                let first = self.eval(a, scope)?;
                if truth(&first)? { Ok(first) } else { self.eval(b, scope) }
            }
            Kind::Binary(operator, a, b) => {
                let (a, b) = (self.eval(a, scope)?, self.eval(b, scope)?);
                arithmetic::binary(*operator, &a, &b)
            }
            Kind::Concat(parts) => self.eval_concat(parts, scope),
            Kind::Compare(first, rest) => self.eval_compare(first, rest, scope),
            Kind::Condition(condition) => {
                if self.eval_truth(&condition.test, scope)? {
                    return self.eval(&condition.then, scope);
                }
                match &condition.otherwise {
                    Some(otherwise) => self.eval(otherwise, scope),
                    None => Ok(no_otherwise()),
                }
            }
        }
    }

    /// Applies a filter by its name.
    pub(crate) fn filter(
        &self,
        name: &str,
        value: &Object,
        arguments: Arguments,
    ) -> Outcome<Object> {
        if let Some(functions) = self.options.functions.filter(|all| all.exists(name)) {
            let mut with_value = arguments;
            with_value.positional.insert(0, value.clone());
            return call_function(functions, name, with_value, true);
        }
        if self.options.functions.is_some_and(|functions| functions.hides(name)) {
            let message = format!("No filter named '{name}'.");
            return Err(Raise::new(Class::TemplateAssertion, message).about(name));
        }
        filters::call(self, name, value, arguments)
    }

    pub(super) fn eval_all(&self, items: &[Expression], scope: &Rc<Scope>) -> Outcome<Vec<Object>> {
        items.iter().map(|item| self.eval(item, scope)).collect()
    }

    fn eval_dict(&self, pairs: &[(Expression, Expression)], scope: &Rc<Scope>) -> Outcome<Object> {
        let mut entries = Entries::with_capacity(pairs.len());
        for (key, value) in pairs {
            let key = self.eval(key, scope)?;
            let value = self.eval(value, scope)?;
            let hashed = key.key()?;
            let original = entries.get(&hashed).map_or(key, |(original, _)| original.clone());
            entries.insert(hashed, (original, value));
        }
        Ok(Object::dict(entries))
    }

    fn eval_concat(&self, parts: &[Expression], scope: &Rc<Scope>) -> Outcome<Object> {
        let values = self.eval_all(parts, scope)?;
        let escape =
            self.autoescape.get() && values.iter().any(|value| matches!(value, Object::Markup(_)));
        let mut out = String::new();
        for value in &values {
            let part = text::str(value)?;
            budget::build(part.len())?;
            if escape && !matches!(value, Object::Markup(_)) {
                out.push_str(&python::html::escape_text(&part));
            } else {
                out.push_str(&part);
            }
        }
        Ok(if escape { Object::Markup(out.into()) } else { Object::from(out) })
    }

    fn eval_compare(
        &self,
        first: &Expression,
        rest: &[(Comparison, Expression)],
        scope: &Rc<Scope>,
    ) -> Outcome<Object> {
        let mut left = self.eval(first, scope)?;
        let mut holds = true;
        for (comparison, operand) in rest {
            if !holds {
                break;
            }
            if rest.len() == 1
                && let Some(holds) = self.lent_contains((&left, *comparison), operand, scope)
            {
                return Ok(Object::Bool(holds));
            }
            let right = self.eval(operand, scope)?;
            holds = match comparison {
                Comparison::Equal => equal(&left, &right)?,
                Comparison::NotEqual => !equal(&left, &right)?,
                Comparison::Order(order) => compare(&left, &right, *order)?,
                Comparison::In => contains(&right, &left)?,
                Comparison::NotIn => !contains(&right, &left)?,
            };
            left = right;
        }
        Ok(Object::Bool(holds))
    }

    /// Evaluates the arguments of a call.
    pub(super) fn arguments(&self, call: &Call, scope: &Rc<Scope>) -> Outcome<Arguments> {
        let positional = self.eval_all(&call.positional, scope)?;
        let mut arguments = Arguments::positional(positional);
        for (name, value) in &call.named {
            let value = self.eval(value, scope)?;
            if arguments.named.iter().any(|(given, _)| given == name) {
                let message = format!("keyword argument repeated: {name}");
                return Err(Raise::new(Class::Syntax, message));
            }
            arguments.named.push((Arc::clone(name), value));
        }
        if let Some(more) = &call.more_positional {
            let more = self.eval(more, scope)?;
            arguments.positional.extend(python::operators::iterate(&more)?);
        }
        if let Some(more) = &call.more_named {
            let more = self.eval(more, scope)?;
            let Object::Dict(map) = &more else {
                let name = more.type_name();
                return type_error(format!("argument after ** must be a mapping, not {name}"));
            };
            for (key, value) in map.entries.borrow().values() {
                let Some(name) = key.as_str() else {
                    return type_error("keywords must be strings");
                };
                if arguments.named.iter().any(|(given, _)| &**given == name) {
                    return type_error(format!(
                        "got multiple values for keyword argument '{name}'"
                    ));
                }
                arguments.named.push((Arc::from(name), value.clone()));
            }
        }
        Ok(arguments)
    }
}

/// Returns what a condition without `else` gives: nothing, and leniently so.
fn no_otherwise() -> Object {
    let hint = "the inline if-expression evaluated to false and no else section was defined.";
    Object::Undefined(Rc::new(Undefined {
        hint: Some(hint.to_owned()),
        owner: None,
        name: String::new(),
        named: false,
        class: Class::Undefined,
        nearest: None,
        strict: false,
    }))
}

pub(super) fn constant_object(constant: &Constant) -> Object {
    match constant {
        Constant::None => Object::None,
        Constant::Bool(flag) => Object::Bool(*flag),
        Constant::Int(number) => Object::Int(*number),
        Constant::Float(number) => Object::Float(*number),
        Constant::Str(text) => Object::Str(Arc::clone(text)),
    }
}

fn recursion() -> Raise {
    Raise::new(Class::Recursion, "maximum recursion depth exceeded")
}

/// Calls a function of the caller.
pub(super) fn call_function(
    functions: &dyn super::Functions,
    name: &str,
    arguments: Arguments,
    as_filter: bool,
) -> Outcome<Object> {
    let Arguments { positional, named } = &arguments;
    if let Some(result) = functions.call_object(name, positional, named, as_filter) {
        return result;
    }
    let positional: Outcome<Vec<Value>> = arguments.positional.iter().map(json::value).collect();
    let mut named = serde_json::Map::new();
    for (name, value) in &arguments.named {
        named.insert(name.to_string(), json::value(value)?);
    }
    let result = functions.call(name, positional?, named);
    result.map(|value| json::object(&value)).map_err(|failure| {
        let mut raise = Raise::new(Class::Runtime, failure.message);
        raise.0.foreign_class = Some(failure.class);
        raise
    })
}
