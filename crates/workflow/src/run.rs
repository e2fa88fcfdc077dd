//! The run of one workflow: its inbox, its conductor, and what it has running.

use std::{
    collections::{BTreeMap, HashMap},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use flow::{
    Conductor, Status as FlowStatus,
    conductor::{Env, Event, Records},
};
use futures_util::FutureExt as _;
use model::{
    Execution, Id, Object, Outcome, Principal, Status, Timestamp, provenance::Rerun,
    runner::Language,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    cells,
    cells::Task,
    plan::{self, Flaws},
    record::Record,
};
use crate::Workflows;
use content::Datastore;
use execution::{Ask, Inbox, Signal, Slot};

/// How many messages one step takes at most.
const STEP_MAX: usize = 512;

/// A workflow that runs.
pub(super) struct Run {
    pub(super) record: Record,
    pub(super) conductor: Conductor,
    /// The tasks whose end is told to those whom the workflow's end is told.
    pub(super) notify: Vec<String>,
    pub(super) deadline: Option<Timestamp>,
    /// What has not ended, of what it runs.
    pub(super) children: HashMap<Id, Child>,
    /// The runs of tasks by their places in the sequence.
    pub(super) tasks: BTreeMap<usize, Task>,
    /// What the items of tasks gave, by task and route.
    pub(super) items: HashMap<(String, usize), Vec<Option<Arc<Execution>>>>,
    /// What the runs of tasks gave, where expressions ask for it.
    pub(super) ended: HashMap<usize, Arc<Execution>>,
    pub(super) keeps_results: bool,
    /// The tasks that go on inside the workflows that they ran, when they run again.
    pub(super) deeper: HashMap<String, Rerun>,
    pub(super) is_canceling: bool,
    pub(super) is_timed_out: bool,
}

/// An execution that runs for a task.
#[derive(Debug, Clone)]
pub(super) struct Child {
    pub(super) entry: usize,
    pub(super) task: String,
    pub(super) route: usize,
    pub(super) item: Option<usize>,
    pub(super) is_workflow: bool,
}

/// The records that `task()` reads.
pub(super) struct TaskRecords<'a> {
    pub(super) workflow: Id,
    pub(super) tasks: &'a BTreeMap<usize, Task>,
    pub(super) ended: &'a HashMap<usize, Arc<Execution>>,
    pub(super) items: &'a HashMap<(String, usize), Vec<Option<Arc<Execution>>>>,
}

impl Records for TaskRecords<'_> {
    fn record(&self, entry: usize) -> Option<Value> {
        let task = self.tasks.get(&entry)?;
        let ended = self.ended.get(&entry);
        let (status, result) = match task.items_count {
            Some(_) => (json!(null), self.items_result(task)),
            None => {
                let result = ended.and_then(|child| child.result.as_deref()).cloned();
                let status = ended.map_or(Status::Running, |child| child.status);
                (json!(status), result.unwrap_or_default())
            }
        };
        Some(json!({
            "task_execution_id": task.id,
            "workflow_execution_id": self.workflow,
            "task_name": task.name,
            "task_id": task.name,
            "route": task.route,
            "result": result,
            "status": status,
            "start_timestamp": task.start,
            "end_timestamp": task.end,
        }))
    }
}

impl TaskRecords<'_> {
    fn items_result(&self, task: &Task) -> Value {
        let all = self.items.get(&(task.name.clone(), task.route));
        let item = |child: &Option<Arc<Execution>>| match child {
            Some(child) => json!({"status": child.status, "result": child.result}),
            None => Value::Null,
        };
        let items: Vec<Value> = all.into_iter().flatten().map(item).collect();
        json!({"items": items})
    }
}

impl Workflows {
    /// Begins a workflow; its start is durable together with what it starts first.
    pub(crate) async fn begin_workflow(
        &self,
        slot: &Arc<Slot>,
        execution: &Arc<Execution>,
        language: Language,
    ) {
        match language {
            Language::Orquesta => self.begin_orquesta(slot, execution).await,
            Language::ActionChain => {
                if let Err(flaws) = self.begin_chain(slot, execution).await {
                    let outcome = Outcome::new(Status::Failed, flaws.as_chain());
                    self.executions()
                        .finish(slot, &[Status::Scheduled, Status::Running], outcome, Vec::new())
                        .await;
                }
            }
        }
    }

