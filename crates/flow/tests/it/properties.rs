//! What holds of every workflow: random graphs, outcomes, orders, requests and crashes.
//!
//! Orquesta's conductor is not free of order everywhere, and neither is this one. Three things are
//! decided by what comes first: which of several values of one name a join sees, how often a join
//! of fewer than all runs, and what had begun when a failure stopped the rest. So the property of
//! orders leaves the first two out, and of a workflow that failed asks for the status alone.

use std::collections::BTreeMap;

use flow::{Conductor, Env, Status, conductor::Ready};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, RngSeed},
};
use serde_json::{Map, Value, json};

use crate::conductor::{House, items};

/// How many events a run has at most.
const STEPS_MAX: usize = 3_000;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20),
        ..ProptestConfig::default()
    }
}

/// A task, in numbers.
#[derive(Debug, Clone)]
struct Sketch {
    /// For each transition its condition, and how far ahead its targets are.
    next: Vec<(u8, Vec<u8>)>,
    join: u8,
    items: u8,
    retries: u8,
    fails: bool,
}

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    let next = prop::collection::vec((0..6_u8, prop::collection::vec(1..18_u8, 1..4)), 0..3);
    let sketch = (next, 0..10_u8, 0..9_u8, 0..9_u8, 0..5_u8).prop_map(
        |(next, join, items, retries, fails)| Sketch {
            next,
            join,
            items,
            retries,
            fails: fails == 0,
        },
    );
    prop::collection::vec(sketch, 1..9)
}

/// Which parts of the language a definition may have.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    /// All that is decided by outcomes alone.
    Ordered,
    /// All without cycles.
    Acyclic,
    /// All.
    Whole,
}

fn definition(sketches: &[Sketch], language: Language) -> Value {
    let mut tasks = Map::new();
    for (at, sketch) in sketches.iter().enumerate() {
        let mut task = json!({"action": "a.b"});
        match sketch.join {
            0..=2 => task["join"] = json!("all"),
            3 if language != Language::Ordered => task["join"] = json!(2),
            _ => {}
        }
        match sketch.items {
            0 => task["with"] = json!("<% [] %>"),
            1 => task["with"] = json!("<% [1, 2, 3] %>"),
            2 => task["with"] = json!({"items": "<% [1, 2, 3] %>", "concurrency": 1}),
            _ => {}
        }
        if sketch.retries < 2 {
            task["retry"] = json!({"count": sketch.retries + 1});
        }
        let name = if language == Language::Ordered { format!("v{at}") } else { "v".to_owned() };
        let next: Vec<Value> = sketch
            .next
            .iter()
            .map(|(condition, ahead)| {
                let mut to: Vec<String> = ahead
                    .iter()
                    .map(|ahead| target(*ahead, at, sketches.len(), language))
                    .collect();
                to.dedup();
                let mut next = json!({"do": to});
                match condition {
                    0..=2 => next["when"] = json!("<% succeeded() %>"),
                    3 => next["when"] = json!("<% failed() %>"),
                    _ => {}
                }
                if condition % 2 == 0 {
                    next["publish"] = json!([{name.clone(): {format!("k{at}"): at}}]);
                }
                next
            })
            .collect();
        task["next"] = json!(next);
        tasks.insert(format!("t{at}"), task);
    }
    json!({"vars": [{"v": {}}], "tasks": tasks, "output": [{"all": "<% ctx() %>"}]})
}

fn target(ahead: u8, at: usize, count: usize, language: Language) -> String {
    let ahead = usize::from(ahead);
    match ahead {
        16 => "fail".to_owned(),
        15 => "continue".to_owned(),
        14 if language == Language::Whole => format!("t{}", at / 2),
        _ if at + ahead % 4 + 1 < count => format!("t{}", at + ahead % 4 + 1),
        _ => "noop".to_owned(),
    }
}

/// What runs: a task, its route, an item of it.
type Running = Vec<(String, usize, Option<usize>)>;

fn begin(house: &mut House, running: &mut Running) -> Vec<Ready> {
    let ready = house.start();
    for task in &ready {
        running.extend(items(task).into_iter().map(|item| (task.task.clone(), task.route, item)));
    }
    ready
}

fn outcome(sketches: &[Sketch], task: &str) -> Status {
    let at: usize = task[1..].parse().unwrap();
    if sketches[at].fails { Status::Failed } else { Status::Succeeded }
}

