//! What a pattern consists of.

/// The flags in force at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags {
    /// `i`.
    pub(super) ignore_case: bool,
    /// `m`.
    pub(super) multi_line: bool,
    /// `s`.
    pub(super) dot_all: bool,
    /// `x`.
    pub(super) verbose: bool,
    /// `a`.
    pub(super) ascii: bool,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A character.
    Literal(char, Flags),
    /// `.`.
    Any(Flags),
    /// `[...]`, or a class alone.
    Set(Set),
    /// `^`, `\A`, `$`, `\Z`, `\b`, `\B`.
    At(Place),
    /// `(...)`, with its number, or without one.
    Group(Option<usize>, Box<Self>),
    /// `(?>...)`.
    Atomic(Box<Self>),
    /// `(?=...)`, `(?!...)`, `(?<=...)`, `(?<!...)`.
    Look { behind: bool, negated: bool, inner: Box<Self> },
    /// `\1`, `(?P=name)`.
    Reference(usize, Flags),
    /// `(?(1)yes|no)`.
    Conditional { group: usize, yes: Box<Self>, no: Box<Self> },
    /// `*`, `+`, `?`, `{2,3}`, each possibly lazy or possessive.
    Repeat { inner: Box<Self>, min: u32, max: Option<u32>, kind: Kind },
    /// One after the other.
    Sequence(Vec<Self>),
    /// One of several.
    Choice(Vec<Self>),
}

/// How a repetition goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As much as possible.
    Greedy,
    /// As little as possible.
    Lazy,
    /// As much as possible, once and for all.
    Possessive,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `\A`, and `^` outside of multi-line mode.
    TextStart,
    /// `^` in multi-line mode.
    LineStart,
    /// `\Z`.
    TextEnd,
    /// `$` outside of multi-line mode: the end, or before a final line break.
    TextEndOrBreak,
    /// `$` in multi-line mode.
    LineEnd,
    /// `\b` and `\B`.
    Boundary { negated: bool, ascii: bool },
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Set {
    /// Whether it holds all others.
    pub(super) negated: bool,
    /// What it holds.
    pub(super) items: Vec<Item>,
    /// The flags in force.
    pub(super) flags: Flags,
}

/// A part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// All characters between two, both included.
    Range(char, char),
    /// `\d`, `\s`, `\w` and their opposites.
    Class { letter: char, negated: bool },
}

/// A whole pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    /// Its root.
    pub(super) root: Node,
    /// The widths of its groups, by number.
    pub(super) widths: Vec<Option<(u64, u64)>>,
}

impl Node {
    /// Returns how many characters it takes at least and at most.
    pub(super) fn width(&self, groups: &[Option<(u64, u64)>]) -> (u64, u64) {
        match self {
            Self::Literal(..) | Self::Any(_) | Self::Set(_) => (1, 1),
            Self::At(_) | Self::Look { .. } => (0, 0),
            Self::Group(_, inner) | Self::Atomic(inner) => inner.width(groups),
            Self::Reference(group, _) => {
                groups.get(*group).copied().flatten().unwrap_or((0, u64::MAX))
            }
            Self::Conditional { yes, no, .. } => {
                let (yes, no) = (yes.width(groups), no.width(groups));
                (yes.0.min(no.0), yes.1.max(no.1))
            }
            Self::Repeat { inner, min, max, .. } => {
                let (low, high) = inner.width(groups);
                let max = max.map_or(u64::MAX, u64::from);
                (low.saturating_mul(u64::from(*min)), high.saturating_mul(max))
            }
            Self::Sequence(nodes) => nodes.iter().fold((0, 0), |(low, high), node| {
                let width = node.width(groups);
                (low.saturating_add(width.0), high.saturating_add(width.1))
            }),
            Self::Choice(nodes) => {
                let widths = nodes.iter().map(|node| node.width(groups));
                widths.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0))
            }
        }
    }
}
