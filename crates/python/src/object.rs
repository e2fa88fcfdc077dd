//! Python's values: what a template computes with.
//!
//! Lists and dictionaries are shared and mutable, as in Python: a template may
//! append to a list that it built before. Nothing here crosses a thread or
//! outlives an evaluation; JSON goes in and comes out.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::raise::{Class, Outcome, Raise, type_error};

/// A value.
#[derive(Clone)]
pub enum Object {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`; 128 bits stand for Python's unlimited ones.
    Int(i128),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(Arc<str>),
    /// A `str` that is marked as safe HTML.
    Markup(Arc<str>),
    /// A `bytes`.
    Bytes(Rc<[u8]>),
    /// A `list`.
    List(Rc<Seq>),
    /// A `tuple`.
    Tuple(Rc<Seq>),
    /// A `dict`.
    Dict(Rc<Map>),
    /// A live view of a dictionary.
    View(View, Rc<Map>),
    /// A `range`.
    Range(Rc<Range>),
    /// A generator or another iterator that is used up by reading.
    Iter(Rc<Iter>),
    /// Something that does not exist.
    Undefined(Rc<Undefined>),
    /// A method bound to its object.
    Method(Rc<(Self, &'static str)>),
    /// Anything else: loops, macros, functions, lookups.
    Native(Rc<dyn Native>),
}

/// Which part of a dictionary a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// `keys()`.
    Keys,
    /// `values()`.
    Values,
    /// `items()`.
    Items,
}

/// The items of a list or a tuple.
pub struct Seq {
    /// The items.
    pub items: RefCell<Vec<Object>>,
    /// Whether this is a tuple of a group and its members, whose parts have names.
    pub group: bool,
}

/// The entries of a dictionary.
pub struct Map {
    /// The entries, in the order of insertion.
    pub entries: RefCell<Entries>,
    /// Whether this is the mapping of YAQL that never changes and has a hash.
    pub frozen: bool,
}

/// Entries by key; each keeps the key as it was first given.
pub type Entries = IndexMap<Key, (Object, Object)>;

/// A hashable value, equal when Python holds it equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `None`.
    None,
    /// A whole number or a boolean.
    Int(i128),
    /// A fractional number, by its bits.
    Float(u64),
    /// Text.
    Str(Arc<str>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A mapping that never changes: its entries, sorted.
    Map(Vec<(Self, Self)>),
    /// A set that never changes: its items, sorted.
    Set(Vec<Self>),
    /// A value of another type that is equal by this number, with that type.
    Other(&'static str, i128),
    /// Something that is equal to itself only.
    Identity(usize),
}

/// The bounds of a `range`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first number.
    pub start: i128,
    /// The number before which it ends.
    pub stop: i128,
    /// The distance; never zero.
    pub step: i128,
}

impl Range {
    /// Returns how many numbers it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        let (low, high, step) = if self.step > 0 {
            (self.start, self.stop, self.step)
        } else {
            (self.stop, self.start, self.step.saturating_neg())
        };
        if low >= high {
            return 0;
        }
        let count = high.saturating_sub(low).saturating_sub(1) / step + 1;
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// Returns whether it holds no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number at `index`, which must be below the length.
    #[must_use]
    pub fn at(&self, index: usize) -> i128 {
        let index = i128::try_from(index).unwrap_or(i128::MAX);
        self.start.saturating_add(self.step.saturating_mul(index))
    }
}

/// An iterator: what is left of it, and what Python calls it.
pub struct Iter {
    /// The items that are left.
    pub rest: RefCell<VecDeque<Object>>,
    /// The name of its type.
    pub type_name: &'static str,
}

/// Something that does not exist, and how to complain about it.
#[derive(Clone)]
pub struct Undefined {
    /// The whole complaint, when it is not derived from the rest.
    pub hint: Option<String>,
    /// The text for the object that lacks it; none for a plain name.
    pub owner: Option<String>,
    /// The name, or the index as Python writes it.
    pub name: String,
    /// Whether `name` is a name rather than an index.
    pub named: bool,
    /// What is raised: an undefined or a security error.
    pub class: Class,
    /// The existing name that is nearest to the missing one.
    pub nearest: Option<String>,
    /// Whether every use is an error.
    pub strict: bool,
}

impl Undefined {
    /// Returns the error that a use of it raises.
    #[must_use]
    pub fn error(&self) -> Raise {
        let message = match (&self.hint, &self.owner) {
            (Some(hint), _) => hint.clone(),
            (None, None) => format!("'{}' is undefined", self.name),
            (None, Some(owner)) if self.named => {
                format!("'{owner}' has no attribute {}", super::text::quote(&self.name))
            }
            (None, Some(owner)) => format!("{owner} has no element {}", self.name),
        };
        let mut raise = Raise::new(self.class, message);
        raise.0.name = Some(self.name.clone()).filter(|name| !name.is_empty());
        raise.0.nearest.clone_from(&self.nearest);
        raise
    }
}

/// A value of a type that Python's own types do not cover.
pub trait Native: Any {
    /// Returns the name of its type.
    fn type_name(&self) -> &str;

    /// Returns what `repr` shows.
    fn repr(&self) -> String {
        format!("<{} object>", self.type_name())
    }

    /// Returns what `str` shows.
    fn text(&self) -> Outcome<String> {
        Ok(self.repr())
    }

    /// Returns the attribute called `name`.
    fn attribute(&self, _name: &str) -> Option<Object> {
        None
    }

    /// Returns the item under `key`; none when it has no items at all.
    fn item(&self, _key: &Object) -> Option<Object> {
        None
    }

    /// Returns the number of its items, when it has one.
    fn length(&self) -> Option<usize> {
        None
    }

    /// Returns it as a key; none when it is equal to itself only.
    fn key(&self) -> Option<Key> {
        None
    }

    /// Returns whether it is equal to another value; none when it is equal to itself only.
    fn equals(&self, _other: &Object) -> Option<bool> {
        None
    }

    /// Returns its items; none when it cannot be iterated over.
    fn items(&self) -> Option<Vec<Object>> {
        None
    }

    /// Returns whether it counts as true, where its length does not tell.
    fn truth(&self) -> bool {
        self.length() != Some(0)
    }

    /// Returns whether it can be called.
    fn callable(&self) -> bool {
        false
    }

    /// Returns whether it counts as a mapping, as `%` asks of its right side.
    fn is_mapping(&self) -> bool {
        false
    }

    /// Returns itself for a look at its real type.
    fn as_any(&self) -> &dyn Any;
}

impl Object {
    /// Makes a string.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Arc::from(text.as_ref()))
    }

    /// Makes a list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(Seq { items: RefCell::new(items), group: false }))
    }

    /// Makes a tuple.
    #[must_use]
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(Seq { items: RefCell::new(items), group: false }))
    }

    /// Makes a dictionary.
    #[must_use]
    pub fn dict(entries: Entries) -> Self {
        Self::Dict(Rc::new(Map { entries: RefCell::new(entries), frozen: false }))
    }

    /// Makes a mapping that never changes.
    #[must_use]
    pub fn frozen(entries: Entries) -> Self {
        Self::Dict(Rc::new(Map { entries: RefCell::new(entries), frozen: true }))
    }

    /// Makes a dictionary from names and values.
    pub fn named(pairs: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        let entry = |(name, value): (Arc<str>, Self)| {
            (Key::Str(Arc::clone(&name)), (Self::Str(name), value))
        };
        Self::dict(pairs.into_iter().map(entry).collect())
    }

    /// Makes an iterator of the given type.
    #[must_use]
    pub fn iter(items: Vec<Self>, type_name: &'static str) -> Self {
        Self::Iter(Rc::new(Iter { rest: RefCell::new(items.into()), type_name }))
    }

    /// Makes a generator.
    #[must_use]
    pub fn generator(items: Vec<Self>) -> Self {
        Self::iter(items, "generator")
    }

    /// Makes an integer from a length or an index.
    #[must_use]
    pub fn count(count: usize) -> Self {
        Self::Int(i128::try_from(count).unwrap_or(i128::MAX))
    }

    /// Returns the text, when it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) | Self::Markup(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the whole number, when it is an integer or a boolean.
    #[must_use]
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Bool(flag) => Some(i128::from(*flag)),
            _ => None,
        }
    }

    /// Returns the number as a float, when it is a number.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
            other => other.as_int().map(|number| number as f64),
        }
    }

    /// Returns whether it does not exist.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined(_))
    }

    /// Returns whether it is `None`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Returns the name of its type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Markup(_) => "Markup",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(seq) if seq.group => "_GroupTuple",
            Self::Tuple(_) => "tuple",
            Self::Dict(map) if map.frozen => "FrozenDict",
            Self::Dict(_) => "dict",
            Self::View(View::Keys, map) if map.frozen => "KeysView",
            Self::View(View::Values, map) if map.frozen => "ValuesView",
            Self::View(View::Items, map) if map.frozen => "ItemsView",
            Self::View(View::Keys, _) => "dict_keys",
            Self::View(View::Values, _) => "dict_values",
            Self::View(View::Items, _) => "dict_items",
            Self::Range(_) => "range",
            Self::Iter(iter) => iter.type_name,
            Self::Undefined(undefined) if undefined.strict => "StrictUndefined",
            Self::Undefined(_) => "Undefined",
            Self::Method(_) => "builtin_function_or_method",
            Self::Native(native) => native.type_name(),
        }
    }

    /// Returns what an error about a missing part calls it.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Markup(_) => "markupsafe.Markup object".to_owned(),
            Self::Tuple(seq) if seq.group => "jinja2.filters._GroupTuple object".to_owned(),
            other => format!("{} object", other.type_name()),
        }
    }

    /// Returns the value as a key of a dictionary.
    pub fn key(&self) -> Outcome<Key> {
        self.key_within(0)
    }

    fn key_within(&self, depth: usize) -> Outcome<Key> {
        Ok(match self {
            Self::None => Key::None,
            Self::Bool(flag) => Key::Int(i128::from(*flag)),
            Self::Int(number) => Key::Int(*number),
            Self::Float(number) => float_key(*number),
            Self::Str(text) | Self::Markup(text) => Key::Str(Arc::clone(text)),
            Self::Bytes(bytes) => Key::Bytes(bytes.to_vec()),
            Self::Tuple(seq) => {
                super::guard(depth)?;
                let items = seq.items.borrow();
                let keys: Outcome<Vec<Key>> =
                    items.iter().map(|item| item.key_within(depth + 1)).collect();
                Key::Tuple(keys?)
            }
            Self::Dict(map) if map.frozen => {
                super::guard(depth)?;
                let entries = map.entries.borrow();
                let mut keys = Vec::with_capacity(entries.len());
                for (key, (_, value)) in entries.iter() {
                    keys.push((key.clone(), value.key_within(depth + 1)?));
                }
                keys.sort();
                Key::Map(keys)
            }
            Self::Undefined(undefined) if undefined.strict => return Err(undefined.error()),
            Self::Undefined(_) => Key::Identity(0),
            Self::View(View::Values, map) => Key::Identity(Rc::as_ptr(map) as usize),
            Self::List(_) | Self::Dict(_) | Self::View(..) => {
                return type_error(format!("unhashable type: '{}'", self.type_name()));
            }
            Self::Range(range) => Key::Identity(Rc::as_ptr(range) as usize),
            Self::Iter(iter) => Key::Identity(Rc::as_ptr(iter) as usize),
            Self::Method(method) => Key::Identity(Rc::as_ptr(method) as usize),
            Self::Native(native) => match native.key() {
                Some(key) => key,
                None => Key::Identity(Rc::as_ptr(native).cast::<u8>() as usize),
            },
        })
    }

    /// Returns whether both are one and the same object.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            // Python keeps one object for each small number only.
            (Self::Int(a), Self::Int(b)) => a == b && (-5..=256).contains(a),
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Markup(a), Self::Markup(b)) => Arc::ptr_eq(a, b),
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => Rc::ptr_eq(a, b),
            (Self::Dict(a), Self::Dict(b)) => Rc::ptr_eq(a, b),
            (Self::Range(a), Self::Range(b)) => Rc::ptr_eq(a, b),
            (Self::Iter(a), Self::Iter(b)) => Rc::ptr_eq(a, b),
            (Self::Undefined(a), Self::Undefined(b)) => Rc::ptr_eq(a, b),
            (Self::Native(a), Self::Native(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl From<&str> for Object {
    fn from(text: &str) -> Self {
        Self::str(text)
    }
}

impl From<String> for Object {
    fn from(text: String) -> Self {
        Self::Str(Arc::from(text))
    }
}

impl From<bool> for Object {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn float_key(number: f64) -> Key {
    if number.fract() == 0.0 && number.abs() < 1e38 {
        Key::Int(number as i128)
    } else {
        Key::Float(number.to_bits())
    }
}
