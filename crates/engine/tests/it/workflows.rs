//! Workflows from their first task to their last, across restarts.

use std::{sync::Arc, time::Duration};

use engine::Engine;
use execution::{Request, Rerun};
use model::{Execution, Id, Principal, Status};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};
use testkit::{House, Plan};

/// Returns a plan with a pack `t` that has these workflows: names, parameters, definitions.
fn plan(workflows: &[(&'static str, Value, &str)]) -> Plan {
    let mut files = vec![(
        "t/pack.yaml",
        "ref: t\nname: t\ndescription: Tests.\nversion: 1.0.0\nauthor: A\n".to_owned(),
    )];
    for (name, parameters, definition) in workflows {
        let action = json!({
            "name": name, "runner_type": "orquesta", "enabled": true,
            "entry_point": format!("workflows/{name}.yaml"), "parameters": parameters,
        });
        let path = |folder: &str| -> &'static str {
            Box::leak(format!("t/actions/{folder}{name}.yaml").into_boxed_str())
        };
        files.push((path(""), action.to_string()));
        files.push((path("workflows/"), (*definition).to_owned()));
    }
    Plan { files, ..Plan::default() }
}

async fn request(engine: &Engine, action: &str, parameters: Value) -> Id {
    let parameters = parameters.as_object().unwrap().clone();
    let request = Request::new(action, parameters, Principal::system("admin"));
    engine.executions().request(request).await.unwrap().id
}

async fn until(engine: &Engine, id: Id, status: Status) -> Arc<Execution> {
    testkit::until(engine, id, status).await.unwrap()
}

async fn children(engine: &Engine, id: Id) -> Vec<Execution> {
    let filter = Filter {
        equal: vec![(Column::Parent, vec![id.to_string()])],
        order: vec![(Column::Id, false)],
        ..Filter::default()
    };
    engine.store().executions(&filter, Results::Read).await.unwrap()
}

fn task(execution: &Execution) -> &str {
    execution.context["orquesta"]["task_id"].as_str().unwrap()
}

async fn ended(engine: &Engine, id: Id) -> Arc<Execution> {
    let ended = tokio::time::timeout(Duration::from_secs(30), engine.executions().ended(id)).await;
    ended.expect("it ends").unwrap().unwrap()
}

const CHAIN: &str = "
version: 1.0
input: [who]
tasks:
  one:
    action: core.echo message=<% ctx().who %>
    next:
      - when: <% succeeded() %>
        publish: said=<% result().stdout %>
        do: two
  two:
    action: core.echo message='{{ ctx().said }} again'
    next:
      - publish: [{said: <% result().stdout %>}]
        do: three
  three:
    action: core.noop
output:
  - said: <% ctx().said %>
  - me: <% ctx().st2.action %>
";

#[tokio::test(flavor = "multi_thread")]
async fn tasks_run_one_after_the_other_and_hand_on_what_they_gave() {
    let who = json!({"who": {"type": "string", "required": true}});
    let house = House::build(plan(&[("chain", who, CHAIN)])).await.unwrap();
    let ended = house.run("t.chain", json!({"who": "ann <% 1 + 1 %>"})).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.result);
    // What a user gave is data, and so is what an action gave.
    let said = "ann <% 1 + 1 %> again";
    let expected = json!({"output": {"said": said, "me": "t.chain"}});
    assert_eq!(**ended.result.as_ref().unwrap(), expected);
    let parts = children(&house.engine, ended.id).await;
    assert_eq!(parts.iter().map(task).collect::<Vec<_>>(), ["one", "two", "three"]);
    let context = &parts[1].context;
    assert_eq!(context["parent"]["execution_id"], json!(ended.id));
    assert_eq!(context["user"], "admin");
    assert_eq!(context["orquesta"]["workflow_execution_id"], ended.context["workflow_execution"]);
    house.close().await.unwrap();
}

const REMEDY: &str = "
version: 1.0
tasks:
  breaks:
    action: core.local cmd='echo oops >&2; exit 3'
    next:
      - when: <% failed() %>
        publish: code=<% result().return_code %>
        do: mends
  mends:
    action: core.noop
output:
  - code: <% ctx().code %>
