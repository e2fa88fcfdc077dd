//! Action chains as YAML, run for some tasks that succeed and fail in turn. The cells restore the same
//! chain.
#![no_main]

use std::{collections::HashMap, sync::Arc};

use flow::{
    Env, Status,
    chain::{Chain, Definition, Inputs, Options},
    protocol::{Change, Next, Report},
};
use libfuzzer_sys::fuzz_target;
use python::yaml::{self, Duplicates};
use serde_json::{Value, json};

const TASKS: usize = 12;

fuzz_target!(|text: &str| {
    let Ok(document) = yaml::read(text.as_bytes(), Duplicates::KeepLast) else { return };
    let Ok(definition) = fuzz::input(|| Definition::parse(&document.value)) else { return };
    assert!(definition.first().is_none() || !definition.nodes().is_empty());
    let parameters = json!({"cmd": "x", "l": [1, 2]}).as_object().cloned().unwrap_or_default();
    let inputs = Inputs { parameters, ..Inputs::default() };
    let env = Env { limits: fuzz::LIMITS, ..Env::default() };
    fuzz::input(|| run(&Arc::new(definition), &inputs, &env));
});

/// Runs a chain.
fn run(definition: &Arc<Definition>, inputs: &Inputs, env: &Env<'_>) {
    let options = Options { tasks_max: TASKS, ..Options::default() };
    let mut chain = Chain::start(Arc::clone(definition), inputs.clone(), options.clone(), env);
    let mut cells: HashMap<String, Value> = HashMap::new();
    for step in 0..3 * TASKS {
        match chain.next(env) {
            Next::Request(request) => {
                assert!(definition.nodes().iter().any(|node| node.name == request.task));
                assert!(chain.started("5f0000000000000000000001", "5f0000000000000000000002", "t"));
            }
            Next::Wait | Next::Tell { .. } => {
                let status = [Status::Succeeded, Status::Failed][step / 4 % 2];
                let result = Arc::new(json!({"stdout": step}));
                let _heard =
                    chain.heard(Report { status, result, updated_at: "t".to_owned() }, env);
            }
            Next::End { status, result } => {
                assert!(status.is_completed(), "{status:?}");
                assert!(result.is_object());
                return;
            }
        }
        for change in chain.changes() {
            match change {
                Change::Put(key, value) => drop(cells.insert(key, value)),
                Change::Remove(key) => drop(cells.remove(&key)),
                Change::RemoveAll(prefix) => cells.retain(|key, _| !key.starts_with(&prefix)),
            }
        }
        let (kept, before) = (cells.clone(), (chain.status(), chain.result()));
        chain =
            Chain::restore(Arc::clone(definition), inputs.clone(), options.clone(), kept, &|_| {
                None
            })
            .expect("what is written is read");
        assert_eq!((chain.status(), chain.tasks_count()), (before.0, chain.tasks_count()));
    }
}
