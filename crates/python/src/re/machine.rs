//! The backtracking machine.
//!
//! A stack holds what to do when the present way fails: places to resume, and old values to put
//! back. Each step costs a unit of a budget that the caller may share among many searches.

use super::chars::{fold, is_word};
use super::op::{One, Op, Program, Round};
use super::tree::{ASCII, At, IGNORECASE, Kind, MULTILINE, UNLIMITED};
use crate::raise::{Class, Raise};

/// How many steps one search may take.
pub const BUDGET: u64 = 1_000_000;

const UNSET: usize = usize::MAX;
const FRAMES_MAX: usize = 1_000_000;

/// A search took too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

impl From<Exhausted> for Raise {
    fn from(_: Exhausted) -> Self {
        Self::new(Class::Regex, "the pattern takes too many steps")
    }
}

/// A match: where each group begins and ends, in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    slots: Vec<usize>,
}

impl Match {
    /// Returns where the match begins and ends.
    #[must_use]
    pub fn bounds(&self) -> (usize, usize) {
        (self.slots[0], self.slots[1])
    }

    /// Returns the number of groups; group 0 is the match itself.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.slots.len() / 2
    }

    /// Returns where a group begins and ends; none where it took no part.
    #[must_use]
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        let from = self.slots.get(2 * group).copied().filter(|from| *from != UNSET)?;
        let to = self.slots.get(2 * group + 1).copied().filter(|to| *to != UNSET)?;
        Some((from, to.max(from)))
    }
}

/// Where a search begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start {
    pub(super) from: usize,
    /// Whether a match of nothing there does not count.
    pub(super) advance: bool,
    /// Whether only a match that begins there counts.
    pub(super) is_fixed: bool,
}

impl Start {
    /// Returns where the search for the match after another begins.
    pub(super) fn after(found: &Match) -> Self {
        let (from, to) = found.bounds();
        Self { from: to, advance: from == to, is_fixed: false }
    }
}

enum Frame {
    Resume { pc: usize, at: usize },
    Shorter { pc: usize, least: usize, at: usize },
    Longer { pc: usize, at: usize, left: u32 },
    Slot { slot: usize, old: usize },
    Register { register: usize, old: Register },
}

#[derive(Clone, Copy)]
struct Register {
    count: u32,
    last: usize,
}

struct Machine<'a> {
    program: &'a Program,
    text: &'a [char],
    slots: Vec<usize>,
    registers: Vec<Register>,
    stack: Vec<Frame>,
    budget: &'a mut u64,
    /// The end that a match may not have.
    refused: usize,
}

/// Searches for the first match.
pub(super) fn search(
    program: &Program,
    text: &[char],
    start: Start,
    budget: &mut u64,
) -> Result<Option<Match>, Exhausted> {
    let mut machine = Machine {
        program,
        text,
        slots: vec![UNSET; 2 * program.groups],
        registers: vec![Register { count: 0, last: UNSET }; program.registers],
        stack: Vec::new(),
        budget,
        refused: if start.advance { start.from } else { UNSET },
    };
    let last = match (start.is_fixed, program.anchored) {
        (true, _) => start.from,
        (false, true) => 0,
        (false, false) => text.len(),
    };
    let first = match program.ops.first() {
        Some(Op::One(One::Char(c))) => Some(*c),
        _ => None,
    };
    for from in start.from..=last {
        if first.is_some() && first != text.get(from).copied() {
            machine.refused = UNSET;
            continue;
        }
        machine.slots.fill(UNSET);
        machine.stack.clear();
        if let Some(to) = machine.run(0, from)? {
            machine.slots[0] = from;
            machine.slots[1] = to;
            return Ok(Some(Match { slots: machine.slots }));
        }
        machine.refused = UNSET;
    }
    Ok(None)
}

enum Step {
    Next(usize, usize),
    Fail,
    Done,
}

