//! Workflows inside workflows that are paused, resumed, answered and canceled in any order: every
//! request returns, and everything comes to an end.

use std::{sync::Arc, time::Duration};

use bus::Reader;
use engine::Engine;
use execution::Request;
use model::{Execution, Id, Object, Principal, Status};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};
use testkit::{House, Plan};

/// How long a request may take on a busy machine.
const REQUEST_MAX: Duration = Duration::from_secs(30);

const OUTER: &str = "
version: 1.0
tasks:
  inner:
    action: t.inner
    next: [{do: join}]
  chain:
    action: t.chain
    next: [{do: join}]
  ask:
    action: core.ask
    next: [{do: join}]
  work:
    action: core.local cmd='sleep 0.1'
    next: [{do: join}]
  join:
    join: all
    action: core.noop
";

const INNER: &str = "
version: 1.0
tasks:
  each:
    with:
      items: <% list(1, 2, 3) %>
      concurrency: 2
    action: core.ask
    next: [{do: after}]
  work:
    action: core.local cmd='sleep 0.1'
  after:
    action: core.noop
";

const CHAIN: &str = "
chain:
  - name: work
    ref: core.local
    params: {cmd: 'sleep 0.5'}
    on-success: ask
  - name: ask
    ref: core.ask
    on-success: after
    on-failure: after
  - name: after
    ref: core.noop
";

fn plan() -> Plan {
    let action = |name: &str, runner: &str| {
        let entry_point = format!("workflows/{name}.yaml");
        json!({"name": name, "runner_type": runner, "enabled": true, "entry_point": entry_point})
            .to_string()
    };
    let about = "ref: t\nname: t\ndescription: Tests.\nversion: 1.0.0\nauthor: A\n";
    let files = vec![
        ("t/pack.yaml", about.to_owned()),
        ("t/actions/outer.yaml", action("outer", "orquesta")),
        ("t/actions/workflows/outer.yaml", OUTER.to_owned()),
        ("t/actions/inner.yaml", action("inner", "orquesta")),
        ("t/actions/workflows/inner.yaml", INNER.to_owned()),
        ("t/actions/chain.yaml", action("chain", "action-chain")),
        ("t/actions/workflows/chain.yaml", CHAIN.to_owned()),
    ];
    Plan { files, ..Plan::default() }
}

fn person() -> Principal {
    Principal::system("ann")
}

async fn begin(engine: &Engine, action: &str) -> Id {
    let request = Request::new(action, Object::new(), Principal::system("admin"));
    engine.executions().request(request).await.unwrap().id
}

/// Returns the executions below one that have not ended, itself included.
async fn open(engine: &Engine, root: Id) -> Vec<Arc<Execution>> {
    let mut found = vec![engine.executions().execution(root).await.unwrap().unwrap()];
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        let filter = Filter {
            equal: vec![(Column::Parent, vec![parent.to_string()])],
            order: vec![(Column::Id, false)],
            ..Filter::default()
        };
        let children = engine.store().executions(&filter, Results::Left).await.unwrap();
        parents.extend(children.iter().filter(|child| child.is_workflow()).map(|child| child.id));
        for child in children {
            found.push(engine.executions().execution(child.id).await.unwrap().unwrap());
        }
    }
    found.retain(|execution| !execution.status.is_final());
    found
}

async fn in_time<T>(what: &str, request: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(REQUEST_MAX, request).await;
    done.unwrap_or_else(|_| panic!("the request to {what} never returns"))
}

async fn answer(engine: &Engine, id: Id) {
    let response = json!({"continue": true}).as_object().cloned().unwrap();
    // It may have ended meanwhile.
    let _refused = in_time("answer", engine.workflows().respond(&person(), id, response)).await;
}

/// Waits until something happens, or a moment: an answer may have been refused because of what has
/// not happened yet.
async fn moment(events: &mut Reader) {
    let _next = tokio::time::timeout(Duration::from_millis(20), events.next()).await;
}

