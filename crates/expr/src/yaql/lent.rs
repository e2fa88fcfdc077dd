//! Parts of the context that an expression reads where they are: only what is taken of them in
//! the end becomes an object.
//!
//! What is simple enough to be decided on JSON is: names, indexes, conditions on an item's fields.
//! Wherever something is unusual, a missing key above all, nothing is lent, and the general way
//! gives the result or the error.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use python::budget;
use python::json;
use python::object::{Key, Map as Dict, Object, View};
use python::operators::equal;
use python::raise::Outcome;
use serde_json::{Map, Value};

use crate::document::context::{Context, is_private};

use super::ast::{Call, Constant, Kind, Node};
use super::iterate::Lazy;
use super::machine::{Machine, constant};
use super::quick;
use super::scope::Scope;

/// A part of the context that is read where it is.
#[derive(Clone)]
pub(crate) enum Lent<'a> {
    Value(&'a Value),
    /// All variables together.
    Variables(&'a Context<'a>),
    /// What an iterator of the type that Python calls so gives.
    Chosen(&'static str, Rc<[&'a Value]>),
}

impl<'a> Lent<'a> {
    pub(super) fn is_mapping(&self) -> bool {
        matches!(self, Self::Value(Value::Object(_)) | Self::Variables(_))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        match self {
            Self::Value(value) => value.as_object()?.get(key),
            Self::Variables(_) if is_private(key) => None,
            Self::Variables(context) => context.variable(key),
            Self::Chosen(..) => None,
        }
    }

    /// Returns the key that is nearest to one that is missing.
    pub(super) fn nearest(&self, key: &str) -> Option<String> {
        match self {
            Self::Value(value) => {
                let known = value.as_object().into_iter().flat_map(Map::keys);
                crate::jinja::nearest(key, known.map(String::as_str))
            }
            Self::Variables(context) => crate::jinja::nearest(key, context.names()),
            Self::Chosen(..) => None,
        }
    }

    fn items(&self) -> Option<Items<'_, 'a>> {
        match self {
            Self::Value(Value::Array(items)) => Some(Items::All(items)),
            Self::Chosen(_, items) => Some(Items::Some(items)),
            Self::Value(_) | Self::Variables(_) => None,
        }
    }

    fn length(&self) -> Option<usize> {
        match self {
            Self::Value(Value::Object(map)) => Some(map.len()),
            Self::Variables(context) => Some(context.visible().len()),
            _ => self.items().map(|items| items.len()),
        }
    }

    fn keys(&self) -> Option<Object> {
        let (names, frozen): (Vec<&str>, bool) = match self {
            Self::Value(Value::Object(map)) => (map.keys().map(String::as_str).collect(), true),
            Self::Variables(context) => (context.visible().into_keys().collect(), false),
            Self::Value(_) | Self::Chosen(..) => return None,
        };
        let entry = |name: &str| {
            let name: Arc<str> = Arc::from(name);
            (Key::Str(Arc::clone(&name)), (Object::Str(name), Object::None))
        };
        let entries = names.into_iter().map(entry).collect();
        Some(Object::View(View::Keys, Rc::new(Dict { entries: RefCell::new(entries), frozen })))
    }
}

/// The items of a list, or some that were chosen.
enum Items<'l, 'a> {
    All(&'a [Value]),
    Some(&'l [&'a Value]),
}

impl<'a> Items<'_, 'a> {
    fn len(&self) -> usize {
        match self {
            Self::All(items) => items.len(),
            Self::Some(items) => items.len(),
        }
    }

    fn at(&self, index: usize) -> Option<&'a Value> {
        match self {
            Self::All(items) => items.get(index),
            Self::Some(items) => items.get(index).copied(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &'a Value> {
        (0..self.len()).filter_map(|index| self.at(index))
    }
}

