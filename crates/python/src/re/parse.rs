//! The parser: sequences, alternatives and repetitions.

use super::source::{Error, Source, Token};
use super::tree::{At, Item, Kind, Node, Set, UNLIMITED, VERBOSE};

const NESTING_MAX: usize = 100;
const PATTERN_CHARS_MAX: usize = 64 * 1024;

/// A parsed pattern.
#[derive(Debug)]
pub struct Parsed {
    /// Its nodes.
    pub tree: Vec<Node>,
    /// The flags that hold from its start.
    pub flags: u8,
    /// The number of groups; group 0 is the match itself.
    pub groups: usize,
    /// The names of groups with their numbers, in order.
    pub names: Vec<(String, usize)>,
    /// Whether it has alternatives outside of groups.
    pub branched: bool,
}

/// The state of parsing.
#[derive(Debug)]
pub(super) struct Parser {
    pub(super) source: Source,
    pub(super) flags: u8,
    pub(super) closed: Vec<bool>,
    pub(super) names: Vec<(String, usize)>,
    pub(super) references: Vec<(usize, usize)>,
    pub(super) lookbehind: Option<usize>,
    branched: bool,
}

/// Parses a pattern.
pub fn parse(pattern: &str, flags: u8) -> Result<Parsed, Error> {
    if pattern.len() > PATTERN_CHARS_MAX {
        return Err(Error::Pattern("the pattern is too long".to_owned()));
    }
    let mut parser = Parser {
        source: Source::new(pattern),
        flags,
        closed: vec![true],
        names: Vec::new(),
        references: Vec::new(),
        lookbehind: None,
        branched: false,
    };
    let tree = parser.alternatives(flags & VERBOSE != 0, 0)?;
    let source = &parser.source;
    if source.is_torn() {
        return Err(source.error("", 0));
    }
    if source.peek().is_some() {
        return Err(source.error("unbalanced parenthesis", 0));
    }
    let groups = parser.closed.len();
    if let Some((group, place)) = parser.references.iter().find(|(group, _)| *group >= groups) {
        return Err(source.error_at(format!("invalid group reference {group}"), *place));
    }
    let Parser { flags, names, branched, .. } = parser;
    Ok(Parsed { tree, flags, groups, names, branched })
}

impl Parser {
    /// Parses alternatives up to a closing parenthesis.
    pub(super) fn alternatives(
        &mut self,
        mut verbose: bool,
        nested: usize,
    ) -> Result<Vec<Node>, Error> {
        let mut branches = Vec::new();
        loop {
            let first = nested == 0 && branches.is_empty();
            branches.push(self.sequence(verbose, nested, first)?);
            if !self.source.accept('|') {
                break;
            }
            if nested == 0 {
                verbose = self.flags & VERBOSE != 0;
            }
        }
        self.branched |= nested == 0 && branches.len() > 1;
        Ok(join(branches))
    }

    /// Parses one alternative.
    pub(super) fn sequence(
        &mut self,
        mut verbose: bool,
        nested: usize,
        first: bool,
    ) -> Result<Vec<Node>, Error> {
        if nested > NESTING_MAX {
            return Err(self.source.error("the pattern is nested too deeply", 0));
        }
        let mut out = Vec::new();
        while let Some(token) = self.source.peek() {
            if matches!(token, Token::Char('|' | ')')) {
                break;
            }
            self.source.take();
            let c = match token {
                Token::Escape(c) => {
                    out.push(self.escape(c)?);
                    continue;
                }
                Token::Char(c) => c,
            };
            match c {
                c if verbose && matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') => {}
                '#' if verbose => {
                    while self.source.take().is_some_and(|token| token != Token::Char('\n')) {}
                }
                '[' => out.push(self.class()?),
                '.' => out.push(Node::Any),
                '^' => out.push(Node::At(At::Begin)),
                '$' => out.push(Node::At(At::End)),
                '*' | '+' | '?' | '{' => self.repeat(c, &mut out)?,
                '(' => {
                    let start = first && out.is_empty();
                    if let Some(node) = self.group(&mut verbose, nested, start)? {
                        out.push(node);
                    }
                }
                c => out.push(Node::Literal(c)),
            }
        }
        Ok(flatten(out))
    }

