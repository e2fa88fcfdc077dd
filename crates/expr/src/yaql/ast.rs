//! The tree of a YAQL expression.

use std::sync::Arc;

/// A part of an expression and where it begins, as a byte offset.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
}

/// What a part is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A literal.
    Constant(Constant),
    /// A bare word; where a value is wanted it is its own text.
    Keyword(Arc<str>),
    /// `$` or `$name`; holds the name, `1` for the bare sign.
    Variable(Arc<str>),
    /// What stands in parentheses.
    Wrap(Arc<Node>),
    /// `key => value`.
    Rule(Arc<Node>, Arc<Node>),
    /// `name(…)`; the only thing that can be called on a receiver.
    Call(Call),
    /// An operator, an index, a list or a mapping: a function with a name of its own.
    Operator(Call),
}

/// A function and its arguments; none where one is left out.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Arc<str>,
    pub(crate) arguments: Vec<Option<Arc<Node>>>,
}

/// A literal.
#[derive(Debug, Clone)]
pub(crate) enum Constant {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Arc<str>),
}
