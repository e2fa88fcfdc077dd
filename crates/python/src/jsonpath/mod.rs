//! JSONPath as `jsonpath_rw` reads and evaluates it: fields, indices, slices, `..`, `|`,
//! `where`, `` `parent` `` and `` `this` ``.
//!
//! A path is compiled once. It is evaluated over JSON, or over a dictionary of named values that
//! need not be copied together first; beside JSON such a dictionary may hold an [`Node::Opaque`]
//! object, in which every name exists (StackStorm's datastore lookup is one).

mod lexer;
mod objects;
mod parser;

use std::rc::Rc;

use serde_json::Value;

use crate::raise::{Class, Raise};
use crate::value::type_name;
pub use objects::find;

/// How deeply a path or the values that it visits may nest.
const DEPTH_MAX: usize = 100;
/// How many values one evaluation may visit.
const VISITS_MAX: usize = 1_000_000;
/// How many bytes a path may have.
const PATH_BYTES_MAX: usize = 4_096;

/// Why a path cannot be read or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A character that cannot begin a token.
    #[error("Error on line {line}, col {column}: Unexpected character: {character} ")]
    Character {
        /// The line, from 1.
        line: usize,
        /// The column, from 0.
        column: usize,
        /// The character.
        character: char,
    },
    /// A quoted name without its end.
    #[error("Unexpected EOF in string literal or identifier")]
    OpenQuote,
    /// A token where it does not belong.
    #[error("Parse error at {line}:{column} near token {token} ({kind})")]
    Token {
        /// The line, from 1.
        line: usize,
        /// The column, from 0.
        column: usize,
        /// The token's text.
        token: String,
        /// The token's kind.
        kind: String,
    },
    /// The path ends too early.
    #[error("the path `{path}` is incomplete")]
    Incomplete {
        /// The path.
        path: String,
    },
    /// A named operator that does not exist.
    #[error("Unknown named operator `{name}` at {line}:{column}")]
    UnknownOperator {
        /// Its name.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 0.
        column: usize,
    },
    /// An index into something that has no length.
    #[error("object of type '{type_name}' has no len()")]
    NoLength {
        /// Python's name of the type.
        type_name: &'static str,
    },
    /// An index into a dictionary.
    #[error("{index}")]
    NoKey {
        /// The index.
        index: i64,
    },
    /// An index before the first item.
    #[error("{what} index out of range")]
    OutOfRange {
        /// What was indexed.
        what: &'static str,
    },
    /// The parent of the root.
    #[error("'NoneType' object has no attribute 'value'")]
    NoParent,
    /// Intersections, which have no meaning yet.
    #[error("")]
    Intersection,
    /// Something that only a dictionary can do, asked of an opaque object.
    #[error("'{type_name}' object is not callable")]
    NotCallable {
        /// Python's name of the type.
        type_name: &'static str,
    },
    /// A limit was reached.
    #[error("the path is too long, too deep or visits too many values")]
    Limit,
}

impl Error {
    /// Returns the exception that Python raises.
    #[must_use]
    pub fn raise(&self) -> Raise {
        let class = match self {
            Self::Character { .. } | Self::OpenQuote => Class::JsonPath,
            Self::Token { .. } | Self::UnknownOperator { .. } => Class::Exception,
            Self::Incomplete { .. } | Self::NoParent => Class::Attribute,
            Self::NoLength { .. } | Self::NotCallable { .. } => Class::Type,
            Self::NoKey { .. } => Class::Key,
            Self::OutOfRange { .. } => Class::Index,
            Self::Intersection => Class::NotImplemented,
            Self::Limit => Class::Limit,
        };
        Raise::new(class, self.to_string())
    }
}

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

/// A value that a path visits or finds.
#[derive(Debug, Clone)]
pub enum Node<'a> {
    /// JSON.
    Json(&'a Value),
    /// One character of a text.
    Text(String),
    /// A dictionary of values that lie elsewhere.
    Dict(Rc<[(&'a str, Self)]>),
    /// Something in which every name exists; the names that led from it to here.
    Opaque(Vec<String>),
    /// A value that a slice turned into a list of one.
    Single(Rc<Self>),
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > PATH_BYTES_MAX {
            return Err(Error::Limit);
        }
        parser::parse(text, lexer::tokens(text)?).map(Self)
    }

    /// Returns what the path finds.
    pub fn find<'a>(&self, root: Node<'a>) -> Result<Vec<Node<'a>>, Error> {
        let mut visits = 0;
        let datum = Datum { node: root, parent: None };
        let found = walk(&self.0, datum, &mut visits)?;
        found
            .into_iter()
            .map(|found| found.map(|datum| datum.node).ok_or(Error::NoParent))
            .collect()
    }

    /// Returns the parts of a path that names a single place; none for any other.
    pub fn plain(&self) -> Option<Vec<Plain>> {
        let mut parts = Vec::new();
        collect_plain(&self.0, true, &mut parts).then_some(parts)
    }
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

/// A value with the way back to the root.
#[derive(Debug, Clone)]
struct Datum<'a> {
    node: Node<'a>,
    parent: Option<Rc<Self>>,
}

