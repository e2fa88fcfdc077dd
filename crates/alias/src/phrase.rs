//! Formats as literal text with gaps, and how many typos a command is away from one.

use python::{
    is_space,
    re::{Category, Item, Node, Set, fold},
};

const VARIANTS_MAX: usize = 8;
const FAR: u16 = u16::MAX / 2;

/// How close a command is: fewer typos first, then more literal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Closeness {
    pub(crate) typos: u16,
    /// The largest number less the count of literal characters.
    pub(crate) literals: usize,
}

/// A format as literal text with gaps: each way to say it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phrase {
    variants: Box<[Box<[Token]>]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    Gap(Gap),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// At least one character.
    Required,
    /// Nothing, or a blank and at least one character.
    Optional,
    /// Anything.
    Loose,
}

impl Phrase {
    /// Makes the phrase of a pattern.
    pub(crate) fn new(tree: &[Node]) -> Self {
        let tidied = variants(tree).into_iter().map(tidy);
        Self { variants: tidied.filter(|tokens| literal_count(tokens) > 0).collect() }
    }

    pub(crate) fn closeness(&self, rows: &mut Rows<'_>) -> Option<Closeness> {
        self.variants.iter().filter_map(|tokens| closeness(tokens, rows)).min()
    }
}

fn variants(nodes: &[Node]) -> Vec<Vec<Token>> {
    let mut all = vec![Vec::new()];
    for node in nodes {
        let next = tokens(node);
        if next.len() * all.len() > VARIANTS_MAX {
            all.iter_mut().for_each(|tokens| tokens.extend(next.first().into_iter().flatten()));
            continue;
        }
        all = all
            .iter()
            .flat_map(|before| next.iter().map(|next| [before.as_slice(), next].concat()))
            .collect();
    }
    all
}

/// Returns the ways to say one thing.
fn tokens(node: &Node) -> Vec<Vec<Token>> {
    let gap = |gap| vec![vec![Token::Gap(gap)]];
    match node {
        Node::Literal(c) if is_space(*c) => vec![vec![Token::Char(' ')]],
        Node::Literal(c) => vec![vec![Token::Char(fold(*c))]],
        Node::Group { body, .. } if is_parameter(body) => gap(Gap::Required),
        Node::Group { body, .. } | Node::Atomic(body) => variants(body),
        Node::Branch(branches) => branches.iter().flat_map(|branch| variants(branch)).collect(),
        Node::Repeat { min, body, .. } if is_blank(body) => {
            if *min > 0 {
                vec![vec![Token::Char(' ')]]
            } else {
                vec![Vec::new()]
            }
        }
        Node::Repeat { min: 0, body, .. } => optional(body),
        Node::Repeat { .. } | Node::Any | Node::Backref(_) => gap(Gap::Required),
        Node::Set(_) => gap(Gap::Required),
        Node::At(_) | Node::Look { .. } | Node::Fail => vec![Vec::new()],
        Node::Conditional { .. } => gap(Gap::Loose),
    }
}

fn is_blank(body: &[Node]) -> bool {
    let space = Item::Category { category: Category::Space, negative: false };
    match body {
        [Node::Set(Set { negative: false, items })] => *items == [space],
        [Node::Literal(c)] => is_space(*c),
        _ => false,
    }
}

/// Returns whether this is what a parameter becomes: a choice that begins by looking for a quote.
fn is_parameter(body: &[Node]) -> bool {
    let [Node::Branch(branches)] = body else { return false };
    let quoted =
        |branch: &Vec<Node>| matches!(branch.first(), Some(Node::Look { behind: true, .. }));
    branches.len() == 4 && branches.iter().take(2).all(quoted)
}

fn optional(body: &[Node]) -> Vec<Vec<Token>> {
    if matches!(body, [Node::Set(_)]) {
        return vec![Vec::new()];
    }
    let mut with = variants(body);
    let is_gap = |token: &Token| matches!(token, Token::Gap(_));
    if with.iter().all(|tokens| tokens.iter().all(|t| is_gap(t) || *t == Token::Char(' '))) {
        let spaced = with.iter().any(|tokens| tokens.first() == Some(&Token::Char(' ')));
        return vec![vec![Token::Gap(if spaced { Gap::Optional } else { Gap::Loose })]];
    }
    if let [tokens] = with.as_slice()
        && let [Token::Char(c)] = tokens.as_slice()
        && !c.is_alphanumeric()
    {
        return vec![Vec::new()];
    }
    with.insert(0, Vec::new());
    with
}

/// Joins blanks and gaps that follow one another, and drops blanks at the ends.
fn tidy(tokens: Vec<Token>) -> Box<[Token]> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let blank = Token::Char(' ');
    for token in tokens {
        let last = out.last().copied();
        if token == blank && (last.is_none() || last == Some(blank)) {
            continue;
        }
        if let (Token::Gap(new), Some(Token::Gap(old))) = (token, last)
            && (new == Gap::Loose || old == Gap::Loose || new == old && new == Gap::Required)
        {
            let joined = if new == old { new } else { Gap::Required };
            out.pop();
            out.push(Token::Gap(joined));
            continue;
        }
        out.push(token);
    }
    if out.last() == Some(&blank) {
        out.pop();
    }
    out.into_boxed_slice()
}

fn literal_count(tokens: &[Token]) -> usize {
    tokens.iter().filter(|token| matches!(token, Token::Char(c) if *c != ' ')).count()
}