/// Answers, resumes and waits until an execution has ended.
async fn finish(engine: &Engine, root: Id) -> Arc<Execution> {
    let mut events = engine.bus().read();
    for _ in 0..2000 {
        let all = open(engine, root).await;
        if all.iter().all(|execution| execution.id != root) {
            return engine.executions().execution(root).await.unwrap().unwrap();
        }
        for execution in all {
            match execution.status {
                Status::Pending => answer(engine, execution.id).await,
                Status::Paused | Status::Pausing => {
                    let _refused =
                        in_time("resume", engine.workflows().resume(&person(), execution.id)).await;
                }
                Status::Requested
                | Status::Delayed
                | Status::Scheduled
                | Status::Running
                | Status::Resuming
                | Status::Canceling
                | Status::Canceled
                | Status::Succeeded
                | Status::Failed
                | Status::Timeout
                | Status::Abandoned => {}
            }
        }
        moment(&mut events).await;
    }
    let all = open(engine, root).await;
    let all: Vec<String> =
        all.iter().map(|one| format!("{} {}", one.action_ref(), one.status)).collect();
    panic!("it never ends: {all:?}");
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

async fn shake(engine: &Engine, root: Id, mut dice: Dice) {
    let mut events = engine.bus().read();
    for _ in 0..40 {
        let all = open(engine, root).await;
        if all.is_empty() {
            return;
        }
        let one = &all[dice.roll(all.len())];
        let id = one.id;
        match (one.is_workflow(), dice.roll(8)) {
            (true, 0..=2) => drop(in_time("pause", engine.workflows().pause(&person(), id)).await),
            (true, 3..=6) => {
                drop(in_time("resume", engine.workflows().resume(&person(), id)).await);
            }
            (false, 0..=5) if one.status == Status::Pending => answer(engine, id).await,
            // Seldom, for little is left after it.
            (_, 7) if dice.roll(4) == 0 => {
                drop(in_time("cancel", engine.executions().cancel(&person(), id)).await);
            }
            _ => moment(&mut events).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_any_order_everything_comes_to_an_end() {
    let house = House::build(plan()).await.unwrap();
    let mut shaken = tokio::task::JoinSet::new();
    for seed in 1..=8_u64 {
        let engine = house.engine.clone();
        shaken.spawn(async move {
            let root = begin(&engine, "t.outer").await;
            shake(&engine, root, Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))).await;
            finish(&engine, root).await
        });
    }
    while let Some(ended) = shaken.join_next().await {
        assert!(ended.unwrap().status.is_final());
    }
    house.close().await.unwrap();
}

const BOTH: [&str; 2] = ["outer", "chain"];

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_is_pausing_resumes() {
    let house = House::build(plan()).await.unwrap();
    for action in BOTH {
        let id = begin(&house.engine, &format!("t.{action}")).await;
        house.until(id, Status::Running).await.unwrap();
        let workflows = house.engine.workflows();
        let pausing = in_time("pause", workflows.pause(&person(), id)).await.unwrap();
        assert_eq!(pausing.status, Status::Pausing);
        let resumed = in_time("resume", workflows.resume(&person(), id)).await.unwrap();
        assert_eq!(resumed.status, Status::Running);
        let statuses: Vec<Status> = resumed.log.iter().map(|entry| entry.status).collect();
        assert!(statuses.ends_with(&[Status::Paused, Status::Resuming, Status::Running]));
        let ended = finish(&house.engine, id).await;
        assert_eq!(ended.status, Status::Succeeded, "{action}: {:?}", ended.result);
    }
    house.close().await.unwrap();
}

const PAUSING: &str = "
version: 1.0
tasks:
  ask:
    action: core.ask
    next: [{do: join}]
  work:
    action: core.local cmd='sleep 1'
    next: [{do: join}]
  join:
    join: all
    action: core.noop
";

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_while_its_workflow_is_pausing() {
    let mut plan = plan();
    plan.files.retain(|(path, _)| *path != "t/actions/workflows/inner.yaml");
    plan.files.push(("t/actions/workflows/inner.yaml", PAUSING.to_owned()));
    let house = House::build(plan).await.unwrap();
    let id = begin(&house.engine, "t.inner").await;
    let question = testkit::eventually(&house.engine, async || {
        let all = open(&house.engine, id).await;
        all.iter().find(|one| one.status == Status::Pending).map(|one| one.id)
    });
    let question = question.await.unwrap();
    house.until(id, Status::Pausing).await.unwrap();
    let response: Value = json!({"continue": true});
    let response = response.as_object().cloned().unwrap();
    let answered =
        in_time("answer", house.engine.workflows().respond(&person(), question, response)).await;
    assert_eq!(answered.unwrap().status, Status::Succeeded);
    let ended = finish(&house.engine, id).await;
    assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.result);
    house.close().await.unwrap();
}

const AROUND: &str = "
version: 1.0
tasks:
  inner:
    action: t.inner
";

const LAST: &str = "
version: 1.0
tasks:
  work:
    action: core.local cmd='sleep 0.5'
";

const LAST_OF_CHAIN: &str = "
chain:
  - name: work
    ref: core.local
    params: {cmd: 'sleep 0.5'}
";

/// Has nothing left to do when it resumes, so that it ends as it does.
fn plan_with_last(runner: &str, inner: &str) -> Plan {
    let mut plan = plan();
    plan.files.retain(|(path, _)| !path.contains("inner") && !path.contains("outer"));
    let action = |name: &str, runner: &str| {
        json!({"name": name, "runner_type": runner, "enabled": true,
               "entry_point": format!("workflows/{name}.yaml")})
        .to_string()
    };
    plan.files.extend([
        ("t/actions/outer.yaml", action("outer", "orquesta")),
        ("t/actions/workflows/outer.yaml", AROUND.to_owned()),
        ("t/actions/inner.yaml", action("inner", runner)),
        ("t/actions/workflows/inner.yaml", inner.to_owned()),
    ]);
    plan
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_inside_another_ends_as_it_resumes() {
    for (runner, inner, resumes_inner) in [
        ("orquesta", LAST, false),
        ("orquesta", LAST, true),
        ("action-chain", LAST_OF_CHAIN, false),
        ("action-chain", LAST_OF_CHAIN, true),
    ] {
        let house = House::build(plan_with_last(runner, inner)).await.unwrap();
        let id = begin(&house.engine, "t.outer").await;
        let child = testkit::eventually(&house.engine, async || {
            let all = open(&house.engine, id).await;
            let has_begun = |one: &&Arc<Execution>| one.action_ref() == "core.local";
            all.iter().find(has_begun)?;
            all.iter().find(|one| one.action_ref() == "t.inner").map(|one| one.id)
        });
        let child = child.await.unwrap();
        let workflows = house.engine.workflows();
        in_time("pause", workflows.pause(&person(), id)).await.unwrap();
        house.until(child, Status::Paused).await.unwrap();
        house.until(id, Status::Paused).await.unwrap();
        if resumes_inner {
            in_time("resume", workflows.resume(&person(), child)).await.unwrap();
            house.until(child, Status::Succeeded).await.unwrap();
        }
        let resumed = in_time("resume", workflows.resume(&person(), id)).await;
        // With the one inside it the one around it may have ended already.
        assert!(resumes_inner || resumed.is_ok(), "{runner}: {resumed:?}");
        let ended = in_time("end", house.engine.executions().ended(id)).await.unwrap().unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{runner}: {:?}", ended.result);
        house.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_counts_where_a_question_has_paused_already() {
    let mut plan = plan();
    plan.files.retain(|(path, _)| *path != "t/actions/workflows/inner.yaml");
    let asks = "version: 1.0\ntasks:\n  ask:\n    action: core.ask\n    next: [{do: after}]\n  \
                after:\n    action: core.noop\n";
    plan.files.push(("t/actions/workflows/inner.yaml", asks.to_owned()));
    let chain = "chain:\n  - {name: ask, ref: core.ask, on-success: after}\n  \
                 - {name: after, ref: core.noop}\n";
    plan.files.retain(|(path, _)| *path != "t/actions/workflows/chain.yaml");
    plan.files.push(("t/actions/workflows/chain.yaml", chain.to_owned()));
    let house = House::build(plan).await.unwrap();
    for action in ["inner", "chain"] {
        let id = begin(&house.engine, &format!("t.{action}")).await;
        house.until(id, Status::Paused).await.unwrap();
        let workflows = house.engine.workflows();
        let paused = in_time("pause", workflows.pause(&person(), id)).await.unwrap();
        assert_eq!(paused.context.get("paused_by"), Some(&json!("ann")), "{action}");
        let all = open(&house.engine, id).await;
        let question = all.iter().find(|one| one.status == Status::Pending).unwrap().id;
        answer(&house.engine, question).await;
        house.until(question, Status::Succeeded).await.unwrap();
        let after = house.engine.executions().execution(id).await.unwrap().unwrap();
        assert_eq!(after.status, Status::Paused, "{action}");
        in_time("resume", workflows.resume(&person(), id)).await.unwrap();
        let ended = in_time("end", house.engine.executions().ended(id)).await.unwrap().unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{action}: {:?}", ended.result);
    }
    house.close().await.unwrap();
}
