//! What happens to the execution of a task, and where the chain goes from there.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Asked, Cell, Chain, Failure, Ids, Progress, Task, Var, is_waiting, render};
use crate::{
    env::Env,
    protocol::{Order, Report},
    status::Status,
};

impl Chain {
    /// Notes that an execution was created for the request.
    ///
    /// Returns whether there was a request: there is none if the chain was canceled meanwhile.
    pub fn started(&mut self, execution_id: &str, liveaction_id: &str, created_at: &str) -> bool {
        let Progress::Ready(index) = self.progress else { return false };
        let child = Ids { execution: execution_id.into(), liveaction: liveaction_id.into() };
        self.begin(Task {
            name: self.definition.nodes()[index].name.as_str().into(),
            child: Some(child),
            created_at: created_at.to_owned(),
            updated_at: created_at.to_owned(),
            state: Status::Requested,
            has_waited: false,
            result: Arc::default(),
        });
        self.progress = Progress::Active(None);
        true
    }

    /// Notes that the request was refused: the task has failed.
    ///
    /// Returns whether there was a request.
    pub fn refused(&mut self, error: &str, at: &str) -> bool {
        let Progress::Ready(index) = self.progress else { return false };
        let name: Arc<str> = self.definition.nodes()[index].name.as_str().into();
        let failure = Failure::because(&format!("Failed running task \"{name}\"."), error);
        let result = Arc::new(json!({ "error": failure.error, "traceback": failure.traceback }));
        self.results.insert(Arc::clone(&name), Arc::clone(&result));
        self.begin(Task {
            name,
            child: None,
            created_at: at.to_owned(),
            updated_at: at.to_owned(),
            state: Status::Failed,
            has_waited: false,
            result,
        });
        self.follow(index, Status::Failed, None);
        true
    }

    fn begin(&mut self, task: Task) {
        self.changed.insert(Cell::Task(self.tasks.len()));
        self.changed.insert(Cell::Chain);
        self.tasks.push(task);
    }

    /// Notes what became of the execution of the current task.
    ///
    /// When it has ended, its results are published and the chain follows an edge. Returns whether
    /// there is such an execution.
    pub fn heard(&mut self, report: Report, env: &Env<'_>) -> bool {
        let Progress::Active(_) = self.progress else { return false };
        let Some(index) = self.tasks.len().checked_sub(1) else { return false };
        let Report { status, result, updated_at } = report;
        if status == Status::Unset {
            return true;
        }
        self.changed.insert(Cell::Task(index));
        let task = &mut self.tasks[index];
        task.state = status;
        task.updated_at = updated_at;
        if !status.is_completed() && !is_waiting(status) {
            // It runs by itself, so nothing has to be told any more.
            self.progress = Progress::Active(None);
            self.changed.insert(Cell::Chain);
            return true;
        }
        task.result = result;
        self.show_result(index);
        if status.is_completed() {
            self.end_task(index, env);
            return true;
        }
        self.tasks[index].has_waited = true;
        let order = (self.asked == Asked::Cancel).then_some(Order::Cancel);
        self.progress = Progress::Active(order);
        self.changed.insert(Cell::Chain);
        true
    }

    /// Shows a result to templates.
    ///
    /// A task that waited for a person has its answer in `task.result`, where StackStorm puts it
    /// when the chain resumes; others have their result in the task itself. Both are there.
    pub(super) fn show_result(&mut self, index: usize) {
        let task = &self.tasks[index];
        let mut shown = Arc::clone(&task.result);
        if let Value::Object(map) = &*task.result
            && task.has_waited
            && task.state.is_completed()
        {
            let mut both = map.clone();
            both.insert("result".to_owned(), (*task.result).clone());
            shown = Arc::new(Value::Object(both));
        }
        self.results.insert(Arc::clone(&task.name), shown);
    }

    fn end_task(&mut self, index: usize, env: &Env<'_>) {
        let (name, state) = (Arc::clone(&self.tasks[index].name), self.tasks[index].state);
        let Some(node) = self.definition.find(&name) else {
            self.fail(Failure::new(format!("Unable to find node with name \"{name}\".")));
            return;
        };
        if state == Status::Canceled {
            self.finish(Status::Canceled);
            return;
        }
        let published = self.publish(node, env);
        self.follow(node, state, published.err());
    }

    /// Publishes the variables of a node.
    fn publish(&mut self, node: usize, env: &Env<'_>) -> Result<(), Failure> {
        let definition = Arc::clone(&self.definition);
        let node = &definition.nodes()[node];
        let rendered = self.render_publish(node, env).map_err(|error| Failure {
            is_alone: true,
            traceback: render::traceback(&error),
            ..Failure::new(render::complaint("publish", &error, &node.name))
        })?;
        for (name, value) in rendered {
            let name: Arc<str> = name.into();
            let old = self.vars.get(&name);
            if old.is_some_and(|old| old.is_published && *old.value == value) {
                continue;
            }
            let var = Var { value: Arc::new(value), is_published: true };
            let (index, _) = self.vars.insert_full(name, var);
            self.changed.insert(Cell::Var(index));
        }
        Ok(())
    }

    /// Follows an edge from a task that has ended; a failure to publish fails the chain.
    fn follow(&mut self, node: usize, state: Status, failure: Option<Failure>) {
        self.changed.insert(Cell::Chain);
        if self.asked == Asked::Cancel {
            self.finish(Status::Canceled);
            return;
        }
        let definition = Arc::clone(&self.definition);
        let node = &definition.nodes()[node];
        let is_success = state == Status::Succeeded;
        let edge = if is_success { &node.on_success } else { &node.on_failure };
        match edge.as_ref().map(|name| (name, definition.find(name))) {
            Some((name, None)) => {
                let message = format!("Failed to get next node \"{}\".", node.name);
                let detail = format!("Unable to find node with name \"{name}\".");
                self.fail(Failure::because(&message, &detail));
            }
            next => match (failure, next) {
                (Some(failure), _) => self.fail(failure),
                (None, Some((_, Some(next)))) => self.progress = Progress::Ready(next),
                (None, _) => self.progress = Progress::Over(final_status(state)),
            },
        }
    }
}

/// Returns the final status of a chain whose last task has this one.
const fn final_status(state: Status) -> Status {
    if matches!(state, Status::Succeeded | Status::Timeout) { state } else { Status::Failed }
}
