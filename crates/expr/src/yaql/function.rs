//! Functions: their parameters, their overloads, and the arguments of a call.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use python::object::Object;
use python::raise::Outcome;

use super::ast::{Kind as NodeKind, Node};
use super::kinds::Kind;
use super::library;
use super::machine::{Machine, constant};
use super::scope::{Body, Lambda, Scope};

/// One overload of a function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// What takes the arguments beyond the parameters.
    pub(crate) rest: Option<Kind>,
    /// Whether names that are no parameters are taken, too.
    pub(crate) takes_names: bool,
    /// Whether `name => value` is an argument of its own rather than a named one.
    pub(crate) no_names: bool,
    pub(crate) is_function: bool,
    pub(crate) is_method: bool,
    /// Which overloads are tried first: those of the workflow, then YAQL's own.
    pub(crate) level: u8,
    pub(crate) run: Run,
}

pub(crate) type Run = fn(&Machine<'_>, &mut Bound<'_>) -> Outcome<Object>;

/// A parameter: its name, what it takes, and whether it may be left out.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// Declares a parameter that must be given.
pub(crate) const fn must(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, optional: false }
}

/// Declares a parameter that may be left out.
pub(crate) const fn may(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, optional: true }
}

impl Function {
    /// Declares a function.
    pub(crate) const fn free(
        name: &'static str,
        parameters: &'static [Parameter],
        run: Run,
    ) -> Self {
        Self {
            name,
            parameters,
            rest: None,
            takes_names: false,
            no_names: false,
            is_function: true,
            is_method: false,
            level: 1,
            run,
        }
    }

    /// Declares a method.
    pub(crate) const fn method(
        name: &'static str,
        parameters: &'static [Parameter],
        run: Run,
    ) -> Self {
        let function = Self::free(name, parameters, run);
        Self { is_function: false, is_method: true, ..function }
    }

    /// Declares what is both a function and a method.
    pub(crate) const fn both(
        name: &'static str,
        parameters: &'static [Parameter],
        run: Run,
    ) -> Self {
        Self { is_method: true, ..Self::free(name, parameters, run) }
    }

    /// Declares a function of workflows.
    pub(crate) const fn workflow(
        name: &'static str,
        parameters: &'static [Parameter],
        run: Run,
    ) -> Self {
        Self { level: 0, ..Self::free(name, parameters, run) }
    }

    /// Takes more arguments than there are parameters.
    pub(crate) const fn with_rest(self, kind: Kind) -> Self {
        Self { rest: Some(kind), ..self }
    }

    /// Takes names that are no parameters.
    pub(crate) const fn with_names(self) -> Self {
        Self { takes_names: true, ..self }
    }

    /// Takes `name => value` as an argument.
    pub(crate) const fn without_names(self) -> Self {
        Self { no_names: true, ..self }
    }

    /// Returns what takes the argument at a position.
    pub(crate) fn kind_at(&self, index: usize) -> Option<Kind> {
        match self.parameters.get(index) {
            Some(parameter) => Some(parameter.kind),
            None => self.rest,
        }
    }
}

type Registry = HashMap<&'static str, Vec<&'static Function>>;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::new();
    for function in library::all() {
        registry.entry(function.name).or_default().push(function);
    }
    registry
});

/// Returns all overloads of a name.
pub(crate) fn overloads(name: &str) -> &'static [&'static Function] {
    REGISTRY.get(name).map_or(&[], Vec::as_slice)
}

/// Returns the names of all functions, or of all methods.
pub(crate) fn names(methods: bool) -> impl Iterator<Item = &'static str> {
    let fits = move |function: &&Function| {
        if methods { function.is_method } else { function.is_function }
    };
    REGISTRY
        .iter()
        .filter(move |(_, overloads)| overloads.iter().any(&fits))
        .map(|(name, _)| *name)
        .filter(|name| name.starts_with(|c: char| c.is_alphabetic()))
}

/// An argument: as it stands, as a value, or left out.
#[derive(Clone)]
pub(crate) enum Argument {
    Absent,
    Node(Arc<Node>),
    Object(Object),
}