/// What is found; none stands for the parent of the root.
type Found<'a> = Vec<Option<Datum<'a>>>;

fn walk<'a>(step: &Step, datum: Datum<'a>, visits: &mut usize) -> Result<Found<'a>, Error> {
    *visits += 1;
    if *visits > VISITS_MAX {
        return Err(Error::Limit);
    }
    match step {
        Step::Root => Ok(vec![Some(root_of(datum))]),
        Step::This => Ok(vec![Some(datum)]),
        Step::Parent => Ok(vec![datum.parent.map(|parent| (*parent).clone())]),
        Step::Child(left, right) => {
            let mut found = Vec::new();
            for left in walk(left, datum, visits)? {
                found.extend(walk(right, left.unwrap_or_else(nothing), visits)?);
            }
            Ok(found)
        }
        Step::Descendants(left, right) => {
            let mut found = Vec::new();
            for left in walk(left, datum, visits)? {
                // Python looks at the right side before it stumbles over the missing parent.
                let Some(left) = left else {
                    walk(right, nothing(), visits)?;
                    return Err(Error::NoParent);
                };
                let left = Rc::new(left);
                descend(right, &left, &mut found, (0, &mut *visits))?;
            }
            Ok(found)
        }
        Step::Where(left, right) => {
            let mut found = Vec::new();
            for left in walk(left, datum, visits)? {
                let seen = left.clone().unwrap_or_else(nothing);
                if !walk(right, seen, visits)?.is_empty() {
                    found.push(left);
                }
            }
            Ok(found)
        }
        Step::Union(left, right) => {
            let mut found = walk(left, datum.clone(), visits)?;
            found.extend(walk(right, datum, visits)?);
            Ok(found)
        }
        Step::Intersect(..) => Err(Error::Intersection),
        Step::Fields(names) => fields(names, datum),
        Step::Index(index) => item(*index, datum),
        Step::Slice(start, end) => slice(*start, *end, datum, visits),
    }
}

static NULL: Value = Value::Null;

/// Returns what stands for the parent of the root.
fn nothing<'a>() -> Datum<'a> {
    Datum { node: Node::Json(&NULL), parent: None }
}

fn root_of(datum: Datum<'_>) -> Datum<'_> {
    let mut top = datum;
    while let Some(parent) = top.parent {
        top = (*parent).clone();
    }
    top
}

fn descend<'a>(
    right: &Step,
    datum: &Rc<Datum<'a>>,
    found: &mut Found<'a>,
    (depth, visits): (usize, &mut usize),
) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        return Err(Error::Limit);
    }
    found.extend(walk(right, (**datum).clone(), visits)?);
    for node in parts(&datum.node) {
        let part = Rc::new(Datum { node, parent: Some(Rc::clone(datum)) });
        descend(right, &part, found, (depth + 1, &mut *visits))?;
    }
    Ok(())
}

/// Returns what a list or a dictionary holds.
fn parts<'a>(node: &Node<'a>) -> Vec<Node<'a>> {
    match node {
        Node::Json(Value::Array(items)) => items.iter().map(Node::Json).collect(),
        Node::Json(Value::Object(entries)) => entries.values().map(Node::Json).collect(),
        Node::Dict(entries) => entries.iter().map(|(_, node)| node.clone()).collect(),
        Node::Single(inner) => vec![(**inner).clone()],
        Node::Json(_) | Node::Text(_) | Node::Opaque(_) => Vec::new(),
    }
}

fn fields<'a>(names: &[String], datum: Datum<'a>) -> Result<Found<'a>, Error> {
    let nodes: Vec<Node<'a>> = if names.iter().any(|name| name == "*") {
        match &datum.node {
            Node::Json(Value::Object(_)) | Node::Dict(_) => parts(&datum.node),
            Node::Opaque(_) => return Err(Error::NotCallable { type_name: "KeyValueLookup" }),
            Node::Json(_) | Node::Text(_) | Node::Single(_) => Vec::new(),
        }
    } else {
        names.iter().filter_map(|name| field(&datum.node, name)).collect()
    };
    Ok(below(datum, nodes))
}

