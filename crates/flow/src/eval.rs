//! The protocol by which recorded runs of Orquesta's conductor are compared.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    Conductor, Env, Plan, Status,
    conductor::{Event, Ready, Rerun},
    protocol::Change,
    spec,
};

/// How many rounds a run has at most, unless the question says so.
const ROUNDS_MAX: u64 = 60;

/// Answers a question about the workflow of a definition; none for a kind that is not known here.
pub fn answer(
    kind: &str,
    definition: &Value,
    input: &Value,
    now: Timestamp,
) -> Option<Result<Value, String>> {
    match kind {
        "orq_run" => Some(run(definition, input, now)),
        "orq_trace" => Some(trace(definition, input, now)),
        _ => None,
    }
}

/// A conductor and its cells, as a store would keep them.
struct Stored {
    conductor: Conductor,
    cells: HashMap<String, Value>,
}

impl Stored {
    fn new(definition: &Value, input: &Value, env: &Env<'_>) -> Result<Self, String> {
        let workflow = spec::parse(definition).map_err(|error| error.to_string())?;
        let plan = Arc::new(Plan::new(workflow).map_err(|error| error.to_string())?);
        let object =
            |name: &str| input.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let conductor = Conductor::new(plan, &object("inputs"), object("context"), env);
        Ok(Self { conductor, cells: HashMap::new() })
    }

    /// Writes the state and reads it back.
    fn reload(&mut self) -> Result<(), String> {
        for change in self.conductor.changes() {
            match change {
                Change::Put(key, value) => {
                    self.cells.insert(key, value);
                }
                Change::Remove(key) => {
                    self.cells.remove(&key);
                }
                Change::RemoveAll(prefix) => self.cells.retain(|key, _| !key.starts_with(&prefix)),
            }
        }
        let cells = self.cells.clone().into_iter().collect();
        let plan = Arc::clone(self.conductor.plan());
        self.conductor =
            Conductor::restore(plan, cells, &|_| None).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn summary(&self) -> Map<String, Value> {
        let conductor = &self.conductor;
        let sequence: Vec<Value> = conductor
            .sequence()
            .map(|step| {
                json!({
                    "id": step.task,
                    "route": step.route,
                    "status": step.status,
                    "term": step.is_terminal,
                })
            })
            .collect();
        let routes: Vec<&[String]> = conductor.routes().collect();
        let mut summary = Map::new();
        summary.insert("status".to_owned(), json!(conductor.status()));
        summary.insert("output".to_owned(), json!(conductor.output()));
        summary.insert("errors".to_owned(), Value::Array(conductor.errors()));
        summary.insert("sequence".to_owned(), Value::Array(sequence));
        summary.insert("routes".to_owned(), json!(routes));
        summary
    }
}

fn env(now: Timestamp) -> Env<'static> {
    Env { now, again: true, ..Env::new() }
}

fn text<'v>(input: &'v Value, name: &str) -> &'v str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn status(input: &Value) -> Result<Status, String> {
    let name = text(input, "status");
    Status::from_name(name).ok_or_else(|| format!("InvalidStatus: Status \"{name}\" is not valid."))
}

fn described(ready: &Ready) -> Value {
    let action = |action: &crate::conductor::Action| {
        let mut entry = json!({"action": action.action, "input": action.input});
        if let (Some(item), Some(entry)) = (action.item, entry.as_object_mut()) {
            entry.insert("item_id".to_owned(), item.into());
        }
        entry
    };
    let actions: Vec<Value> = ready.actions.iter().map(action).collect();
    let mut entry = json!({"id": ready.task, "route": ready.route, "actions": actions});
    if let Some(entry) = entry.as_object_mut() {
        if let Some(delay) = ready.delay {
            entry.insert("delay".to_owned(), delay.into());
        }
        if let Some(count) = ready.items_count {
            entry.insert("items_count".to_owned(), count.into());
            entry.insert("concurrency".to_owned(), json!(ready.concurrency));
        }
    }
    entry
}

/// A workflow whose tasks end as the question says.
struct Playback<'v> {
    stored: Stored,
    results: HashMap<&'v str, std::slice::Iter<'v, Value>>,
    default: Option<&'v Value>,
    /// For tasks with items left: how they end, and the results so far.
    underway: HashMap<(String, usize), (Value, Vec<Value>)>,
    env: Env<'static>,
}

fn run(definition: &Value, input: &Value, now: Timestamp) -> Result<Value, String> {
    let env = env(now);
    let empty = Map::new();
    let results = input.get("results").and_then(Value::as_object).unwrap_or(&empty);
    let results = results
        .iter()
        .map(|(task, list)| (task.as_str(), list.as_array().map_or(&[][..], Vec::as_slice).iter()));
    let mut run = Playback {
        stored: Stored::new(definition, input, &env)?,
        results: results.collect(),
        default: input.get("default"),
        underway: HashMap::new(),
        env,
    };
    let mut dispatched = Vec::new();
    if !run.stored.conductor.status().is_completed() {
        run.stored.conductor.request(Status::Running).map_err(|error| error.entry())?;
    }
    let rounds = input.get("max_rounds").and_then(Value::as_u64).unwrap_or(ROUNDS_MAX);
    for _ in 0..rounds {
        let ready = run.stored.conductor.next(&env);
        if ready.is_empty() {
            break;
        }
        dispatched.extend(ready.iter().map(described));
        for task in &ready {
            run.start(task)?;
        }
        for task in &ready {
            run.complete(task)?;
        }
        run.stored.reload()?;
    }
    run.stored.conductor.render_output(&env);
    let mut summary = run.stored.summary();
    summary.insert("dispatched".to_owned(), Value::Array(dispatched));
    Ok(Value::Object(summary))
}

