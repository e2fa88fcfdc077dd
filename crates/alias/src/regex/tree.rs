//! The syntax tree.

use super::chars::{fold, is_digit, is_space, is_word, unfold};

/// Letters match in both sizes.
pub(crate) const IGNORECASE: u8 = 1;
/// Anchors match at every line.
pub(crate) const MULTILINE: u8 = 2;
/// The dot matches the end of a line.
pub(crate) const DOTALL: u8 = 4;
/// Blanks and comments are skipped.
pub(crate) const VERBOSE: u8 = 8;
/// Classes are those of ASCII.
pub(crate) const ASCII: u8 = 16;
/// Classes are those of Unicode, as always.
pub(crate) const UNICODE: u8 = 32;
/// A flag of old, without effect.
pub(crate) const TEMPLATE: u8 = 64;

/// The largest count of a repetition: no limit.
pub(crate) const UNLIMITED: u32 = u32::MAX;

/// One thing of a pattern.
#[derive(Debug)]
pub(crate) enum Node {
    Literal(char),
    Any,
    Set(Set),
    At(At),
    Branch(Vec<Vec<Self>>),
    Group { index: Option<usize>, add: u8, remove: u8, body: Vec<Self> },
    Atomic(Vec<Self>),
    Repeat { min: u32, max: u32, kind: Kind, body: Vec<Self> },
    Look { behind: bool, negative: bool, body: Vec<Self> },
    Backref(usize),
    Conditional { group: usize, yes: Vec<Self>, no: Vec<Self> },
    Fail,
}

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Begin,
    BeginText,
    End,
    EndText,
    Word,
    NotWord,
}

/// How a repetition chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Greedy,
    Lazy,
    Possessive,
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) negative: bool,
    pub(crate) items: Vec<Item>,
}

/// A part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Char(char),
    Range(char, char),
    Category { category: Category, negative: bool },
}

/// A class of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Digit,
    Space,
    Word,
}

impl Category {
    fn contains(self, c: char, ascii: bool) -> bool {
        if ascii && !c.is_ascii() {
            return false;
        }
        match self {
            Self::Digit => is_digit(c),
            Self::Space => is_space(c) && !(ascii && ('\u{1c}'..='\u{1f}').contains(&c)),
            Self::Word => is_word(c),
        }
    }
}

impl Set {
    /// Returns whether a character is in the set.
    pub(crate) fn contains(&self, c: char, flags: u8) -> bool {
        let ascii = flags & ASCII != 0;
        let within = |c: char| self.items.iter().any(|item| item.contains(c, ascii));
        let found =
            within(c) || (flags & IGNORECASE != 0 && (within(fold(c)) || within(unfold(fold(c)))));
        found != self.negative
    }
}

impl Item {
    fn contains(self, c: char, ascii: bool) -> bool {
        match self {
            Self::Char(one) => one == c,
            Self::Range(low, high) => (low..=high).contains(&c),
            Self::Category { category, negative } => category.contains(c, ascii) != negative,
        }
    }
}

impl Node {
    /// Returns whether two things are equal to Python, which compares whatever holds no subpattern.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(a), Self::Literal(b)) => a == b,
            (Self::Any, Self::Any) => true,
            (Self::Set(a), Self::Set(b)) => a == b,
            (Self::At(a), Self::At(b)) => a == b,
            (Self::Backref(a), Self::Backref(b)) => a == b,
            _ => false,
        }
    }
}

/// Returns whether one of the places occurs, as StackStorm searches for it: through groups, and of
/// a branch only in the second alternative.
pub(crate) fn has_anchor(tree: &[Node], wanted: [At; 2]) -> bool {
    tree.iter().any(|node| match node {
        Node::At(at) => wanted.contains(at),
        Node::Group { body, .. } => has_anchor(body, wanted),
        Node::Branch(branches) => branches.get(1).is_some_and(|body| has_anchor(body, wanted)),
        Node::Literal(_)
        | Node::Any
        | Node::Set(_)
        | Node::Atomic(_)
        | Node::Repeat { .. }
        | Node::Look { .. }
        | Node::Backref(_)
        | Node::Conditional { .. }
        | Node::Fail => false,
    })
}