    fn repeat(&mut self, c: char, out: &mut Vec<Node>) -> Result<(), Error> {
        let here = self.source.tell();
        let counts = match c {
            '?' => Some((0, 1)),
            '*' => Some((0, UNLIMITED)),
            '+' => Some((1, UNLIMITED)),
            _ => self.counts(here)?,
        };
        let Some((min, max)) = counts else {
            out.push(Node::Literal('{'));
            return Ok(());
        };
        match out.last() {
            None | Some(Node::At(_)) => {
                return Err(self.source.error_at("nothing to repeat", here - 1));
            }
            Some(Node::Repeat { .. }) => {
                return Err(self.source.error_at("multiple repeat", here - 1));
            }
            Some(_) => {}
        }
        let body = flatten(out.pop().into_iter().collect());
        let kind = if self.source.accept('?') {
            Kind::Lazy
        } else if self.source.accept('+') {
            Kind::Possessive
        } else {
            Kind::Greedy
        };
        out.push(Node::Repeat { min, max, kind, body });
        Ok(())
    }

    /// Parses the counts in braces; none where the brace means itself.
    fn counts(&mut self, here: usize) -> Result<Option<(u32, u32)>, Error> {
        if self.source.peek_char() == Some('}') {
            return Ok(None);
        }
        let low = self.source.take_while(usize::MAX, char::is_ascii_digit);
        let high = if self.source.accept(',') {
            self.source.take_while(usize::MAX, char::is_ascii_digit)
        } else {
            low.clone()
        };
        if !self.source.accept('}') {
            self.source.seek(here);
            return Ok(None);
        }
        let number = |digits: &str, default: u32| match digits {
            "" => Some(default),
            digits => digits.parse::<u32>().ok().filter(|number| *number < UNLIMITED),
        };
        let (Some(min), Some(max)) = (number(&low, 0), number(&high, UNLIMITED)) else {
            return Err(Error::Overflow);
        };
        if max < min {
            return Err(self.source.error_at("min repeat greater than max repeat", here));
        }
        Ok(Some((min, max)))
    }
}

/// Makes one sequence of alternatives: what all of them begin with comes first.
fn join(mut branches: Vec<Vec<Node>>) -> Vec<Node> {
    if branches.len() == 1 {
        return branches.pop().unwrap_or_default();
    }
    let shared = shared(&branches);
    let mut out = Vec::new();
    for (number, branch) in branches.iter_mut().enumerate() {
        let rest = branch.split_off(shared);
        let prefix = std::mem::replace(branch, rest);
        if number == 0 {
            out = prefix;
        }
    }
    out.push(character_set(&branches).unwrap_or(Node::Branch(branches)));
    out
}

fn shared(branches: &[Vec<Node>]) -> usize {
    let Some(first) = branches.first() else { return 0 };
    let all_have = |at: usize, node: &Node| {
        branches.iter().all(|branch| branch.get(at).is_some_and(|other| other.same(node)))
    };
    first.iter().enumerate().take_while(|(at, node)| all_have(*at, node)).count()
}

/// Returns the set that alternatives of single characters are.
fn character_set(branches: &[Vec<Node>]) -> Option<Node> {
    let mut items = Vec::new();
    for branch in branches {
        let [node] = branch.as_slice() else { return None };
        if let Node::Literal(c) = node {
            items.push(Item::Char(*c));
        } else if let Node::Set(set) = node
            && !set.negative
        {
            items.extend_from_slice(&set.items);
        } else {
            return None;
        }
    }
    Some(Node::Set(Set { negative: false, items }))
}

/// Replaces groups that neither capture nor change flags by what they hold.
fn flatten(nodes: Vec<Node>) -> Vec<Node> {
    let plain = |node: &Node| matches!(node, Node::Group { index: None, add: 0, remove: 0, .. });
    if !nodes.iter().any(plain) {
        return nodes;
    }
    let mut out = Vec::with_capacity(nodes.len());
    for node in nodes {
        if let Node::Group { index: None, add: 0, remove: 0, body } = node {
            out.extend(body);
        } else {
            out.push(node);
        }
    }
    out
}
