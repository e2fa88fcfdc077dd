//! Paths into values, in the dialect of `python-jsonpath-rw`: fields, indices, slices, `..`, `|`,
//! `where`, `` `parent` `` and `` `this` ``.
//!
//! A path is compiled once and followed in JSON, in a dictionary of named values that need not be
//! copied together first ([`Node`]), or in Python's values ([`Object`]).

mod follow;
mod lexer;
mod node;
mod object;
mod parser;

pub use node::Node;

use crate::budget;
use crate::object::Object;
use crate::raise::{Class, Outcome, Raise};

/// How deeply a path or the values that it visits may nest.
const DEPTH_MAX: usize = 100;
/// How many values one evaluation may visit.
const VISITS_MAX: usize = 1_000_000;
/// How many bytes a path may have.
const PATH_BYTES_MAX: usize = 4_096;

/// A compiled path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path(Step);

/// One operation of a path.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// `$`.
    Root,
    /// `` `this` ``.
    This,
    /// `` `parent` ``.
    Parent,
    /// `left.right`.
    Child(Box<Self>, Box<Self>),
    /// `left..right`.
    Descendants(Box<Self>, Box<Self>),
    /// `left where right`.
    Where(Box<Self>, Box<Self>),
    /// `left|right`.
    Union(Box<Self>, Box<Self>),
    /// `left&right`.
    Intersect(Box<Self>, Box<Self>),
    /// `a,b` or `*`.
    Fields(Vec<String>),
    /// `[0]`.
    Index(i64),
    /// `[*]`, `[1:2]`.
    Slice(Option<i64>, Option<i64>),
}

/// A part of a plain path: one that names a single place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plain {
    /// A field of a dictionary.
    Field(String),
    /// An item of a list, counted from the start.
    Index(usize),
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Outcome<Self> {
        if text.len() > PATH_BYTES_MAX {
            return Err(limit());
        }
        parser::parse(text, lexer::tokens(text)?).map(Self)
    }

    /// Returns what the path finds.
    pub fn find<'a>(&self, root: Node<'a>) -> Outcome<Vec<Node<'a>>> {
        follow::find(&self.0, root)
    }

    /// Returns the parts of a path that names a single place; none for any other.
    #[must_use]
    pub fn plain(&self) -> Option<Vec<Plain>> {
        let mut parts = Vec::new();
        collect_plain(&self.0, true, &mut parts).then_some(parts)
    }
}

/// Returns what a path finds in a value.
pub fn find(path: &str, value: &Object) -> Outcome<Vec<Object>> {
    budget::step(path.len())?;
    follow::find(&Path::parse(path)?.0, value.clone())
}

/// Returns the error for a path that is too long or too deep, or visits too many values.
fn limit() -> Raise {
    Raise::new(Class::Limit, "the path is too long, too deep or visits too many values")
}

fn collect_plain(step: &Step, first: bool, parts: &mut Vec<Plain>) -> bool {
    match step {
        Step::Root => first,
        Step::This => true,
        Step::Child(left, right) => {
            collect_plain(left, first, parts)
                && collect_plain(right, first && parts.is_empty(), parts)
        }
        Step::Fields(names) => match names.as_slice() {
            [name] if name != "*" => {
                parts.push(Plain::Field(name.clone()));
                true
            }
            _ => false,
        },
        Step::Index(index) => usize::try_from(*index).is_ok_and(|index| {
            parts.push(Plain::Index(index));
            true
        }),
        Step::Parent
        | Step::Descendants(..)
        | Step::Where(..)
        | Step::Union(..)
        | Step::Intersect(..)
        | Step::Slice(..) => false,
    }
}