    async fn begin_orquesta(&self, slot: &Arc<Slot>, execution: &Arc<Execution>) {
        match self.make_run(slot, execution).await {
            Ok(mut run) => {
                if run.conductor.status() == FlowStatus::Unset
                    && let Err(error) = run.conductor.request(FlowStatus::Running)
                    && !run.conductor.status().is_completed()
                {
                    run.conductor.fail(error.entry(), None);
                }
                self.drive(run);
            }
            Err(Flaws(errors)) => {
                let result = json!({"errors": errors, "output": null});
                let outcome = Outcome::new(Status::Failed, result);
                self.executions()
                    .finish(slot, &[Status::Scheduled, Status::Running], outcome, Vec::new())
                    .await;
            }
        }
    }

    async fn make_run(&self, slot: &Arc<Slot>, execution: &Arc<Execution>) -> Result<Run, Flaws> {
        if let Some(again) = Rerun::of(execution).filter(|rerun| !rerun.tasks.is_empty()) {
            return self.run_again(slot, execution, &again).await;
        }
        let planned = self.plan(execution).await?;
        let (inputs, runner_parameters) = plan::inputs(execution)?;
        let id = self.make_id();
        self.claim(id);
        let context = plan::surroundings(execution, id, self.api_url());
        let datastore = Datastore;
        let env = env(self, execution.id, &datastore, None);
        let conductor = Conductor::new(planned.plan, &inputs, context, &env);
        let mut run = Run::new(self, slot, id, conductor);
        run.set_options(execution, &runner_parameters)?;
        run.keeps_results = reads_tasks(&planned.definition);
        run.record.context.insert("workflow_execution".to_owned(), json!(id));
        run.record.put(cells::DEFINITION, &planned.definition);
        Ok(run)
    }

    /// Lets a workflow run in a task of its own.
    pub(super) fn drive(&self, run: Run) {
        let Some(inbox) = run.record.slot.inbox.as_ref().and_then(Inbox::take) else {
            tracing::error!(execution.id = %run.record.slot.id, "a workflow was begun twice");
            return;
        };
        let slot = Arc::clone(&run.record.slot);
        self.guard(slot, async move { run.drive(inbox).await });
    }

    /// Runs what leads a workflow; a panic in it ends that workflow and nothing else.
    pub(super) fn guard(&self, slot: Arc<Slot>, lead: impl Future<Output = ()> + Send + 'static) {
        let workflows = self.clone();
        self.executions().spawn(async move {
            if AssertUnwindSafe(lead).catch_unwind().await.is_err() {
                let message = "the workflow failed inside Squall: this is a defect, please report it with the log";
                tracing::error!(execution.id = %slot.id, "a workflow panicked");
                let result = json!({"errors": [{"message": message}], "output": null});
                workflows.executions().finish(&slot, &[], Outcome::new(Status::Failed, result), Vec::new()).await;
            }
        });
    }
}

impl Run {
    pub(super) fn new(
        workflows: &Workflows,
        slot: &Arc<Slot>,
        id: Id,
        conductor: Conductor,
    ) -> Self {
        Self {
            record: Record::new(workflows, slot, id),
            conductor,
            notify: Vec::new(),
            deadline: None,
            children: HashMap::new(),
            tasks: BTreeMap::new(),
            items: HashMap::new(),
            ended: HashMap::new(),
            keeps_results: false,
            deeper: HashMap::new(),
            is_canceling: false,
            is_timed_out: false,
        }
    }

    /// Takes over what the runner's parameters say.
    pub(super) fn set_options(
        &mut self,
        execution: &Execution,
        parameters: &Object,
    ) -> Result<(), Flaws> {
        let names = parameters.get("notify").and_then(Value::as_array).into_iter().flatten();
        self.notify = names.filter_map(Value::as_str).map(str::to_owned).collect();
        let tasks = &self.conductor.plan().workflow().tasks;
        let unknown: Vec<&str> = self
            .notify
            .iter()
            .map(String::as_str)
            .filter(|name| !tasks.contains_key(*name))
            .collect();
        if !unknown.is_empty() {
            return Err(Flaws::one(format!(
                "The following tasks in the notify parameter do not exist in the workflow \
                 definition: {}.",
                unknown.join(", ")
            )));
        }
        let begun = execution.log.iter().find(|entry| entry.status == Status::Running);
        let begun = begun.map_or_else(|| self.record.workflows.now(), |entry| entry.timestamp);
        let timeout_s = plan::timeout_s(execution, parameters);
        self.deadline = timeout_s.map(|seconds| begun.plus_ms(seconds.saturating_mul(1000)));
        Ok(())
    }

