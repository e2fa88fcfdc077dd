//! Events of a task: its status, what follows it, and the status of the workflow.

use std::{collections::VecDeque, sync::Arc};

use python::value::truth;
use serde_json::Value;

use super::{Conductor, Error, view::View};
use crate::{
    complaints::Complaint,
    contexts::List,
    env::Env,
    graph::Node,
    machine::{self, TaskEvent},
    route::{Prev, TaskRoute},
    spec::Retry,
    stage::Staged,
    state::{Entry, Retrying},
    status::Status,
};

/// An event of the action of a task.
#[derive(Clone, Default)]
pub struct Event<'a> {
    /// Its status now.
    pub status: Status,
    /// The item that it ran for; none for a task without items, or without any.
    pub item: Option<usize>,
    /// Its result.
    pub result: Option<Arc<Value>>,
    /// The results of all items, in their order; computed when the task has ended.
    pub accumulated: Option<&'a dyn Fn() -> Value>,
    /// The execution that has the result: cells name it instead of the result.
    pub source: Option<Arc<str>>,
}

impl Event<'_> {
    /// Makes an event without a result.
    #[must_use]
    pub fn new(status: Status) -> Self {
        Self { status, ..Self::default() }
    }
}

/// What changes a task: an event of its action, or a command.
struct Cause<'a> {
    kind: Kind,
    event: &'a Event<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Action,
    Continue,
    Fail,
    Retry,
}

impl Conductor {
    /// Takes in an event of the action of a task, and returns the status of the task.
    ///
    /// # Errors
    /// Fails for a task that was not staged, an event that no task can have, and an expression
    /// that decides whether the task runs again and cannot be evaluated.
    pub fn event(
        &mut self,
        task: &str,
        route: usize,
        event: &Event<'_>,
        env: &Env<'_>,
    ) -> Result<Option<Status>, Error> {
        let node = self.plan.graph.node(task).ok_or_else(|| Error::InvalidTask(task.to_owned()))?;
        let index = self.apply((node, route), &Cause { kind: Kind::Action, event }, env)?;
        Ok(self.state.sequence[index].status)
    }

    fn apply(&mut self, at: TaskRoute, cause: &Cause<'_>, env: &Env<'_>) -> Result<usize, Error> {
        let index = self.entry_for(at, cause, env)?;
        let from = self.state.sequence[index].status.unwrap_or_default();
        self.move_task(at, index, cause)?;
        let mut to = self.state.sequence[index].status.unwrap_or_default();
        if to == Status::Retrying {
            self.stage_again(at, index);
        }
        let mut commands = VecDeque::new();
        if to.is_completed() {
            let result = self.leave_stage(at, to, cause)?;
            // What was canceled stays so, whatever the condition says, and nothing follows it.
            let is_asked = cause.kind == Kind::Retry;
            if !is_asked && self.must_retry(index, result.as_deref(), env)? {
                let event = Event::new(Status::Retrying);
                return self.apply(at, &Cause { kind: Kind::Retry, event: &event }, env);
            }
            if to != from {
                commands = self.follow(at, index, result.as_deref(), env);
            }
        }
        to = self.state.sequence[index].status.ok_or_else(|| Error::Key("'status'".to_owned()))?;
        self.move_workflow(at, to)?;
        while let Some(at) = commands.pop_front() {
            let (kind, status) = match self.plan.graph.name(at.0) {
                "fail" => (Kind::Fail, Status::Failed),
                _ => (Kind::Continue, Status::Succeeded),
            };
            self.apply(at, &Cause { kind, event: &Event::new(status) }, env)?;
        }
        if self.state.status.is_completed() {
            self.state.edit_entry(index).is_terminal = true;
        }
        Ok(index)
    }

