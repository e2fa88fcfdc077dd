//! Runs a case.

use std::{collections::HashMap, sync::Arc};

use expr::jinja::Lookup;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::case::{Case, Execution, Given, Mocks, Reply, Turn};
use crate::{
    Conductor, Env, Plan, Status,
    conductor::{self, Event, Ready},
    contexts::Object,
    env::Records,
};

/// How many actions a rehearsal runs at most.
const ACTIONS_MAX: usize = 10_000;

/// Why a rehearsal did not end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The conductor refuses what the test tells it.
    #[error("task `{task}` cannot end as the test says: {reason}")]
    Refused {
        /// The task.
        task: String,
        /// Why.
        reason: conductor::Error,
    },
    /// The workflow does not end.
    #[error(
        "the workflow still runs after {0} actions: mock what ends its loop, or give it an end"
    )]
    Endless(usize),
}

/// The outcome of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The status of the workflow.
    pub status: Status,
    /// Its output, if it has one.
    pub output: Option<Object>,
    /// Its list of errors.
    pub errors: Vec<Value>,
    /// The tasks and commands in the order in which they came to be, with their routes.
    pub sequence: Vec<(String, usize)>,
    /// Those that nothing follows.
    pub terminal: Vec<(String, usize)>,
    /// The routes.
    pub routes: Vec<Vec<String>>,
    /// The actions in the order in which they were started.
    pub started: Vec<Started>,
}

/// An action that was started.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The task.
    pub task: String,
    /// Its route.
    pub route: usize,
    /// The item.
    pub item: Option<usize>,
    /// The reference of the action; null for a task without one.
    pub action: Value,
    /// Its parameters.
    pub input: Value,
    /// How many seconds it would wait before.
    pub delay: Option<i64>,
    /// The round in which it ran: all of one round run side by side.
    pub round: usize,
    /// How it ended.
    pub status: Status,
}

/// Runs a workflow, its tasks ending as the case says.
///
/// # Errors
/// Fails when the workflow does not end, and when a task cannot end as it is told.
pub fn rehearse(case: &Case, plan: Arc<Plan>, now: Timestamp) -> Result<Outcome, Error> {
    let datastore = Datastore(&case.datastore);
    let ended = Ended::default();
    let env = env(now, &datastore, &ended);
    let conductor = Conductor::new(plan, &case.inputs, case.context.clone(), &env);
    let mut rehearsal = Rehearsal {
        conductor,
        started: Vec::new(),
        round: 0,
        ended: Ended::default(),
        datastore,
        now,
        gathered: HashMap::new(),
    };
    if rehearsal.conductor.status() == Status::Unset
        && let Err(error) = rehearsal.conductor.request(Status::Running)
    {
        rehearsal.conductor.fail(error.entry(), None);
    }
    match &case.mocks {
        Mocks::Turns(turns) => run_turns(&mut rehearsal, turns)?,
        Mocks::Orquesta(mocks) => run_orquesta(&mut rehearsal, mocks)?,
    }
    Ok(rehearsal.outcome())
}

/// A conductor with its surroundings.
struct Rehearsal<'c> {
    conductor: Conductor,
    started: Vec<Started>,
    round: usize,
    ended: Ended,
    datastore: Datastore<'c>,
    now: Timestamp,
    /// The results of items, by task, and by route unless it runs as Orquesta's rehearsals do.
    gathered: HashMap<(String, usize), Vec<Value>>,
}

impl Rehearsal<'_> {
    fn next(&mut self) -> Result<Vec<Ready>, Error> {
        let env = env(self.now, &self.datastore, &self.ended);
        let ready = self.conductor.next(&env);
        self.round += 1;
        if self.started.len() > ACTIONS_MAX || self.round > ACTIONS_MAX {
            return Err(Error::Endless(ACTIONS_MAX));
        }
        Ok(ready)
    }

    fn event(&mut self, ready: &Ready, event: &Event<'_>) -> Result<(), conductor::Error> {
        let env = env(self.now, &self.datastore, &self.ended);
        self.conductor.event(&ready.task, ready.route, event, &env).map(drop)
    }

    fn note(&mut self, ready: &Ready, index: usize, status: Status) {
        let Some(action) = ready.actions.get(index) else { return };
        self.started.push(Started {
            task: ready.task.clone(),
            route: ready.route,
            item: action.item,
            action: action.action.clone(),
            input: action.input.clone(),
            delay: ready.delay.filter(|delay| *delay > 0),
            round: self.round,
            status,
        });
    }

    /// Keeps what `task()` returns for a task.
    fn record(&mut self, ready: &Ready, status: Status, result: &Value) {
        let Some(entry) = self.conductor.task_entry(&ready.task, ready.route) else { return };
        let now = self.now.to_string();
        self.ended.0.insert(
            entry,
            json!({
                "task_execution_id": "000000000000000000000000",
                "workflow_execution_id": "000000000000000000000000",
                "task_name": ready.task,
                "task_id": ready.task,
                "route": ready.route,
                "result": result,
                "status": status.name(),
                "start_timestamp": now,
                "end_timestamp": now,
            }),
        );
    }

    fn outcome(mut self) -> Outcome {
        let env = env(self.now, &self.datastore, &self.ended);
        self.conductor.render_output(&env);
        let conductor = &self.conductor;
        let name = |entry: conductor::SequenceEntry<'_>| (entry.task.to_owned(), entry.route);
        Outcome {
            status: conductor.status(),
            output: conductor.output().cloned(),
            errors: conductor.errors(),
            sequence: conductor.sequence().map(name).collect(),
            terminal: conductor.sequence().filter(|entry| entry.is_terminal).map(name).collect(),
            routes: conductor.routes().map(<[String]>::to_vec).collect(),
            started: self.started,
        }
    }
}