";

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_something_follows_is_no_failure_of_the_whole() {
    let without = REMEDY.replace("failed()", "succeeded()");
    let workflows = [("remedy", json!({}), REMEDY), ("bare", json!({}), without.as_str())];
    let house = House::build(plan(&workflows)).await.unwrap();
    let ended = house.run("t.remedy", json!({})).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded);
    assert_eq!(**ended.result.as_ref().unwrap(), json!({"output": {"code": 3}}));
    let ended = house.run("t.bare", json!({})).await.unwrap();
    assert_eq!(ended.status, Status::Failed);
    let errors = &ended.result.as_ref().unwrap()["errors"];
    assert_eq!(errors[0]["task_id"], "breaks");
    assert_eq!(errors[0]["result"]["stderr"], "oops");
    house.close().await.unwrap();
}

const DYNAMIC: &str = "
version: 1.0
input: [action, parameters]
tasks:
  any:
    action: <% ctx().action %>
    input: <% ctx().parameters %>
    next:
      - when: <% failed() %>
        publish: why=<% result().errors.first().message %>
        do: mends
  mends:
    action: core.noop
output:
  - why: <% ctx().why %>
";

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_cannot_be_requested_fails_its_task_with_the_reason() {
    let parameters = json!({"action": {"type": "string"}, "parameters": {"type": "object"}});
    let house = House::build(plan(&[("dynamic", parameters, DYNAMIC)])).await.unwrap();
    for (given, why) in [
        (json!({"action": "no.such"}), "Action \"no.such\" cannot be found."),
        (
            json!({"action": "core.local", "parameters": {"cmd": "true", "x": 1}}),
            "Additional properties are not allowed ('x' was unexpected)",
        ),
    ] {
        let ended = house.run("t.dynamic", given).await.unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.result);
        let said = ended.result.as_ref().unwrap()["output"]["why"].as_str().unwrap().to_owned();
        assert!(said.starts_with(why), "{said}");
    }
    house.close().await.unwrap();
}

const ITEMS: &str = "
version: 1.0
input: [list, limit]
tasks:
  each:
    with:
      items: n in <% ctx().list %>
      concurrency: <% ctx().limit %>
    action: core.local cmd='echo <% item(n) %>; exit <% item(n) %>'
    next:
      - publish: all=<% result() %>
output:
  - all: <% ctx().all.select($.stdout) %>
";

#[tokio::test(flavor = "multi_thread")]
async fn items_give_a_list_in_their_order() {
    let parameters = json!({"list": {"type": "array"}, "limit": {"type": "integer"}});
    let house = House::build(plan(&[("items", parameters, ITEMS)])).await.unwrap();
    let ended = house.run("t.items", json!({"list": [0, 0, 0, 0, 0], "limit": 2})).await.unwrap();
    assert_eq!(**ended.result.as_ref().unwrap(), json!({"output": {"all": [0, 0, 0, 0, 0]}}));
    let none = house.run("t.items", json!({"list": [], "limit": 0})).await.unwrap();
    assert_eq!(**none.result.as_ref().unwrap(), json!({"output": {"all": []}}));
    let mixed = house.run("t.items", json!({"list": [0, 3, 0], "limit": 9})).await.unwrap();
    assert_eq!(mixed.status, Status::Failed);
    assert_eq!(children(&house.engine, mixed.id).await.len(), 3);
    let wrong = house.run("t.items", json!({"list": null, "limit": 1})).await.unwrap();
    let message =
        wrong.result.as_ref().unwrap()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "TypeError: The value of \"<% ctx().list %>\" is not type of list.");
    house.close().await.unwrap();
}

const SLOW: &str = "
version: 1.0
tasks:
  inner:
    action: t.sleeps
    next:
      - do: after
  after:
    action: core.noop
";

const SLEEPS: &str = "
version: 1.0
tasks:
  sleep:
    action: core.local cmd='sleep 60'
";

#[tokio::test(flavor = "multi_thread")]
async fn cancel_reaches_what_runs_at_any_depth() {
    let workflows = [("slow", json!({}), SLOW), ("sleeps", json!({}), SLEEPS)];
    let house = House::build(plan(&workflows)).await.unwrap();
    let id = request(&house.engine, "t.slow", json!({})).await;
    until(&house.engine, id, Status::Running).await;
    let inner = loop {
        if let Some(inner) = children(&house.engine, id).await.pop() {
            break inner.id;
        }
    };
    until(&house.engine, inner, Status::Running).await;
    house.engine.executions().cancel(&Principal::system("ann"), id).await.unwrap();
    let ended = ended(&house.engine, id).await;
    assert_eq!(ended.status, Status::Canceled);
    assert_eq!(ended.context["cancelled_by"], "ann");
    for part in [inner, children(&house.engine, inner).await.pop().unwrap().id] {
        let part = house.engine.executions().execution(part).await.unwrap().unwrap();
        assert_eq!(part.status, Status::Canceled);
    }
    assert_eq!(children(&house.engine, id).await.len(), 1);
    house.close().await.unwrap();
}