    async fn drive(mut self, mut inbox: mpsc::UnboundedReceiver<Signal>) {
        let records = self.record.id;
        let workflows = self.record.workflows.clone();
        let mut batch = Vec::new();
        while self.settle().await {
            let deadline = self.deadline.filter(|_| !self.is_timed_out);
            tokio::select! {
                count = inbox.recv_many(&mut batch, STEP_MAX) => {
                    if count == 0 {
                        break;
                    }
                }
                () = self.record.slot.cancel.cancelled(), if !self.is_canceling => self.cancel(),
                () = time_is_up(deadline, &workflows) => self.time_out(),
                () = self.record.workflows.executions().stopping() => return,
            }
            for signal in batch.drain(..) {
                self.take(signal);
            }
        }
        workflows.release(records);
    }

    fn time_out(&mut self) {
        if self.deadline.is_some_and(|deadline| deadline > self.record.workflows.now()) {
            return;
        }
        self.is_timed_out = true;
        self.conductor.fail("the time of the workflow is up: what it ran is stopped", None);
        self.cancel_children("squall");
    }

    /// Passes a request to cancel on to everything that runs.
    fn cancel(&mut self) {
        self.is_canceling = true;
        // What has ended, or is being canceled already, cannot be canceled again.
        let _refused = self.conductor.request(FlowStatus::Canceling);
        let user = self.record.slot.seen.borrow().context.get("cancelled_by").cloned();
        let user = user.as_ref().and_then(Value::as_str).unwrap_or("squall").to_owned();
        self.cancel_children(&user);
    }

    fn cancel_children(&self, user: &str) {
        for id in self.children.keys().copied() {
            let (workflows, squall) = (self.record.workflows.clone(), Principal::system(user));
            self.record.workflows.executions().spawn(async move {
                if let Err(error) = workflows.executions().cancel(&squall, id).await {
                    tracing::error!(execution.id = %id, %error, "a part of a workflow could not be canceled");
                }
            });
        }
    }

    fn take(&mut self, signal: Signal) {
        match signal {
            Signal::Child(child) => self.hear(&child),
            Signal::Ask(Ask::Pause, user, reply) => self.pause(&user, reply),
            Signal::Ask(Ask::Resume, user, reply) => self.resume(&user, reply),
        }
    }

    /// Takes in how an execution stands that runs for a task.
    pub(super) fn hear(&mut self, execution: &Arc<Execution>) {
        let Some(child) = self.children.get(&execution.id).cloned() else { return };
        let runs = matches!(execution.status, Status::Running | Status::Resuming);
        let goes_on = runs && self.known(&child) == Some(FlowStatus::Paused);
        let status =
            if goes_on { Some(FlowStatus::Running) } else { flow_status(execution.status) };
        let Some(status) = status else { return };
        if goes_on && self.is_paused() && !self.is_paused_by_person() {
            // A part that goes on takes the whole with it.
            let _refused = self.conductor.request(FlowStatus::Resuming);
        }
        if execution.status.is_final() {
            self.children.remove(&execution.id);
            self.keep(&child, execution);
            self.go_on_after(execution);
        }
        let event = Event {
            item: child.item,
            result: execution.result.clone(),
            source: Some(Arc::from(execution.id.to_string())),
            ..Event::new(status)
        };
        self.event(&child, event);
    }

    /// Goes on when a question has ended for which this paused: it may have done so again after
    /// the answer had let it go on, as other questions wait.
    fn go_on_after(&mut self, execution: &Execution) {
        if execution.is_question() && self.is_paused() && !self.is_paused_by_person() {
            // The end of the question is taken in all the same.
            let _refused = self.conductor.request(FlowStatus::Resuming);
        }
    }

    /// Returns how an execution stands as far as the conductor knows.
    pub(super) fn known(&self, child: &Child) -> Option<FlowStatus> {
        match child.item {
            Some(item) => self.conductor.item_status(&child.task, child.route, item),
            None => self.conductor.task_status(&child.task, child.route),
        }
    }

    fn is_paused(&self) -> bool {
        matches!(self.conductor.status(), FlowStatus::Pausing | FlowStatus::Paused)
    }

    fn is_paused_by_person(&self) -> bool {
        let seen = Arc::clone(&self.record.slot.seen.borrow());
        let key = "paused_by";
        let by_person = self.record.context.get(key).or_else(|| seen.context.get(key));
        by_person.is_some_and(|person| !person.is_null())
    }

    /// Keeps what an execution gave for those that ask for it later.
    pub(super) fn keep(&mut self, child: &Child, execution: &Arc<Execution>) {
        if let Some(item) = child.item {
            let items = self.items.entry((child.task.clone(), child.route)).or_default();
            if items.len() <= item {
                items.resize(item + 1, None);
            }
            items[item] = Some(Arc::clone(execution));
        } else if self.keeps_results {
            self.ended.insert(child.entry, Arc::clone(execution));
        }
    }

