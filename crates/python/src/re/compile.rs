//! From the tree to instructions.

use super::chars::fold;
use super::op::{One, Op, Program, Round};
use super::parse::Parsed;
use super::source::Error;
use super::tree::{ASCII, At, DOTALL, IGNORECASE, Kind, MULTILINE, Node, UNLIMITED, combine};

const OPS_MAX: usize = 100_000;

struct Compiler {
    ops: Vec<Op>,
    registers: usize,
}

/// Compiles a pattern.
pub(super) fn compile(parsed: &Parsed) -> Result<Program, Error> {
    let mut compiler = Compiler { ops: Vec::with_capacity(64), registers: 0 };
    compiler.sequence(&parsed.tree, parsed.flags)?;
    compiler.ops.push(Op::Done);
    let anchored = match parsed.tree.first() {
        Some(Node::At(At::BeginText)) => true,
        Some(Node::At(At::Begin)) => parsed.flags & MULTILINE == 0,
        _ => false,
    };
    let ops = compiler.ops.into_boxed_slice();
    Ok(Program { ops, groups: parsed.groups, registers: compiler.registers, anchored })
}

impl Compiler {
    fn sequence(&mut self, nodes: &[Node], flags: u8) -> Result<(), Error> {
        if self.ops.len() > OPS_MAX {
            return Err(Error::Pattern("the pattern is too large".to_owned()));
        }
        nodes.iter().try_for_each(|node| self.node(node, flags))
    }

    fn node(&mut self, node: &Node, flags: u8) -> Result<(), Error> {
        match node {
            Node::Literal(_) | Node::Any | Node::Set(_) => {
                self.ops.extend(one(node, flags).map(Op::One));
            }
            Node::At(at) => self.ops.push(Op::Assert { at: *at, flags }),
            Node::Backref(group) => self.ops.push(Op::Backref { group: *group, flags }),
            Node::Fail => self.ops.push(Op::Fail),
            Node::Group { index, add, remove, body } => {
                self.ops.extend(index.map(|index| Op::Save(2 * index)));
                self.sequence(body, combine(flags, *add, *remove))?;
                self.ops.extend(index.map(|index| Op::Save(2 * index + 1)));
            }
            Node::Branch(branches) => self.branch(branches, flags)?,
            Node::Atomic(body) => {
                let at = self.push(Op::Fail);
                self.sequence(body, flags)?;
                self.ops.push(Op::Done);
                self.ops[at] = Op::Atomic { end: self.ops.len() };
            }
            Node::Repeat { min, max, kind, body } => {
                let counts = Counts { min: *min, max: *max, kind: *kind };
                self.repeat(counts, body, flags)?;
            }
            Node::Look { behind, negative, body } => {
                let behind = if *behind { fixed_width(body)? } else { 0 };
                let at = self.push(Op::Fail);
                self.sequence(body, flags)?;
                self.ops.push(Op::Done);
                self.ops[at] = Op::Look { negative: *negative, behind, end: self.ops.len() };
            }
            Node::Conditional { group, yes, no } => {
                let at = self.push(Op::Fail);
                self.sequence(yes, flags)?;
                let jump = self.push(Op::Fail);
                self.ops[at] = Op::IfGroup { group: *group, otherwise: self.ops.len() };
                self.sequence(no, flags)?;
                self.ops[jump] = Op::Jump(self.ops.len());
            }
        }
        Ok(())
    }

    fn push(&mut self, op: Op) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn branch(&mut self, branches: &[Vec<Node>], flags: u8) -> Result<(), Error> {
        let mut jumps = Vec::new();
        for (number, branch) in branches.iter().enumerate() {
            if number + 1 == branches.len() {
                self.sequence(branch, flags)?;
                break;
            }
            let split = self.push(Op::Fail);
            self.sequence(branch, flags)?;
            jumps.push(self.push(Op::Fail));
            self.ops[split] = Op::Split(self.ops.len());
        }
        let end = self.ops.len();
        for jump in jumps {
            self.ops[jump] = Op::Jump(end);
        }
        Ok(())
    }

    fn repeat(&mut self, counts: Counts, body: &[Node], flags: u8) -> Result<(), Error> {
        let Counts { min, max, kind } = counts;
        if let [node] = body
            && let Some(one) = one(node, flags)
        {
            self.ops.push(Op::Run { one, min, max, kind });
            return Ok(());
        }
        let atomic = (kind == Kind::Possessive).then(|| self.push(Op::Fail));
        if min == 0 && max == 1 && kind != Kind::Lazy {
            let split = self.push(Op::Fail);
            self.sequence(body, flags)?;
            self.ops[split] = Op::Split(self.ops.len());
        } else {
            let register = self.registers;
            self.registers += 1;
            self.ops.push(Op::RepeatStart(register));
            let start = self.push(Op::Fail);
            self.sequence(body, flags)?;
            self.ops.push(Op::Jump(start));
            let (lazy, exit) = (kind == Kind::Lazy, self.ops.len());
            self.ops[start] = Op::Repeat(Round { register, min, max, lazy, exit });
        }
        if let Some(at) = atomic {
            self.ops.push(Op::Done);
            self.ops[at] = Op::Atomic { end: self.ops.len() };
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Counts {
    min: u32,
    max: u32,
    kind: Kind,
}

fn one(node: &Node, flags: u8) -> Option<One> {
    if let Node::Literal(c) = node {
        return Some(match (flags & IGNORECASE != 0, flags & ASCII != 0) {
            (false, _) => One::Char(*c),
            (true, false) => One::Folded(fold(*c)),
            (true, true) => One::FoldedAscii(c.to_ascii_lowercase()),
        });
    }
    if let Node::Set(set) = node {
        return Some(One::Set { set: Box::new(set.clone()), flags });
    }
    matches!(node, Node::Any).then(|| if flags & DOTALL != 0 { One::Any } else { One::AnyInLine })
}

fn fixed_width(body: &[Node]) -> Result<usize, Error> {
    let (low, high) = width(body);
    if low != high || low > u64::from(UNLIMITED) {
        return Err(Error::Pattern("look-behind requires fixed-width pattern".to_owned()));
    }
    usize::try_from(low).map_err(|_| Error::Pattern("looks too much behind".to_owned()))
}

/// Returns the least and the most characters that a sequence can match.
pub(super) fn width(nodes: &[Node]) -> (u64, u64) {
    nodes.iter().fold((0, 0), |(low, high): (u64, u64), node| {
        let (least, most) = width_of(node);
        (low.saturating_add(least), high.saturating_add(most))
    })
}

fn width_of(node: &Node) -> (u64, u64) {
    let either = |(a, b): (u64, u64), (c, d): (u64, u64)| (a.min(c), b.max(d));
    match node {
        Node::Literal(_) | Node::Any | Node::Set(_) => (1, 1),
        Node::At(_) | Node::Look { .. } | Node::Fail => (0, 0),
        Node::Group { body, .. } | Node::Atomic(body) => width(body),
        Node::Branch(branches) => {
            branches.iter().map(|branch| width(branch)).reduce(either).unwrap_or((0, 0))
        }
        Node::Repeat { min, max, body, .. } => {
            let (low, high) = width(body);
            let most = if *max == UNLIMITED { u64::MAX } else { u64::from(*max) };
            (low.saturating_mul(u64::from(*min)), high.saturating_mul(most))
        }
        Node::Backref(_) => (0, u64::MAX),
        Node::Conditional { yes, no, .. } => either(width(yes), width(no)),
    }
}