fn below<'a>(datum: Datum<'a>, nodes: Vec<Node<'a>>) -> Found<'a> {
    if nodes.is_empty() {
        return Vec::new();
    }
    let parent = Rc::new(datum);
    nodes.into_iter().map(|node| Some(Datum { node, parent: Some(Rc::clone(&parent)) })).collect()
}

fn field<'a>(node: &Node<'a>, name: &str) -> Option<Node<'a>> {
    match node {
        Node::Json(Value::Object(entries)) => entries.get(name).map(Node::Json),
        Node::Dict(entries) => {
            entries.iter().find(|(key, _)| *key == name).map(|(_, node)| node.clone())
        }
        Node::Opaque(names) => {
            let mut names = names.clone();
            names.push(name.to_owned());
            Some(Node::Opaque(names))
        }
        Node::Json(_) | Node::Text(_) | Node::Single(_) => None,
    }
}

fn item(index: i64, datum: Datum<'_>) -> Result<Found<'_>, Error> {
    let length = length(&datum.node)?;
    if i64::try_from(length).is_ok_and(|length| length <= index) {
        return Ok(Vec::new());
    }
    let what = match &datum.node {
        Node::Json(Value::Object(_)) | Node::Dict(_) => return Err(Error::NoKey { index }),
        Node::Json(Value::String(_)) | Node::Text(_) => "string",
        Node::Json(_) | Node::Opaque(_) | Node::Single(_) => "list",
    };
    let at = position(index, length).ok_or(Error::OutOfRange { what })?;
    let node = part_at(&datum.node, at).ok_or(Error::OutOfRange { what })?;
    Ok(below(datum, vec![node]))
}

fn part_at<'a>(node: &Node<'a>, at: usize) -> Option<Node<'a>> {
    let character = |text: &str| text.chars().nth(at).map(|c| Node::Text(c.to_string()));
    match node {
        Node::Json(Value::Array(items)) => items.get(at).map(Node::Json),
        Node::Json(Value::String(text)) => character(text),
        Node::Text(text) => character(text),
        Node::Single(inner) => (at == 0).then(|| (**inner).clone()),
        Node::Json(_) | Node::Dict(_) | Node::Opaque(_) => None,
    }
}

fn position(index: i64, length: usize) -> Option<usize> {
    if index >= 0 {
        return usize::try_from(index).ok();
    }
    length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
}

fn length(node: &Node<'_>) -> Result<usize, Error> {
    let type_name = match node {
        Node::Json(Value::Array(items)) => return Ok(items.len()),
        Node::Json(Value::Object(entries)) => return Ok(entries.len()),
        Node::Json(Value::String(text)) => return Ok(text.chars().count()),
        Node::Text(text) => return Ok(text.chars().count()),
        Node::Dict(entries) => return Ok(entries.len()),
        Node::Single(_) => return Ok(1),
        Node::Json(value) => type_name(value),
        Node::Opaque(_) => "KeyValueLookup",
    };
    Err(Error::NoLength { type_name })
}

fn slice<'a>(
    start: Option<i64>,
    end: Option<i64>,
    datum: Datum<'a>,
    visits: &mut usize,
) -> Result<Found<'a>, Error> {
    let wrapped = match &datum.node {
        Node::Json(Value::Number(number)) => !number.is_f64(),
        Node::Json(Value::Object(_) | Value::String(_) | Value::Bool(_)) => true,
        Node::Dict(_) | Node::Text(_) => true,
        Node::Json(Value::Null | Value::Array(_)) | Node::Opaque(_) | Node::Single(_) => false,
    };
    let datum = if wrapped {
        Datum { node: Node::Single(Rc::new(datum.node)), parent: datum.parent }
    } else {
        datum
    };
    let length = length(&datum.node)?;
    *visits += length;
    let clamp = |bound: Option<i64>, otherwise: usize| match bound {
        None => otherwise,
        Some(bound) if bound < 0 => position(bound, length).unwrap_or(0),
        Some(bound) => usize::try_from(bound).unwrap_or(usize::MAX).min(length),
    };
    let range = clamp(start, 0)..clamp(end, length);
    let nodes = range.filter_map(|at| part_at(&datum.node, at)).collect();
    Ok(below(datum, nodes))
}
