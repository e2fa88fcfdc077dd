//! From the tasks that are ready to the requests for their actions.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    OrquestaScript,
    batch::Batch,
    child::{Child, Target},
};
use crate::{
    conductor::{Action, Event, Ready},
    env::Env,
    protocol::{Admitted, Change, Place, Request},
    script::tasks::{self, TaskRun},
    status::Status,
};

/// How many rounds of ready tasks a workflow may pass through without waiting for an execution.
const ROUNDS_MAX: usize = 1_000;

impl OrquestaScript {
    /// Returns the next request; none when nothing more is ready.
    pub(super) fn dispatch(&mut self, env: &Env<'_>) -> Option<Request> {
        loop {
            if self.batch.is_some() {
                if let Some(request) = self.request() {
                    return Some(request);
                }
                self.end_batch(env);
            } else if let Some(ready) = self.ready.pop_front() {
                self.begin(ready, env);
            } else if !self.look(env) {
                return None;
            }
        }
    }

    /// Asks the conductor which tasks are ready; returns whether some are.
    fn look(&mut self, env: &Env<'_>) -> bool {
        if self.rounds == ROUNDS_MAX {
            self.conductor.fail(
                format!("the workflow passed through {ROUNDS_MAX} tasks without running an action: it goes round in a circle"),
                None,
            );
            return false;
        }
        self.rounds += 1;
        let env = Env { records: Some(&self.history), ..*env };
        self.ready = self.conductor.next(&env).into();
        !self.ready.is_empty()
    }

    fn begin(&mut self, ready: Ready, env: &Env<'_>) {
        let runs_nothing = ready.items_count == Some(0)
            || (ready.items_count.is_none() && ready.actions.iter().all(|it| it.action.is_null()));
        if ready.begins_items {
            self.history.items.remove(&(ready.task.clone(), ready.route));
        }
        // All are under way before the first of them can have failed.
        let items: Vec<Option<usize>> = if runs_nothing {
            vec![None]
        } else {
            ready.actions.iter().map(|action| action.item).collect()
        };
        let Some(entry) = self.mark_running(&ready, &items, env) else { return };
        let batch = Batch { entry, ready, next: 0, failed: Vec::new() };
        if runs_nothing {
            let result = batch.ready.items_count.map(|_| Arc::new(Value::Array(Vec::new())));
            let event = Event { result, ..Event::new(Status::Succeeded) };
            self.event(&batch.target(None), event, env);
        } else {
            self.batch = Some(batch);
        }
    }

    /// Tells the conductor that a task is under way; returns the index of its entry in the
    /// sequence.
    fn mark_running(
        &mut self,
        ready: &Ready,
        items: &[Option<usize>],
        env: &Env<'_>,
    ) -> Option<usize> {
        let Ready { task, route, .. } = ready;
        for item in items {
            let target = Target { entry: 0, task: task.clone(), route: *route, item: *item };
            self.event(&target, Event { item: *item, ..Event::new(Status::Running) }, env);
        }
        let entry = self.conductor.task_entry(task, *route)?;
        if !self.history.runs.contains_key(&entry) {
            let run = TaskRun {
                id: (env.make_id)(),
                name: task.clone(),
                route: *route,
                items_count: ready.items_count,
                start: env.now,
                end: None,
            };
            self.changes.push(Change::Put(tasks::task_key(entry), run.to_cell()));
            self.history.runs.insert(entry, run);
        }
        Some(entry)
    }

    /// Returns the request for the next action of the batch; one that is malformed fails at once.
    fn request(&mut self) -> Option<Request> {
        loop {
            let batch = self.batch.as_ref()?;
            match self.request_for(batch, batch.action()?) {
                Ok(request) => return Some(request),
                Err(reason) => self.refused(&reason),
            }
        }
    }

    fn request_for(&self, batch: &Batch, action: &Action) -> Result<Request, String> {
        let reference = action.action.as_str().ok_or_else(|| {
            format!("the action of a task is to be a reference, and it is {}", action.action)
        })?;
        let parameters = match &action.input {
            Value::Object(parameters) => parameters.clone(),
            Value::Null => Map::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return Err(format!(
                    "the input of a task is to be a mapping of parameters, and it is {other}"
                ));
            }
        };
        let ready = &batch.ready;
        let notifies = self.notifying.contains(&ready.task);
        Ok(Request {
            task: ready.task.clone(),
            action: reference.to_owned(),
            parameters,
            place: self.place_of(&batch.target(action.item)),
            rerun: self.inner_reruns.get(&ready.task).cloned(),
            delay_s: delay_s(ready, action.item),
            notify: self.notify.clone().filter(|_| notifies),
        })
    }

    fn place_of(&self, target: &Target) -> Place {
        let run = self.history.runs.get(&target.entry);
        let mut own = json!({
            "workflow_execution_id": self.history.workflow_id,
            "task_execution_id": run.map(|run| &run.id),
            "task_name": target.task,
            "task_id": target.task,
            "task_route": target.route,
        });
        if let (Some(item), Some(own)) = (target.item, own.as_object_mut()) {
            own.insert("item_id".to_owned(), json!(item));
        }
        Place::Orquesta(own)
    }

    pub(in crate::script) fn admitted(&mut self, admitted: Admitted) {
        let Some(target) = self.answered() else { return };
        let Admitted { execution_id, kind, failure, .. } = admitted;
        let key = tasks::child_key(target.entry, target.item);
        self.changes.push(Change::Put(key, json!(execution_id)));
        match (failure, &mut self.batch) {
            (Some(failure), Some(batch)) => batch.failed.push((target, failure.result)),
            (Some(_), None) => {}
            (None, _) => {
                self.children.insert(execution_id, Child { target, kind });
            }
        }
    }

    pub(in crate::script) fn refused(&mut self, reason: &str) {
        let Some(target) = self.answered() else { return };
        let error = json!({
            "type": "error",
            "message": reason,
            "task_id": target.task,
            "route": target.route,
        });
        if let Some(batch) = &mut self.batch {
            batch.failed.push((target, Arc::new(json!({"errors": [error]}))));
        }
    }

    /// Goes on to the next action of the batch; returns what the one before was for.
    fn answered(&mut self) -> Option<Target> {
        let batch = self.batch.as_mut()?;
        let target = batch.target(batch.action()?.item);
        batch.next += 1;
        self.inner_reruns.remove(&target.task);
        Some(target)
    }

    /// Tells the conductor which actions of the batch failed at once.
    fn end_batch(&mut self, env: &Env<'_>) {
        let Some(batch) = self.batch.take() else { return };
        for (target, result) in batch.failed {
            let item = target.item;
            let event = Event { item, result: Some(result), ..Event::new(Status::Failed) };
            self.event(&target, event, env);
        }
    }
}

/// Returns how long an action waits: of items with a limit only the first ones do.
fn delay_s(ready: &Ready, item: Option<usize>) -> Option<i64> {
    let is_first = match (item, ready.concurrency) {
        (Some(item), Some(limit)) => i64::try_from(item).unwrap_or(i64::MAX) < limit,
        _ => true,
    };
    ready.delay.filter(|delay| *delay > 0 && is_first)
}
