//! Action chains, from outside.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a test does not wait for is its failure, whatever it is"
)]

mod definition;
mod hostile;
mod pause;
mod records;
mod render;
mod run;

use std::sync::Arc;

use flow::{
    Env, Status,
    chain::{Chain, Definition, Inputs, Options},
    protocol::{Next, Report, Request},
};
use proptest::{prelude::ProptestConfig, test_runner::RngSeed};
use serde_json::{Map, Value, json};

const AT: &str = "2026-01-01T00:00:00.000000Z";
const LATER: &str = "2026-01-01T00:00:01.000000Z";

/// Makes properties be tried on the same cases each time.
fn always_the_same(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_260_101);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

fn parse(value: &Value) -> Arc<Definition> {
    Arc::new(Definition::parse(value).unwrap())
}

fn inputs(parameters: &Value) -> Inputs {
    let object = |value: &Value| value.as_object().unwrap().clone();
    Inputs {
        parameters: object(parameters),
        execution_id: "chain1".to_owned(),
        context: object(&json!({"user": "stanley", "pack": "wolfpack"})),
        config: json!({"amount": 100}),
    }
}

fn start(definition: &Value, parameters: &Value) -> Chain {
    start_with(definition, parameters, Options::default())
}

fn start_with(definition: &Value, parameters: &Value, options: Options) -> Chain {
    Chain::start(parse(definition), inputs(parameters), options, &Env::default())
}

/// Returns the request that the chain makes.
fn request(chain: &mut Chain) -> Request {
    match chain.next(&Env::default()) {
        Next::Request(request) => *request,
        other => panic!("no request: {other:?}"),
    }
}

/// Begins the next task and returns the name of its execution.
fn begin(chain: &mut Chain) -> String {
    let id = format!("e{}", chain.tasks_count());
    assert!(matches!(chain.next(&Env::default()), Next::Request(_)));
    assert!(chain.started(&id, &format!("l{}", chain.tasks_count()), AT));
    id
}

fn report(status: Status, result: &Value) -> Report {
    Report { status, result: Arc::new(result.clone()), updated_at: LATER.to_owned() }
}

fn hear(chain: &mut Chain, status: Status, result: &Value) {
    assert!(chain.heard(report(status, result), &Env::default()));
}

/// Runs a chain to its end, with what each action comes to.
fn drive(chain: &mut Chain, come_to: impl Fn(&Request) -> (Status, Value)) -> (Status, Value) {
    for _ in 0..100_000 {
        match chain.next(&Env::default()) {
            Next::Request(request) => {
                begin(chain);
                let (status, result) = come_to(&request);
                hear(chain, status, &result);
            }
            Next::End { status, result } => return (status, result),
            other => panic!("does not end: {other:?}"),
        }
    }
    panic!("runs for ever");
}

fn succeed(_: &Request) -> (Status, Value) {
    (Status::Succeeded, json!({"o1": "1"}))
}

/// Returns the names and states of the tasks of a result.
fn tasks(result: &Value) -> Vec<String> {
    let text = |task: &Value, key: &str| task[key].as_str().unwrap().to_owned();
    let tasks = result["tasks"].as_array().unwrap();
    tasks.iter().map(|task| format!("{} {}", text(task, "name"), text(task, "state"))).collect()
}

fn error(result: &Value) -> &str {
    result["error"].as_str().unwrap()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// Three tasks, and one that follows the failure of each.
fn three() -> Value {
    json!({
        "chain": [
            {"name": "c1", "ref": "p.a1", "parameters": {"p1": "v1"}, "on-success": "c2", "on-failure": "c4"},
            {"name": "c2", "ref": "p.a2", "parameters": {"p1": "v1"}, "on-success": "c3", "on-failure": "c4"},
            {"name": "c3", "ref": "p.a3", "parameters": {}, "on-failure": "c4"},
            {"name": "c4", "ref": "p.a4", "params": {"id": "{{action_context.parent.execution_id}}"}}
        ],
        "default": "c1"
    })
}
