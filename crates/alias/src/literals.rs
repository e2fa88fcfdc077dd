//! What a command must contain to match a format, in small letters: how it must begin, and which
//! texts must follow one another in it. Both are necessary, neither is sufficient.

use python::is_space;
use python::re::{At, Category, Item, MULTILINE, Node, Parsed, Set, fold};

const PREFIXES_MAX: usize = 32;
const PREFIX_CHARS_MAX: usize = 48;
const NEEDS_MAX: usize = 4;

/// The texts of a format.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    /// What commands begin with, blanks apart; empty where nothing is known.
    pub(crate) prefixes: Vec<String>,
    /// What commands contain, in this order.
    pub(crate) needs: Vec<String>,
    /// Whether only blank commands match.
    pub(crate) blank: bool,
}

/// Finds the texts of a pattern.
pub(crate) fn find(parsed: &Parsed) -> Literals {
    let mut needs = Needs::default();
    needs.walk(&parsed.tree);
    needs.close();
    Literals {
        prefixes: prefixes(parsed),
        needs: needs.runs,
        blank: is_whole(parsed) && parsed.tree.iter().all(is_blank),
    }
}

/// Returns whether a match spans the whole text for certain.
fn is_whole(parsed: &Parsed) -> bool {
    let has = |wanted: [At; 2]| {
        parsed.tree.iter().any(|node| matches!(node, Node::At(at) if wanted.contains(at)))
    };
    let single_line = parsed.flags & MULTILINE == 0;
    single_line && has([At::Begin, At::BeginText]) && has([At::End, At::EndText])
}

/// Returns whether a thing matches blanks only, or nothing.
fn is_blank(node: &Node) -> bool {
    if let Node::Repeat { body, .. } = node {
        return body.iter().all(is_blank);
    }
    if let Node::Literal(c) = node {
        return is_space(*c);
    }
    let space = Item::Category { category: Category::Space, negative: false };
    matches!(node, Node::At(_))
        || matches!(node, Node::Set(Set { negative: false, items }) if *items == [space])
}

fn prefixes(parsed: &Parsed) -> Vec<String> {
    let begins = match parsed.tree.first() {
        Some(Node::At(At::BeginText)) => true,
        Some(Node::At(At::Begin)) => parsed.flags & MULTILINE == 0,
        _ => false,
    };
    if !begins {
        return Vec::new();
    }
    let blanks = parsed.tree.iter().take_while(|node| is_blank(node)).count();
    let mut all: Vec<String> = expand(&parsed.tree[blanks..])
        .into_iter()
        .map(|prefix| prefix.text.trim_start_matches(is_space).to_owned())
        .collect();
    all.sort_unstable();
    all.dedup();
    if all.first().is_none_or(String::is_empty) { Vec::new() } else { all }
}

/// A beginning; open where what follows is known.
#[derive(Debug, Clone, Default)]
struct Prefix {
    text: String,
    closed: bool,
}

/// Returns what texts of a sequence begin with.
fn expand(nodes: &[Node]) -> Vec<Prefix> {
    let mut all = vec![Prefix::default()];
    for node in nodes {
        let next = beginnings(node);
        let open = all.iter().filter(|prefix| !prefix.closed).count();
        if open == 0 {
            break;
        }
        if open * next.len() + all.len() > PREFIXES_MAX {
            all.iter_mut().for_each(|prefix| prefix.closed = true);
            break;
        }
        let mut longer = Vec::with_capacity(all.len());
        for prefix in all {
            if prefix.closed {
                longer.push(prefix);
            } else {
                longer.extend(next.iter().map(|next| append(&prefix.text, next)));
            }
        }
        all = longer;
    }
    all
}

fn append(before: &str, next: &Prefix) -> Prefix {
    let text = format!("{before}{}", next.text);
    let closed = next.closed || text.len() > PREFIX_CHARS_MAX;
    Prefix { text, closed }
}

fn beginnings(node: &Node) -> Vec<Prefix> {
    let unknown = || vec![Prefix { text: String::new(), closed: true }];
    match node {
        Node::Literal(c) => vec![Prefix { text: fold(*c).to_string(), closed: false }],
        Node::Group { body, .. } => expand(body),
        Node::Branch(branches) => branches.iter().flat_map(|branch| expand(branch)).collect(),
        Node::Repeat { min: 0, max: 1, body, .. } => {
            let mut all = expand(body);
            all.push(Prefix::default());
            all
        }
        Node::Repeat { min, body, .. } if *min > 0 => {
            let mut all = expand(body);
            all.iter_mut().for_each(|prefix| prefix.closed = true);
            all
        }
        Node::Look { .. } | Node::At(_) => vec![Prefix::default()],
        Node::Set(_)
        | Node::Any
        | Node::Atomic(_)
        | Node::Repeat { .. }
        | Node::Backref(_)
        | Node::Conditional { .. }
        | Node::Fail => unknown(),
    }
}

/// The runs of characters that every match contains.
#[derive(Debug, Default)]
struct Needs {
    runs: Vec<String>,
    run: String,
}

impl Needs {
    fn walk(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Literal(c) => self.run.push(fold(*c)),
                Node::Group { body, .. } | Node::Atomic(body) => self.walk(body),
                Node::At(_) | Node::Look { .. } => {}
                Node::Any
                | Node::Set(_)
                | Node::Branch(_)
                | Node::Repeat { .. }
                | Node::Backref(_)
                | Node::Conditional { .. }
                | Node::Fail => self.close(),
            }
        }
    }

    fn close(&mut self) {
        let run = std::mem::take(&mut self.run);
        let run = if self.runs.is_empty() { run.trim_start_matches(is_space) } else { &run };
        if !run.is_empty() && self.runs.len() < NEEDS_MAX {
            self.runs.push(run.to_owned());
        }
    }
}
