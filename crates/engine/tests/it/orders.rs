//! What a workflow tells the executions inside it reaches them, whatever happens meanwhile.

use std::{sync::Arc, time::Duration};

use engine::Engine;
use execution::Request;
use model::{Execution, Id, Object, Principal, Status};
use serde_json::json;
use store::{
    Transaction,
    execution::{Column, Filter, Results},
};
use testkit::{House, Plan};

/// How long an end may take on a busy machine.
const END_MAX: Duration = Duration::from_secs(30);

const TWO: &str = "
version: 1.0
tasks:
  one: {action: core.ask, next: [{do: join}]}
  two: {action: core.ask, next: [{do: join}]}
  work: {action: core.noop, next: [{do: join}]}
  join: {join: all, action: core.noop}
";

const INNER: &str = "
version: 1.0
tasks:
  ask: {action: core.ask, next: [{do: after}]}
  after: {action: core.noop}
";

const CHAIN: &str = "
chain:
  - {name: inner, ref: t.inner}
";

fn plan() -> Plan {
    let action = |name: &str, runner: &str| {
        json!({"name": name, "runner_type": runner, "enabled": true,
               "entry_point": format!("workflows/{name}.yaml")})
        .to_string()
    };
    let about = "ref: t\nname: t\ndescription: Tests.\nversion: 1.0.0\nauthor: A\n";
    let files = vec![
        ("t/pack.yaml", about.to_owned()),
        ("t/actions/two.yaml", action("two", "orquesta")),
        ("t/actions/workflows/two.yaml", TWO.to_owned()),
        ("t/actions/inner.yaml", action("inner", "orquesta")),
        ("t/actions/workflows/inner.yaml", INNER.to_owned()),
        ("t/actions/chain.yaml", action("chain", "action-chain")),
        ("t/actions/workflows/chain.yaml", CHAIN.to_owned()),
    ];
    Plan { files, ..Plan::default() }
}

fn ann() -> Principal {
    Principal::system("ann")
}

async fn begin(engine: &Engine, action: &str) -> Id {
    engine.executions().request(Request::new(action, Object::new(), ann())).await.unwrap().id
}

async fn execution(engine: &Engine, id: Id) -> Arc<Execution> {
    engine.executions().execution(id).await.unwrap().unwrap()
}

/// Returns the executions that one has requested, once there are as many.
async fn children(engine: &Engine, parent: Id, count: usize) -> Vec<Id> {
    let found = testkit::eventually(engine, async || {
        let filter = Filter {
            equal: vec![(Column::Parent, vec![parent.to_string()])],
            order: vec![(Column::Id, false)],
            ..Filter::default()
        };
        let found = engine.store().executions(&filter, Results::Left).await.unwrap();
        (found.len() == count).then(|| found.iter().map(|one| one.id).collect())
    });
    found.await.unwrap()
}

async fn answer(engine: &Engine, question: Id) {
    let response = json!({"continue": true}).as_object().cloned().unwrap();
    engine.workflows().respond(&ann(), question, response).await.unwrap();
}

async fn ended(engine: &Engine, id: Id) -> Status {
    let ended = tokio::time::timeout(END_MAX, engine.executions().ended(id)).await;
    ended.expect("it ends").unwrap().unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_does_not_outlive_its_workflow() {
    let house = House::build(plan()).await.unwrap();
    let id = begin(&house.engine, "t.two").await;
    let questions = children(&house.engine, id, 3).await;
    for question in &questions[..2] {
        house.until(*question, Status::Pending).await.unwrap();
    }
    house.engine.executions().cancel(&ann(), questions[0]).await.unwrap();
    assert_eq!(ended(&house.engine, id).await, Status::Failed);
    assert_eq!(execution(&house.engine, questions[1]).await.status, Status::Canceled);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_pauses_and_resumes_the_workflow_that_it_runs() {
    let house = House::build(plan()).await.unwrap();
    let engine = &house.engine;
    let chain = begin(engine, "t.chain").await;
    let inner = children(engine, chain, 1).await[0];
    house.until(inner, Status::Paused).await.unwrap();
    let question = children(engine, inner, 1).await[0];
    engine.workflows().pause(&ann(), chain).await.unwrap();
    let held = testkit::eventually(engine, async || {
        execution(engine, inner).await.context.get("paused_by").cloned()
    });
    assert_eq!(held.await.unwrap(), "ann");
    answer(engine, question).await;
    testkit::settle(engine).await.unwrap();
    assert_eq!(execution(engine, inner).await.status, Status::Paused);
    engine.workflows().resume(&ann(), chain).await.unwrap();
    assert_eq!(ended(engine, chain).await, Status::Succeeded);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_had_still_to_tell_is_told_by_the_next_one() {
    let house = House::build(plan()).await.unwrap();
    let chain = begin(&house.engine, "t.chain").await;
    let inner = children(&house.engine, chain, 1).await[0];
    house.until(inner, Status::Paused).await.unwrap();
    house.until(chain, Status::Paused).await.unwrap();
    let context = &execution(&house.engine, chain).await.context;
    let cells: Id = context["workflow_execution"].as_str().unwrap().parse().unwrap();
    // As if it had ended between a step and what the step orders.
    let mut rows = Transaction::new();
    rows.put_cell(cells, "order/1", &json!({"by": "ann", "orders": [["pause", inner]]}));
    house.engine.store().write(rows).await.unwrap();
    let house = house.reopen().await.unwrap();
    let engine = &house.engine;
    let held = testkit::eventually(engine, async || {
        execution(engine, inner).await.context.get("paused_by").cloned()
    });
    assert_eq!(held.await.unwrap(), "ann");
    // It is told once: what comes later is not undone by the next start.
    engine.workflows().resume(&ann(), inner).await.unwrap();
    house.until(chain, Status::Running).await.unwrap();
    let house = house.reopen().await.unwrap();
    let engine = &house.engine;
    let question = children(engine, inner, 1).await[0];
    answer(engine, question).await;
    assert_eq!(ended(engine, chain).await, Status::Succeeded);
    house.close().await.unwrap();
}
