//! Concurrency: how many run at once.

use std::time::Duration;

use execution::Canceled;
use model::{Policy, Principal, Status};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Rig, statuses};

const LIMIT: &str = "action.concurrency";
const BY_ATTRIBUTE: &str = "action.concurrency.attr";

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_at_once_three_run_and_all_end() {
    let rig = Rig::open().await;
    rig.policy("rig.mark", LIMIT, json!({"threshold": 3})).await;
    let log = rig.path("log");
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let engine = rig.engine.clone();
        let parameters = json!({"log": log}).as_object().unwrap().clone();
        requests.spawn(async move {
            let principal = model::Principal::system("admin");
            let request = execution::Request::new("rig.mark", parameters, principal);
            let id = engine.executions().request(request).await.unwrap().id;
            engine.executions().ended(id).await.unwrap().unwrap().status
        });
    }
    // Somebody else is not held up.
    let other = rig.ask("core.local", json!({"cmd": "true"})).await;
    let other =
        tokio::time::timeout(Duration::from_secs(20), rig.engine.executions().ended(other)).await;
    assert_eq!(other.unwrap().unwrap().unwrap().status, Status::Succeeded);
    let ended = requests.join_all().await;
    assert!(ended.iter().all(|status| *status == Status::Succeeded));
    let (mut running, mut most, mut starts) = (0, 0, 0);
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let change = if line == "+" { 1 } else { -1 };
        running += change;
        most = most.max(running);
        starts += i32::from(change == 1);
    }
    assert_eq!((most, starts, running), (3, 1000, 0));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_delayed_and_starts_in_order_as_soon_as_a_place_is_free() {
    let rig = Rig::open().await;
    rig.policy("rig.hold", LIMIT, json!({"threshold": 1})).await;
    let first = rig.hold("a").await;
    rig.becomes(first, Status::Running).await;
    let second = rig.hold("b").await;
    rig.becomes(second, Status::Delayed).await;
    let third = rig.hold("c").await;
    rig.becomes(third, Status::Delayed).await;
    rig.lift("a");
    rig.becomes(second, Status::Running).await;
    assert_eq!(rig.seen(third).await.status, Status::Delayed);
    rig.lift("c");
    rig.lift("b");
    let third = rig.becomes(third, Status::Succeeded).await;
    assert_eq!(statuses(&third), ["requested", "delayed", "scheduled", "running", "succeeded"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_can_be_canceled_and_the_next_moves_up() {
    let rig = Rig::open().await;
    rig.policy("rig.hold", LIMIT, json!({"threshold": 1})).await;
    let first = rig.hold("a").await;
    rig.becomes(first, Status::Running).await;
    let second = rig.hold("b").await;
    rig.becomes(second, Status::Delayed).await;
    let third = rig.hold("c").await;
    rig.becomes(third, Status::Delayed).await;
    let canceled = rig.engine.executions().cancel(&Principal::system("ann"), second).await.unwrap();
    assert!(matches!(canceled, Canceled::Done(_)));
    let second = rig.becomes(second, Status::Canceled).await;
    assert_eq!(statuses(&second), ["requested", "delayed", "canceling", "canceled"]);
    assert_eq!(second.result.as_ref().unwrap()["user"], "ann");
    rig.lift("a");
    rig.becomes(third, Status::Running).await;
    // What is being canceled runs until it has ended.
    let fourth = rig.hold("d").await;
    rig.becomes(fourth, Status::Delayed).await;
    rig.engine.executions().cancel(&Principal::system("ann"), third).await.unwrap();
    rig.becomes(fourth, Status::Running).await;
    rig.lift("d");
    rig.becomes(fourth, Status::Succeeded).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_does_so_across_a_restart_in_the_same_order() {
    let rig = Rig::open().await;
    rig.policy("rig.hold", LIMIT, json!({"threshold": 1})).await;
    let first = rig.hold("a").await;
    rig.becomes(first, Status::Running).await;
    let mut waiting = Vec::new();
    for gate in ["b", "c", "d"] {
        let id = rig.hold(gate).await;
        rig.becomes(id, Status::Delayed).await;
        waiting.push(id);
        rig.turn(1);
    }
    let rig = rig.restart().await;
    rig.becomes(first, Status::Abandoned).await;
    let gates = ["b", "c", "d"];
    for (at, id) in waiting.iter().enumerate() {
        rig.becomes(*id, Status::Running).await;
        for later in &waiting[at + 1..] {
            assert_eq!(rig.seen(*later).await.status, Status::Delayed);
        }
        rig.lift(gates[at]);
        rig.becomes(*id, Status::Succeeded).await;
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_goes_on_after_a_restart_keeps_its_place() {
    let rig = Rig::open().await;
    rig.policy("rig.later", LIMIT, json!({"threshold": 1})).await;
    let first = rig.ask("rig.later", json!({})).await;
    rig.becomes(first, Status::Running).await;
    let second = rig.ask("rig.later", json!({})).await;
    rig.becomes(second, Status::Delayed).await;
    let rig = rig.restart().await;
    testkit::settle(&rig.engine).await.unwrap();
    assert_eq!(rig.seen(first).await.status, Status::Running);
    assert_eq!(rig.seen(second).await.status, Status::Delayed);
    rig.turn(61);
    rig.becomes(first, Status::Succeeded).await;
    rig.becomes(second, Status::Running).await;
    rig.engine.executions().cancel(&Principal::system("ann"), second).await.unwrap();
    rig.becomes(second, Status::Canceled).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_is_paused_gives_its_place_to_another() {
    let rig = Rig::open().await;
    rig.policy("rig.flow", LIMIT, json!({"threshold": 1})).await;
    let first = rig.ask("rig.flow", json!({"gate": rig.path("a")})).await;
    rig.becomes(first, Status::Running).await;
    let second = rig.ask("rig.flow", json!({"gate": rig.path("a")})).await;
    rig.becomes(second, Status::Delayed).await;
    rig.engine.workflows().pause(&Principal::system("ann"), first).await.unwrap();
    rig.becomes(first, Status::Pausing).await;
    assert_eq!(rig.seen(second).await.status, Status::Delayed, "what pauses still runs");
    rig.lift("a");
    rig.becomes(first, Status::Paused).await;
    let second = rig.becomes(second, Status::Succeeded).await;
    assert_eq!(statuses(&second), ["requested", "delayed", "scheduled", "running", "succeeded"]);
    rig.engine.workflows().resume(&Principal::system("ann"), first).await.unwrap();
    rig.becomes(first, Status::Succeeded).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_values_wait_for_each_other_whether_given_or_default() {
    let rig = Rig::open().await;
    let parameters = json!({"threshold": 1, "attributes": ["host"]});
    rig.policy("rig.hold", BY_ATTRIBUTE, parameters).await;
    let ask = async |gate: &str, host: Option<&str>| {
        let mut parameters = json!({"gate": rig.path(gate), "note": gate});
        if let Some(host) = host {
            parameters["host"] = json!(host);
        }
        rig.ask("rig.hold", parameters).await
    };
    let first = ask("a", None).await;
    rig.becomes(first, Status::Running).await;
    let same = ask("a", Some("web")).await;
    rig.becomes(same, Status::Delayed).await;
    let other = ask("b", Some("db")).await;
    rig.becomes(other, Status::Running).await;
    rig.lift("b");
    rig.becomes(other, Status::Succeeded).await;
    assert_eq!(rig.seen(same).await.status, Status::Delayed);
    rig.lift("a");
    rig.becomes(same, Status::Succeeded).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_too_many_is_canceled_and_says_by_which_policy() {
    let rig = Rig::open().await;
    rig.policy("rig.hold", LIMIT, json!({"threshold": 1, "action": "cancel"})).await;
    let first = rig.hold("a").await;
    rig.becomes(first, Status::Running).await;
    let second = rig.hold("a").await;
    let second = rig.becomes(second, Status::Canceled).await;
    assert_eq!(statuses(&second), ["requested", "canceling", "canceled"]);
    let result = second.result.as_ref().unwrap();
    assert_eq!(result["policy"], "rig.rig.hold.action.concurrency");
    assert_eq!(
        result["message"],
        "Action canceled by policy \"rig.rig.hold.action.concurrency\": 1 of \"rig.hold\" may run \
         at a time, and as many do."
    );
    rig.lift("a");
    rig.becomes(first, Status::Succeeded).await;
    let third = rig.hold("a").await;
    rig.becomes(third, Status::Succeeded).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_changed_holds_at_once_for_all() {
    let rig = Rig::open().await;
    let first = rig.hold("a").await;
    rig.becomes(first, Status::Running).await;
    // What ran before there was a policy counts.
    let policy = rig.policy("rig.hold", LIMIT, json!({"threshold": 1})).await;
    let second = rig.hold("a").await;
    rig.becomes(second, Status::Delayed).await;
    let mut wider = policy.clone();
    wider.parameters["threshold"] = json!(2);
    rig.engine.content().put(&Principal::system("admin"), wider).await.unwrap();
    rig.becomes(second, Status::Running).await;
    let third = rig.hold("a").await;
    rig.becomes(third, Status::Delayed).await;
    let mut strict = policy.clone();
    strict.parameters["action"] = json!("cancel");
    rig.engine.content().put(&Principal::system("admin"), strict).await.unwrap();
    rig.becomes(third, Status::Canceled).await;
    rig.engine.content().put(&Principal::system("admin"), policy.clone()).await.unwrap();
    let fourth = rig.hold("a").await;
    rig.becomes(fourth, Status::Delayed).await;
    rig.engine
        .content()
        .put(&Principal::system("admin"), Policy { enabled: false, ..policy.clone() })
        .await
        .unwrap();
    rig.becomes(fourth, Status::Running).await;
    rig.engine.content().put(&Principal::system("admin"), policy.clone()).await.unwrap();
    let fifth = rig.hold("a").await;
    rig.becomes(fifth, Status::Delayed).await;
    rig.engine.content().delete(&Principal::system("admin"), &policy).await.unwrap();
    rig.becomes(fifth, Status::Running).await;
    rig.lift("a");
    for id in [first, second, fourth, fifth] {
        rig.becomes(id, Status::Succeeded).await;
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_written_only_once_obey_as_well() {
    let rig = Rig::open().await;
    let policy = rig.policy("core.noop", LIMIT, json!({"threshold": 0})).await;
    let mut ids = Vec::new();
    for _ in 0..50 {
        ids.push(rig.ask("core.noop", json!({})).await);
    }
    for id in &ids {
        rig.becomes(*id, Status::Delayed).await;
    }
    let mut one = policy.clone();
    one.parameters["threshold"] = json!(1);
    rig.engine.content().put(&Principal::system("admin"), one.clone()).await.unwrap();
    for id in &ids {
        rig.becomes(*id, Status::Succeeded).await;
    }
    one.parameters["threshold"] = json!(0);
    one.parameters["action"] = json!("cancel");
    rig.engine.content().put(&Principal::system("admin"), one).await.unwrap();
    let last = rig.ask("core.noop", json!({})).await;
    rig.becomes(last, Status::Canceled).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_of_its_own_comes_before_the_wait_for_a_place() {
    let rig = Rig::open().await;
    rig.policy("rig.hold", LIMIT, json!({"threshold": 1})).await;
    let parameters = json!({"gate": rig.path("a")});
    let late =
        rig.ask_with("rig.hold", parameters, |request| request.delay_ms = Some(60_000)).await;
    rig.becomes(late, Status::Delayed).await;
    let first = rig.hold("a").await;
    rig.becomes(first, Status::Running).await;
    rig.turn(61);
    testkit::settle(&rig.engine).await.unwrap();
    assert_eq!(rig.seen(late).await.status, Status::Delayed);
    rig.lift("a");
    rig.becomes(late, Status::Succeeded).await;
    rig.close().await;
}
