//! From a task that is ready to the executions that run for it.

use std::sync::Arc;

use access::Refusal;
use flow::{
    Status as FlowStatus,
    conductor::{Action, Event, Ready},
};
use model::{Execution, Id, Object, Principal, Provenance, principal::Origin, provenance::Place};
use serde_json::{Value, json};

use super::{
    cells::{self, Task},
    run::{Child, Run, TaskRecords, env},
};
use execution::{Admitted, Request, Templates, run_at};

use content::Datastore;

/// How often a step looks for tasks that are ready: as many as a workflow may pass through
/// without running anything.
const ROUNDS_MAX: usize = 1_000;

impl Run {
    /// Starts what is ready, until nothing more is.
    pub(super) fn advance(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let ready = self.ready();
            if ready.is_empty() {
                return;
            }
            for task in ready {
                self.dispatch(task);
            }
        }
        self.conductor.fail(
            format!("the workflow passed through {ROUNDS_MAX} tasks without running an action: it goes round in a circle"),
            None,
        );
    }

    fn ready(&mut self) -> Vec<Ready> {
        let datastore = Datastore;
        let records = TaskRecords {
            workflow: self.record.id,
            tasks: &self.tasks,
            ended: &self.ended,
            items: &self.items,
        };
        let env = env(&self.record.workflows, self.record.slot.id, &datastore, Some(&records));
        self.conductor.next(&env)
    }

    fn dispatch(&mut self, ready: Ready) {
        let runs_nothing = ready.items_count == Some(0)
            || (ready.items_count.is_none() && ready.actions.iter().all(|it| it.action.is_null()));
        if ready.begins_items {
            self.items.remove(&(ready.task.clone(), ready.route));
        }
        // All are under way before the first of them can have failed.
        let items: Vec<Option<usize>> = if runs_nothing {
            vec![None]
        } else {
            ready.actions.iter().map(|action| action.item).collect()
        };
        let Some(entry) = self.mark_running(&ready, &items) else { return };
        let child = |item: Option<usize>| Child {
            entry,
            task: ready.task.clone(),
            route: ready.route,
            item,
            is_workflow: false,
        };
        if runs_nothing {
            let result = ready.items_count.map(|_| Arc::new(Value::Array(Vec::new())));
            self.event(&child(None), Event { result, ..Event::new(FlowStatus::Succeeded) });
            return;
        }
        let mut refused = Vec::new();
        for action in &ready.actions {
            let child = child(action.item);
            match self.request(&ready, action, &child) {
                Ok(execution) => {
                    if execution.status.is_final() {
                        refused.push((child, execution.id, execution.result.clone()));
                    }
                }
                Err(refusal) => {
                    let error = json!({
                        "type": "error",
                        "message": refusal.to_string(),
                        "task_id": child.task,
                        "route": child.route,
                    });
                    let result = Some(Arc::new(json!({"errors": [error]})));
                    refused.push((child, self.record.workflows.make_id(), result));
                }
            }
        }
        for (child, id, result) in refused {
            self.children.remove(&id);
            self.event(
                &child,
                Event { item: child.item, result, ..Event::new(FlowStatus::Failed) },
            );
        }
    }

    /// Tells the conductor that a task is under way; returns its place in the sequence.
    fn mark_running(&mut self, ready: &Ready, items: &[Option<usize>]) -> Option<usize> {
        for item in items {
            let child = Child {
                entry: 0,
                task: ready.task.clone(),
                route: ready.route,
                item: *item,
                is_workflow: false,
            };
            self.event(&child, Event { item: *item, ..Event::new(FlowStatus::Running) });
        }
        let entry = self.conductor.task_entry(&ready.task, ready.route)?;
        if !self.tasks.contains_key(&entry) {
            let task = Task {
                id: self.record.workflows.make_id(),
                name: ready.task.clone(),
                route: ready.route,
                items_count: ready.items_count,
                start: self.record.workflows.now(),
                end: None,
            };
            self.record.put(&cells::task_key(entry), &task.to_cell());
            self.tasks.insert(entry, task);
        }
        Some(entry)
    }

    /// Requests the execution of an action for a task; it becomes durable with the step.
    fn request(
        &mut self,
        ready: &Ready,
        action: &Action,
        child: &Child,
    ) -> Result<Arc<Execution>, Refusal> {
        let request = self.request_for(ready, action, child)?;
        let Admitted { execution, .. } = self.record.workflows.executions().admit(request)?;
        let execution = Arc::new(execution);
        self.record.pending.insert_execution(
            self.record.workflows.store(),
            &execution,
            run_at(&execution),
        );
        let key = cells::child_key(child.entry, child.item);
        self.record.put(&key, &json!(execution.id));
        let is_workflow = execution.is_workflow();
        self.children.insert(execution.id, Child { is_workflow, ..child.clone() });
        self.record.born.push(Arc::clone(&execution));
        Ok(execution)
    }

    fn request_for(
        &mut self,
        ready: &Ready,
        action: &Action,
        child: &Child,
    ) -> Result<Request, Refusal> {
        let record = self.record.execution();
        let reference = action.action.as_str().ok_or_else(|| {
            Refusal::invalid(format!(
                "the action of a task is to be a reference, and it is {}",
                action.action
            ))
        })?;
        let parameters = match &action.input {
            Value::Object(parameters) => parameters.clone(),
            Value::Null => Object::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return Err(Refusal::invalid(format!(
                    "the input of a task is to be a mapping of parameters, and it is {other}"
                )));
            }
        };
        let principal = Principal {
            origin: Origin::Workflow { execution: record.id },
            ..record.principal.clone()
        };
        let mut request = Request::new(reference, parameters, principal);
        // What a workflow computed is data.
        request.templates = Templates::Literal;
        let rerun = self.deeper.remove(&child.task);
        request.provenance = Provenance::of_task(&record, self.place_of(child), rerun);
        request.delay_ms = self.delay_ms(ready, action.item);
        if self.notify.contains(&ready.task) {
            request.notify.clone_from(&record.notify);
        }
        Ok(request)
    }

    /// Returns how long an action waits: of items with a limit only the first of them do.
    fn delay_ms(&self, ready: &Ready, item: Option<usize>) -> Option<i64> {
        let is_first = match (item, ready.concurrency) {
            (Some(item), Some(limit)) => i64::try_from(item).unwrap_or(i64::MAX) < limit,
            _ => true,
        };
        ready.delay.filter(|delay| *delay > 0 && is_first).map(|delay| delay.saturating_mul(1000))
    }

    /// Returns what the context of a child says of its task.
    fn place_of(&self, child: &Child) -> Place {
        let task = self.tasks.get(&child.entry);
        let mut place = json!({
            "workflow_execution_id": self.record.id,
            "task_execution_id": task.map(|task| task.id),
            "task_name": child.task,
            "task_id": child.task,
            "task_route": child.route,
        });
        if let (Some(item), Some(place)) = (child.item, place.as_object_mut()) {
            place.insert("item_id".to_owned(), json!(item));
        }
        Place::Orquesta(place)
    }
}

/// Returns the id that a value of a cell holds.
pub(super) fn id_of(value: &Value) -> Option<Id> {
    value.as_str()?.parse().ok()
}
