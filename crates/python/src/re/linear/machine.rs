//! Runs a program over a text and goes back where it does not fit. Each step counts, also those
//! that a run of characters takes, so that no pattern runs longer than its budget.

use super::error;
use super::program::{Instruction, Program};
use super::syntax::Place;
use crate::raise::Outcome;

/// How many steps one match may take.
const STEPS_MAX: usize = 1_500_000;
/// How many places to go back to there may be at once.
const BACKS_MAX: usize = 500_000;
/// What a slot holds that holds nothing.
const NOWHERE: usize = usize::MAX;

/// Something to do when the present way fails.
#[derive(Debug, Clone, Copy)]
enum Back {
    /// To go on elsewhere.
    Branch { at: usize, position: usize },
    /// To give back a character of a run, down to `least`.
    Shorten { at: usize, least: usize, position: usize },
    /// To put a slot's content back.
    Restore { slot: usize, content: usize },
}

struct Machine<'a> {
    program: &'a Program,
    text: &'a str,
    slots: Vec<usize>,
    backs: Vec<Back>,
    steps: usize,
}

/// Returns whether a program fits somewhere in a text, or at its start.
pub(super) fn is_match(program: &Program, text: &str, at_start: bool) -> Outcome<bool> {
    search(program, text, at_start).map_err(|Exhausted| error("the pattern takes too many steps"))
}

/// The budget is used up.
#[derive(Debug, Clone, Copy)]
struct Exhausted;

/// The result of something that spends from the budget.
type Spent<T> = Result<T, Exhausted>;

