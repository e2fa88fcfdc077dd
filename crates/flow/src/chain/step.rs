//! Steps: what is done next, what came of it, and what was asked for.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Asked, Cell, Chain, Env, Failure, Ids, Next, Node, Options, Order, Report, Run, Stage, Task,
    Var, is_waiting, render,
};
use crate::status::Status;

impl Chain {
    /// Returns what is to be done next.
    ///
    /// An action is named again and again until it was said what came of it; what an execution is
    /// to be told is said once.
    pub fn next(&mut self, env: &Env<'_>) -> Next {
        match (self.stage, self.asked) {
            (Stage::Over(_), Asked::Pause) | (Stage::Ready(_), Asked::Pause) => Next::Wait,
            (Stage::Over(status), _) => Next::End { status, result: self.result() },
            (Stage::Active(Some(order)), _) => self.tell(order),
            (Stage::Active(None), _) => Next::Wait,
            (Stage::Ready(place), _) => match self.run(place, env) {
                Ok(run) => Next::Run(Box::new(run)),
                Err(failure) => {
                    self.fail(failure);
                    Next::End { status: Status::Failed, result: self.result() }
                }
            },
        }
    }

    fn tell(&mut self, order: Order) -> Next {
        self.stage = Stage::Active(None);
        self.changed.insert(Cell::Chain);
        let Some(index) = self.tasks.len().checked_sub(1) else { return Next::Wait };
        let task = &mut self.tasks[index];
        let Some(child) = &task.child else { return Next::Wait };
        let execution_id = Arc::clone(&child.execution);
        self.changed.insert(Cell::Task(index));
        match order {
            Order::Resume => {
                task.state = Status::Resuming;
                Next::Resume { execution_id }
            }
            Order::Cancel => {
                task.state = Status::Canceling;
                Next::Cancel { execution_id }
            }
        }
    }

    fn run(&self, place: usize, env: &Env<'_>) -> Result<Run, Failure> {
        let node = &self.definition.nodes()[place];
        let Node { name, action, .. } = node;
        let failed = |reason: String| format!("Failed to run task \"{name}\". {reason}");
        let max = self.options.tasks_max;
        if self.tasks.len() >= max {
            let reason = format!("The chain ran {max} tasks, which is as many as one may run.");
            return Err(Failure::new(failed(reason)));
        }
        if !(env.has_action)(action) {
            let reason = format!("Action with reference \"{action}\" doesn't exist.");
            let detail = format!("Task :: {name} - Action with ref {action} not registered.");
            return Err(Failure::because(&failed(reason), &detail));
        }
        let parameters = self.render_parameters(node, env).map_err(|error| {
            let detail = render::complaint("action", &error, name);
            let failure =
                Failure::because(&failed("Parameter rendering failed.".to_owned()), &detail);
            Failure { traceback: render::traceback(&error), ..failure }
        })?;
        let parent = self.action_context.get("parent").and_then(Value::as_object);
        Ok(Run {
            task: name.clone(),
            action: action.clone(),
            parameters,
            notify: self.options.notify_of(node),
            chain: node.context.clone(),
            parent: parent.cloned().unwrap_or_default(),
        })
    }

    /// Takes note that an execution was created for the action that was to be run.
    ///
    /// Says whether one was to be run: it is not when the chain was canceled meanwhile.
    pub fn started(&mut self, execution_id: &str, liveaction_id: &str, created_at: &str) -> bool {
        let Stage::Ready(place) = self.stage else { return false };
        let child = Ids { execution: execution_id.into(), liveaction: liveaction_id.into() };
        self.begin(Task {
            name: self.definition.nodes()[place].name.as_str().into(),
            child: Some(child),
            created_at: created_at.to_owned(),
            updated_at: created_at.to_owned(),
            state: Status::Requested,
            has_waited: false,
            result: Arc::default(),
        });
        self.stage = Stage::Active(None);
        true
    }

    /// Takes note that no execution could be created: the task has failed.
    ///
    /// Says whether one was to be run.
    pub fn refused(&mut self, error: &str, at: &str) -> bool {
        let Stage::Ready(place) = self.stage else { return false };
        let name: Arc<str> = self.definition.nodes()[place].name.as_str().into();
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
        self.go_on(place, Status::Failed, None);
        true
    }

    fn begin(&mut self, task: Task) {
        self.changed.insert(Cell::Task(self.tasks.len()));
        self.changed.insert(Cell::Chain);
        self.tasks.push(task);
    }

    /// Ends the chain as failed, for a reason that lies outside its tasks, such as a parameter that
    /// cannot be cast: the result shows the reason alone. A chain that has ended stays so.
    pub fn abort(&mut self, error: &str) {
        if !matches!(self.stage, Stage::Over(_)) {
            self.fail(Failure { is_alone: true, ..Failure::new(error.to_owned()) });
        }
    }

