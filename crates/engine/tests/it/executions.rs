//! Executions from request to end.

use std::time::Duration;

use access::Refusal;
use execution::{Canceled, Request};
use model::{Principal, Status};
use serde_json::{Value, json};
use testkit::{House, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_to_its_end_and_logs_each_status() {
    let house = House::open().await.unwrap();
    let ended = house.run("core.local", json!({"cmd": "echo hi; echo oops >&2"})).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded);
    let result = ended.result.as_ref().unwrap();
    assert_eq!(result["stdout"], "hi");
    assert_eq!(result["stderr"], "oops");
    let log: Vec<&str> = ended.log.iter().map(|entry| entry.status.as_str()).collect();
    assert_eq!(log, ["requested", "scheduled", "running", "succeeded"]);
    let output = house.engine.store().output(ended.id).await.unwrap();
    let text: String = output.iter().map(|piece| piece.chunk.data.as_str()).collect();
    assert!(text.contains("hi\n") && text.contains("oops\n"), "{text}");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_the_shell_as_data() {
    let house = House::open().await.unwrap();
    let message = "$(touch /tmp/owned) `id` \"; exit 3; '";
    let ended = house.run("core.echo", json!({"message": message})).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.result);
    assert_eq!(ended.result.as_ref().unwrap()["stdout"], message);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_cannot_be_carried_out_are_refused_with_the_reason() {
    let house = House::open().await.unwrap();
    let refused = async |action: &str, parameters: Value| -> String {
        let parameters = parameters.as_object().unwrap().clone();
        let request = Request::new(action, parameters, Principal::system("admin"));
        house.engine.executions().request(request).await.unwrap_err().to_string()
    };
    assert_eq!(refused("no.such", json!({})).await, "Action \"no.such\" cannot be found.");
    let unknown = refused("core.local", json!({"cmd": "true", "x": 1})).await;
    assert!(
        unknown.starts_with("Additional properties are not allowed ('x' was unexpected)"),
        "{unknown}"
    );
    let missing = refused("core.local", json!({})).await;
    assert!(missing.starts_with("'cmd' is a required property"), "{missing}");
    let immutable = refused("core.echo", json!({"message": "a", "cmd": "b"})).await;
    assert_eq!(immutable, "Override of immutable parameter(s) ['cmd'] is unsupported.");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_cannot_be_rendered_leaves_a_failed_execution() {
    let house = House::open().await.unwrap();
    let parameters = json!({"cmd": "{{ nope }}"}).as_object().unwrap().clone();
    let request = Request::new("core.local", parameters, Principal::system("admin"));
    let refusal = house.engine.executions().request(request).await.unwrap_err();
    let Refusal::Unrenderable { message, execution } = refusal else { panic!("{refusal}") };
    assert_eq!(message, "Dependency unsatisfied in variable \"nope\"");
    let failed = house.engine.executions().execution(execution).await.unwrap().unwrap();
    assert_eq!(failed.status, Status::Failed);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_killed_by_cancel_and_by_its_timeout() {
    let house = House::open().await.unwrap();
    let parameters = json!({"cmd": "sleep 100"}).as_object().unwrap().clone();
    let request = Request::new("core.local", parameters, Principal::system("admin"));
    let execution = house.engine.executions().request(request).await.unwrap();
    house.until(execution.id, Status::Running).await.unwrap();
    let canceled =
        house.engine.executions().cancel(&Principal::system("ann"), execution.id).await.unwrap();
    assert!(matches!(canceled, Canceled::Done(_)));
    let ended = house.engine.executions().ended(execution.id).await.unwrap().unwrap();
    assert_eq!(ended.status, Status::Canceled);
    assert_eq!(ended.result.as_ref().unwrap()["message"], "Action canceled by user.");
    assert_eq!(ended.result.as_ref().unwrap()["user"], "ann");
    let again =
        house.engine.executions().cancel(&Principal::system("ann"), execution.id).await.unwrap();
    assert!(matches!(again, Canceled::Done(_)));
    let timeout =
        house.run("core.local", json!({"cmd": "echo a; sleep 100", "timeout": 1})).await.unwrap();
    assert_eq!(timeout.status, Status::Timeout);
    let result = timeout.result.as_ref().unwrap();
    assert_eq!((&result["return_code"], &result["stdout"]), (&json!(-9), &json!("a")));
    assert_eq!(result["error"], "Action failed to complete in 1 seconds");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_execution_waits_and_can_be_canceled_before_it_starts() {
    let house = House::open().await.unwrap();
    let delayed = async |delay_ms: i64| {
        let mut request =
            Request::new("core.noop", model::Object::new(), Principal::system("admin"));
        request.delay_ms = Some(delay_ms);
        house.engine.executions().request(request).await.unwrap()
    };
    let soon = delayed(300).await;
    let never = delayed(3_600_000).await;
    let ended = house.engine.executions().ended(soon.id).await.unwrap().unwrap();
    assert_eq!(ended.status, Status::Succeeded);
    assert!(ended.elapsed_seconds().unwrap() >= 0.3);
    assert!(ended.log.iter().any(|entry| entry.status == Status::Delayed));
    house.engine.executions().cancel(&Principal::system("ann"), never.id).await.unwrap();
    let ended = house.engine.executions().ended(never.id).await.unwrap().unwrap();
    assert_eq!(ended.status, Status::Canceled);
    assert!(ended.log.iter().all(|entry| entry.status != Status::Running));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_runs_at_once_than_the_limit_allows() {
    let settings = engine::Settings {
        execution: execution::Settings { concurrency_max: 2, ..execution::Settings::default() },
        ..engine::Settings::default()
    };
    let house = House::build(Plan { settings, ..Plan::default() }).await.unwrap();
    let marks = house.directory().join("marks");
    std::fs::create_dir(&marks).unwrap();
    let cmd = format!("cd {} && touch $$ && ls | wc -l && sleep 0.1 && rm $$", marks.display());
    let runs = (0..8).map(|_| house.run("core.local", json!({"cmd": cmd})));
    for ended in futures_util::future::join_all(runs).await {
        let ended = ended.unwrap();
        let at_once = ended.result.as_ref().unwrap()["stdout"].as_i64().unwrap();
        assert!(at_once <= 2, "{at_once} at once");
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_merges_parameters_and_names_the_old_execution() {
    let house = House::open().await.unwrap();
    let first = house.run("core.local", json!({"cmd": "echo one", "timeout": 9})).await.unwrap();
    let rerun = execution::Rerun {
        user: None,
        parameters: json!({"cmd": "echo two"}).as_object().unwrap().clone(),
        merge: true,
        delay_ms: None,
        notify: None,
        tasks: Vec::new(),
        reset: Vec::new(),
    };
    let second =
        house.engine.executions().rerun(&Principal::system("ann"), first.id, rerun).await.unwrap();
    let ended = house.engine.executions().ended(second.id).await.unwrap().unwrap();
    assert_eq!(ended.result.as_ref().unwrap()["stdout"], "two");
    assert_eq!(ended.parameters["timeout"], 9);
    assert_eq!(ended.context["re-run"]["ref"], json!(first.id));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_process_is_taken_up_by_the_next_start() {
    use std::sync::Arc;
    let directory = tempfile::tempdir().unwrap();
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let start = async || {
        let store = testkit::open_store(directory.path()).await.unwrap();
        let settings =
            engine::Settings { packs: vec![packs.clone()], ..engine::Settings::default() };
        let parts = engine::Parts {
            store,
            bus: bus::Bus::new(),
            clock: Arc::new(testkit::SystemClock),
            settings,
        };
        engine::Engine::start(parts).await.unwrap()
    };
    let request = |action: &str, parameters: Value| {
        Request::new(action, parameters.as_object().unwrap().clone(), Principal::system("admin"))
    };
    let engine = start().await;
    let sleeping = engine
        .executions()
        .request(request("core.local", json!({"cmd": "sleep 30"})))
        .await
        .unwrap();
    let mut later = request("core.noop", json!({}));
    later.delay_ms = Some(200);
    let later = engine.executions().request(later).await.unwrap();
    testkit::until(&engine, sleeping.id, Status::Running).await.unwrap();
    engine.stop(Duration::ZERO).await;
    drop(engine);
    let again = start().await;
    let ended = again.executions().ended(sleeping.id).await.unwrap().unwrap();
    assert_eq!(ended.status, Status::Abandoned);
    assert!(
        ended.result.as_ref().unwrap()["error"].as_str().unwrap().contains("not started again")
    );
    assert_eq!(
        again.executions().ended(later.id).await.unwrap().unwrap().status,
        Status::Succeeded
    );
    again.stop(Duration::from_secs(5)).await;
}
