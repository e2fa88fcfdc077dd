//! Reads a pattern by the grammar of Python's `re`.

use super::error;
use super::syntax::{Flags, Item, Kind, Node, Pattern, Place, Set};
use crate::raise::{Class, Outcome, Raise};

/// How deeply groups may nest.
const DEPTH_MAX: usize = 100;
/// How often a part may be repeated by counts.
const REPEAT_MAX: u32 = 1_000_000;

/// Reads a pattern.
pub(super) fn parse(pattern: &str, flags: Flags) -> Outcome<Pattern> {
    let mut parser = Parser::new(pattern, flags);
    match parser.whole() {
        Err(Stop::Verbose) => {
            // A pattern that turns on verbose mode is read again in it.
            let flags = Flags { verbose: true, ..flags };
            parser = Parser::new(pattern, flags);
            parser.whole()
        }
        other => other,
    }
    .map_err(|stop| match stop {
        Stop::Raise(raise) => raise,
        Stop::Verbose => error("the pattern turns on verbose mode twice"),
    })
}

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// The pattern is wrong.
    Raise(Raise),
    /// The pattern is to be read again in verbose mode.
    Verbose,
}

/// The result of reading a part.
pub(super) type Read<T> = Result<T, Stop>;

/// What is known while a pattern is read.
pub(super) struct Parser {
    chars: Vec<char>,
    /// The next character's index.
    pub(super) at: usize,
    /// The flags of the whole pattern.
    pub(super) global: Flags,
    /// Names of groups, with their numbers.
    pub(super) names: Vec<(String, usize)>,
    /// The widths of groups that are closed, by number; none for open ones.
    pub(super) widths: Vec<Option<(u64, u64)>>,
    /// The highest number that a conditional refers to, and where.
    pub(super) conditions: Vec<(usize, usize)>,
    /// The number that the first group inside of the outermost look-behind has.
    pub(super) look_behind: Option<usize>,
    /// How deeply groups nest here.
    pub(super) depth: usize,
}

impl Parser {
    fn new(pattern: &str, flags: Flags) -> Self {
        Self {
            chars: pattern.chars().collect(),
            at: 0,
            global: flags,
            names: Vec::new(),
            widths: vec![None],
            conditions: Vec::new(),
            look_behind: None,
            depth: 0,
        }
    }

    fn whole(&mut self) -> Read<Pattern> {
        let root = self.choice(self.global, true)?;
        if self.at < self.chars.len() {
            return Err(self.fail("unbalanced parenthesis", self.at));
        }
        let known = self.widths.len();
        if let Some((group, at)) = self.conditions.iter().find(|(group, _)| *group >= known) {
            return Err(self.fail(&format!("invalid group reference {group}"), *at));
        }
        Ok(Pattern { root, widths: self.widths.clone() })
    }

    /// Creates the error that Python raises at a position.
    pub(super) fn fail(&self, message: &str, at: usize) -> Stop {
        Stop::Raise(error(format!("{message} at position {at}")))
    }

    /// Returns the next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Takes the next character.
    pub(super) fn take(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    /// Takes the next character when it is this one.
    pub(super) fn take_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Returns the pattern's text from one position up to the next character.
    pub(super) fn text_from(&self, begin: usize) -> String {
        self.chars.get(begin..self.at).unwrap_or_default().iter().collect()
    }

    /// Takes as many characters as fit, at most so many.
    pub(super) fn take_while(&mut self, max: usize, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| fits(*c)) {
            if taken.chars().count() == max {
                break;
            }
            taken.push(c);
            self.at += 1;
        }
        taken
    }

