//! Writes a pattern, or a set of it, for the linear matcher. Everything is spelled out, so that no
//! shorthand means something else there than in Python.

use std::fmt::Write as _;

use super::syntax::{Flags, Item, Kind, Node, Pattern, Place, Set};

/// A pattern for the linear matcher.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Its text.
    pub(super) text: String,
    /// Whether it has word boundaries, which are Python's in ASCII only.
    pub(super) has_boundaries: bool,
}

/// Returns the source of a pattern; none when the pattern needs the other matcher.
pub(super) fn source(pattern: &Pattern, at_start: bool) -> Option<Source> {
    let mut out = Source::default();
    out.text.push_str(if at_start { r"\A(?:" } else { "" });
    node(&pattern.root, true, &mut out)?;
    out.text.push_str(if at_start { ")" } else { "" });
    Some(out)
}

/// Returns the source of what takes one character.
pub(super) fn class(part: &Node) -> String {
    let mut text = String::new();
    match part {
        Node::Literal(c, flags) => literal(*c, *flags, &mut text),
        Node::Any(Flags { dot_all: true, .. }) => text.push_str(r"[\x{0}-\x{10ffff}]"),
        Node::Any(_) => text.push_str(r"[^\n]"),
        Node::Set(set) => write_set(set, &mut text),
        Node::At(_)
        | Node::Group(..)
        | Node::Atomic(_)
        | Node::Look { .. }
        | Node::Reference(..)
        | Node::Conditional { .. }
        | Node::Repeat { .. }
        | Node::Sequence(_)
        | Node::Choice(_) => {}
    }
    text
}

/// Writes a node; `last` says that nothing follows it in the whole pattern.
fn node(part: &Node, last: bool, out: &mut Source) -> Option<()> {
    match part {
        Node::Literal(..) | Node::Any(_) | Node::Set(_) => out.text.push_str(&class(part)),
        Node::At(place) => at(*place, last, out)?,
        Node::Group(_, inner) => wrap(inner, last, out)?,
        Node::Repeat { inner, min, max, kind } => repeat(inner, (*min, *max, *kind), out)?,
        Node::Sequence(nodes) => {
            for (index, part) in nodes.iter().enumerate() {
                node(part, last && index + 1 == nodes.len(), out)?;
            }
        }
        Node::Choice(nodes) => {
            out.text.push_str("(?:");
            for (index, part) in nodes.iter().enumerate() {
                out.text.push_str(if index > 0 { "|" } else { "" });
                node(part, last, out)?;
            }
            out.text.push(')');
        }
        Node::Atomic(_) | Node::Look { .. } | Node::Reference(..) | Node::Conditional { .. } => {
            return None;
        }
    }
    Some(())
}

/// Appends formatted text: writing to a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _always_ok = out.write_fmt(text);
}

fn wrap(inner: &Node, last: bool, out: &mut Source) -> Option<()> {
    out.text.push_str("(?:");
    node(inner, last, out)?;
    out.text.push(')');
    Some(())
}

fn repeat(
    inner: &Node,
    (min, max, kind): (u32, Option<u32>, Kind),
    out: &mut Source,
) -> Option<()> {
    wrap(inner, false, out)?;
    match (min, max) {
        (0, None) => out.text.push('*'),
        (1, None) => out.text.push('+'),
        (0, Some(1)) => out.text.push('?'),
        (min, None) => push(&mut out.text, format_args!("{{{min},}}")),
        (min, Some(max)) => push(&mut out.text, format_args!("{{{min},{max}}}")),
    }
    match kind {
        Kind::Greedy => {}
        Kind::Lazy => out.text.push('?'),
        Kind::Possessive => return None,
    }
    Some(())
}

fn at(place: Place, last: bool, out: &mut Source) -> Option<()> {
    out.text.push_str(match place {
        Place::TextStart => r"\A",
        Place::LineStart => "(?m:^)",
        Place::TextEnd => r"\z",
        // At the very end it makes no difference whether the line break is looked at or taken.
        Place::TextEndOrBreak if last => r"(?:\n?\z)",
        Place::LineEnd => "(?m:$)",
        Place::Boundary { negated: false, ascii: false } => r"\b",
        Place::Boundary { negated: true, ascii: false } => r"\B",
        Place::TextEndOrBreak | Place::Boundary { ascii: true, .. } => return None,
    });
    out.has_boundaries |= matches!(place, Place::Boundary { .. });
    Some(())
}

/// The letters that Python holds equal when case is ignored, though Unicode's folding does not.
const DOTTED: [char; 4] = ['i', 'I', '\u{130}', '\u{131}'];

fn literal(c: char, flags: Flags, out: &mut String) {
    if !flags.ignore_case || !c.is_alphabetic() || (flags.ascii && !c.is_ascii()) {
        escaped(c, out);
        return;
    }
    let items = vec![Item::Range(c, c)];
    write_set(&Set { negated: false, items, flags }, out);
}

fn escaped(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        push(out, format_args!(r"\x{{{:x}}}", u32::from(c)));
    }
}

fn write_set(set: &Set, out: &mut String) {
    let fold = set.flags.ignore_case && !set.flags.ascii;
    if fold {
        out.push_str("(?i:");
    }
    out.push_str(if set.negated { "[^" } else { "[" });
    for item in &set.items {
        write_item(*item, set.flags, out);
    }
    let holds_dotted = |item: &Item| match item {
        Item::Range(low, high) => DOTTED.iter().any(|c| (low..=high).contains(&c)),
        Item::Class { .. } => false,
    };
    if fold && set.items.iter().any(holds_dotted) {
        for c in DOTTED {
            escaped(c, out);
        }
    }
    out.push(']');
    if fold {
        out.push(')');
    }
}

fn write_item(item: Item, flags: Flags, out: &mut String) {
    match item {
        Item::Range(low, high) => {
            range(low, high, out);
            if flags.ignore_case && flags.ascii {
                other_case(low, high, out);
            }
        }
        Item::Class { letter, negated } => {
            let class = match (letter, flags.ascii) {
                ('d', false) => r"\p{Nd}",
                ('d', true) => "0-9",
                ('s', false) => r"\s\x{1c}-\x{1f}",
                ('s', true) => r"\x{20}\x{9}-\x{d}",
                (_, false) => r"\p{L}\p{N}_",
                (_, true) => "0-9A-Za-z_",
            };
            push(out, format_args!("[{}{class}]", if negated { "^" } else { "" }));
        }
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
