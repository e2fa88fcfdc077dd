//! The gate: every execution passes it before it starts.

use parking_lot::{Mutex, MutexGuard};
use std::{collections::HashMap, sync::Arc};

use model::{Execution, Status};

use super::{
    group::{Group, Turn, Verdict},
    limit,
};
use crate::{
    agenda::run_at,
    live::{Live, Slot},
    permit::Permit,
};
use content::{Catalog, policy::Limit};

/// The gate's answer to an execution.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It starts; this is reported only once.
    Starts,
    /// It waits until the gate calls it.
    Waits,
    /// It is canceled by a limit.
    Canceled(Arc<Limit>),
    /// It started or ended before.
    Known,
}

/// A call to an execution that waited.
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
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Decides about an execution that is ready to start. [`Gate::adopt`] comes first, so that it
    /// is under the limits of the present catalog.
    pub(crate) fn enter(&self, slot: &Arc<Slot>) -> Entry {
        let groups = &mut self.state().groups;
        match slot.permit() {
            Permit::None => {}
            Permit::Granted => {
                slot.set_permit(Permit::Held);
                return Entry::Starts;
            }
            Permit::Held | Permit::Yielded | Permit::Gone => return Entry::Known,
        }
        let execution = Arc::clone(&slot.seen.borrow());
        let Some(group) = group_of(groups, &execution) else {
            slot.set_permit(Permit::Held);
            return Entry::Starts;
        };
        let keys = limit::keys(group.limits(), &execution);
        match group.ask(turn_of(&execution), Arc::clone(slot), keys) {
            Verdict::Runs => {
                slot.set_permit(Permit::Held);
                Entry::Starts
            }
            Verdict::Waits => Entry::Waits,
            Verdict::Canceled(limit) => {
                slot.set_permit(Permit::Gone);
                Entry::Canceled(limit)
            }
        }
    }

    /// Takes note of a changed status; returns the executions that may start by it.
    pub(crate) fn note(&self, slot: &Arc<Slot>, execution: &Execution) -> Vec<Call> {
        let groups = &mut self.state().groups;
        let permit = slot.permit();
        let next = match (execution.status, permit) {
            (status, _) if status.is_final() => Permit::Gone,
            (Status::Paused | Status::Pending, Permit::Held) => Permit::Yielded,
            (Status::Resuming | Status::Running, Permit::Yielded) => Permit::Held,
            (Status::Canceling, Permit::None) => Permit::Gone,
            _ => return Vec::new(),
        };
        slot.set_permit(next);
        let Some(group) = group_of(groups, execution) else { return Vec::new() };
        if next == Permit::Held {
            let keys = limit::keys(group.limits(), execution);
            group.hold(slot.id, Arc::clone(slot), keys);
            return Vec::new();
        }
        if permit == Permit::None {
            // The next in line may have waited for this one only.
            let _left = group.leave(turn_of(execution));
            return calls(group.next());
        }
        calls(group.release(slot.id))
    }

    /// Restores the executions of an earlier process: those that run first, then those that wait.
    pub(crate) fn restore(&self, slots: &[(Arc<Slot>, bool)]) -> Vec<Call> {
        let groups = &mut self.state().groups;
        for (slot, has_begun) in slots {
            let execution = Arc::clone(&slot.seen.borrow());
            let rests = matches!(execution.status, Status::Paused | Status::Pending);
            if *has_begun {
                slot.set_permit(if rests { Permit::Yielded } else { Permit::Held });
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

    /// Looks for lost permits and calls; returns the executions that may start.
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
            let uncalled = group.holders().filter(|(_, slot)| slot.permit() == Permit::Granted);
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

/// Sets the permits of executions whose wait is over.
fn calls(over: impl IntoIterator<Item = (Arc<Slot>, Verdict)>) -> Vec<Call> {
    let mut calls = Vec::new();
    for (slot, verdict) in over {
        let canceled = match verdict {
            Verdict::Runs => None,
            Verdict::Canceled(limit) => Some(limit),
            Verdict::Waits => continue,
        };
        slot.set_permit(if canceled.is_some() { Permit::Gone } else { Permit::Granted });
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
        if matches!(slot.permit(), Permit::Granted | Permit::Held) {
            let action = slot.seen.borrow().action_ref();
            running.entry(action).or_default().push(slot);
        }
    }
    running
}
