//! Writes a pattern for the `regex` crate, which matches in time linear in the text. Everything is
//! spelled out, so that no shorthand means something else there than in Python. Patterns that
//! remember or look around are not written: they need the backtracker.

use super::parse::Parsed;
use super::tree::{
    ASCII, At, Category, DOTALL, IGNORECASE, Item, Kind, MULTILINE, Node, Set, UNLIMITED, combine,
};
use crate::append;

/// A pattern for the `regex` crate.
pub(super) struct Source {
    /// Its text.
    pub(super) text: String,
    /// Whether it has word boundaries, which are Python's in ASCII only.
    pub(super) has_boundaries: bool,
    /// Whether groups capture.
    captures: bool,
}

/// Returns the source of a pattern; none where the pattern needs the backtracker.
pub(super) fn source(parsed: &Parsed, captures: bool) -> Option<Source> {
    let mut out = Source { text: String::new(), has_boundaries: false, captures };
    out.sequence(&parsed.tree, parsed.flags, true)?;
    Some(out)
}

impl Source {
    /// Writes nodes; `last` says that nothing of the pattern follows them.
    fn sequence(&mut self, nodes: &[Node], flags: u8, last: bool) -> Option<()> {
        for (index, node) in nodes.iter().enumerate() {
            self.node(node, flags, last && index + 1 == nodes.len())?;
        }
        Some(())
    }

    fn node(&mut self, node: &Node, flags: u8, last: bool) -> Option<()> {
        match node {
            Node::Literal(c) => literal(*c, flags, &mut self.text),
            Node::Any if flags & DOTALL != 0 => self.text.push_str(r"[\x{0}-\x{10ffff}]"),
            Node::Any => self.text.push_str(r"[^\n]"),
            Node::Set(set) => write_set(set, flags, &mut self.text),
            Node::At(at) => self.at(*at, flags, last)?,
            Node::Branch(branches) => {
                self.text.push_str("(?:");
                for (index, branch) in branches.iter().enumerate() {
                    self.text.push_str(if index > 0 { "|" } else { "" });
                    self.sequence(branch, flags, last)?;
                }
                self.text.push(')');
            }
            Node::Group { index, add, remove, body } => {
                let is_captured = self.captures && index.is_some();
                self.text.push_str(if is_captured { "(" } else { "(?:" });
                self.sequence(body, combine(flags, *add, *remove), last)?;
                self.text.push(')');
            }
            Node::Repeat { min, max, kind, body } => {
                self.text.push_str("(?:");
                self.sequence(body, flags, false)?;
                self.text.push(')');
                self.counts(*min, *max, *kind)?;
            }
            Node::Atomic(_)
            | Node::Look { .. }
            | Node::Backref(_)
            | Node::Conditional { .. }
            | Node::Fail => return None,
        }
        Some(())
    }

    fn counts(&mut self, min: u32, max: u32, kind: Kind) -> Option<()> {
        match (min, max) {
            (0, UNLIMITED) => self.text.push('*'),
            (1, UNLIMITED) => self.text.push('+'),
            (0, 1) => self.text.push('?'),
            (min, UNLIMITED) => append(&mut self.text, format_args!("{{{min},}}")),
            (min, max) => append(&mut self.text, format_args!("{{{min},{max}}}")),
        }
        match kind {
            Kind::Greedy => {}
            Kind::Lazy => self.text.push('?'),
            Kind::Possessive => return None,
        }
        Some(())
    }

    fn at(&mut self, at: At, flags: u8, last: bool) -> Option<()> {
        let (is_multi_line, is_ascii) = (flags & MULTILINE != 0, flags & ASCII != 0);
        self.text.push_str(match at {
            At::Begin if is_multi_line => "(?m:^)",
            At::Begin | At::BeginText => r"\A",
            At::End if is_multi_line => "(?m:$)",
            // Whether the line break is looked at or taken differs for captures only.
            At::End if last && !self.captures => r"(?:\n?\z)",
            At::EndText => r"\z",
            At::Word if !is_ascii => r"\b",
            At::NotWord if !is_ascii => r"\B",
            At::End | At::Word | At::NotWord => return None,
        });
        self.has_boundaries |= matches!(at, At::Word | At::NotWord);
        Some(())
    }
}

/// The letters that Python holds equal where case is ignored, though Unicode's folding does not.
const DOTTED: [char; 4] = ['i', 'I', '\u{130}', '\u{131}'];

fn literal(c: char, flags: u8, out: &mut String) {
    if flags & IGNORECASE == 0 || !c.is_alphabetic() || (flags & ASCII != 0 && !c.is_ascii()) {
        escaped(c, out);
        return;
    }
    write_set(&Set { negative: false, items: vec![Item::Char(c)] }, flags, out);
}

fn escaped(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        append(out, format_args!(r"\x{{{:x}}}", u32::from(c)));
    }
}

fn write_set(set: &Set, flags: u8, out: &mut String) {
    let folds = flags & IGNORECASE != 0 && flags & ASCII == 0;
    if folds {
        out.push_str("(?i:");
    }
    out.push_str(if set.negative { "[^" } else { "[" });
    for item in &set.items {
        write_item(*item, flags, out);
    }
    let is_dotted = |item: &Item| match item {
        Item::Char(c) => DOTTED.contains(c),
        Item::Range(low, high) => DOTTED.iter().any(|c| (low..=high).contains(&c)),
        Item::Category { .. } => false,
    };
    if folds && set.items.iter().any(is_dotted) {
        for c in DOTTED {
            escaped(c, out);
        }
    }
    out.push(']');
    if folds {
        out.push(')');
    }
}

fn write_item(item: Item, flags: u8, out: &mut String) {
    let is_ascii = flags & ASCII != 0;
    let (low, high) = match item {
        Item::Char(c) => (c, c),
        Item::Range(low, high) => (low, high),
        Item::Category { category, negative } => {
            let class = match (category, is_ascii) {
                (Category::Digit, false) => r"\p{Nd}",
                (Category::Digit, true) => "0-9",
                (Category::Space, false) => r"\s\x{1c}-\x{1f}",
                (Category::Space, true) => r"\x{20}\x{9}-\x{d}",
                (Category::Word, false) => r"\p{L}\p{N}_",
                (Category::Word, true) => "0-9A-Za-z_",
            };
            append(out, format_args!("[{}{class}]", if negative { "^" } else { "" }));
            return;
        }
    };
    range(low, high, out);
    if flags & IGNORECASE != 0 && is_ascii {
        other_case(low, high, out);
    }
}

fn range(low: char, high: char, out: &mut String) {
    escaped(low, out);
    if low != high {
        out.push('-');
        escaped(high, out);
    }
}

/// Adds the ASCII letters of a range in their other case.
fn other_case(low: char, high: char, out: &mut String) {
    let upper = (low.max('A'), high.min('Z'));
    if upper.0 <= upper.1 {
        range(upper.0.to_ascii_lowercase(), upper.1.to_ascii_lowercase(), out);
    }
    let lower = (low.max('a'), high.min('z'));
    if lower.0 <= lower.1 {
        range(lower.0.to_ascii_uppercase(), lower.1.to_ascii_uppercase(), out);
    }
}