impl Machine<'_> {
    /// Runs from an instruction to its `Done` and returns where that was.
    fn run(&mut self, pc: usize, at: usize) -> Result<Option<usize>, Exhausted> {
        let base = self.stack.len();
        let (mut pc, mut at) = (pc, at);
        loop {
            self.spend(1)?;
            match self.step(pc, at)? {
                Step::Next(next, place) => (pc, at) = (next, place),
                Step::Done if base == 0 && at == self.refused => match self.back(base) {
                    Some(next) => (pc, at) = next,
                    None => return Ok(None),
                },
                Step::Done => return Ok(Some(at)),
                Step::Fail => match self.back(base) {
                    Some(next) => (pc, at) = next,
                    None => return Ok(None),
                },
            }
        }
    }

    fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        let left = self.budget.checked_sub(steps as u64);
        *self.budget = left.unwrap_or(0);
        if left.is_none() || self.stack.len() > FRAMES_MAX {
            return Err(Exhausted);
        }
        Ok(())
    }

    fn step(&mut self, pc: usize, at: usize) -> Result<Step, Exhausted> {
        let program = self.program;
        Ok(match &program.ops[pc] {
            Op::One(one) => {
                if self.text.get(at).is_some_and(|c| one.matches(*c)) {
                    Step::Next(pc + 1, at + 1)
                } else {
                    Step::Fail
                }
            }
            Op::Assert { at: place, flags } => {
                if self.holds(*place, *flags, at) {
                    Step::Next(pc + 1, at)
                } else {
                    Step::Fail
                }
            }
            Op::Save(slot) => {
                let old = std::mem::replace(&mut self.slots[*slot], at);
                self.stack.push(Frame::Slot { slot: *slot, old });
                Step::Next(pc + 1, at)
            }
            Op::Split(other) => {
                self.stack.push(Frame::Resume { pc: *other, at });
                Step::Next(pc + 1, at)
            }
            Op::Jump(to) => Step::Next(*to, at),
            Op::Run { one, min, max, kind } => {
                let reach = Reach { min: *min, max: *max, kind: *kind };
                self.run_of(pc, at, one, reach)?
            }
            Op::RepeatStart(register) => {
                self.register(*register, Register { count: 0, last: UNSET });
                Step::Next(pc + 1, at)
            }
            Op::Repeat(round) => self.repeat(pc, at, *round),
            Op::Look { negative, behind, end } => {
                let found = match at.checked_sub(*behind) {
                    Some(from) => self.apart(pc + 1, from, *negative)?.is_some(),
                    None => false,
                };
                if found == *negative { Step::Fail } else { Step::Next(*end, at) }
            }
            Op::Atomic { end } => match self.apart(pc + 1, at, false)? {
                Some(to) => Step::Next(*end, to),
                None => Step::Fail,
            },
            Op::Backref { group, flags } => match self.repeated(*group, *flags, at) {
                Some(to) => {
                    self.spend((to - at) / 8)?;
                    Step::Next(pc + 1, to)
                }
                None => Step::Fail,
            },
            Op::IfGroup { group, otherwise } => {
                let set = self.bounds(*group).is_some();
                Step::Next(if set { pc + 1 } else { *otherwise }, at)
            }
            Op::Fail => Step::Fail,
            Op::Done => Step::Done,
        })
    }

    /// Goes back to the last choice that is left.
    fn back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.stack.len() > base {
            match self.stack.pop()? {
                Frame::Resume { pc, at } => return Some((pc, at)),
                Frame::Shorter { pc, least, at } => {
                    if at > least {
                        self.stack.push(Frame::Shorter { pc, least, at: at - 1 });
                    }
                    return Some((pc, at));
                }
                Frame::Longer { pc, at, left } => {
                    let Op::Run { one, .. } = &self.program.ops[pc] else { continue };
                    if self.text.get(at).is_some_and(|c| one.matches(*c)) {
                        if left > 1 {
                            self.stack.push(Frame::Longer { pc, at: at + 1, left: left - 1 });
                        }
                        return Some((pc + 1, at + 1));
                    }
                }
                Frame::Slot { slot, old } => self.slots[slot] = old,
                Frame::Register { register, old } => self.registers[register] = old,
            }
        }
        None
    }

    fn run_of(&mut self, pc: usize, at: usize, one: &One, reach: Reach) -> Result<Step, Exhausted> {
        let wanted = if reach.kind == Kind::Lazy { reach.min } else { reach.max };
        let most = usize::try_from(wanted).unwrap_or(usize::MAX);
        let rest = self.text.get(at..).unwrap_or_default();
        let count = rest.iter().take(most).take_while(|c| one.matches(**c)).count();
        self.spend(count / 8)?;
        let least = usize::try_from(reach.min).unwrap_or(usize::MAX);
        if count < least {
            return Ok(Step::Fail);
        }
        let to = at + count;
        match reach.kind {
            Kind::Greedy if count > least => {
                self.stack.push(Frame::Shorter { pc: pc + 1, least: at + least, at: to - 1 });
            }
            Kind::Lazy if reach.max > reach.min => {
                let left = if reach.max == UNLIMITED { UNLIMITED } else { reach.max - reach.min };
                self.stack.push(Frame::Longer { pc, at: to, left });
            }
            Kind::Greedy | Kind::Lazy | Kind::Possessive => {}
        }
        Ok(Step::Next(pc + 1, to))
    }

    fn register(&mut self, register: usize, new: Register) {
        let old = std::mem::replace(&mut self.registers[register], new);
        self.stack.push(Frame::Register { register, old });
    }

    fn repeat(&mut self, pc: usize, at: usize, round: Round) -> Step {
        let Register { count, last } = self.registers[round.register];
        let again = Register { count: count.saturating_add(1), last: at };
        if count < round.min {
            self.register(round.register, Register { last, ..again });
            return Step::Next(pc + 1, at);
        }
        let more = (round.max == UNLIMITED || count < round.max) && at != last;
        if !more {
            return Step::Next(round.exit, at);
        }
        if round.lazy {
            // Read from the top: what fails behind the exit leads to one more round with the count
            // raised, and if that fails as well, the old count comes back.
            let old = self.registers[round.register];
            self.stack.push(Frame::Register { register: round.register, old });
            self.stack.push(Frame::Resume { pc: pc + 1, at });
            self.stack.push(Frame::Register { register: round.register, old: again });
            return Step::Next(round.exit, at);
        }
        self.stack.push(Frame::Resume { pc: round.exit, at });
        self.register(round.register, again);
        Step::Next(pc + 1, at)
    }

    /// Matches a part by itself. What it captured stays, its other ways are forgotten.
    fn apart(&mut self, pc: usize, at: usize, negative: bool) -> Result<Option<usize>, Exhausted> {
        // Something lies below, so that the part is not taken for the whole.
        let base = self.stack.len();
        self.stack.push(Frame::Slot { slot: 0, old: self.slots[0] });
        let found = self.run(pc, at)?;
        if negative || found.is_none() {
            let below = self.back_to(base);
            debug_assert!(below, "the frames of a part lie above its base");
        } else {
            let kept = self.stack.split_off(base);
            let old = |frame: &Frame| matches!(frame, Frame::Slot { .. } | Frame::Register { .. });
            self.stack.extend(kept.into_iter().filter(old));
        }
        Ok(found)
    }

    /// Undoes everything above a base.
    fn back_to(&mut self, base: usize) -> bool {
        while self.stack.len() > base {
            if let Some(Frame::Slot { slot, old }) = self.stack.last() {
                self.slots[*slot] = *old;
            } else if let Some(Frame::Register { register, old }) = self.stack.last() {
                self.registers[*register] = *old;
            }
            self.stack.pop();
        }
        self.stack.len() == base
    }

    fn bounds(&self, group: usize) -> Option<(usize, usize)> {
        let from = self.slots.get(2 * group).copied().filter(|from| *from != UNSET)?;
        let to = self.slots.get(2 * group + 1).copied().filter(|to| *to != UNSET)?;
        (from <= to).then_some((from, to))
    }

    /// Returns where the repetition of a group ends.
    fn repeated(&self, group: usize, flags: u8, at: usize) -> Option<usize> {
        let (from, to) = self.bounds(group)?;
        let there = self.text.get(at..at + (to - from))?;
        let same =
            |(a, b): (&char, &char)| a == b || (flags & IGNORECASE != 0 && fold(*a) == fold(*b));
        self.text[from..to].iter().zip(there).all(same).then_some(at + (to - from))
    }

    fn holds(&self, place: At, flags: u8, at: usize) -> bool {
        let newline = |at: usize| self.text.get(at) == Some(&'\n');
        let end = self.text.len();
        match place {
            At::BeginText => at == 0,
            At::Begin => at == 0 || (flags & MULTILINE != 0 && newline(at - 1)),
            At::EndText => at == end,
            At::End => at == end || (newline(at) && (at + 1 == end || flags & MULTILINE != 0)),
            At::Word => self.boundary(flags, at),
            // An empty text has no place that is not a boundary.
            At::NotWord => end != 0 && !self.boundary(flags, at),
        }
    }

    fn boundary(&self, flags: u8, at: usize) -> bool {
        let word = |c: &char| is_word(*c) && (flags & ASCII == 0 || c.is_ascii());
        let before = at.checked_sub(1).and_then(|at| self.text.get(at)).is_some_and(word);
        before != self.text.get(at).is_some_and(word)
    }
}

#[derive(Clone, Copy)]
struct Reach {
    min: u32,
    max: u32,
    kind: Kind,
}

impl One {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Char(one) => *one == c,
            Self::Folded(one) => *one == fold(c),
            Self::FoldedAscii(one) => *one == c.to_ascii_lowercase(),
            Self::Any => true,
            Self::AnyInLine => c != '\n',
            Self::Set { set, flags } => set.contains(c, *flags),
        }
    }
}
