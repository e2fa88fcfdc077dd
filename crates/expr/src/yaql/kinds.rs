//! The kinds of values that functions take.

use python::object::{Object, View};

use super::ast::{Constant, Kind as NodeKind, Node};
use super::iterate::{Lazy, Memory};
use super::natives::{RegexObject, RuleObject, ScopeObject, Set};
use super::ordering::Ordering;
use super::time::{DateTime, TimeSpan};

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Something,
    Null,
    Str,
    StrOrNull,
    Int,
    IntOrNull,
    Integer,
    Number,
    NumberOrNull,
    BoolOrNull,
    Bool,
    Iterable,
    IterableNoSet,
    Iterator,
    Sequence,
    Mapping,
    Set,
    Ordering,
    RuleValue,
    Regex,
    DateTime,
    TimeSpan,
    TimeSpanOrNull,
    TupleOrNull,
    /// An expression that is evaluated when it is called.
    Lambda,
    /// `key => value` as it stands.
    Rule,
}

/// What a value is, as far as parameters ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    None,
    Bool,
    Int,
    Float,
    Str,
    List,
    Tuple,
    Mapping,
    Set,
    Iterable,
    Iterator,
    Ordering,
    Scope,
    Rule,
    Regex,
    DateTime,
    TimeSpan,
    Other,
}

impl Shape {
    pub(crate) fn of(object: &Object) -> Self {
        match object {
            Object::None => Self::None,
            Object::Bool(_) => Self::Bool,
            Object::Int(_) => Self::Int,
            Object::Float(_) => Self::Float,
            Object::Str(_) | Object::Markup(_) => Self::Str,
            Object::List(_) | Object::Range(_) | Object::Bytes(_) => Self::List,
            Object::Tuple(_) => Self::Tuple,
            Object::Dict(_) => Self::Mapping,
            Object::View(View::Values, _) => Self::Iterable,
            Object::View(..) => Self::Set,
            Object::Iter(_) => Self::Iterator,
            Object::Undefined(_) | Object::Method(_) => Self::Other,
            Object::Native(native) => Self::of_native(native.as_any()),
        }
    }

    fn of_native(any: &dyn std::any::Any) -> Self {
        if any.is::<Lazy>() || any.is::<Memory>() {
            Self::Iterator
        } else if any.is::<Set>() {
            Self::Set
        } else if any.is::<Ordering>() {
            Self::Ordering
        } else if any.is::<ScopeObject>() {
            Self::Scope
        } else if any.is::<RuleObject>() {
            Self::Rule
        } else if any.is::<RegexObject>() {
            Self::Regex
        } else if any.is::<DateTime>() {
            Self::DateTime
        } else if any.is::<TimeSpan>() {
            Self::TimeSpan
        } else {
            Self::Other
        }
    }

    /// Returns what a literal is; none for an expression that must be evaluated first.
    pub(crate) fn of_node(node: &Node) -> Option<Self> {
        match &node.kind {
            NodeKind::Constant(constant) => Some(match constant {
                Constant::None => Self::None,
                Constant::Bool(_) => Self::Bool,
                Constant::Int(_) => Self::Int,
                Constant::Float(_) => Self::Float,
                Constant::Str(_) => Self::Str,
            }),
            NodeKind::Keyword(_) => Some(Self::Str),
            _ => None,
        }
    }

    /// Returns whether it is a collection rather than a text or a mapping.
    pub(crate) fn is_iterable(self) -> bool {
        matches!(
            self,
            Self::List | Self::Tuple | Self::Set | Self::Iterable | Self::Iterator | Self::Ordering
        )
    }
}

impl Kind {
    /// Returns whether arguments for it are not evaluated before the call.
    pub(crate) fn is_lazy(self) -> bool {
        matches!(self, Self::Lambda | Self::Rule)
    }

    /// Returns whether it takes a value of a shape.
    pub(crate) fn takes(self, shape: Shape) -> bool {
        let int = matches!(shape, Shape::Int | Shape::Bool);
        let number = matches!(shape, Shape::Int | Shape::Float);
        let null = shape == Shape::None;
        match self {
            Self::Any | Self::Lambda => true,
            Self::Something => !null,
            Self::Null => null,
            Self::Str => shape == Shape::Str,
            Self::StrOrNull => null || shape == Shape::Str,
            Self::Int => int,
            Self::IntOrNull => null || int,
            Self::Integer => shape == Shape::Int,
            Self::Number => number,
            Self::NumberOrNull => null || number,
            Self::Bool => shape == Shape::Bool,
            Self::BoolOrNull => null || shape == Shape::Bool,
            Self::Iterable => shape.is_iterable(),
            Self::IterableNoSet => shape.is_iterable() && shape != Shape::Set,
            Self::Iterator => shape == Shape::Iterator,
            Self::Sequence => matches!(shape, Shape::List | Shape::Tuple),
            Self::Mapping => shape == Shape::Mapping,
            Self::Set => shape == Shape::Set,
            Self::Ordering => shape == Shape::Ordering,
            Self::RuleValue => shape == Shape::Rule,
            Self::Regex => shape == Shape::Regex,
            Self::DateTime => shape == Shape::DateTime,
            Self::TimeSpan => shape == Shape::TimeSpan,
            Self::TimeSpanOrNull => null || shape == Shape::TimeSpan,
            Self::TupleOrNull => null || shape == Shape::Tuple,
            Self::Rule => false,
        }
    }

    /// Returns whether it might take an expression, before that is evaluated.
    pub(crate) fn may_take(self, node: &Node) -> bool {
        match self {
            Self::Rule => matches!(node.kind, NodeKind::Rule(..)),
            Self::Lambda => true,
            other => Shape::of_node(node).is_none_or(|shape| other.takes(shape)),
        }
    }

    /// Returns whether it is narrower than another, as a Python class is than its bases.
    pub(crate) fn is_narrower(self, other: Self) -> bool {
        let Some(bases) = self.bases() else { return false };
        bases.contains(&other.class())
    }

    fn class(self) -> &'static str {
        match self {
            Self::Any | Self::Something => "object",
            Self::Int | Self::IntOrNull | Self::Integer => "int",
            Self::Iterable | Self::IterableNoSet => "Iterable",
            Self::Sequence => "Sequence",
            _ => "",
        }
    }

    fn bases(self) -> Option<&'static [&'static str]> {
        Some(match self {
            Self::Any
            | Self::Something
            | Self::Number
            | Self::NumberOrNull
            | Self::Lambda
            | Self::Rule => return None,
            Self::Bool | Self::BoolOrNull => &["object", "int"],
            Self::Str | Self::StrOrNull | Self::TupleOrNull => &["object", "Iterable", "Sequence"],
            Self::Iterator | Self::Sequence | Self::Mapping | Self::Set | Self::Ordering => {
                &["object", "Iterable"]
            }
            _ => &["object"],
        })
    }
}
