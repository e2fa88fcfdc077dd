//! The gate: every execution passes it before it starts, and it knows who has passed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{Execution, Status};

use super::{
    group::{Group, Turn, Verdict},
    limit,
};
use crate::{
    live::{Live, Slot},
    step::run_at,
};
use content::{Catalog, policy::Limit};

/// Where an execution stands at the gate. It changes under the lock of the gate only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// It has not passed.
    #[default]
    Outside,
    /// It has a place and does not know yet.
    Granted,
    /// It runs.
    Taken,
    /// It has passed, and gave its place back for a while.
    Resting,
    /// It has ended, or will.
    Gone,
}

/// What an execution is told that comes to the gate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It is to start, and this is told only once.
    Starts,
    /// It is to wait; the gate calls it.
    Waits,
    /// It is to be canceled.
    Canceled(Arc<Limit>),
    /// It has been here, or is over.
    Known,
}

/// An execution that is to be called.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) slot: Arc<Slot>,
    /// The limit that cancels it; none where it starts.
    pub(crate) canceled: Option<Arc<Limit>>,
}

/// The groups of all actions that have limits.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The version of the catalog whose limits are in force.
    version: u64,
    groups: Groups,
}

type Groups = HashMap<String, Group<Arc<Slot>>>;

impl Gate {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides about an execution that is ready to start. [`Gate::adopt`] comes first, so that it
    /// is under the limits of the present catalog.
    pub(crate) fn enter(&self, slot: &Arc<Slot>) -> Entry {
        let groups = &mut self.state().groups;
        match slot.place() {
            Place::Outside => {}
            Place::Granted => {
                slot.set_place(Place::Taken);
                return Entry::Starts;
            }
            Place::Taken | Place::Resting | Place::Gone => return Entry::Known,
        }
        let execution = Arc::clone(&slot.seen.borrow());
        let Some(group) = group_of(groups, &execution) else {
            slot.set_place(Place::Taken);
            return Entry::Starts;
        };
        let keys = limit::keys(group.limits(), &execution);
        match group.ask(turn_of(&execution), Arc::clone(slot), keys) {
            Verdict::Runs => {
                slot.set_place(Place::Taken);
                Entry::Starts
            }
            Verdict::Waits => Entry::Waits,
            Verdict::Canceled(limit) => {
                slot.set_place(Place::Gone);
                Entry::Canceled(limit)
            }
        }
    }

    /// Notes that an execution has another status; returns whom that lets start.
    pub(crate) fn note(&self, slot: &Arc<Slot>, execution: &Execution) -> Vec<Call> {
        let groups = &mut self.state().groups;
        let place = slot.place();
        let next = match (execution.status, place) {
            (status, _) if status.is_final() => Place::Gone,
            (Status::Paused | Status::Pending, Place::Taken) => Place::Resting,
            (Status::Resuming | Status::Running, Place::Resting) => Place::Taken,
            (Status::Canceling, Place::Outside) => Place::Gone,
            _ => return Vec::new(),
        };
        slot.set_place(next);
        let Some(group) = group_of(groups, execution) else { return Vec::new() };
        if next == Place::Taken {
            let keys = limit::keys(group.limits(), execution);
            group.hold(slot.id, Arc::clone(slot), keys);
            return Vec::new();
        }
        if place == Place::Outside {
            // The next in line may have waited for nobody else.
            let _left = group.leave(turn_of(execution));
            return calls(group.next());
        }
        calls(group.release(slot.id))
    }

    /// Puts what an earlier process left where it was: what runs first, then what waits, in order.
    pub(crate) fn restore(&self, slots: &[(Arc<Slot>, bool)]) -> Vec<Call> {
        let groups = &mut self.state().groups;
        for (slot, has_begun) in slots {
            let execution = Arc::clone(&slot.seen.borrow());
            let rests = matches!(execution.status, Status::Paused | Status::Pending);
            if *has_begun {
                slot.set_place(if rests { Place::Resting } else { Place::Taken });
            }
            let Some(group) = group_of(groups, &execution) else { continue };
            let keys = limit::keys(group.limits(), &execution);
            if !*has_begun {
                group.wait(turn_of(&execution), Arc::clone(slot), keys);
            } else if !rests {
                group.hold(slot.id, Arc::clone(slot), keys);
            }
        }
        groups.values_mut().flat_map(|group| calls(group.next())).collect()
    }