const STEPS: &str = "
version: 1.0
tasks:
  one:
    action: core.local cmd='sleep 0.3'
    next: [{do: two}]
  two:
    action: core.noop
    next: [{do: three}]
  three:
    action: core.noop
";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_starts_nothing_until_it_is_resumed_even_after_a_restart() {
    let house = House::build(plan(&[("steps", json!({}), STEPS)])).await.unwrap();
    let id = request(&house.engine, "t.steps", json!({})).await;
    until(&house.engine, id, Status::Running).await;
    let pausing = house.engine.workflows().pause(&Principal::system("ann"), id).await.unwrap();
    assert_eq!(pausing.status, Status::Pausing);
    until(&house.engine, id, Status::Paused).await;
    let house = house.reopen().await.unwrap();
    assert_eq!(
        house.engine.executions().execution(id).await.unwrap().unwrap().status,
        Status::Paused
    );
    assert_eq!(children(&house.engine, id).await.len(), 1);
    house.engine.workflows().resume(&Principal::system("ann"), id).await.unwrap();
    assert_eq!(ended(&house.engine, id).await.status, Status::Succeeded);
    assert_eq!(children(&house.engine, id).await.len(), 3);
    let refused = house
        .engine
        .workflows()
        .resume(&Principal::system("ann"), id)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("not in \"paused\" state"), "{refused}");
    house.close().await.unwrap();
}

const FLAKY: &str = "
version: 1.0
input: [file]
tasks:
  before:
    action: core.noop
    next: [{do: needs}]
  needs:
    action: core.local cmd='test -e <% ctx().file %>'
    next:
      - when: <% succeeded() %>
        do: after
  after:
    action: core.noop
";

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_failed_runs_again_and_what_follows_it() {
    let parameters = json!({"file": {"type": "string"}});
    let house = House::build(plan(&[("flaky", parameters, FLAKY)])).await.unwrap();
    let file = house.directory().join("there");
    let old = house.run("t.flaky", json!({"file": file})).await.unwrap();
    assert_eq!(old.status, Status::Failed);
    std::fs::write(&file, "").unwrap();
    let rerun = |tasks: &[&str]| Rerun {
        user: None,
        parameters: model::Object::new(),
        merge: true,
        delay_ms: None,
        notify: None,
        tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
        reset: Vec::new(),
    };
    let new = house
        .engine
        .executions()
        .rerun(&Principal::system("ann"), old.id, rerun(&["needs"]))
        .await
        .unwrap()
        .id;
    let new = ended(&house.engine, new).await;
    assert_eq!(new.status, Status::Succeeded, "{:?}", new.result);
    assert_eq!(new.context["workflow_execution"], old.context["workflow_execution"]);
    let parts = children(&house.engine, new.id).await;
    assert_eq!(parts.iter().map(task).collect::<Vec<_>>(), ["needs", "after"]);
    let unknown = house
        .engine
        .executions()
        .rerun(&Principal::system("ann"), old.id, rerun(&["nowhere"]))
        .await
        .unwrap()
        .id;
    let unknown = ended(&house.engine, unknown).await;
    let why = unknown.result.as_ref().unwrap()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(why.contains("nowhere|0"), "{why}");
    let whole = house
        .engine
        .executions()
        .rerun(&Principal::system("ann"), old.id, rerun(&[]))
        .await
        .unwrap()
        .id;
    let whole = ended(&house.engine, whole).await;
    assert_eq!(whole.status, Status::Succeeded);
    assert_ne!(whole.context["workflow_execution"], old.context["workflow_execution"]);
    let mut request = Request::new("t.flaky", old.parameters.clone(), Principal::system("ann"));
    request.provenance.given = json!({
        "re-run": {"ref": old.id, "tasks": ["needs"], "reset": []},
        "workflow_execution": old.context["workflow_execution"],
    })
    .as_object()
    .unwrap()
    .clone();
    let given = house.engine.executions().request(request).await.unwrap().id;
    let given = ended(&house.engine, given).await;
    assert!(!given.context.contains_key("re-run"), "{:?}", given.context);
    assert_ne!(given.context["workflow_execution"], old.context["workflow_execution"]);
    house.close().await.unwrap();
}