    /// Reads alternatives up to a `)` or the end.
    pub(super) fn choice(&mut self, flags: Flags, outermost: bool) -> Read<Node> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fail("groups are nested too deeply", self.at));
        }
        let mut branches = Vec::new();
        loop {
            // Global flags may stand at the very beginning only, and hold for the rest.
            let first = outermost && branches.is_empty();
            let flags = if outermost { self.global } else { flags };
            branches.push(self.sequence(flags, first)?);
            if !self.take_if('|') {
                break;
            }
        }
        self.depth -= 1;
        let only = if branches.len() == 1 { branches.pop() } else { None };
        Ok(only.unwrap_or(Node::Choice(branches)))
    }

    /// Reads what stands between `|`, `)` and the end.
    pub(super) fn sequence(&mut self, flags: Flags, first: bool) -> Read<Node> {
        let mut flags = flags;
        let mut nodes: Vec<Node> = Vec::new();
        while let Some(c) = self.peek().filter(|c| *c != '|' && *c != ')') {
            let at = self.at;
            self.at += 1;
            if flags.verbose && (c.is_ascii_whitespace() || c == '\u{b}') {
                continue;
            }
            if flags.verbose && c == '#' {
                self.take_while(usize::MAX, |c| c != '\n');
                continue;
            }
            let node = match c {
                '\\' => self.escape(flags)?,
                '[' => Node::Set(self.set(flags)?),
                '.' => Node::Any(flags),
                '^' if flags.multi_line => Node::At(Place::LineStart),
                '^' => Node::At(Place::TextStart),
                '$' if flags.multi_line => Node::At(Place::LineEnd),
                '$' => Node::At(Place::TextEndOrBreak),
                '(' => match self.group(flags, first && nodes.is_empty())? {
                    Some(node) => node,
                    None => {
                        // Flags or a comment.
                        if first && nodes.is_empty() {
                            flags = self.global;
                        }
                        continue;
                    }
                },
                '*' | '+' | '?' | '{' => {
                    let Some((min, max)) = self.counts(c, at)? else {
                        nodes.push(Node::Literal('{', flags));
                        continue;
                    };
                    let inner = self.repeatable(nodes.pop(), at)?;
                    let kind = if self.take_if('?') {
                        Kind::Lazy
                    } else if self.take_if('+') {
                        Kind::Possessive
                    } else {
                        Kind::Greedy
                    };
                    Node::Repeat { inner: Box::new(inner), min, max, kind }
                }
                c => Node::Literal(c, flags),
            };
            nodes.push(node);
        }
        let only = if nodes.len() == 1 { nodes.pop() } else { None };
        Ok(only.unwrap_or(Node::Sequence(nodes)))
    }

    fn repeatable(&self, node: Option<Node>, at: usize) -> Read<Node> {
        match node {
            None | Some(Node::At(_)) => Err(self.fail("nothing to repeat", at)),
            Some(Node::Repeat { .. }) => Err(self.fail("multiple repeat", at)),
            Some(node) => Ok(node),
        }
    }

    /// Reads how often; none for a `{` that stands for itself.
    fn counts(&mut self, mark: char, at: usize) -> Read<Option<(u32, Option<u32>)>> {
        match mark {
            '*' => return Ok(Some((0, None))),
            '+' => return Ok(Some((1, None))),
            '?' => return Ok(Some((0, Some(1)))),
            _ => {}
        }
        if self.peek() == Some('}') {
            return Ok(None);
        }
        let begin = self.at;
        let low = self.take_while(usize::MAX, |c| c.is_ascii_digit());
        let high = if self.take_if(',') {
            self.take_while(usize::MAX, |c| c.is_ascii_digit())
        } else {
            low.clone()
        };
        if !self.take_if('}') {
            self.at = begin;
            return Ok(None);
        }
        let count = |digits: &str| {
            let count = digits.parse().ok().filter(|count| *count <= REPEAT_MAX);
            count.ok_or_else(|| {
                Stop::Raise(Raise::new(Class::Overflow, "the repetition number is too large"))
            })
        };
        let min = if low.is_empty() { 0 } else { count(&low)? };
        let max = if high.is_empty() { None } else { Some(count(&high)?) };
        if max.is_some_and(|max| max < min) {
            return Err(self.fail("min repeat greater than max repeat", at + 1));
        }
        Ok(Some((min, max)))
    }

    /// Reads what stands behind a backslash, outside of a set.
    fn escape(&mut self, flags: Flags) -> Read<Node> {
        let begin = self.at - 1;
        let Some(c) = self.take() else {
            return Err(self.fail("bad escape (end of pattern)", begin));
        };
        let place = match c {
            'A' => Place::TextStart,
            'Z' => Place::TextEnd,
            'b' | 'B' => Place::Boundary { negated: c == 'B', ascii: flags.ascii },
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                let items = vec![class(c)];
                return Ok(Node::Set(Set { negated: false, items, flags }));
            }
            '1'..='9' => return self.reference(c, begin, flags),
            c => return Ok(Node::Literal(self.character(c, begin)?, flags)),
        };
        Ok(Node::At(place))
    }

    /// Reads a reference to a group, or a character by three octal digits.
    fn reference(&mut self, first: char, begin: usize, flags: Flags) -> Read<Node> {
        let mut digits = String::from(first);
        if let Some(second) = self.peek().filter(char::is_ascii_digit) {
            digits.push(second);
            self.at += 1;
            let octal = |c: char| ('0'..='7').contains(&c);
            if let Some(third) =
                self.peek().filter(|third| octal(*third) && digits.chars().all(octal))
            {
                digits.push(third);
                self.at += 1;
                return Ok(Node::Literal(self.octal(&digits, begin)?, flags));
            }
        }
        let group = digits.parse().unwrap_or(usize::MAX);
        self.closed_group(group, (begin + 1, begin))?;
        Ok(Node::Reference(group, flags))
    }

    /// Checks that a group is there, closed, and not part of the look-behind that refers to it.
    pub(super) fn closed_group(&self, group: usize, (missing, open): (usize, usize)) -> Read<()> {
        match self.widths.get(group) {
            None => Err(self.fail(&format!("invalid group reference {group}"), missing)),
            Some(None) => Err(self.fail("cannot refer to an open group", open)),
            Some(Some(_)) => self.outside_look_behind(group),
        }
    }

    /// Checks that a group is not part of the look-behind that refers to it.
    pub(super) fn outside_look_behind(&self, group: usize) -> Read<()> {
        let Some(first_inside) = self.look_behind else { return Ok(()) };
        if !self.widths.get(group).is_some_and(Option::is_some) {
            return Err(self.fail("cannot refer to an open group", self.at));
        }
        if group >= first_inside {
            let message = "cannot refer to group defined in the same lookbehind subpattern";
            return Err(self.fail(message, self.at));
        }
        Ok(())
    }
}

/// Returns the class that a letter behind a backslash stands for.
pub(super) fn class(letter: char) -> Item {
    Item::Class { letter: letter.to_ascii_lowercase(), negated: letter.is_ascii_uppercase() }
}
