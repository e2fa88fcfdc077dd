//! Retries: what runs again, when, and how often.

use model::{Execution, Notify, Principal, Status};
use serde_json::{Value, json};

use super::{Rig, statuses};

const RETRY: &str = "action.retry";

async fn newest(rig: &Rig, action: &str, count: usize) -> Execution {
    // The next run is requested in the commit of the end.
    let mut all = rig.all(action).await;
    assert_eq!(all.len(), count, "of {action}");
    all.pop().unwrap()
}

fn retry_of(execution: &Execution) -> &Value {
    &execution.context["policies"]["retry"]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_runs_again_after_its_delay_as_often_as_allowed() {
    let rig = Rig::open().await;
    let parameters = json!({"retry_on": "failure", "max_retry_count": 2, "delay": 60});
    rig.policy("rig.fail", RETRY, parameters).await;
    let notify: Notify =
        serde_json::from_value(json!({"on-complete": {"routes": ["tests"]}})).unwrap();
    let given = json!({"note": "{{ not.a.template }}"});
    let first = rig
        .ask_with("rig.fail", given, |request| {
            request.templates = execution::Templates::Literal;
            request.provenance.given.insert("why".to_owned(), json!("tests"));
            request.notify = Some(notify.clone());
        })
        .await;
    let mut before = Execution::clone(&*rig.becomes(first, Status::Failed).await);
    for count in 1..=2_usize {
        let next = newest(&rig, "rig.fail", count + 1).await.id;
        let next = rig.becomes(next, Status::Delayed).await;
        assert_eq!(next.delay_ms, Some(60_000));
        assert_eq!(
            (&next.parameters, &next.context["why"], &next.context["user"], &next.notify),
            (&before.parameters, &json!("tests"), &json!("admin"), &Some(notify.clone()))
        );
        assert_eq!(
            *retry_of(&next),
            json!({
                "applied_policy": "rig.rig.fail.action.retry",
                "retry_count": count,
                "retried_liveaction_id": before.liveaction_id,
            })
        );
        rig.turn(59);
        testkit::settle(&rig.engine).await.unwrap();
        assert_eq!(rig.seen(next.id).await.status, Status::Delayed);
        rig.turn(2);
        before = Execution::clone(&*rig.becomes(next.id, Status::Failed).await);
    }
    assert_eq!(rig.all("rig.fail").await.len(), 3);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_is_durable_with_the_end_before_it() {
    let rig = Rig::open().await;
    let parameters = json!({"retry_on": "failure", "max_retry_count": 1, "delay": 5.5});
    rig.policy("rig.fail", RETRY, parameters).await;
    let first = rig.ask("rig.fail", json!({})).await;
    rig.engine.executions().ended(first).await.unwrap();
    // Both are on record as soon as the end is.
    let all = rig.all("rig.fail").await;
    assert_eq!((all.len(), all[1].delay_ms), (2, Some(5_500)));
    let rig = rig.restart().await;
    let next = rig.becomes(all[1].id, Status::Delayed).await.id;
    rig.turn(6);
    let next = rig.becomes(next, Status::Failed).await;
    assert_eq!(statuses(&next), ["requested", "delayed", "scheduled", "running", "failed"]);
    let rig = rig.restart().await;
    assert_eq!(rig.all("rig.fail").await.len(), 2);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_end_that_is_named_leads_to_another_run() {
    let rig = Rig::open().await;
    rig.policy("core.local", RETRY, json!({"retry_on": "timeout", "max_retry_count": 1})).await;
    let run = async |cmd: &str| {
        let id = rig.ask("core.local", json!({"cmd": cmd, "timeout": 1})).await;
        rig.engine.executions().ended(id).await.unwrap().unwrap().status
    };
    assert_eq!(run("true").await, Status::Succeeded);
    assert_eq!(run("exit 1").await, Status::Failed);
    assert_eq!(rig.all("core.local").await.len(), 2);
    assert_eq!(run("sleep 9").await, Status::Timeout);
    let again = newest(&rig, "core.local", 4).await;
    assert_eq!((&retry_of(&again)["retry_count"], again.delay_ms), (&json!(1), None));
    rig.becomes(again.id, Status::Timeout).await;
    assert_eq!(rig.all("core.local").await.len(), 4);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_workflows_do_not_run_again_but_workflows_do() {
    let rig = Rig::open().await;
    let parameters = json!({"retry_on": "failure", "max_retry_count": 1});
    rig.policy("rig.hold", RETRY, parameters.clone()).await;
    rig.policy("rig.flow", RETRY, parameters).await;
    // No such folder: the command waits for ever, and its time is up.
    let first = rig.ask("rig.flow", json!({"gate": "\n exit 1 #"})).await;
    rig.becomes(first, Status::Failed).await;
    let again = newest(&rig, "rig.flow", 2).await;
    assert_eq!(retry_of(&again)["retry_count"], 1);
    let again = rig.becomes(again.id, Status::Failed).await;
    assert_ne!(
        again.context["workflow_execution"],
        rig.seen(first).await.context["workflow_execution"]
    );
    assert_eq!(rig.all("rig.hold").await.len(), 2, "one for each run of the workflow");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_can_be_canceled_and_is_not_retried() {
    let rig = Rig::open().await;
    let parameters = json!({"retry_on": "failure", "max_retry_count": 5, "delay": 60});
    rig.policy("rig.fail", RETRY, parameters).await;
    let first = rig.ask("rig.fail", json!({})).await;
    rig.becomes(first, Status::Failed).await;
    let next = newest(&rig, "rig.fail", 2).await.id;
    rig.becomes(next, Status::Delayed).await;
    rig.engine.executions().cancel(&Principal::system("ann"), next).await.unwrap();
    rig.turn(3600);
    rig.becomes(next, Status::Canceled).await;
    assert_eq!(rig.all("rig.fail").await.len(), 2);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_waits_for_a_place_as_well() {
    let rig = Rig::open().await;
    rig.policy("rig.fail", RETRY, json!({"retry_on": "failure", "max_retry_count": 1})).await;
    let limit = rig.policy("rig.fail", "action.concurrency", json!({"threshold": 0})).await;
    let first = rig.ask("rig.fail", json!({})).await;
    rig.becomes(first, Status::Delayed).await;
    let mut one = limit.clone();
    one.parameters["threshold"] = json!(1);
    rig.engine.content().put(&Principal::system("admin"), one).await.unwrap();
    rig.becomes(first, Status::Failed).await;
    let next = newest(&rig, "rig.fail", 2).await.id;
    rig.becomes(next, Status::Failed).await;
    rig.close().await;
}