fn search(program: &Program, text: &str, at_start: bool) -> Spent<bool> {
    let slots = vec![NOWHERE; program.slots];
    let mut machine = Machine { program, text, slots, backs: Vec::new(), steps: 0 };
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for start in starts.take(if at_start { 1 } else { usize::MAX }) {
        if machine.run(0, start)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Machine<'_> {
    fn spend(&mut self, steps: usize) -> Spent<()> {
        self.steps += steps;
        if self.steps > STEPS_MAX { Err(Exhausted) } else { Ok(()) }
    }

    fn later(&mut self, back: Back) -> Spent<()> {
        if self.backs.len() >= BACKS_MAX {
            return Err(Exhausted);
        }
        self.backs.push(back);
        Ok(())
    }

    fn set_slot(&mut self, slot: usize, content: usize) -> Spent<()> {
        let Some(place) = self.slots.get_mut(slot) else { return Ok(()) };
        let before = std::mem::replace(place, content);
        self.later(Back::Restore { slot, content: before })
    }

    /// Runs from an instruction to its `Done` and returns where in the text that is. The ways
    /// back that are left stay on the stack.
    fn run(&mut self, at: usize, position: usize) -> Spent<Option<usize>> {
        let base = self.backs.len();
        let mut state = Some((at, position));
        loop {
            let Some((at, position)) = state else {
                state = self.go_back(base);
                if state.is_none() {
                    return Ok(None);
                }
                continue;
            };
            self.spend(1)?;
            match self.program.code.get(at) {
                None | Some(Instruction::Done) => return Ok(Some(position)),
                Some(instruction) => state = self.step(instruction, (at, position))?,
            }
        }
    }

    /// Takes the nearest way back above `base`.
    fn go_back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.backs.len() > base {
            match self.backs.pop()? {
                Back::Restore { slot, content } => {
                    if let Some(place) = self.slots.get_mut(slot) {
                        *place = content;
                    }
                }
                Back::Branch { at, position } => return Some((at, position)),
                Back::Shorten { at, least, position } => {
                    let last = self.text.get(..position)?.chars().next_back()?;
                    let position = position - last.len_utf8();
                    if position > least {
                        self.backs.push(Back::Shorten { at, least, position });
                    }
                    return Some((at, position));
                }
            }
        }
        None
    }

    /// Forgets the ways back above `base`, but not what slots held.
    fn commit(&mut self, base: usize) {
        let mut kept = base;
        for index in base..self.backs.len() {
            if matches!(self.backs.get(index), Some(Back::Restore { .. })) {
                self.backs.swap(kept, index);
                kept += 1;
            }
        }
        self.backs.truncate(kept);
    }

    /// Does one instruction; none when it does not fit.
    fn step(
        &mut self,
        instruction: &Instruction,
        (at, position): (usize, usize),
    ) -> Spent<Option<(usize, usize)>> {
        let next = at + 1;
        Ok(match instruction {
            Instruction::Take(set) => self
                .next_char(position)
                .filter(|c| self.holds(*set, *c))
                .map(|c| (next, position + c.len_utf8())),
            Instruction::TakeMany { set, min, max } => {
                self.take_many((*set, *min, *max), next, position)?
            }
            Instruction::Split(first, second) => {
                self.later(Back::Branch { at: *second, position })?;
                Some((*first, position))
            }
            Instruction::Jump(to) => Some((*to, position)),
            Instruction::Save(slot) => {
                self.set_slot(*slot, position)?;
                Some((next, position))
            }
            Instruction::Forget(slot) => {
                self.set_slot(*slot, NOWHERE)?;
                Some((next, position))
            }
            Instruction::Round { slot, exit } => {
                if self.slots.get(*slot) == Some(&position) {
                    return Ok(Some((*exit, position)));
                }
                self.set_slot(*slot, position)?;
                Some((next, position))
            }
            Instruction::At(place) => self.is_at(*place, position).then_some((next, position)),
            Instruction::Reference { group, fold } => {
                self.reference(*group, *fold, position)?.map(|position| (next, position))
            }
            Instruction::Look { back, negated, next: after } => {
                let fits = self.look(*back, (*negated, next), position)?;
                (fits != *negated).then_some((*after, position))
            }
            Instruction::Atomic { next: after } => {
                let base = self.backs.len();
                let end = self.run(next, position)?;
                self.commit(base);
                end.map(|position| (*after, position))
            }
            Instruction::Unless { group, otherwise } => {
                let took_part = self.group(*group).is_some();
                Some((if took_part { next } else { *otherwise }, position))
            }
            Instruction::Done => None,
        })
    }

    fn next_char(&self, position: usize) -> Option<char> {
        self.text.get(position..)?.chars().next()
    }

    fn char_before(&self, position: usize) -> Option<char> {
        self.text.get(..position)?.chars().next_back()
    }

    fn holds(&self, set: usize, c: char) -> bool {
        self.program.sets.get(set).is_some_and(|set| set.holds(c))
    }

    fn take_many(
        &mut self,
        (set, min, max): (usize, usize, usize),
        next: usize,
        position: usize,
    ) -> Spent<Option<(usize, usize)>> {
        let (program, text) = (self.program, self.text);
        let Some(set) = program.sets.get(set) else { return Ok(None) };
        let rest = text.get(position..).unwrap_or_default();
        let (mut count, mut end, mut least) = (0, position, position);
        for c in rest.chars().take(max).take_while(|c| set.holds(*c)) {
            count += 1;
            end += c.len_utf8();
            if count == min {
                least = end;
            }
        }
        self.spend(count / 4)?;
        if count < min {
            return Ok(None);
        }
        if end > least {
            self.later(Back::Shorten { at: next, least, position: end })?;
        }
        Ok(Some((next, end)))
    }

    fn group(&self, group: usize) -> Option<&str> {
        let (start, end) = (self.slots.get(2 * group)?, self.slots.get(2 * group + 1)?);
        self.text.get(*start..*end)
    }

    fn reference(&mut self, group: usize, fold: bool, position: usize) -> Spent<Option<usize>> {
        let Some(wanted) = self.group(group) else { return Ok(None) };
        let cost = wanted.len() / if fold { 4 } else { 64 };
        let rest = self.text.get(position..).unwrap_or_default();
        let end = if !fold {
            rest.starts_with(wanted).then_some(position + wanted.len())
        } else {
            let mut rest = rest.chars();
            wanted.chars().try_fold(position, |end, wanted| {
                let c = rest.next().filter(|c| lower(*c) == lower(wanted))?;
                Some(end + c.len_utf8())
            })
        };
        self.spend(cost)?;
        Ok(end)
    }

    /// Returns whether a part fits ahead or behind. Only what a positive look noted in slots
    /// stays.
    fn look(
        &mut self,
        back: Option<usize>,
        (negated, body): (bool, usize),
        position: usize,
    ) -> Spent<bool> {
        let start = match back {
            None => Some(position),
            Some(0) => Some(position),
            Some(width) => {
                let before = self.text.get(..position).unwrap_or_default();
                self.spend(width / 4)?;
                before.char_indices().rev().nth(width - 1).map(|(at, _)| at)
            }
        };
        let Some(start) = start else { return Ok(false) };
        let base = self.backs.len();
        let fits = self.run(body, start)?.is_some();
        self.commit(base);
        if negated {
            // All that is left are slots to put back.
            self.go_back(base);
        }
        Ok(fits)
    }

    fn is_at(&self, place: Place, position: usize) -> bool {
        let rest = self.text.get(position..).unwrap_or_default();
        match place {
            Place::TextStart => position == 0,
            Place::LineStart => self.char_before(position).is_none_or(|c| c == '\n'),
            Place::TextEnd => rest.is_empty(),
            Place::TextEndOrBreak => rest.is_empty() || rest == "\n",
            Place::LineEnd => rest.is_empty() || rest.starts_with('\n'),
            Place::Boundary { negated, ascii } => {
                let is_word = |c: Option<char>| c.is_some_and(|c| is_word(c, ascii));
                let differ =
                    is_word(self.char_before(position)) != is_word(self.next_char(position));
                !self.text.is_empty() && differ != negated
            }
        }
    }
}

/// Returns whether a character belongs to a word.
fn is_word(c: char, ascii: bool) -> bool {
    if c.is_ascii() || ascii {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    super::set::WORD.as_ref().is_some_and(|word| word.holds(c))
}

/// Returns the lower case of a character, as far as it is one character.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}
