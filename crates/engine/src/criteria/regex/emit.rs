//! Writes a pattern in the matcher's dialect. Everything is spelled out, so that no shorthand
//! means something else there than in Python.

use std::fmt::Write as _;

use super::syntax::{Flags, Item, Kind, Node, Pattern, Place, Set};

/// Returns the source of a pattern.
///
/// `exact` makes word boundaries Python's, which takes look-around; the short form is the same over
/// ASCII.
pub(super) fn source(pattern: &Pattern, at_start: bool, exact: bool) -> String {
    let mut out = Source { text: String::new(), exact };
    if at_start {
        out.push_str(r"\A(?:");
    }
    node(&pattern.root, true, &mut out);
    if at_start {
        out.push(')');
    }
    out.text
}

/// The source so far.
struct Source {
    text: String,
    exact: bool,
}

impl Source {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

/// Writes a node; `last` says that nothing follows it in the whole pattern.
fn node(part: &Node, last: bool, out: &mut Source) {
    match part {
        Node::Literal(c, flags) => literal(*c, *flags, out),
        Node::Any(flags) => {
            out.push_str(if flags.dot_all { r"[\x{0}-\x{10ffff}]" } else { r"[^\n]" });
        }
        Node::Set(set) => write_set(set, out),
        Node::At(place) => at(*place, last, out),
        Node::Group(number, inner) => {
            wrap(if number.is_some() { "(" } else { "(?:" }, (inner, last), out);
        }
        Node::Atomic(inner) => wrap("(?>", (inner, false), out),
        Node::Look { behind, negated, inner } => {
            let open = match (behind, negated) {
                (false, false) => "(?=",
                (false, true) => "(?!",
                (true, false) => "(?<=",
                (true, true) => "(?<!",
            };
            wrap(open, (inner, false), out);
        }
        Node::Reference(group, flags) => {
            let fold = if flags.ignore_case { "i" } else { "" };
            push(out, format_args!(r"(?{fold}:\{group})"));
        }
        Node::Conditional { group, yes, no } => {
            push(out, format_args!("(?({group})"));
            wrap("(?:", (yes, false), out);
            out.push('|');
            wrap("(?:", (no, false), out);
            out.push(')');
        }
        Node::Repeat { inner, min, max, kind } => repeat(inner, (*min, *max, *kind), out),
        Node::Sequence(nodes) => {
            for (index, part) in nodes.iter().enumerate() {
                node(part, last && index + 1 == nodes.len(), out);
            }
        }
        Node::Choice(nodes) => {
            out.push_str("(?:");
            for (index, part) in nodes.iter().enumerate() {
                out.push_str(if index > 0 { "|" } else { "" });
                node(part, last, out);
            }
            out.push(')');
        }
    }
}

/// Appends formatted text: writing to a string does not fail.
fn push(out: &mut Source, text: std::fmt::Arguments<'_>) {
    let _always_ok = out.text.write_fmt(text);
}

fn wrap(open: &str, (inner, last): (&Node, bool), out: &mut Source) {
    out.push_str(open);
    node(inner, last, out);
    out.push(')');
}

fn repeat(inner: &Node, (min, max, kind): (u32, Option<u32>, Kind), out: &mut Source) {
    if matches!(inner, Node::Look { .. }) {
        // Once is as good as often.
        if min > 0 {
            node(inner, false, out);
        }
        return;
    }
    if kind == Kind::Possessive {
        out.push_str("(?>");
    }
    wrap("(?:", (inner, false), out);
    match (min, max) {
        (0, None) => out.push('*'),
        (1, None) => out.push('+'),
        (0, Some(1)) => out.push('?'),
        (min, None) => push(out, format_args!("{{{min},}}")),
        (min, Some(max)) => push(out, format_args!("{{{min},{max}}}")),
    }
    match kind {
        Kind::Greedy => {}
        Kind::Lazy => out.push('?'),
        Kind::Possessive => out.push(')'),
    }
}

fn at(place: Place, last: bool, out: &mut Source) {
    if let Place::Boundary { negated, ascii } = place
        && (ascii || out.exact)
    {
        boundary(negated, word_class(ascii), out);
        return;
    }
    out.push_str(match place {
        Place::TextStart => r"\A",
        Place::LineStart => "(?m:^)",
        Place::TextEnd => r"\z",
        // At the very end it makes no difference whether the line break is looked at or taken,
        // and taking it needs no look-ahead.
        Place::TextEndOrBreak if last => r"(?:\n?\z)",
        Place::TextEndOrBreak => r"(?=\n?\z)",
        Place::LineEnd => "(?m:$)",
        Place::Boundary { negated: false, .. } => r"\b",
        Place::Boundary { negated: true, .. } => r"\B",
    });
}

fn word_class(ascii: bool) -> &'static str {
    if ascii { "0-9A-Za-z_" } else { r"\p{L}\p{N}_" }
}

/// Writes a word boundary by look-around. In an empty text there is none, and no other place.
fn boundary(negated: bool, word: &str, out: &mut Source) {
    let (behind, not_behind) = (format!("(?<=[{word}])"), format!("(?<![{word}])"));
    let (ahead, not_ahead) = (format!("(?=[{word}])"), format!("(?![{word}])"));
    if negated {
        let any = r"(?:(?=[\x{0}-\x{10ffff}])|(?<=[\x{0}-\x{10ffff}]))";
        push(out, format_args!("(?:{behind}{ahead}|{not_behind}{not_ahead}{any})"));
    } else {
        push(out, format_args!("(?:{behind}{not_ahead}|{not_behind}{ahead})"));
    }
}

/// The letters that Python holds equal when case is ignored, though Unicode's folding does not.
const DOTTED: [char; 4] = ['i', 'I', '\u{130}', '\u{131}'];

fn literal(c: char, flags: Flags, out: &mut Source) {
    if !flags.ignore_case || !c.is_alphabetic() || (flags.ascii && !c.is_ascii()) {
        escaped(c, out);
        return;
    }
    let items = vec![Item::Range(c, c)];
    write_set(&Set { negated: false, items, flags }, out);
}

fn escaped(c: char, out: &mut Source) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        push(out, format_args!(r"\x{{{:x}}}", u32::from(c)));
    }
}

fn write_set(set: &Set, out: &mut Source) {
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

fn write_item(item: Item, flags: Flags, out: &mut Source) {
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
                (_, ascii) => word_class(ascii),
            };
            push(out, format_args!("[{}{class}]", if negated { "^" } else { "" }));
        }
    }
}

fn range(low: char, high: char, out: &mut Source) {
    escaped(low, out);
    if low != high {
        out.push('-');
        escaped(high, out);
    }
}

/// Adds the ASCII letters of a range in their other case.
fn other_case(low: char, high: char, out: &mut Source) {
    let upper = (low.max('A'), high.min('Z'));
    if upper.0 <= upper.1 {
        range(upper.0.to_ascii_lowercase(), upper.1.to_ascii_lowercase(), out);
    }
    let lower = (low.max('a'), high.min('z'));
    if lower.0 <= lower.1 {
        range(lower.0.to_ascii_uppercase(), lower.1.to_ascii_uppercase(), out);
    }
}