    /// Finds the entry of a task, or makes it, and takes the task off the stage.
    fn entry_for(
        &mut self,
        at: TaskRoute,
        cause: &Cause<'_>,
        env: &Env<'_>,
    ) -> Result<usize, Error> {
        let name = self.plan.graph.name(at.0).to_owned();
        let staged = self.state.stage.get(at);
        let (is_staged, has_items) =
            (staged.is_some(), staged.is_some_and(|it| it.items.is_some()));
        let known = self.state.latest.get(&at).copied();
        if !is_staged && known.is_none() {
            return Err(Error::InvalidTaskStateEntry(name));
        }
        let is_command = crate::spec::COMMANDS.contains(&name.as_str());
        let status = cause.event.status;
        let has_ended =
            |index: usize| self.state.sequence[index].status.is_some_and(Status::is_completed);
        let index = match known {
            Some(index) if !(is_command || has_ended(index) && status.is_starting()) => index,
            _ => {
                let context = self.state.settle(at).ok_or_else(Error::nothing)?;
                let prev = self.state.stage.get(at).map(|staged| staged.prev.clone());
                self.add_entry(at, context, prev.unwrap_or_default(), env)?
            }
        };
        if is_staged && !has_items {
            self.state.unstage(at);
        }
        if is_staged && let Some(item) = cause.event.item {
            let items = self.state.stage.get(at).and_then(|it| it.items.as_ref());
            let count = items.ok_or_else(|| Error::Key("'items'".to_owned()))?.len();
            if item >= count {
                return Err(Error::Value(format!("the task has no item {item}: it has {count}")));
            }
            self.state.set_item(at, item, status);
        }
        Ok(index)
    }

    pub(super) fn add_entry(
        &mut self,
        (node, route): TaskRoute,
        context: List,
        prev: Prev,
        env: &Env<'_>,
    ) -> Result<usize, Error> {
        let plan = Arc::clone(&self.plan);
        let retry = match plan.graph.retry(node) {
            Some(retry) => Some(self.retrying(node, retry, context, env)?),
            None => None,
        };
        let next = indexmap::IndexMap::new();
        let entry =
            Entry { node, route, context, prev, next, status: None, is_terminal: false, retry };
        Ok(self.state.add_entry(&plan.graph, entry))
    }

    fn retrying(
        &self,
        node: Node,
        retry: &Retry,
        context: List,
        env: &Env<'_>,
    ) -> Result<Retrying, Error> {
        let name = self.plan.graph.name(node);
        let variables = self.state.contexts.merged(context);
        let number = |what: &str, value: &Value| -> Result<Value, Error> {
            let Value::String(text) = value else { return Ok(value.clone()) };
            let context = super::bare(env, &variables);
            let value = expr::document::evaluate_text(text, &context)?;
            if as_int(&value).is_none() {
                return Err(Error::Value(format!(
                    "The retry {what} for task \"{name}\" is not an integer."
                )));
            }
            Ok(value)
        };
        let delay = retry.delay.as_ref().map(|delay| number("delay", delay)).transpose()?;
        let count = number("count", &retry.count)?;
        let whole = |value: &Value| as_int(value).unwrap_or_default();
        let delay = delay.as_ref().map(whole).unwrap_or_default();
        Ok(Retrying { count: whole(&count), delay, tally: 0 })
    }

    /// Gives the task the status that the event makes of it.
    fn move_task(&mut self, at: TaskRoute, index: usize, cause: &Cause<'_>) -> Result<(), Error> {
        let event = cause.event;
        if event.status == Status::Failed {
            let mut complaint = Complaint::new("Execution failed. See result for details.");
            complaint.task = Some(self.plan.graph.name(at.0).to_owned());
            complaint.result.clone_from(&event.result);
            complaint.source.clone_from(&event.source);
            self.state.complain(complaint);
        }
        let (name, task_event) = match (cause.kind, event.item) {
            (Kind::Continue, _) => ("task_continue_requested".to_owned(), TaskEvent::Continue),
            (Kind::Fail, _) => ("task_fail_requested".to_owned(), TaskEvent::Fail),
            (Kind::Retry, _) => ("task_retry_requested".to_owned(), TaskEvent::Retry),
            (Kind::Action, item) => {
                let name = format!("action_{}", event.status);
                if matches!(event.status, Status::Unset | Status::Retrying) {
                    return Err(Error::InvalidEvent(name));
                }
                let task_event = match item {
                    None => TaskEvent::Action(event.status),
                    Some(item) => TaskEvent::Item(event.status, self.others(at, item, event)?),
                };
                (name, task_event)
            }
        };
        let from = self.state.sequence[index].status.unwrap_or_default();
        if matches!(from, Status::Timeout | Status::Abandoned) {
            return Err(Error::InvalidTaskStatusTransition { from, event: name });
        }
        if let Some(to) = machine::task_after(from, task_event) {
            self.state.set_entry_status(index, to);
        }
        Ok(())
    }