/// Lets all that runs end as sketched, in an order; returns whether nothing is left.
fn run(house: &mut House, sketches: &[Sketch], order: &[u8]) -> bool {
    let mut running = Running::new();
    for step in 0..STEPS_MAX {
        begin(house, &mut running);
        if running.is_empty() {
            return true;
        }
        let chosen = usize::from(order[step % order.len()]) % running.len();
        let (task, route, item) = running.remove(chosen);
        let end = (outcome(sketches, &task), json!({"of": task}));
        house.event(&task, route, item, end).unwrap();
    }
    false
}

/// Returns all that a run has come to.
fn summary(conductor: &Conductor) -> Value {
    let routes: Vec<&[String]> = conductor.routes().collect();
    let sequence: Vec<Value> = conductor
        .sequence()
        .map(|step| json!([step.task, step.route, step.status, step.is_terminal]))
        .collect();
    json!([conductor.status(), routes, sequence, conductor.errors(), conductor.output()])
}

/// Returns what counts of a run, whatever the order was.
fn verdict(house: &mut House) -> Value {
    house.conductor.render_output(&Env::new());
    let conductor = &house.conductor;
    let status = conductor.status();
    if status != Status::Succeeded {
        return json!(status);
    }
    let routes: Vec<&[String]> = conductor.routes().collect();
    let mut steps: Vec<String> = conductor
        .sequence()
        .map(|step| json!([step.task, routes[step.route], step.status]).to_string())
        .collect();
    steps.sort();
    json!([status, steps, conductor.output()])
}

/// The statuses that a task may have after each, retries counted as one change.
const TASK_ARROWS: [(&str, &[&str]); 12] = [
    ("null", &["requested", "scheduled", "delayed", "running", "pending", "succeeded", "failed"]),
    ("requested", &["running", "canceling", "canceled"]),
    (
        "running",
        &[
            "pending",
            "pausing",
            "paused",
            "canceling",
            "canceled",
            "succeeded",
            "failed",
            "retrying",
        ],
    ),
    ("pending", &["succeeded", "failed", "canceled", "retrying"]),
    (
        "pausing",
        &["paused", "resuming", "canceling", "canceled", "succeeded", "failed", "retrying"],
    ),
    ("paused", &["running", "resuming", "canceling", "canceled"]),
    ("resuming", &["running", "canceling", "canceled"]),
    ("retrying", &["running", "canceling", "canceled"]),
    ("canceling", &["canceled", "succeeded", "failed", "retrying"]),
    ("succeeded", &[]),
    ("failed", &[]),
    ("canceled", &[]),
];

/// The statuses that a workflow may have after each; `resuming` after an end is a request.
const WORKFLOW_ARROWS: [(&str, &[&str]); 8] = [
    ("running", &["pausing", "paused", "canceling", "canceled", "succeeded", "failed"]),
    ("pausing", &["running", "resuming", "paused", "canceling", "canceled", "failed"]),
    ("paused", &["running", "resuming", "canceled", "succeeded", "failed"]),
    ("resuming", &["running", "pausing", "paused", "canceling", "canceled", "succeeded", "failed"]),
    ("canceling", &["canceled", "failed"]),
    ("canceled", &["resuming"]),
    ("succeeded", &["failed", "resuming"]),
    ("failed", &["resuming"]),
];

fn is_arrow(arrows: &[(&str, &[&str])], from: &str, to: &str) -> bool {
    from == to || arrows.iter().any(|(name, after)| *name == from && after.contains(&to))
}

/// Returns a change of status that no table allows.
fn forbidden(before: &Value, after: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let (from, to) = (text(&before[0]), text(&after[0]));
    if !is_arrow(&WORKFLOW_ARROWS, &from, &to) {
        return Some(format!("workflow: {from} → {to}"));
    }
    for (old, new) in before[2].as_array()?.iter().zip(after[2].as_array()?) {
        let (from, to) = (text(&old[2]), text(&new[2]));
        if !is_arrow(&TASK_ARROWS, &from, &to) {
            return Some(format!("{}: {from} → {to}", new[0]));
        }
    }
    None
}

/// Returns what a run has come to, if it came there by the tables.
fn moved(before: &Value, house: &House) -> Result<Value, TestCaseError> {
    let after = summary(&house.conductor);
    match forbidden(before, &after) {
        Some(wrong) => Err(TestCaseError::fail(wrong)),
        None => Ok(after),
    }
}

/// The statuses that actions come to have: the ends first.
const STATUSES: [Status; 10] = [
    Status::Succeeded,
    Status::Succeeded,
    Status::Failed,
    Status::Timeout,
    Status::Canceled,
    Status::Paused,
    Status::Pending,
    Status::Pausing,
    Status::Canceling,
    Status::Running,
];