/// The arguments of a call by the parameters that take them.
pub(crate) struct Bound<'c> {
    pub(crate) scope: &'c Rc<Scope>,
    pub(crate) slots: Vec<Argument>,
    pub(crate) rest: Vec<Argument>,
    pub(crate) named: Vec<(Arc<str>, Argument)>,
}

impl Bound<'_> {
    /// Returns the argument for a parameter, when it is given.
    pub(crate) fn given(&self, index: usize) -> Option<Object> {
        match self.slots.get(index) {
            Some(Argument::Object(object)) => Some(object.clone()),
            Some(Argument::Node(node)) => literal(node),
            Some(Argument::Absent) | None => None,
        }
    }

    /// Returns the argument for a parameter; null when it is not given.
    pub(crate) fn object(&self, index: usize) -> Object {
        self.given(index).unwrap_or(Object::None)
    }

    /// Returns the text for a parameter.
    pub(crate) fn text(&self, index: usize) -> Option<Arc<str>> {
        match self.given(index) {
            Some(Object::Str(text) | Object::Markup(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns the text for a parameter that must be given.
    pub(crate) fn text_or_empty(&self, index: usize) -> Arc<str> {
        self.text(index).unwrap_or_else(|| Arc::from(""))
    }

    /// Returns the whole number for a parameter.
    pub(crate) fn int(&self, index: usize, otherwise: i128) -> i128 {
        self.given(index).and_then(|object| object.as_int()).unwrap_or(otherwise)
    }

    /// Returns the lambda for a parameter, when it is given.
    pub(crate) fn lambda(&self, index: usize) -> Option<Lambda> {
        let body = match self.slots.get(index)? {
            Argument::Absent => return None,
            Argument::Object(Object::None) => return None,
            Argument::Node(node) => Body::Node(Arc::clone(node)),
            Argument::Object(object) => Body::Object(object.clone()),
        };
        Some(Lambda { body, scope: Rc::clone(self.scope) })
    }

    /// Returns the lambda for a parameter; one that gives null when it is not given.
    pub(crate) fn lambda_or_null(&self, index: usize) -> Lambda {
        self.lambda(index).unwrap_or_else(|| Lambda {
            body: Body::Object(Object::None),
            scope: Rc::clone(self.scope),
        })
    }

    /// Returns the values beyond the parameters.
    pub(crate) fn rest_objects(&self) -> Vec<Object> {
        let object = |argument: &Argument| match argument {
            Argument::Object(object) => object.clone(),
            Argument::Node(node) => literal(node).unwrap_or(Object::None),
            Argument::Absent => Object::None,
        };
        self.rest.iter().map(object).collect()
    }

    /// Returns the lambdas beyond the parameters.
    pub(crate) fn rest_lambdas(&self) -> Vec<Lambda> {
        let body = |argument: &Argument| match argument {
            Argument::Node(node) => Body::Node(Arc::clone(node)),
            Argument::Object(object) => Body::Object(object.clone()),
            Argument::Absent => Body::Object(Object::None),
        };
        let lambda = |argument| Lambda { body: body(argument), scope: Rc::clone(self.scope) };
        self.rest.iter().map(lambda).collect()
    }

    /// Returns the values that have names which are no parameters.
    pub(crate) fn named_objects(&self) -> Vec<(Arc<str>, Object)> {
        let object = |argument: &Argument| match argument {
            Argument::Object(object) => object.clone(),
            Argument::Node(node) => literal(node).unwrap_or(Object::None),
            Argument::Absent => Object::None,
        };
        self.named.iter().map(|(name, value)| (Arc::clone(name), object(value))).collect()
    }
}

/// Returns the value of a literal.
pub(crate) fn literal(node: &Node) -> Option<Object> {
    match &node.kind {
        NodeKind::Constant(literal) => Some(constant(literal)),
        NodeKind::Keyword(word) => Some(Object::Str(Arc::clone(word))),
        _ => None,
    }
}
