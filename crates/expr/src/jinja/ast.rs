//! The tree of a template.

use std::sync::Arc;

use python::arithmetic::Binary;
use python::operators::Order;

/// A parsed template.
#[derive(Debug)]
pub(crate) struct Template {
    /// The text, with its line ends made uniform.
    pub(crate) source: String,
    pub(crate) body: Vec<Statement>,
    /// Whether it may change a list or a dictionary in place.
    pub(crate) mutates: bool,
}

/// An expression and where it starts.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) at: usize,
    /// How many levels of expressions it has, with itself.
    pub(crate) height: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Constant(Constant),
    Name(Arc<str>),
    Tuple(Vec<Expression>),
    List(Vec<Expression>),
    Dict(Vec<(Expression, Expression)>),
    Attribute(Box<Expression>, Arc<str>),
    Item(Box<Expression>, Box<Expression>),
    Slice(Box<Expression>, Box<[Option<Expression>; 3]>),
    Call(Box<Expression>, Box<Call>),
    /// A filter; without a value inside a filter block.
    Filter(Option<Box<Expression>>, Arc<str>, Box<Call>),
    Test(Box<Expression>, Arc<str>, Box<Call>),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Affirm(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
    Concat(Vec<Expression>),
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    Condition(Box<Condition>),
}

#[derive(Debug, Clone)]
pub(crate) enum Constant {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Arc<str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Order(Order),
    In,
    NotIn,
}

#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) test: Expression,
    pub(crate) then: Expression,
    pub(crate) otherwise: Option<Expression>,
}

/// The arguments of a call, a filter or a test.
#[derive(Debug, Default)]
pub(crate) struct Call {
    pub(crate) positional: Vec<Expression>,
    pub(crate) named: Vec<(Arc<str>, Expression)>,
    pub(crate) more_positional: Option<Expression>,
    pub(crate) more_named: Option<Expression>,
}

impl Call {
    /// Returns whether all arguments are given one by one and by position.
    pub(crate) fn is_plain(&self) -> bool {
        self.named.is_empty() && self.more_positional.is_none() && self.more_named.is_none()
    }

    /// Returns whether there is no argument.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_plain() && self.positional.is_empty()
    }
}

/// What can be assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Arc<str>),
    Attribute(Arc<str>, Arc<str>),
    Tuple(Vec<Self>),
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) at: usize,
    pub(crate) kind: StatementKind,
}

#[derive(Debug)]
pub(crate) enum StatementKind {
    Text(String),
    Output(Expression),
    For(Arc<For>),
    If(Vec<(Expression, Vec<Statement>)>, Vec<Statement>),
    Set(Target, Expression),
    SetBlock(Target, Option<Expression>, Vec<Statement>),
    With(Vec<(Target, Expression)>, Vec<Statement>),
    Macro(Arc<Macro>),
    CallBlock(Arc<Macro>, Expression),
    FilterBlock(Expression, Vec<Statement>),
    Block(Arc<Block>),
    Autoescape(Expression, Vec<Statement>),
    /// Anything that needs a second template: the name is evaluated, then refused.
    Load(Expression),
}

#[derive(Debug)]
pub(crate) struct For {
    pub(crate) target: Target,
    pub(crate) items: Expression,
    pub(crate) test: Option<Expression>,
    pub(crate) recursive: bool,
    pub(crate) body: Vec<Statement>,
    pub(crate) otherwise: Vec<Statement>,
}

#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) name: Arc<str>,
    pub(crate) parameters: Vec<Arc<str>>,
    /// The defaults of the last parameters.
    pub(crate) defaults: Vec<Expression>,
    pub(crate) body: Vec<Statement>,
    /// Whether the body mentions `varargs`, `kwargs` or `caller`.
    pub(crate) takes_positional: bool,
    pub(crate) takes_named: bool,
    pub(crate) takes_caller: bool,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) name: Arc<str>,
    pub(crate) scoped: bool,
    pub(crate) required: bool,
    pub(crate) body: Vec<Statement>,
}
