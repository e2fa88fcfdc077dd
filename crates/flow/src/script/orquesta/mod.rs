//! A workflow in Orquesta's language: a conductor, with the executions that run for its tasks.

mod batch;
mod child;
mod dispatch;
mod events;
mod restore;
mod steer;

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::Arc,
};

use serde_json::{Map, Value, json};

pub use restore::Rerun;

use self::{batch::Batch, child::Child};
use super::{Error, Inputs, definition::Orquesta, tasks::History};
use crate::{
    conductor::{Conductor, Ready},
    env::Env,
    protocol::{Change, Next, Order},
    status::Status,
};

/// A workflow that runs.
#[derive(Debug)]
pub struct OrquestaScript {
    conductor: Conductor,
    history: History,
    /// Whom the tasks of `notifying` notify of their end.
    notify: Option<Value>,
    notifying: Vec<String>,
    /// The executions that have not ended, by their ids.
    children: HashMap<Arc<str>, Child>,
    /// The tasks that are ready, and not begun.
    ready: VecDeque<Ready>,
    /// The task whose actions are being requested.
    batch: Option<Batch>,
    /// By task: from where the workflow inside it continues, when its tasks run again.
    inner_reruns: HashMap<String, Value>,
    /// What executions are to be told.
    orders: VecDeque<(Arc<str>, Order)>,
    /// The cells that changed, beside those of the conductor.
    changes: Vec<Change>,
    /// How often the conductor was asked for ready tasks since the last wait.
    rounds: usize,
    /// Whether a person paused it: only a person resumes it then.
    is_held: bool,
    is_timed_out: bool,
}

impl OrquestaScript {
    pub(super) fn start(
        program: &Orquesta,
        document: Change,
        inputs: Inputs,
        env: &Env<'_>,
    ) -> Result<Self, Error> {
        let mut context = Map::new();
        context.insert("st2".to_owned(), Value::Object(inputs.st2.clone()));
        context.insert("parent".to_owned(), Value::Object(inputs.context.clone()));
        let plan = Arc::clone(&program.plan);
        let mut conductor = Conductor::new(plan, &inputs.parameters, context, env);
        if conductor.status() == Status::Unset
            && let Err(error) = conductor.request(Status::Running)
            && !conductor.status().is_completed()
        {
            conductor.fail(error.entry(), None);
        }
        let mut script = Self::new(program, conductor, inputs)?;
        script.changes.push(document);
        Ok(script)
    }

    fn new(program: &Orquesta, conductor: Conductor, inputs: Inputs) -> Result<Self, Error> {
        let notifying = notifying(&conductor, &inputs.options)?;
        Ok(Self {
            conductor,
            history: History {
                workflow_id: inputs.workflow_id,
                keeps_results: program.reads_tasks,
                ..History::default()
            },
            notify: inputs.notify,
            notifying,
            children: HashMap::new(),
            ready: VecDeque::new(),
            batch: None,
            inner_reruns: HashMap::new(),
            orders: VecDeque::new(),
            changes: Vec::new(),
            rounds: 0,
            is_held: inputs.is_held,
            is_timed_out: false,
        })
    }

    pub(super) fn status(&self) -> Status {
        self.conductor.status()
    }

    pub(super) fn next(&mut self, env: &Env<'_>) -> Next {
        if let Some((execution_id, order)) = self.orders.pop_front() {
            return Next::Tell { execution_id, order };
        }
        if let Some(request) = self.dispatch(env) {
            return Next::Request(Box::new(request));
        }
        self.rounds = 0;
        match self.conductor.status() {
            // Nothing was started that would have made it running.
            Status::Resuming => drop(self.conductor.request(Status::Running)),
            // A question paused it. Tasks of which items have not run rest as well.
            Status::Pausing => drop(self.conductor.request(Status::Paused)),
            // One of its executions was canceled. Tasks of which some items have not run learn that
            // these never will.
            Status::Canceling => drop(self.conductor.request(Status::Canceling)),
            Status::Unset
            | Status::Requested
            | Status::Scheduled
            | Status::Delayed
            | Status::Running
            | Status::Pending
            | Status::Paused
            | Status::Retrying
            | Status::Succeeded
            | Status::Failed
            | Status::Timeout
            | Status::Abandoned
            | Status::Canceled => {}
        }
        if !self.conductor.status().is_completed() {
            return Next::Wait;
        }
        self.cancel_waiting();
        if self.orders.is_empty() { self.end(env) } else { self.next(env) }
    }

    fn end(&mut self, env: &Env<'_>) -> Next {
        self.conductor.render_output(&Env { records: Some(&self.history), ..*env });
        let status = if self.is_timed_out { Status::Timeout } else { self.conductor.status() };
        let mut result = Map::new();
        result.insert("output".to_owned(), json!(self.conductor.output()));
        if status.is_abended() {
            result.insert("errors".to_owned(), Value::Array(self.conductor.errors()));
        }
        Next::End { status, result: Value::Object(result) }
    }

    pub(super) fn changes(&mut self) -> Vec<Change> {
        let mut changes = mem::take(&mut self.changes);
        changes.extend(self.conductor.changes());
        changes
    }
}

/// Returns the tasks that notify of their end, as the runner's parameters name them.
fn notifying(conductor: &Conductor, options: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let names = options.get("notify").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = names.filter_map(Value::as_str).map(str::to_owned).collect();
    let tasks = &conductor.plan().workflow().tasks;
    let unknown = names.iter().filter(|name| !tasks.contains_key(*name));
    let unknown: Vec<&str> = unknown.map(String::as_str).collect();
    if unknown.is_empty() { Ok(names) } else { Err(Error::UnknownTasks(unknown.join(", "))) }
}