    fn others(
        &self,
        at: TaskRoute,
        item: usize,
        event: &Event<'_>,
    ) -> Result<machine::Items, Error> {
        match self.state.stage.get(at).and_then(|staged| staged.items.as_ref()) {
            Some(items) => Ok(items.others(item)),
            None if event.status.is_completed() || event.status == Status::Pending => {
                Err(Error::nothing())
            }
            None => Ok(machine::Items::Completed),
        }
    }

    /// Puts a task that runs again back on the stage.
    fn stage_again(&mut self, at: TaskRoute, index: usize) {
        let entry = self.state.edit_entry(index);
        let (context, prev) = (entry.context, entry.prev.clone());
        let mut delay = 0;
        if let Some(retry) = &mut entry.retry {
            retry.tally += 1;
            delay = retry.delay;
        }
        self.state.unstage(at);
        let staged = Staged::new(at, context);
        self.state.stage(Staged { prev, is_ready: true, retry_delay: Some(delay), ..staged });
    }

    /// Takes a task that ended off the stage, and returns its result.
    fn leave_stage(
        &mut self,
        at: TaskRoute,
        status: Status,
        cause: &Cause<'_>,
    ) -> Result<Option<Arc<Value>>, Error> {
        let has_items = self.plan.has_items(at.0);
        if has_items && status.is_abended() {
            // It stays, so that its items can run again on request.
            if !self.state.edit_staged(at, |staged| staged.is_completed = true) {
                return Err(Error::nothing());
            }
        } else {
            self.state.unstage(at);
        }
        let event = cause.event;
        if !has_items {
            return Ok(event.result.clone());
        }
        let empty = || Arc::new(Value::Array(Vec::new()));
        Ok(Some(match event.item {
            Some(_) => event.accumulated.map_or_else(empty, |accumulated| Arc::new(accumulated())),
            None => event.result.clone().filter(|result| truth(result)).unwrap_or_else(empty),
        }))
    }

    fn must_retry(
        &self,
        index: usize,
        result: Option<&Value>,
        env: &Env<'_>,
    ) -> Result<bool, Error> {
        let entry = &self.state.sequence[index];
        let status = entry.status.unwrap_or_default();
        let Some(retry) = &entry.retry else { return Ok(false) };
        if !self.state.status.is_active() || retry.tally >= retry.count {
            return Ok(false);
        }
        let when = self.plan.graph.retry(entry.node).and_then(|retry| retry.when.as_deref());
        let Some(when) = when else { return Ok(status.is_abended()) };
        let variables = self.state.contexts.merged(entry.context);
        let value = self
            .task_view((entry.node, entry.route), result, env)
            .evaluate_text(when, &variables)?;
        Ok(truth(&value))
    }

    pub(super) fn task_view<'a>(
        &'a self,
        at: TaskRoute,
        result: Option<&'a Value>,
        env: &'a Env<'a>,
    ) -> View<'a> {
        let result = Some(result.unwrap_or(&Value::Null));
        View { task: Some(at), result, ..self.view(env) }
    }
}

/// Returns the whole number that Python sees in a value.
pub(super) fn as_int(value: &Value) -> Option<i64> {
    value.as_bool().map(i64::from).or_else(|| value.as_i64())
}
