//! Turns a pattern into instructions for the backtracking matcher.

use super::emit;
use super::error;
use super::set::Characters;
use super::syntax::{Flags, Kind, Node, Pattern, Place};
use crate::raise::Outcome;

/// How many instructions a program may have.
const INSTRUCTIONS_MAX: usize = 50_000;

/// One instruction.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Instruction {
    /// Takes a character of a set.
    Take(usize),
    /// Takes as many characters of a set as there are, between two counts, and fewer later.
    TakeMany { set: usize, min: usize, max: usize },
    /// Goes on at the first; later, if that fails, at the second.
    Split(usize, usize),
    /// Goes on elsewhere.
    Jump(usize),
    /// Notes the position in a slot.
    Save(usize),
    /// Forgets what a slot holds.
    Forget(usize),
    /// Leaves a loop whose last round took nothing; else notes where this round begins.
    Round { slot: usize, exit: usize },
    /// Holds at a place only.
    At(Place),
    /// Takes what a group took.
    Reference { group: usize, fold: bool },
    /// Looks whether what follows, up to a `Done`, fits here, and goes on at `next`.
    Look { back: Option<usize>, negated: bool, next: usize },
    /// Takes what follows, up to a `Done`, once and for all, and goes on at `next`.
    Atomic { next: usize },
    /// Goes elsewhere unless a group took part.
    Unless { group: usize, otherwise: usize },
    /// Ends the program, or a part that stands alone.
    Done,
}

/// A program.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The instructions.
    pub(super) code: Vec<Instruction>,
    /// The sets.
    pub(super) sets: Vec<Characters>,
    /// How many slots it uses: two for each group, then one for each loop.
    pub(super) slots: usize,
    /// The widths of groups.
    widths: Vec<Option<(u64, u64)>>,
}

impl Program {
    /// Compiles a pattern.
    pub(super) fn new(pattern: &Pattern) -> Outcome<Self> {
        let widths = pattern.widths.clone();
        let slots = 2 * widths.len();
        let mut program = Self { code: Vec::new(), sets: Vec::new(), slots, widths };
        program.node(&pattern.root)?;
        program.push(Instruction::Done)?;
        Ok(program)
    }

    fn push(&mut self, instruction: Instruction) -> Outcome<usize> {
        if self.code.len() >= INSTRUCTIONS_MAX {
            return Err(error("the pattern is too large"));
        }
        self.code.push(instruction);
        Ok(self.code.len() - 1)
    }

    fn here(&self) -> usize {
        self.code.len()
    }

    fn patch(&mut self, at: usize, instruction: Instruction) {
        if let Some(place) = self.code.get_mut(at) {
            *place = instruction;
        }
    }

    fn node(&mut self, node: &Node) -> Outcome<()> {
        match node {
            Node::Literal(..) | Node::Any(_) | Node::Set(_) => {
                let set = self.set(node)?;
                self.push(Instruction::Take(set))?;
            }
            Node::At(place) => drop(self.push(Instruction::At(*place))?),
            Node::Group(None, inner) => self.node(inner)?,
            Node::Group(Some(number), inner) => {
                self.push(Instruction::Save(2 * number))?;
                self.node(inner)?;
                self.push(Instruction::Save(2 * number + 1))?;
            }
            Node::Atomic(inner) => self.alone(inner, |next| Instruction::Atomic { next })?,
            Node::Look { behind, negated, inner } => {
                let width = inner.width(&self.widths).0;
                let back = behind.then(|| usize::try_from(width).unwrap_or(usize::MAX));
                let negated = *negated;
                self.alone(inner, |next| Instruction::Look { back, negated, next })?;
            }
            Node::Reference(group, Flags { ignore_case: fold, .. }) => {
                self.push(Instruction::Reference { group: *group, fold: *fold })?;
            }
            Node::Conditional { group, yes, no } => {
                let test = self.push(Instruction::Done)?;
                self.node(yes)?;
                let jump = self.push(Instruction::Done)?;
                let otherwise = self.here();
                self.node(no)?;
                self.patch(test, Instruction::Unless { group: *group, otherwise });
                self.patch(jump, Instruction::Jump(self.here()));
            }
            Node::Repeat { inner, min, max, kind: Kind::Possessive } => {
                let greedy =
                    Node::Repeat { inner: inner.clone(), min: *min, max: *max, kind: Kind::Greedy };
                self.alone(&greedy, |next| Instruction::Atomic { next })?;
            }
            Node::Repeat { inner, min, max, kind } => self.repeat(inner, *min, *max, *kind)?,
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.node(node))?,
            Node::Choice(nodes) => self.choice(nodes)?,
        }
        Ok(())
    }

    fn set(&mut self, node: &Node) -> Outcome<usize> {
        let set = Characters::new(&emit::class(node)).ok_or_else(|| error("the set is wrong"))?;
        let known = self.sets.iter().position(|known| *known == set);
        Ok(known.unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        }))
    }

    /// Compiles a part that is run as a whole.
    fn alone(&mut self, node: &Node, make: impl FnOnce(usize) -> Instruction) -> Outcome<()> {
        let head = self.push(Instruction::Done)?;
        self.node(node)?;
        self.push(Instruction::Done)?;
        self.patch(head, make(self.here()));
        Ok(())
    }

    fn choice(&mut self, nodes: &[Node]) -> Outcome<()> {
        let mut jumps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if index + 1 == nodes.len() {
                self.node(node)?;
                break;
            }
            let split = self.push(Instruction::Done)?;
            self.node(node)?;
            jumps.push(self.push(Instruction::Done)?);
            self.patch(split, Instruction::Split(split + 1, self.here()));
        }
        let end = self.here();
        for jump in jumps {
            self.patch(jump, Instruction::Jump(end));
        }
        Ok(())
    }

    fn repeat(&mut self, inner: &Node, min: u32, max: Option<u32>, kind: Kind) -> Outcome<()> {
        let single = matches!(inner, Node::Literal(..) | Node::Any(_) | Node::Set(_));
        if single && kind == Kind::Greedy {
            let set = self.set(inner)?;
            let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
            let (min, max) = (count(min), max.map_or(usize::MAX, count));
            self.push(Instruction::TakeMany { set, min, max })?;
            return Ok(());
        }
        for _ in 0..min {
            let before = self.here();
            self.node(inner)?;
            if self.here() == before {
                // Nothing, however often.
                return Ok(());
            }
        }
        let split = |exit: usize, body: usize| match kind {
            Kind::Lazy => Instruction::Split(exit, body),
            Kind::Greedy | Kind::Possessive => Instruction::Split(body, exit),
        };
        if let Some(max) = max {
            let mut splits = Vec::new();
            for _ in min..max {
                splits.push(self.push(Instruction::Done)?);
                self.node(inner)?;
            }
            let exit = self.here();
            for at in splits {
                self.patch(at, split(exit, at + 1));
            }
            return Ok(());
        }
        let slot = self.slots;
        self.slots += 1;
        self.push(Instruction::Forget(slot))?;
        let head = self.push(Instruction::Done)?;
        let branch = self.push(Instruction::Done)?;
        self.node(inner)?;
        self.push(Instruction::Jump(head))?;
        let exit = self.here();
        self.patch(head, Instruction::Round { slot, exit });
        self.patch(branch, split(exit, branch + 1));
        Ok(())
    }
}