/// Runs in rounds: all tasks that are ready start, then all of them end.
fn run_turns(rehearsal: &mut Rehearsal<'_>, turns: &[Turn]) -> Result<(), Error> {
    let mut runs: HashMap<(String, usize), usize> = HashMap::new();
    loop {
        let round = rehearsal.next()?;
        if round.is_empty() {
            return Ok(());
        }
        for ready in &round {
            if ready.items_count.is_none() || ready.begins_items {
                let key = (ready.task.clone(), ready.route);
                *runs.entry(key.clone()).or_default() += 1;
                rehearsal.gathered.insert(key, vec![Value::Null; ready.items_count.unwrap_or(0)]);
            }
            for item in items(ready) {
                let event = Event { item, ..Event::new(Status::Running) };
                if let Err(error) = rehearsal.event(ready, &event) {
                    rehearsal.conductor.fail(error.entry(), Some((&ready.task, ready.route)));
                }
            }
        }
        for ready in &round {
            let run = runs.get(&(ready.task.clone(), ready.route)).map_or(0, |run| run - 1);
            if let Err(error) = end_turn(rehearsal, ready, turn_of(turns, ready, run)) {
                // As in a real workflow: a condition that cannot be evaluated fails it.
                rehearsal.conductor.fail(error.entry(), Some((&ready.task, ready.route)));
            }
        }
    }
}

/// Returns the mock of a task in one of its runs.
fn turn_of<'c>(turns: &'c [Turn], ready: &Ready, run: usize) -> Option<&'c Turn> {
    let is_meant = |turn: &&Turn| {
        turn.task.value == ready.task && turn.route.is_none_or(|route| route == ready.route)
    };
    let mut before = 0_usize;
    let mut last = None;
    for turn in turns.iter().filter(is_meant) {
        before = before.saturating_add(turn.times);
        last = Some(turn);
        if run < before {
            break;
        }
    }
    last
}

fn end_turn(
    rehearsal: &mut Rehearsal<'_>,
    ready: &Ready,
    turn: Option<&Turn>,
) -> Result<(), conductor::Error> {
    if ready.items_count == Some(0) {
        let result = Some(Arc::new(json!([])));
        return rehearsal.event(ready, &Event { result, ..Event::new(Status::Succeeded) });
    }
    let key = (ready.task.clone(), ready.route);
    let mut gathered = rehearsal.gathered.remove(&key).unwrap_or_default();
    for (index, action) in ready.actions.iter().enumerate() {
        let told = turn.map(|turn| match action.item {
            Some(item) => turn.items.get(item).unwrap_or(&turn.reply),
            None => &turn.reply,
        });
        let status = told.map_or(Status::Succeeded, |reply| reply.status);
        let result = result_of(told, status, &action.action);
        rehearsal.note(ready, index, status);
        if let Some(slot) = action.item.and_then(|item| gathered.get_mut(item)) {
            slot.clone_from(&result);
        }
        let recorded = match action.item {
            Some(_) => {
                let one = |result: &Value| json!({"status": status.name(), "result": result});
                json!({"items": gathered.iter().map(one).collect::<Vec<Value>>()})
            }
            None => result.clone(),
        };
        rehearsal.record(ready, status, &recorded);
        let accumulated = || Value::Array(gathered.clone());
        let event = Event {
            item: action.item,
            result: Some(Arc::new(result)),
            accumulated: Some(&accumulated),
            ..Event::new(status)
        };
        rehearsal.event(ready, &event)?;
    }
    rehearsal.gathered.insert(key, gathered);
    Ok(())
}

/// Returns the result of an action: where no mock has one, the empty result that runners return.
fn result_of(told: Option<&Reply>, status: Status, action: &Value) -> Value {
    match told.map(|reply| &reply.result) {
        Some(Given::Value(value)) => value.clone(),
        _ if action.is_null() => Value::Null,
        _ => {
            let succeeded = status == Status::Succeeded;
            json!({
                "stdout": "", "stderr": "", "succeeded": succeeded, "failed": !succeeded,
                "return_code": u8::from(!succeeded), "exit_code": u8::from(!succeeded),
                "result": null, "output": {}, "status_code": 200, "body": "",
            })
        }
    }
}