fn closeness(tokens: &[Token], rows: &mut Rows<'_>) -> Option<Closeness> {
    let literals = literal_count(tokens);
    let limit = match literals {
        0..=3 => 0,
        4..=9 => 1,
        _ => 2,
    };
    let typos = rows.typos(tokens, limit)?;
    Some(Closeness { typos, literals: usize::MAX - literals })
}

/// A row of an edit distance: `cells[j]` is the least number of typos with which the tokens so far
/// match the first `j` characters. Outside of `low..=high` all cells are too far.
#[derive(Debug, Default)]
struct Row {
    cells: Vec<u16>,
    low: usize,
    high: usize,
}

impl Row {
    fn get(&self, at: usize) -> u16 {
        if (self.low..=self.high).contains(&at) { self.cells[at] } else { FAR }
    }

    fn clear(&mut self) {
        (self.low, self.high) = (1, 0);
    }

    /// Sets a cell; cells are set in ascending order, without holes.
    fn push(&mut self, at: usize, typos: u16) {
        if self.low > self.high {
            self.low = at;
        }
        self.high = at;
        self.cells[at] = typos;
    }
}

/// The last rows of an edit distance with gaps.
pub(crate) struct Rows<'a> {
    text: &'a [char],
    limit: u16,
    now: Row,
    before: Row,
    spare: Row,
    last: Option<char>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(text: &'a [char]) -> Self {
        let row = || Row { cells: vec![FAR; text.len() + 1], low: 1, high: 0 };
        Self { text, limit: 0, now: row(), before: row(), spare: row(), last: None }
    }

    /// Returns the number of typos between tokens and the text, if it is at most `limit`.
    fn typos(&mut self, tokens: &[Token], limit: u16) -> Option<u16> {
        self.start(limit);
        let end = self.text.len();
        let loose = |token: &Token| matches!(token, Token::Gap(_) | Token::Char(' '));
        let tail = tokens.len() - tokens.iter().rev().take_while(|token| loose(token)).count();
        let mut unfilled = FAR;
        for (row, token) in tokens.iter().enumerate() {
            if row == tail {
                unfilled = self.now.get(end).saturating_add(1);
            }
            match token {
                Token::Char(c) => self.char(*c),
                Token::Gap(gap) => self.gap(*gap),
            }
            if self.now.low > self.now.high && unfilled > limit {
                return None;
            }
        }
        let typos = self.now.get(end).min(unfilled);
        (typos <= limit).then_some(typos)
    }

    fn start(&mut self, limit: u16) {
        self.limit = limit;
        self.last = None;
        self.before.clear();
        self.now.clear();
        for (at, typos) in (0..=self.text.len()).zip(0..=limit) {
            self.now.push(at, typos);
        }
    }

    fn char(&mut self, c: char) {
        self.spare.clear();
        let reach = self.now.high.max(self.before.high.saturating_add(1)) + 1;
        let mut beside = FAR;
        for at in self.now.low..=self.text.len() {
            if at > reach && beside >= self.limit {
                break;
            }
            let mut best = self.now.get(at).min(beside).saturating_add(1);
            if at > 0 {
                let here = self.text[at - 1];
                best = best.min(self.now.get(at - 1) + u16::from(here != c));
                if at > 1 && self.last == Some(here) && self.text[at - 2] == c {
                    best = best.min(self.before.get(at - 2) + 1);
                }
            }
            beside = best.min(FAR);
            let seen = self.spare.low <= self.spare.high;
            if seen || beside <= self.limit {
                self.spare.push(at, beside);
            }
        }
        self.turn();
        self.last = Some(c);
    }

    /// Makes the row that was written the present one, without the far cells at its end.
    fn turn(&mut self) {
        while self.spare.low <= self.spare.high && self.spare.cells[self.spare.high] > self.limit {
            if self.spare.high == 0 {
                self.spare.clear();
                break;
            }
            self.spare.high -= 1;
        }
        std::mem::swap(&mut self.before, &mut self.now);
        std::mem::swap(&mut self.now, &mut self.spare);
    }

    fn gap(&mut self, gap: Gap) {
        self.spare.clear();
        let mut entered = FAR;
        let mut waiting = FAR;
        for at in self.now.low..=self.text.len() {
            let typos = self.now.get(at);
            let skipped = if gap == Gap::Required { FAR } else { typos };
            let best = skipped.min(entered);
            if best <= self.limit || self.spare.low <= self.spare.high {
                self.spare.push(at, best);
            }
            if gap == Gap::Optional {
                entered = entered.min(waiting);
                waiting = if self.text.get(at) == Some(&' ') { typos } else { FAR };
            } else {
                entered = entered.min(typos);
            }
        }
        self.turn();
        self.before.clear();
        self.last = None;
    }
}

/// Returns the text in small letters with single blanks.
pub(crate) fn words(text: &[char]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for c in text {
        if !is_space(*c) {
            out.push(fold(*c));
        } else if out.last().is_some_and(|last| *last != ' ') {
            out.push(' ');
        }
    }
    if out.last() == Some(&' ') {
        out.pop();
    }
    out
}

/// Returns the number of typos between two words, if it is at most `limit`.
pub(crate) fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let text: Vec<char> = b.chars().collect();
    let tokens: Vec<Token> = a.chars().map(Token::Char).collect();
    let limit = u16::try_from(limit).ok().filter(|limit| *limit > 0)?;
    if text.len().abs_diff(tokens.len()) > usize::from(limit) {
        return None;
    }
    Rows::new(&text).typos(&tokens, limit).map(usize::from)
}
