//! Workflows as YAML, inspected and run for some rounds, where tasks succeed and fail in turn. The
//! cells restore the same conductor.
#![no_main]

use std::{collections::HashMap, sync::Arc};

use expr::jinja::Limits;
use flow::{
    Conductor, Env, Plan, Status,
    conductor::Event,
    inspect,
    protocol::Change,
    spec,
};
use libfuzzer_sys::fuzz_target;
use python::yaml::{self, Duplicates};
use serde_json::{Map, Value, json};

const ROUNDS: usize = 8;

/// A round has many evaluations.
const LIMITS: Limits = Limits { fuel: 5_000, built_bytes_max: 1 << 20, ..fuzz::LIMITS };

fuzz_target!(|text: &str| {
    let Ok(document) = yaml::read(text.as_bytes(), Duplicates::KeepLast) else { return };
    let definition = document.value;
    let found = fuzz::input(|| inspect::inspect(&definition));
    assert_eq!(found.is_clean(), found.list().is_empty());
    assert!(found.list().iter().all(|(_, finding)| !finding.message.is_empty()));
    let Ok(workflow) = fuzz::input(|| spec::parse(&definition)) else { return };
    let Ok(plan) = fuzz::input(|| Plan::new(workflow)) else { return };
    let env = Env { again: true, limits: LIMITS, ..Env::new() };
    fuzz::input(|| run(Arc::new(plan), &env));
});

/// Runs a workflow.
fn run(plan: Arc<Plan>, env: &Env<'_>) {
    let mut conductor = Conductor::new(plan, &Map::new(), Map::new(), env);
    if !conductor.status().is_completed() {
        let _refused = conductor.request(Status::Running);
    }
    let mut cells: HashMap<String, Value> = HashMap::new();
    for round in 0..ROUNDS {
        let ready = conductor.next(env);
        if ready.is_empty() {
            break;
        }
        for task in ready.iter().take(16) {
            let items = task.actions.iter().map(|action| action.item).take(8);
            let items: Vec<Option<usize>> =
                if task.items_count == Some(0) { vec![None] } else { items.collect() };
            for status in [Status::Running, [Status::Succeeded, Status::Failed][round % 2]] {
                for item in &items {
                    let result = Some(Arc::new(json!({"stdout": round})));
                    let accumulated = || json!([round]);
                    let event = Event {
                        item: *item,
                        result,
                        accumulated: Some(&accumulated),
                        ..Event::new(status)
                    };
                    let _refused = conductor.event(&task.task, task.route, &event, env);
                }
            }
        }
        let before = summary(&conductor);
        for change in conductor.changes() {
            match change {
                Change::Put(key, value) => drop(cells.insert(key, value)),
                Change::Remove(key) => drop(cells.remove(&key)),
                Change::RemoveAll(prefix) => cells.retain(|key, _| !key.starts_with(&prefix)),
            }
        }
        let plan = Arc::clone(conductor.plan());
        let kept = cells.clone().into_iter().collect();
        conductor = Conductor::restore(plan, kept, &|_| None).expect("what is written is read");
        assert_eq!(summary(&conductor), before);
    }
    conductor.render_output(env);
}

fn summary(conductor: &Conductor) -> Value {
    let sequence: Vec<Value> = conductor
        .sequence()
        .map(|entry| json!([entry.task, entry.route, entry.status, entry.is_terminal]))
        .collect();
    let routes: Vec<&[String]> = conductor.routes().collect();
    json!([conductor.status(), sequence, routes, conductor.errors(), conductor.output()])
}