impl Playback<'_> {
    fn start(&mut self, ready: &Ready) -> Result<(), String> {
        for item in items(ready) {
            self.event(ready, &Event { item, ..Event::new(Status::Running) })?;
        }
        Ok(())
    }

    fn complete(&mut self, ready: &Ready) -> Result<(), String> {
        let key = (ready.task.clone(), ready.route);
        let (told, mut gathered) = self.underway.remove(&key).unwrap_or_else(|| {
            let succeeded = json!({"status": "succeeded", "result": null});
            let told = self.results.get_mut(ready.task.as_str()).and_then(Iterator::next);
            let told = told.or(self.default).unwrap_or(&succeeded).clone();
            (told, vec![Value::Null; ready.items_count.unwrap_or_default()])
        });
        if ready.items_count == Some(0) {
            let event = Event {
                result: Some(Arc::new(Value::Array(Vec::new()))),
                ..Event::new(Status::Succeeded)
            };
            return self.event(ready, &event);
        }
        for item in items(ready) {
            let own = item.and_then(|item| told.get("items")?.get(item)).unwrap_or(&told);
            let result = own.get("result").cloned().unwrap_or_default();
            if let Some(slot) = item.and_then(|item| gathered.get_mut(item)) {
                slot.clone_from(&result);
            }
            let accumulated = || Value::Array(gathered.clone());
            let event = Event {
                item,
                result: Some(Arc::new(result)),
                accumulated: Some(&accumulated),
                ..Event::new(status(own)?)
            };
            self.event(ready, &event)?;
        }
        let status = self.stored.conductor.task_status(&ready.task, ready.route);
        if ready.items_count.is_some() && status.is_some_and(Status::is_active) {
            self.underway.insert(key, (told, gathered));
        }
        Ok(())
    }

    fn event(&mut self, ready: &Ready, event: &Event<'_>) -> Result<(), String> {
        let conductor = &mut self.stored.conductor;
        let done = conductor.event(&ready.task, ready.route, event, &self.env);
        done.map(drop).map_err(|error| error.entry())
    }
}

/// Returns the items to report; none stands for the task as a whole.
fn items(ready: &Ready) -> Vec<Option<usize>> {
    if ready.items_count == Some(0) {
        return vec![None];
    }
    ready.actions.iter().map(|action| action.item).collect()
}

/// A conductor led through single steps.
fn trace(definition: &Value, input: &Value, now: Timestamp) -> Result<Value, String> {
    let env = env(now);
    let mut stored = Stored::new(definition, input, &env)?;
    let steps = input.get("steps").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut answers = Vec::with_capacity(steps.len());
    for step in steps {
        let mut answer = Map::new();
        match take_step(&mut stored, step, &env) {
            Ok(Some((name, value))) => {
                answer.insert(name.to_owned(), value);
            }
            Ok(None) => {}
            Err(class) => {
                answer.insert("error".to_owned(), class.into());
            }
        }
        answer.insert("status".to_owned(), json!(stored.conductor.status()));
        answers.push(Value::Object(answer));
    }
    let end = stored.summary();
    Ok(json!({"steps": answers, "final": end}))
}

/// Takes a step; a refusal is the name of its class.
fn take_step(
    stored: &mut Stored,
    step: &Value,
    env: &Env<'_>,
) -> Result<Option<(&'static str, Value)>, String> {
    let class = |error: crate::conductor::Error| error.class_name().to_owned();
    let conductor = &mut stored.conductor;
    match text(step, "op") {
        "status" => {
            conductor.request(status(step)?).map_err(class)?;
        }
        "next" => {
            let ready = conductor.next(env);
            return Ok(Some(("tasks", ready.iter().map(described).collect())));
        }
        "event" => {
            let event = step.get("event").unwrap_or(&Value::Null);
            let result = |name: &str| event.get(name).filter(|value| !value.is_null()).cloned();
            let accumulated = || result("accumulated_result").unwrap_or(Value::Array(Vec::new()));
            let event = Event {
                item: event
                    .get("item_id")
                    .and_then(Value::as_u64)
                    .and_then(|item| usize::try_from(item).ok()),
                result: result("result").map(Arc::new),
                accumulated: Some(&accumulated),
                ..Event::new(status(event)?)
            };
            let route = step.get("route").and_then(Value::as_u64).unwrap_or_default();
            let route = usize::try_from(route).unwrap_or_default();
            let status = conductor.event(text(step, "task"), route, &event, env).map_err(class)?;
            return Ok(Some(("task_status", json!(status))));
        }
        "rerun" => conductor.rerun(&reruns(step), env).map_err(class)?,
        "output" => conductor.render_output(env),
        "reload" => stored.reload()?,
        other => return Err(format!("`{other}` is no step")),
    }
    Ok(None)
}

fn reruns(step: &Value) -> Vec<Rerun> {
    let requests = step.get("tasks").and_then(Value::as_array).into_iter().flatten();
    let one = |request: &Value| Rerun {
        task: text(request, "task").to_owned(),
        route: request
            .get("route")
            .and_then(Value::as_u64)
            .and_then(|route| usize::try_from(route).ok())
            .unwrap_or_default(),
        reset_items: request.get("reset_items").and_then(Value::as_bool).unwrap_or_default(),
    };
    requests.map(one).collect()
}