/// Does one thing to a run; returns what it answered.
fn act(house: &mut House, running: &mut Running, op: u8, choice: u8) -> String {
    match op {
        0..=4 => format!("{:?}", begin(house, running)),
        5..=11 if !running.is_empty() => {
            let chosen = usize::from(choice) % running.len();
            let status = STATUSES[usize::from(choice / 16) % STATUSES.len()];
            let (task, route, item) = running[chosen].clone();
            if status.is_completed() {
                running.remove(chosen);
            }
            format!("{:?}", house.event(&task, route, item, (status, json!({"of": choice}))))
        }
        12 => format!("{:?}", house.conductor.request(Status::Paused)),
        13 | 14 => format!("{:?}", house.conductor.request(Status::Resuming)),
        15 if choice < 60 => format!("{:?}", house.conductor.request(Status::Canceled)),
        16 => {
            let done = house.conductor.rerun(&[], &Env::new());
            if done.is_ok() {
                running.clear();
            }
            format!("{done:?}")
        }
        17 => {
            house.conductor.render_output(&Env::new());
            String::new()
        }
        _ => String::new(),
    }
}

/// Returns how many cells of each kind are written.
fn kinds(house: &House) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for key in house.cells.keys() {
        *kinds.entry(key.split('/').next().unwrap_or_default()).or_default() += 1;
    }
    kinds
}

fn acts() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..18_u8, any::<u8>()), 1..40)
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn the_outcomes_alone_decide_how_a_run_ends(
        sketches in sketches(),
        orders in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..30), 3),
    ) {
        let definition = definition(&sketches, Language::Ordered);
        let mut verdicts = Vec::new();
        for order in &orders {
            let mut house = House::new(&definition);
            prop_assert!(run(&mut house, &sketches, order), "it goes on and on");
            prop_assert!(house.status().is_completed(), "it stands still: {}", house.status());
            verdicts.push(verdict(&mut house));
        }
        prop_assert_eq!(&verdicts[0], &verdicts[1]);
        prop_assert_eq!(&verdicts[0], &verdicts[2]);
    }

    #[test]
    fn a_run_without_cycles_ends(
        sketches in sketches(),
        order in prop::collection::vec(any::<u8>(), 1..30),
    ) {
        let mut house = House::new(&definition(&sketches, Language::Acyclic));
        prop_assert!(run(&mut house, &sketches, &order), "it goes on and on");
        prop_assert!(house.status().is_completed(), "it stands still: {}", house.status());
    }

    #[test]
    fn a_run_that_is_read_back_at_every_step_is_the_run_that_never_is(
        sketches in sketches(),
        acts in acts(),
    ) {
        let definition = definition(&sketches, Language::Whole);
        let (mut kept, mut read) = (House::new(&definition), House::new(&definition));
        let (mut running, mut again) = (Running::new(), Running::new());
        for (op, choice) in acts {
            let answer = act(&mut kept, &mut running, op, choice);
            read.reload();
            let other = act(&mut read, &mut again, op, choice);
            prop_assert_eq!(answer, other);
            prop_assert_eq!(summary(&kept.conductor), summary(&read.conductor));
        }
        kept.write();
        read.write();
        prop_assert_eq!(kinds(&kept), kinds(&read));
    }

    #[test]
    fn statuses_move_along_the_arrows_and_the_paused_go_on_to_an_end(
        sketches in sketches(),
        acts in acts(),
    ) {
        let mut house = House::new(&definition(&sketches, Language::Acyclic));
        let mut running = Running::new();
        let mut before = summary(&house.conductor);
        let mut may_stand = false;
        for (op, choice) in acts {
            act(&mut house, &mut running, op, choice);
            before = moved(&before, &house)?;
            // An action that pauses on its own has to go on on its own, too.
            may_stand |= op == 16 || usize::from(choice / 16) % STATUSES.len() > 4;
        }
        // What runs is told to go on, then to end.
        for step in 0..STEPS_MAX {
            let _refused = house.conductor.request(Status::Running);
            before = moved(&before, &house)?;
            begin(&mut house, &mut running);
            let Some((task, route, item)) = running.pop() else { break };
            for status in [Status::Resuming, Status::Running, Status::Succeeded, Status::Canceled] {
                let stands = house.conductor.task_status(&task, route);
                let is_stuck = matches!(stands, Some(Status::Pausing | Status::Canceling));
                if status == Status::Canceled && !is_stuck {
                    continue;
                }
                let _refused = house.event(&task, route, item, (status, Value::Null));
                before = moved(&before, &house)?;
            }
            prop_assert!(step + 1 < STEPS_MAX, "it goes on and on");
        }
        prop_assert!(
            house.status().is_completed() || may_stand,
            "it stands still: {}", summary(&house.conductor)
        );
    }
}
