//! The parse tree of a pattern, as Python's own parser builds it.

use super::chars::{is_digit, is_word, other_cases};
use crate::is_space;

/// `re.IGNORECASE`.
pub const IGNORECASE: u8 = 1;
/// `re.MULTILINE`.
pub const MULTILINE: u8 = 2;
/// `re.DOTALL`.
pub const DOTALL: u8 = 4;
/// `re.VERBOSE`.
pub const VERBOSE: u8 = 8;
/// `re.ASCII`.
pub const ASCII: u8 = 16;
/// `re.UNICODE`, the default.
pub(super) const UNICODE: u8 = 32;
/// `re.TEMPLATE`, which has no effect.
pub(super) const TEMPLATE: u8 = 64;

/// The upper bound of a repetition without one.
pub const UNLIMITED: u32 = u32::MAX;

/// Returns the flags inside a group that turns some on and some off.
pub(super) fn combine(flags: u8, add: u8, remove: u8) -> u8 {
    let kept = if add & (ASCII | UNICODE) != 0 { flags & !(ASCII | UNICODE) } else { flags };
    (kept | add) & !remove
}

/// A node of a pattern.
#[derive(Debug)]
pub enum Node {
    /// A character.
    Literal(char),
    /// `.`.
    Any,
    /// `[...]` or a class such as `\d`.
    Set(Set),
    /// A position such as `^`.
    At(At),
    /// Alternatives.
    Branch(Vec<Vec<Self>>),
    /// `(...)`, `(?:...)` or `(?i-s:...)`.
    Group {
        /// The number of a group that captures.
        index: Option<usize>,
        /// The flags that it turns on.
        add: u8,
        /// The flags that it turns off.
        remove: u8,
        /// What it holds.
        body: Vec<Self>,
    },
    /// `(?>...)`.
    Atomic(Vec<Self>),
    /// `*`, `+`, `?`, `{2,3}`.
    Repeat {
        /// The lowest count.
        min: u32,
        /// The highest count, or [`UNLIMITED`].
        max: u32,
        /// How it chooses between counts.
        kind: Kind,
        /// What is repeated.
        body: Vec<Self>,
    },
    /// `(?=...)`, `(?!...)`, `(?<=...)`, `(?<!...)`.
    Look {
        /// Whether it looks back.
        behind: bool,
        /// Whether the body must not match.
        negative: bool,
        /// What it looks for.
        body: Vec<Self>,
    },
    /// `\1` or `(?P=name)`.
    Backref(usize),
    /// `(?(1)yes|no)`.
    Conditional {
        /// The group that decides.
        group: usize,
        /// What must match where the group has matched.
        yes: Vec<Self>,
        /// What must match otherwise.
        no: Vec<Self>,
    },
    /// `(?!)`, which never matches.
    Fail,
}

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// `^`.
    Begin,
    /// `\A`.
    BeginText,
    /// `$`.
    End,
    /// `\Z`.
    EndText,
    /// `\b`.
    Word,
    /// `\B`.
    NotWord,
}

/// How a repetition chooses between counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The highest first.
    Greedy,
    /// The lowest first.
    Lazy,
    /// The highest only.
    Possessive,
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Whether it is written `[^...]`.
    pub negative: bool,
    /// What stands in it.
    pub items: Vec<Item>,
}

/// An item of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A character.
    Char(char),
    /// The characters from one to another.
    Range(char, char),
    /// A class of characters.
    Category {
        /// The class.
        category: Category,
        /// Whether all others are meant.
        negative: bool,
    },
}

/// A class of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// `\d`.
    Digit,
    /// `\s`.
    Space,
    /// `\w`.
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
    #[must_use]
    pub fn contains(&self, c: char, flags: u8) -> bool {
        let ascii = flags & ASCII != 0;
        let within = |c: char| self.items.iter().any(|item| item.contains(c, ascii));
        let found = within(c)
            || match (flags & IGNORECASE != 0, ascii) {
                (false, _) => false,
                (true, false) => other_cases(c).any(within),
                (true, true) => within(c.to_ascii_lowercase()) || within(c.to_ascii_uppercase()),
            };
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
    /// Returns whether Python holds two nodes equal: it compares those without a subpattern.
    pub(super) fn same(&self, other: &Self) -> bool {
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