    /// Puts the limits of a catalog in force for all that runs and waits, unless those of this
    /// catalog or of a later one are.
    pub(crate) fn adopt(&self, catalog: &Catalog, live: &Live) -> Vec<Call> {
        let mut state = self.state();
        if catalog.version <= state.version {
            return Vec::new();
        }
        state.version = catalog.version;
        state.set_limits(&catalog.policies.index().limits, live)
    }

    /// Looks for what may have been missed; returns whom it lets start.
    pub(crate) fn sweep(&self, live: &Live) -> Vec<Call> {
        let groups = &mut self.state().groups;
        let mut over = Vec::new();
        for group in groups.values_mut() {
            let gone: Vec<_> =
                group.holders().map(|(id, _)| id).filter(|id| live.get(*id).is_none()).collect();
            for id in gone {
                tracing::error!(execution.id = %id, "an execution that is over still had a place");
                over.extend(calls(group.release(id)));
            }
            over.extend(calls(group.next()));
            let uncalled = group.holders().filter(|(_, slot)| slot.place() == Place::Granted);
            over.extend(uncalled.map(|(_, slot)| Call { slot: Arc::clone(slot), canceled: None }));
        }
        over
    }
}

impl State {
    fn set_limits(&mut self, all: &HashMap<String, Vec<Limit>>, live: &Live) -> Vec<Call> {
        let mut over = Vec::new();
        let before = std::mem::take(&mut self.groups);
        let mut strangers: Option<HashMap<String, Vec<Arc<Slot>>>> = None;
        for (action, group) in before {
            match all.get(&action) {
                Some(limits) if group.has_limits(limits) => drop(self.groups.insert(action, group)),
                Some(limits) => {
                    let (holders, waiting) = group.dissolve();
                    let mut group = Group::new(limits);
                    hold_all(&mut group, holders);
                    over.extend(waiting.into_iter().filter_map(|slot| ask_again(&mut group, slot)));
                    self.groups.insert(action, group);
                }
                None => {
                    let (_, waiting) = group.dissolve();
                    over.extend(calls(waiting.into_iter().map(|slot| (slot, Verdict::Runs))));
                }
            }
        }
        for (action, limits) in all {
            if self.groups.contains_key(action) {
                continue;
            }
            let running = strangers.get_or_insert_with(|| running(live)).remove(action);
            let mut group = Group::new(limits);
            hold_all(&mut group, running.unwrap_or_default());
            self.groups.insert(action.clone(), group);
        }
        over
    }
}

fn group_of<'a>(groups: &'a mut Groups, execution: &Execution) -> Option<&'a mut Group<Arc<Slot>>> {
    // Most installations have no limits at all.
    if groups.is_empty() {
        return None;
    }
    groups.get_mut(&execution.action_ref())
}

fn turn_of(execution: &Execution) -> Turn {
    (run_at(execution), execution.id)
}

/// Notes at each execution how its wait ended.
fn calls(over: impl IntoIterator<Item = (Arc<Slot>, Verdict)>) -> Vec<Call> {
    let mut calls = Vec::new();
    for (slot, verdict) in over {
        let canceled = match verdict {
            Verdict::Runs => None,
            Verdict::Canceled(limit) => Some(limit),
            Verdict::Waits => continue,
        };
        slot.set_place(if canceled.is_some() { Place::Gone } else { Place::Granted });
        calls.push(Call { slot, canceled });
    }
    calls
}

fn ask_again(group: &mut Group<Arc<Slot>>, slot: Arc<Slot>) -> Option<Call> {
    let execution = Arc::clone(&slot.seen.borrow());
    let keys = limit::keys(group.limits(), &execution);
    let verdict = group.ask(turn_of(&execution), Arc::clone(&slot), keys);
    calls([(slot, verdict)]).pop()
}

fn hold_all(group: &mut Group<Arc<Slot>>, slots: Vec<Arc<Slot>>) {
    for slot in slots {
        let keys = limit::keys(group.limits(), &slot.seen.borrow());
        group.hold(slot.id, slot, keys);
    }
}

/// Returns what has passed the gate and runs, by its action.
fn running(live: &Live) -> HashMap<String, Vec<Arc<Slot>>> {
    let mut running: HashMap<String, Vec<Arc<Slot>>> = HashMap::new();
    for slot in live.all() {
        if matches!(slot.place(), Place::Granted | Place::Taken) {
            let action = slot.seen.borrow().action_ref();
            running.entry(action).or_default().push(slot);
        }
    }
    running
}