impl<'a> Machine<'a> {
    /// Returns the part of the context that an expression reads, if it is nothing else.
    pub(crate) fn lent(&self, node: &Node) -> Option<Lent<'a>> {
        match &node.kind {
            Kind::Wrap(inner) => self.lent(inner),
            Kind::Operator(call) => {
                let [Some(left), Some(right)] = call.arguments.as_slice() else { return None };
                match (&*call.name, &right.kind) {
                    ("#operator_.", Kind::Keyword(key)) => {
                        let left = self.lent(left)?;
                        match left.items() {
                            Some(items) => project(items.iter(), |item| item.get(&**key)),
                            None => left.get(key).map(Lent::Value),
                        }
                    }
                    ("#operator_.", Kind::Call(method)) if !self.defines.get() => {
                        query(&self.lent(left)?, method)
                    }
                    ("#indexer", Kind::Keyword(key) | Kind::Constant(Constant::Str(key))) => {
                        self.lent(left)?.get(key).map(Lent::Value)
                    }
                    ("#indexer", Kind::Constant(Constant::Int(index))) => {
                        let Lent::Value(Value::Array(items)) = self.lent(left)? else {
                            return None;
                        };
                        items.get(usize::try_from(*index).ok()?).map(Lent::Value)
                    }
                    _ => None,
                }
            }
            Kind::Call(call) if !self.defines.get() => self.lent_by(call),
            _ => None,
        }
    }

    fn lent_by(&self, call: &Call) -> Option<Lent<'a>> {
        let context = self.context;
        let name = match call.arguments.as_slice() {
            [] => None,
            [Some(node)] => Some(word(node)?),
            _ => return None,
        };
        match (&*call.name, name) {
            ("ctx", None) => Some(Lent::Variables(context)),
            ("ctx", Some(name)) if !name.is_empty() => {
                Lent::Variables(context).get(name).map(Lent::Value)
            }
            ("result", None) => context.workflow?.current_task()?.result.map(Lent::Value),
            ("item", None) => context.workflow?.current_item().map(Lent::Value),
            ("item", Some(name)) if !name.is_empty() => {
                Lent::Value(context.workflow?.current_item()?).get(name).map(Lent::Value)
            }
            _ => None,
        }
    }

    /// Returns what a query chooses in the context.
    pub(super) fn chosen(&self, node: &Node) -> Option<Lent<'a>> {
        let Kind::Operator(call) = &node.kind else { return None };
        let is_method = matches!(call.arguments.get(1), Some(Some(right)) if matches!(right.kind, Kind::Call(_)));
        if is_method { self.lent(node) } else { None }
    }

    /// Returns whether a list or a mapping in the context holds anything.
    pub(super) fn lent_truth(&self, node: &Node) -> Option<bool> {
        match self.lent(node)? {
            Lent::Value(Value::Array(items)) => Some(!items.is_empty()),
            Lent::Value(Value::Object(map)) => Some(!map.is_empty()),
            _ => None,
        }
    }

    /// Returns whether a text is an item of a list in the context.
    pub(super) fn lent_contains(&self, node: &Node, text: &str) -> Option<bool> {
        let Lent::Value(Value::Array(items)) = self.lent(node)? else { return None };
        budget::step(items.len()).ok()?;
        Some(items.iter().any(|item| item.as_str() == Some(text)))
    }

    /// Returns the result of `len` for a part of the context.
    pub(super) fn lent_length(&self, call: &Call) -> Option<Object> {
        let [Some(argument)] = call.arguments.as_slice() else { return None };
        if &*call.name != "len" || self.defines.get() {
            return None;
        }
        self.lent(argument)?.length().map(Object::count)
    }

    /// Calls a method that needs no object of the part of the context that it is called on.
    pub(super) fn call_lent(
        &self,
        lent: &Lent<'a>,
        call: &Call,
        scope: &Rc<Scope>,
    ) -> Option<Outcome<Object>> {
        match (&*call.name, call.arguments.as_slice()) {
            ("len", []) => lent.length().map(|length| Ok(Object::count(length))),
            ("keys", []) => lent.keys().map(Ok),
            ("get", [Some(key), default @ ..]) if lent.is_mapping() && default.len() <= 1 => {
                let found = lent.get(self.text(key)?).map(|value| self.converted(value));
                match (found, default) {
                    (found, []) => Some(Ok(found.unwrap_or(Object::None))),
                    (_, [Some(node)]) if matches!(node.kind, Kind::Rule(..)) => None,
                    (found, [Some(node)]) => {
                        Some(self.eval(node, scope).map(|default| found.unwrap_or(default)))
                    }
                    _ => None,
                }
            }
            ("containsKey", [Some(key)]) if lent.is_mapping() => {
                Some(Ok(Object::Bool(lent.get(self.text(key)?).is_some())))
            }
            ("contains", [Some(item)]) => {
                let Lent::Value(Value::Array(items)) = lent else { return None };
                let text = self.text(item)?;
                budget::step(items.len()).ok()?;
                Some(Ok(Object::Bool(items.iter().any(|item| item.as_str() == Some(text)))))
            }
            _ => None,
        }
    }

    /// Returns the text that an argument is, as a literal or in the context.
    fn text<'n>(&self, node: &'n Node) -> Option<&'n str>
    where
        'a: 'n,
    {
        match self.lent(node) {
            Some(Lent::Value(value)) => value.as_str(),
            Some(_) => None,
            None => word(node),
        }
    }

    pub(super) fn taken_over(&self, lent: Lent<'a>) -> Object {
        match lent {
            Lent::Value(value) => self.converted(value),
            Lent::Variables(_) => self.all_variables(),
            Lent::Chosen(type_name, items) => {
                let objects: Vec<Object> = items.iter().map(|item| self.converted(item)).collect();
                let mut objects = objects.into_iter();
                Lazy::object(type_name, move |_| Ok(objects.next()))
            }
        }
    }
}