/// Returns the items to report; none stands for the task as a whole.
fn items(ready: &Ready) -> Vec<Option<usize>> {
    if ready.items_count == Some(0) {
        return vec![None];
    }
    ready.actions.iter().map(|action| action.item).collect()
}

/// Runs as Orquesta's rehearsals do: a task with items ends one item each round.
fn run_orquesta(rehearsal: &mut Rehearsal<'_>, mocks: &[Execution]) -> Result<(), Error> {
    let mut used = vec![0; mocks.len()];
    loop {
        let round = rehearsal.next()?;
        if round.is_empty() {
            return Ok(());
        }
        let refused = |ready: &Ready| {
            let task = ready.task.clone();
            move |reason| Error::Refused { task, reason }
        };
        let mut entries = Vec::with_capacity(round.len());
        for ready in &round {
            rehearsal.event(ready, &Event::new(Status::Running)).map_err(refused(ready))?;
            entries.push(rehearsal.conductor.sequence().count().saturating_sub(1));
        }
        for (ready, entry) in round.iter().zip(entries) {
            let found = choose(mocks, &used, &ready.task, Some(entry))
                .or_else(|| choose(mocks, &used, &ready.task, None));
            if let Some(index) = found {
                used[index] += 1;
            }
            end_orquesta(rehearsal, ready, found.map(|index| &mocks[index]))
                .map_err(refused(ready))?;
        }
    }
}

/// Returns the first mocked execution of a task that is not used up.
fn choose(mocks: &[Execution], used: &[usize], task: &str, entry: Option<usize>) -> Option<usize> {
    let is_left = |index: &usize| {
        let mock = &mocks[*index];
        mock.task.value == task && used[*index] < mock.times
    };
    let mut left = (0..mocks.len()).filter(is_left);
    match entry {
        Some(_) => left.find(|index| mocks[*index].entry == entry),
        None => left.next().filter(|index| mocks[*index].entry.is_none()),
    }
}

fn end_orquesta(
    rehearsal: &mut Rehearsal<'_>,
    ready: &Ready,
    mock: Option<&Execution>,
) -> Result<(), conductor::Error> {
    let status = mock.map_or(Status::Succeeded, |mock| mock.reply.status);
    let result = match mock.map(|mock| &mock.reply.result) {
        Some(Given::Value(value)) => value.clone(),
        Some(Given::Unsaid | Given::File(_)) | None => Value::Null,
    };
    let Some(count) = ready.items_count else {
        rehearsal.note(ready, 0, status);
        rehearsal.record(ready, status, &result);
        let result = Some(Arc::new(result));
        return rehearsal.event(ready, &Event { result, ..Event::new(status) });
    };
    if count == 0 {
        let result = Some(Arc::new(json!([])));
        return rehearsal.event(ready, &Event { result, ..Event::new(Status::Succeeded) });
    }
    // The routes of a task share the results of its items.
    let key = (ready.task.clone(), 0);
    let mut gathered = rehearsal.gathered.remove(&key).unwrap_or_default();
    let item = mock.and_then(|mock| mock.item).unwrap_or(gathered.len());
    // An item that the task does not have is refused by the conductor.
    if gathered.len() <= item && item < count {
        gathered.resize(item + 1, Value::Null);
    }
    if let Some(slot) = gathered.get_mut(item) {
        slot.clone_from(&result);
    }
    let index = ready.actions.iter().position(|action| action.item == Some(item));
    rehearsal.note(ready, index.unwrap_or_default(), status);
    let accumulated = || Value::Array(gathered.clone());
    let event = Event {
        item: Some(item),
        result: Some(Arc::new(result)),
        accumulated: Some(&accumulated),
        ..Event::new(status)
    };
    let done = rehearsal.event(ready, &event);
    rehearsal.gathered.insert(key, gathered);
    done
}

fn env<'a>(now: Timestamp, datastore: &'a Datastore<'_>, ended: &'a Ended) -> Env<'a> {
    Env { now, lookup: Some(datastore), records: Some(ended), ..Env::new() }
}

/// The records behind `task()`.
#[derive(Debug, Default)]
struct Ended(HashMap<usize, Value>);

impl Records for Ended {
    fn record(&self, entry: usize) -> Option<Value> {
        self.0.get(&entry).cloned()
    }
}

/// The datastore of a test: names that begin with `system.` are the system's.
struct Datastore<'c>(&'c Object);

impl Datastore<'_> {
    fn value(&self, key: &str) -> Option<String> {
        self.0.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

impl Lookup for Datastore<'_> {
    fn system(&self, key: &str) -> Option<String> {
        self.value(&format!("system.{key}"))
    }

    fn user(&self, key: &str) -> Option<String> {
        self.value(key)
    }
}