const CIRCLE: &str = "
version: 1.0
tasks:
  begin:
    next: [{do: round}]
  round:
    next: [{do: round}]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_without_an_action_ends_with_a_reason() {
    let house = House::build(plan(&[("circle", json!({}), CIRCLE)])).await.unwrap();
    let ended = house.run("t.circle", json!({})).await.unwrap();
    assert_eq!(ended.status, Status::Failed);
    let errors = ended.result.as_ref().unwrap()["errors"].to_string();
    assert!(errors.contains("goes round in a circle"), "{errors}");
    house.close().await.unwrap();
}

const FLAWED: &str = "
version: 1.0
tasks:
  one:
    action: no_pack
    next:
      - when: <% succeeded( %>
        do: two
  two:
    action: core.local
    input: {cmd: <% ctx().x %>, y: 1}
";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_definition_is_said_before_anything_runs() {
    let house = House::build(plan(&[("flawed", json!({}), FLAWED)])).await.unwrap();
    let ended = house.run("t.flawed", json!({})).await.unwrap();
    assert_eq!(ended.status, Status::Failed);
    let result = ended.result.as_ref().unwrap();
    assert_eq!(result["output"], Value::Null);
    let errors = result["errors"].as_array().unwrap();
    let kinds: Vec<&str> = errors.iter().map(|error| error["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["content", "content", "context", "expression"], "{errors:#?}");
    assert_eq!(children(&house.engine, ended.id).await.len(), 0);
    house.close().await.unwrap();
}

const BIG: &str = "
version: 1.0
input: [big]
vars:
  - n: 0
tasks:
  first:
    action: core.noop
    next:
      - publish:
          - copy: <% ctx().big %>
        do: pass
  pass:
    action: core.noop
    next:
      - when: <% ctx().n < 20 %>
        publish:
          - n: <% ctx().n + 1 %>
          - copy: <% ctx().copy %>
        do: pass
";

#[tokio::test(flavor = "multi_thread")]
async fn a_large_value_is_kept_once() {
    let parameters = json!({"big": {"type": "string"}});
    let house = House::build(plan(&[("big", parameters, BIG)])).await.unwrap();
    let big = "0123456789".repeat(50_000);
    let ended = house.run("t.big", json!({"big": big})).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.result);
    assert_eq!(children(&house.engine, ended.id).await.len(), 22);
    let read = house.engine.executions().execution(ended.id).await.unwrap().unwrap();
    assert_eq!(read.parameters["big"].as_str().unwrap().len(), big.len());
    let directory = house.engine.store().directory().to_owned();
    house.close().await.unwrap();
    let size: u64 = std::fs::read_dir(directory)
        .map(|files| files.map(|file| file.unwrap().metadata().unwrap().len()).sum())
        .unwrap_or_default();
    assert!(size < 3_000_000, "{size}");
}

const WAITS: &str = "
version: 1.0
tasks:
  waits:
    delay: 300
    action: core.noop
";

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_for_its_time_is_canceled_at_once() {
    let house = House::build(plan(&[("waits", json!({}), WAITS)])).await.unwrap();
    let id = request(&house.engine, "t.waits", json!({})).await;
    until(&house.engine, id, Status::Running).await;
    let child = children(&house.engine, id).await.pop().unwrap().id;
    until(&house.engine, child, Status::Delayed).await;
    let house = house.reopen().await.unwrap();
    until(&house.engine, child, Status::Delayed).await;
    house.engine.executions().cancel(&Principal::system("ann"), id).await.unwrap();
    assert_eq!(ended(&house.engine, id).await.status, Status::Canceled);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_takes_too_long_is_stopped_with_all_that_it_runs() {
    let workflows = [("slow", json!({}), SLOW), ("sleeps", json!({}), SLEEPS)];
    let house = House::build(plan(&workflows)).await.unwrap();
    let id = request(&house.engine, "t.slow", json!({"timeout": 1})).await;
    let over = ended(&house.engine, id).await;
    assert_eq!(over.status, Status::Timeout, "{:?}", over.result);
    let inner = children(&house.engine, id).await.pop().unwrap().id;
    assert_eq!(ended(&house.engine, inner).await.status, Status::Canceled);
    house.close().await.unwrap();
}
