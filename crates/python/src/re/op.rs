//! The instructions that a tree becomes.

use super::tree::{At, Kind, Set};

/// An instruction.
#[derive(Debug)]
pub(super) enum Op {
    One(One),
    Assert {
        at: At,
        flags: u8,
    },
    Save(usize),
    /// Goes on with the next instruction, and elsewhere if that fails.
    Split(usize),
    Jump(usize),
    /// Repeats one character.
    Run {
        one: One,
        min: u32,
        max: u32,
        kind: Kind,
    },
    /// Begins to count.
    RepeatStart(usize),
    /// Decides between one more round and the end.
    Repeat(Round),
    /// Matches what follows, up to its `Done`, apart from the rest.
    Look {
        negative: bool,
        behind: usize,
        end: usize,
    },
    Atomic {
        end: usize,
    },
    Backref {
        group: usize,
        flags: u8,
    },
    IfGroup {
        group: usize,
        otherwise: usize,
    },
    Fail,
    Done,
}

/// One character.
#[derive(Debug)]
pub(super) enum One {
    Char(char),
    Folded(char),
    FoldedAscii(char),
    Any,
    AnyInLine,
    Set { set: Box<Set>, flags: u8 },
}

/// A counted repetition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    pub(super) register: usize,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) lazy: bool,
    pub(super) exit: usize,
}

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) ops: Box<[Op]>,
    pub(super) groups: usize,
    pub(super) registers: usize,
    /// Whether only the start of the text can match.
    pub(super) anchored: bool,
}