    /// Tells the conductor what happened to a task.
    pub(super) fn event(&mut self, child: &Child, event: Event<'_>) {
        let place = (child.task.clone(), child.route);
        let datastore = Datastore;
        let records = TaskRecords {
            workflow: self.record.id,
            tasks: &self.tasks,
            ended: &self.ended,
            items: &self.items,
        };
        let env = env(&self.record.workflows, self.record.slot.id, &datastore, Some(&records));
        let items = self.items.get(&place);
        let accumulated = || {
            let result = |item: &Option<Arc<Execution>>| {
                item.as_ref().and_then(|child| child.result.as_deref()).cloned().unwrap_or_default()
            };
            Value::Array(items.into_iter().flatten().map(result).collect())
        };
        let event = Event { accumulated: Some(&accumulated), ..event };
        match self.conductor.event(&child.task, child.route, &event, &env) {
            Ok(status) => {
                if status.is_some_and(FlowStatus::is_completed) {
                    self.end_task(child);
                }
            }
            Err(error) => {
                self.conductor.fail(error.entry(), Some((&child.task, child.route)));
            }
        }
    }

    fn end_task(&mut self, child: &Child) {
        let Some(entry) = self.conductor.task_entry(&child.task, child.route) else { return };
        let now = self.record.workflows.now();
        if let Some(task) = self.tasks.get_mut(&entry) {
            task.end = Some(now);
            self.record.put(&cells::task_key(entry), &task.to_cell());
        }
    }
}

/// Returns what a workflow hears of an execution's status; none of those that do not matter.
pub(super) const fn flow_status(status: Status) -> Option<FlowStatus> {
    match status {
        Status::Succeeded => Some(FlowStatus::Succeeded),
        Status::Failed => Some(FlowStatus::Failed),
        Status::Timeout => Some(FlowStatus::Timeout),
        Status::Abandoned => Some(FlowStatus::Abandoned),
        Status::Canceled => Some(FlowStatus::Canceled),
        Status::Pending => Some(FlowStatus::Pending),
        Status::Paused => Some(FlowStatus::Paused),
        Status::Resuming => Some(FlowStatus::Resuming),
        Status::Requested
        | Status::Delayed
        | Status::Scheduled
        | Status::Running
        | Status::Pausing
        | Status::Canceling => None,
    }
}

/// Returns the status of an execution whose workflow ended so.
pub(super) const fn end_status(status: FlowStatus) -> Status {
    match status {
        FlowStatus::Succeeded => Status::Succeeded,
        FlowStatus::Canceled => Status::Canceled,
        FlowStatus::Timeout => Status::Timeout,
        FlowStatus::Abandoned => Status::Abandoned,
        FlowStatus::Failed
        | FlowStatus::Unset
        | FlowStatus::Requested
        | FlowStatus::Scheduled
        | FlowStatus::Delayed
        | FlowStatus::Running
        | FlowStatus::Pending
        | FlowStatus::Pausing
        | FlowStatus::Paused
        | FlowStatus::Resuming
        | FlowStatus::Retrying
        | FlowStatus::Canceling => Status::Failed,
    }
}

/// Resolves when a workflow has taken too long.
#[expect(
    clippy::disallowed_methods,
    reason = "the driver checks the clock of the rooms when it wakes"
)]
pub(super) async fn time_is_up(deadline: Option<Timestamp>, workflows: &Workflows) {
    let Some(deadline) = deadline else { return std::future::pending().await };
    let wait = deadline.seconds_since(workflows.now()).clamp(0.0, 86_400.0);
    tokio::time::sleep(Duration::from_secs_f64(wait)).await;
}

/// Returns what surrounds the expressions of a step.
pub(super) fn env<'a>(
    workflows: &Workflows,
    execution: Id,
    datastore: &'a Datastore,
    records: Option<&'a dyn Records>,
) -> Env<'a> {
    let now = jiff::Timestamp::from_microsecond(workflows.now().micros());
    Env {
        now: now.unwrap_or_default(),
        seed: seed(workflows, execution),
        lookup: Some(datastore),
        records,
        ..Env::new()
    }
}

/// Returns what the random numbers of a step are drawn by.
pub(super) fn seed(workflows: &Workflows, execution: Id) -> u64 {
    let now = workflows.now().micros().to_le_bytes();
    execution.to_string().bytes().chain(now).fold(0, |seed: u64, byte| {
        seed.rotate_left(5) ^ u64::from(byte).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// Tells whether expressions of a workflow ask for the records of tasks.
pub(super) fn reads_tasks(definition: &Value) -> bool {
    let text = definition.to_string();
    text.match_indices("task").any(|(at, word)| {
        text.get(at + word.len()..).is_some_and(|rest| rest.trim_start().starts_with('('))
    })
}
