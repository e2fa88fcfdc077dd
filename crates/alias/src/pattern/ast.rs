//! The tree of a pattern, shaped as Python's parser shapes it, since the rules for anchors look
//! into that tree.

use super::unicode;

/// The largest repetition that stands for "without end".
pub(crate) const ENDLESS: u32 = u32::MAX;

/// Flags of a pattern or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags(pub(crate) u8);

impl Flags {
    pub(crate) const IGNORE_CASE: Self = Self(1);
    pub(crate) const MULTI_LINE: Self = Self(2);
    pub(crate) const DOT_ALL: Self = Self(4);
    pub(crate) const VERBOSE: Self = Self(8);
    pub(crate) const ASCII: Self = Self(16);
    pub(crate) const UNICODE: Self = Self(32);
    pub(crate) const TEMPLATE: Self = Self(64);
    /// The flags of which only one can hold.
    pub(crate) const TYPES: Self = Self(16 | 32);

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Items one after another.
pub(crate) type Sequence = Vec<Node>;

/// One item of a pattern. Characters are code points, since an escape may name a surrogate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Literal(u32),
    NotLiteral(u32),
    Any,
    Set(Set),
    At(At),
    Branch(Vec<Sequence>),
    Group { capture: Option<usize>, add: Flags, remove: Flags, body: Sequence },
    Repeat { min: u32, max: u32, mode: Mode, body: Sequence },
    Look { behind: bool, negate: bool, body: Sequence },
    Atomic(Sequence),
    Backreference(usize),
    Conditional { group: usize, yes: Sequence, no: Option<Sequence> },
}

/// How a repetition takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Greedy,
    Lazy,
    Possessive,
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Beginning,
    BeginningOfText,
    End,
    EndOfText,
    Boundary,
    NoBoundary,
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) negate: bool,
    pub(crate) items: Vec<Item>,
}

/// A member of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    One(u32),
    Range(u32, u32),
    Category { class: Class, negate: bool },
}

/// The classes that have a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Digit,
    Space,
    Word,
}

impl Class {
    /// Returns whether the character belongs to the class.
    pub(crate) fn contains(self, c: char, ascii: bool) -> bool {
        match (self, ascii) {
            (Self::Digit, true) => c.is_ascii_digit(),
            (Self::Space, true) => matches!(c, '\t'..='\r' | ' '),
            (Self::Word, true) => c.is_ascii_alphanumeric() || c == '_',
            (Self::Digit, false) => unicode::is_digit(c),
            (Self::Space, false) => unicode::is_space(c),
            (Self::Word, false) => unicode::is_word(c),
        }
    }
}

impl Node {
    /// Returns whether both are the same simple item. Python never takes two compound items for
    /// the same.
    pub(crate) fn same_leaf(&self, other: &Self) -> bool {
        let leaf = matches!(
            self,
            Self::Literal(_)
                | Self::NotLiteral(_)
                | Self::Any
                | Self::Set(_)
                | Self::At(_)
                | Self::Backreference(_)
        );
        leaf && self == other
    }
}

/// A pattern that was read.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Sequence,
    pub(crate) flags: Flags,
    /// The names with the groups that bear them, in the order of the pattern.
    pub(crate) names: Vec<(String, usize)>,
    /// How many groups there are, the whole match included.
    pub(crate) groups: usize,
    /// The least and the greatest width of each closed group.
    pub(crate) widths: Vec<Option<Width>>,
    /// Whether there is an alternative outside all groups.
    pub(crate) branches: bool,
    /// Whether the pattern sets flags for all of itself.
    pub(crate) sets_flags: bool,
}

/// The least and the greatest number of characters.
pub(crate) type Width = (u64, u64);

const WIDTH_MAX: u64 = 1 << 62;

/// Returns how many characters a sequence can take.
pub(crate) fn width(sequence: &[Node], groups: &[Option<Width>]) -> Width {
    let (mut low, mut high) = (0_u64, 0_u64);
    for node in sequence {
        let (least, most) = node_width(node, groups);
        low = low.saturating_add(least).min(WIDTH_MAX);
        high = high.saturating_add(most).min(WIDTH_MAX);
    }
    (low, high)
}

fn node_width(node: &Node, groups: &[Option<Width>]) -> Width {
    match node {
        Node::Literal(_) | Node::NotLiteral(_) | Node::Any | Node::Set(_) => (1, 1),
        Node::At(_) | Node::Look { .. } => (0, 0),
        Node::Branch(alternatives) => {
            let widths = alternatives.iter().map(|body| width(body, groups));
            widths.fold((WIDTH_MAX, 0), |all, one| (all.0.min(one.0), all.1.max(one.1)))
        }
        Node::Group { body, .. } | Node::Atomic(body) => width(body, groups),
        Node::Repeat { min, max, body, .. } => {
            let (least, most) = width(body, groups);
            let low = least.saturating_mul(u64::from(*min));
            let endless = *max == ENDLESS && most > 0;
            (low, if endless { WIDTH_MAX } else { most.saturating_mul(u64::from(*max)) })
        }
        Node::Backreference(group) => groups.get(*group).copied().flatten().unwrap_or((0, 0)),
        Node::Conditional { yes, no, .. } => {
            let (least, most) = width(yes, groups);
            let other = no.as_ref().map_or((0, 0), |no| width(no, groups));
            (least.min(other.0), most.max(other.1))
        }
    }
}