    /// Takes note of what became of the execution that runs for the current task.
    ///
    /// One that has ended is published, and the chain goes on along an edge. Says whether there is
    /// such an execution.
    pub fn heard(&mut self, report: Report, env: &Env<'_>) -> bool {
        let Stage::Active(_) = self.stage else { return false };
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
            // It goes on by itself: nothing is to be told any more.
            self.stage = Stage::Active(None);
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
        self.stage = Stage::Active(order);
        self.changed.insert(Cell::Chain);
        true
    }

    /// Puts a result where templates see it.
    ///
    /// Chains that waited for a person read the answer from `task.result`, for there StackStorm
    /// puts it when it goes on; others read a result from the task itself. Both are there.
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
        let Some(place) = self.definition.find(&name) else {
            self.fail(Failure::new(format!("Unable to find node with name \"{name}\".")));
            return;
        };
        if state == Status::Canceled {
            self.finish(Status::Canceled);
            return;
        }
        let published = self.publish(place, env);
        self.go_on(place, state, published.err());
    }

    /// Publishes what the node of the task says.
    fn publish(&mut self, place: usize, env: &Env<'_>) -> Result<(), Failure> {
        let definition = Arc::clone(&self.definition);
        let node = &definition.nodes()[place];
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
            let (place, _) = self.vars.insert_full(name, var);
            self.changed.insert(Cell::Var(place));
        }
        Ok(())
    }

    /// Goes on from a task that has ended; a failure to publish ends the chain.
    fn go_on(&mut self, place: usize, state: Status, failure: Option<Failure>) {
        self.changed.insert(Cell::Chain);
        if self.asked == Asked::Cancel {
            self.finish(Status::Canceled);
            return;
        }
        let definition = Arc::clone(&self.definition);
        let node = &definition.nodes()[place];
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
                (None, Some((_, Some(place)))) => self.stage = Stage::Ready(place),
                (None, _) => self.stage = Stage::Over(outcome(state)),
            },
        }
    }

    fn finish(&mut self, status: Status) {
        self.asked = Asked::Run;
        self.stage = Stage::Over(status);
        self.changed.insert(Cell::Chain);
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.finish(Status::Failed);
    }

    /// Asks the chain to stand still once the running task has ended.
    ///
    /// Says whether it can: not when it has ended, is to be canceled, or was asked already.
    pub fn pause(&mut self) -> bool {
        if self.is_over() || self.asked != Asked::Run {
            return false;
        }
        self.asked = Asked::Pause;
        self.changed.insert(Cell::Chain);
        true
    }

    /// Asks a chain that is paused to go on, and its execution with it, if that is paused.
    ///
    /// Says whether it was paused, or was to be. A task that waits for a person goes on waiting.
    pub fn resume(&mut self) -> bool {
        let is_asked = self.asked == Asked::Pause;
        let child = self.child().map(|child| child.status);
        let is_told = child == Some(Status::Paused) && self.asked != Asked::Cancel;
        if !is_asked && self.status() != Status::Paused {
            return false;
        }
        self.asked = Asked::Run;
        if is_told {
            self.stage = Stage::Active(Some(Order::Resume));
        }
        self.changed.insert(Cell::Chain);
        true
    }

    /// Asks the chain to end once the running task has ended; between tasks it ends at once.
    ///
    /// Says whether it can: not when it has ended or was asked already.
    pub fn cancel(&mut self) -> bool {
        if self.is_over() || self.asked == Asked::Cancel {
            return false;
        }
        self.changed.insert(Cell::Chain);
        let Some(child) = self.child() else {
            self.finish(Status::Canceled);
            return true;
        };
        let order = is_waiting(child.status).then_some(Order::Cancel);
        self.asked = Asked::Cancel;
        self.stage = Stage::Active(order);
        true
    }
}

/// Returns how a chain ends after a last task that ended so.
const fn outcome(state: Status) -> Status {
    if matches!(state, Status::Succeeded | Status::Timeout) { state } else { Status::Failed }
}

impl Failure {
    fn new(error: String) -> Self {
        Self { traceback: error.clone(), error, is_alone: false }
    }

    /// Makes the text of StackStorm, whose sentence ends before the reason does.
    pub(super) fn because(message: &str, detail: &str) -> Self {
        Self { traceback: detail.to_owned(), ..Self::new(format!("{message}. {detail}")) }
    }
}

impl Options {
    fn notify_of(&self, node: &Node) -> Option<Value> {
        if self.skip_notify.contains(&node.name) {
            return None;
        }
        node.notify.clone().or_else(|| self.notify.clone())
    }
}