fn word(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Keyword(word) | Kind::Constant(Constant::Str(word)) => Some(word),
        _ => None,
    }
}

/// Returns what a method chooses from a list in the context.
fn query<'a>(lent: &Lent<'a>, call: &Call) -> Option<Lent<'a>> {
    let items = lent.items()?;
    match (&*call.name, call.arguments.as_slice()) {
        ("where" | "filter", [Some(condition)]) => {
            let mut chosen = Vec::new();
            for item in items.iter() {
                budget::step(1).ok()?;
                if holds(condition, item)? {
                    chosen.push(item);
                }
            }
            Some(Lent::Chosen("filter", chosen.into()))
        }
        ("select" | "map", [Some(selector)]) => project(items.iter(), |item| place(selector, item)),
        ("first", []) => items.at(0).map(Lent::Value),
        ("last", []) => items.at(items.len().checked_sub(1)?).map(Lent::Value),
        _ => None,
    }
}

fn project<'a>(
    items: impl Iterator<Item = &'a Value>,
    part: impl Fn(&'a Value) -> Option<&'a Value>,
) -> Option<Lent<'a>> {
    let mut parts = Vec::new();
    for item in items {
        budget::step(1).ok()?;
        parts.push(part(item)?);
    }
    Some(Lent::Chosen("map", parts.into()))
}

/// Returns what stands at `$`, `$.name` and so on in an item.
fn place<'a>(node: &Node, item: &'a Value) -> Option<&'a Value> {
    match &node.kind {
        Kind::Variable(name) if &**name == "1" => Some(item),
        Kind::Wrap(inner) => place(inner, item),
        Kind::Operator(call) => {
            let [Some(left), Some(right)] = call.arguments.as_slice() else { return None };
            match (&*call.name, &right.kind) {
                ("#operator_.", Kind::Keyword(key))
                | ("#indexer", Kind::Keyword(key) | Kind::Constant(Constant::Str(key))) => {
                    place(left, item)?.as_object()?.get(&**key)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Returns whether a condition holds for an item; none where that needs more than a look at it.
fn holds(node: &Node, item: &Value) -> Option<bool> {
    if let Some(value) = place(node, item) {
        return Some(match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::Bool(flag) => *flag,
            Value::Null => false,
        });
    }
    let call = match &node.kind {
        Kind::Wrap(inner) => return holds(inner, item),
        Kind::Operator(call) => call,
        _ => return None,
    };
    let operand = |index: usize| call.arguments.get(index)?.as_deref();
    match &*call.name {
        "#unary_operator_not" => Some(!holds(operand(0)?, item)?),
        "#operator_and" => Some(holds(operand(0)?, item)? && holds(operand(1)?, item)?),
        "#operator_or" => Some(holds(operand(0)?, item)? || holds(operand(1)?, item)?),
        name => {
            let (left, right) = (operand(0)?, operand(1)?);
            if let (Some(left), Some(right)) = (text_at(left, item), text_at(right, item))
                && matches!(name, "*equal" | "*not_equal")
            {
                return Some((left == right) == (name == "*equal"));
            }
            let (left, right) = (scalar(left, item)?, scalar(right, item)?);
            match name {
                "*equal" => equal(&left, &right).ok(),
                "*not_equal" => equal(&left, &right).ok().map(|equal| !equal),
                _ => match quick::apply(name, &left, &right)? {
                    Ok(Object::Bool(holds)) => Some(holds),
                    _ => None,
                },
            }
        }
    }
}

/// Returns the text that a literal is, or that stands at a place.
fn text_at<'n>(node: &'n Node, item: &'n Value) -> Option<&'n str> {
    word(node).or_else(|| place(node, item)?.as_str())
}

/// Returns a literal, or what stands at a place where that is no list and no mapping.
fn scalar(node: &Node, item: &Value) -> Option<Object> {
    match &node.kind {
        Kind::Constant(literal) => Some(constant(literal)),
        Kind::Keyword(word) => Some(Object::Str(Arc::clone(word))),
        _ => {
            let value = place(node, item)?;
            let plain = !matches!(value, Value::Array(_) | Value::Object(_));
            plain.then(|| json::object(value))
        }
    }
}
