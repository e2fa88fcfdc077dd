//! Action chains from their first task to their last, across restarts.

use std::time::Duration;

use execution::Request;
use model::{Id, Principal, Status};
use serde_json::{Value, json};
use testkit::{House, Plan};

/// Returns a plan with a pack `t` that has these chains.
fn plan(chains: &[(&str, Value, &str)]) -> Plan {
    let mut files = vec![(
        "t/pack.yaml",
        "ref: t\nname: t\ndescription: Tests.\nversion: 1.0.0\nauthor: A\n".to_owned(),
    )];
    let path = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    for (name, parameters, definition) in chains {
        let action = json!({
            "name": name, "runner_type": "action-chain", "enabled": true,
            "entry_point": format!("chains/{name}.yaml"), "parameters": parameters,
        });
        files.push((path(format!("t/actions/{name}.yaml")), action.to_string()));
        files.push((path(format!("t/actions/chains/{name}.yaml")), (*definition).to_owned()));
    }
    Plan { files, ..Plan::default() }
}

async fn until(house: &House, id: Id, status: Status) {
    house.until(id, status).await.unwrap();
}

async fn request(house: &House, action: &str) -> Id {
    let request = Request::new(action, model::Object::new(), Principal::system("admin"));
    house.engine.executions().request(request).await.unwrap().id
}

const GREET: &str = "
vars:
  greeting: 'Hello {{ who }}'
chain:
  - name: say
    ref: core.echo
    params:
      message: '{{ greeting }}'
    publish:
      said: '{{ say.stdout }}'
    on-success: breaks
  - name: breaks
    ref: core.local
    params:
      cmd: 'exit 2'
    publish:
      code: '{{ breaks.return_code }}'
    on-success: never
    on-failure: mends
  - name: mends
    ref: core.noop
  - name: never
    ref: core.noop
default: say
";

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_goes_along_its_edges_and_publishes() {
    let who = json!({"who": {"type": "string", "required": true}});
    let house = House::build(plan(&[("greet", who, GREET)])).await.unwrap();
    let ended = house.run("t.greet", json!({"who": "ann"})).await.unwrap();
    let result = ended.result.as_ref().unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{result:#}");
    assert_eq!(result["published"]["said"], "Hello ann");
    assert_eq!(result["published"]["code"].to_string().trim_matches('"'), "2");
    let tasks = result["tasks"].as_array().unwrap();
    let names: Vec<(&str, &str)> = tasks
        .iter()
        .map(|task| (task["name"].as_str().unwrap(), task["state"].as_str().unwrap()))
        .collect();
    assert_eq!(names, [("say", "succeeded"), ("breaks", "failed"), ("mends", "succeeded")]);
    let child: Id = tasks[1]["execution_id"].as_str().unwrap().parse().unwrap();
    let child = house.engine.executions().execution(child).await.unwrap().unwrap();
    assert_eq!(child.parent, Some(ended.id));
    assert_eq!(child.context["chain"]["name"], "breaks");
    house.close().await.unwrap();
}

const SLOW: &str = "
chain:
  - name: one
    ref: core.local
    params: {cmd: 'sleep 0.3'}
    on-success: two
  - name: two
    ref: core.noop
";

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_is_paused_goes_on_after_a_restart() {
    let house = House::build(plan(&[("slow", json!({}), SLOW)])).await.unwrap();
    let id = request(&house, "t.slow").await;
    until(&house, id, Status::Running).await;
    house.engine.workflows().pause(&Principal::system("ann"), id).await.unwrap();
    until(&house, id, Status::Paused).await;
    let house = house.reopen().await.unwrap();
    house.engine.workflows().resume(&Principal::system("ann"), id).await.unwrap();
    let ended = house.engine.executions().ended(id).await.unwrap().unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.result);
    assert_eq!(ended.result.as_ref().unwrap()["tasks"].as_array().unwrap().len(), 2);
    house.close().await.unwrap();
}

const SLEEPS: &str = "
chain:
  - name: sleep
    ref: core.local
    params: {cmd: 'sleep 60'}
    on-failure: after
  - name: after
    ref: core.noop
";

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_is_canceled_kills_what_it_runs() {
    let house = House::build(plan(&[("sleeps", json!({}), SLEEPS)])).await.unwrap();
    let id = request(&house, "t.sleeps").await;
    until(&house, id, Status::Running).await;
    house.engine.executions().cancel(&Principal::system("ann"), id).await.unwrap();
    let ended =
        tokio::time::timeout(Duration::from_secs(10), house.engine.executions().ended(id)).await;
    assert_eq!(ended.unwrap().unwrap().unwrap().status, Status::Canceled);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_leads_nowhere_fails_with_the_reason() {
    let wrong = SLOW.replace("on-success: two", "on-success: three");
    let house = House::build(plan(&[("wrong", json!({}), &wrong)])).await.unwrap();
    let ended = house.run("t.wrong", json!({})).await.unwrap();
    assert_eq!(ended.status, Status::Failed);
    let error = ended.result.as_ref().unwrap()["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("Unable to find node with name \"three\" referenced in \"on-success\""),
        "{error}"
    );
    house.close().await.unwrap();
}
