//! Running tasks of a workflow again after it has ended.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conductor, Error};
use crate::{env::Env, route::TaskRoute, stage::Staged, state::Cell, status::Status};

/// A task that is to run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// The task.
    pub task: String,
    /// Its route.
    pub route: usize,
    /// Whether all of its items run again, and not only those that failed.
    pub reset_items: bool,
}

impl Conductor {
    /// Makes a workflow that ended continue from some of its tasks; from those that failed, if none
    /// is named.
    ///
    /// # Errors
    /// Fails when it has not ended, and when a task was not run.
    pub fn rerun(&mut self, requests: &[Rerun], env: &Env<'_>) -> Result<(), Error> {
        if !self.state.status.is_completed() {
            return Err(Error::WorkflowIsActiveAndNotRerunable);
        }
        let mut wanted: BTreeMap<TaskRoute, bool> = BTreeMap::new();
        let mut unknown = Vec::new();
        for request in requests {
            let node = self.plan.graph.node(&request.task);
            let at = node.map(|node| (node, request.route));
            match at.filter(|at| self.state.latest.contains_key(at)) {
                Some(at) => {
                    wanted.insert(at, request.reset_items);
                }
                None => unknown.push(format!("{}|{}", request.task, request.route)),
            }
        }
        if !unknown.is_empty() {
            return Err(Error::InvalidTaskRerunRequest(unknown.join(", ")));
        }
        let mut targets = if wanted.is_empty() { self.failed() } else { self.collapsed(&wanted) };
        targets.sort_by_key(|(node, route)| (self.plan.graph.name(*node).to_owned(), *route));
        targets.dedup();
        for at in targets {
            let reset = wanted.get(&at).copied().unwrap_or_default();
            self.run_again(at, reset, env)?;
        }
        for index in 0..self.state.sequence.len() {
            let entry = &self.state.sequence[index];
            if entry.is_terminal && entry.next.values().any(|holds| *holds) {
                self.state.edit_entry(index).is_terminal = false;
            }
        }
        self.state.output = None;
        self.state.set_status(Status::Resuming);
        Ok(())
    }

    /// Returns the terminal tasks that failed.
    fn failed(&self) -> Vec<TaskRoute> {
        let is_failed = |status: Option<Status>| status.is_some_and(Status::is_abended);
        let entries = self.state.sequence.iter();
        entries
            .filter(|entry| entry.is_terminal && is_failed(entry.status))
            .map(|entry| (entry.node, entry.route))
            .collect()
    }

    /// Leaves out the tasks that follow another wanted one: they run again anyway.
    fn collapsed(&self, wanted: &BTreeMap<TaskRoute, bool>) -> Vec<TaskRoute> {
        let sequences: BTreeMap<TaskRoute, BTreeSet<usize>> =
            wanted.keys().map(|at| (*at, self.following(*at))).collect();
        if sequences.len() < 2 {
            return sequences.into_keys().collect();
        }
        let stays = |own: &BTreeSet<usize>| sequences.values().any(|other| !own.is_subset(other));
        sequences.iter().filter(|(_, own)| stays(own)).map(|(at, _)| *at).collect()
    }

    /// Returns the entry of a task and the entries that follow it directly.
    fn following(&self, at: TaskRoute) -> BTreeSet<usize> {
        let mut all: BTreeSet<usize> = self.state.latest.get(&at).copied().into_iter().collect();
        for (index, entry) in self.state.sequence.iter().enumerate() {
            let follows = entry.prev.values().any(|prev| {
                let prev = &self.state.sequence[*prev];
                (prev.node, prev.route) == at
            });
            if follows {
                all.insert(index);
            }
        }
        all
    }

    fn run_again(&mut self, at: TaskRoute, reset: bool, env: &Env<'_>) -> Result<(), Error> {
        let Some(index) = self.state.latest.get(&at).copied() else { return Ok(()) };
        let entry = self.state.edit_entry(index);
        entry.is_terminal = false;
        let (context, prev) = (entry.context, entry.prev.clone());
        let name = self.plan.graph.name(at.0).to_owned();
        for number in self.state.complaints.forget(&name) {
            self.state.dirty.insert(Cell::Complaint(number));
        }
        let is_staged = self.state.edit_staged(at, |staged| staged.is_completed = false);
        if is_staged && self.plan.has_items(at.0) {
            let items = self.state.stage.get(at).and_then(|staged| staged.items.as_ref());
            let again = items.map(|items| items.to_run_again(reset)).unwrap_or_default();
            for item in again {
                self.state.set_item(at, item, Status::Unset);
            }
        } else {
            self.add_entry(at, context, prev.clone(), env)?;
            self.state.stage(Staged { prev, is_ready: true, ..Staged::new(at, context) });
        }
        for index in self.following(at) {
            self.state.edit_entry(index).is_terminal = false;
        }
        Ok(())
    }

    /// Returns the routes in which a task was run.
    #[must_use]
    pub fn routes_of(&self, task: &str) -> Vec<usize> {
        let Some(node) = self.plan.graph.node(task) else { return Vec::new() };
        let routes = self.state.latest.keys().filter(|at| at.0 == node);
        let mut routes: Vec<usize> = routes.map(|at| at.1).collect();
        routes.sort_unstable();
        routes
    }
}
