//! Chains that are paused, wait for a person, or are canceled.

use flow::{
    Env, Status,
    chain::Chain,
    protocol::{Next, Order},
};
use serde_json::json;

use super::{begin, drive, hear, request, start, succeed, tasks, three};

fn tell(order: Order) -> Next {
    Next::Tell { execution_id: "e0".into(), order }
}

fn next(chain: &mut Chain) -> Next {
    chain.next(&Env::default())
}

fn running() -> Chain {
    let mut chain = start(&three(), &json!({}));
    begin(&mut chain);
    chain
}

#[test]
fn a_pause_takes_hold_after_the_task() {
    let mut chain = running();
    assert!(chain.pause() && !chain.pause());
    assert_eq!((chain.status(), next(&mut chain)), (Status::Pausing, Next::Wait));
    hear(&mut chain, Status::Succeeded, &json!({}));
    assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
    assert_eq!(tasks(&chain.result()), ["c1 succeeded"]);
    assert!(chain.resume() && !chain.resume());
    assert_eq!((chain.status(), request(&mut chain).task), (Status::Running, "c2".to_owned()));
}

#[test]
fn a_pause_between_tasks_takes_hold_at_once() {
    let mut chain = start(&three(), &json!({}));
    assert!(chain.pause());
    assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
    assert!(chain.resume());
    assert_eq!(drive(&mut chain, succeed).0, Status::Succeeded);
}

#[test]
fn a_chain_paused_in_its_last_task_ends_when_it_is_resumed() {
    for (state, end) in [
        (Status::Succeeded, Status::Succeeded),
        (Status::Failed, Status::Failed),
        (Status::Timeout, Status::Timeout),
    ] {
        let mut chain = start(&json!({"chain": [{"name": "a", "ref": "p.a"}]}), &json!({}));
        begin(&mut chain);
        chain.pause();
        hear(&mut chain, state, &json!({}));
        assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
        assert!(!chain.is_over() && chain.resume());
        assert_eq!((chain.status(), chain.is_over()), (end, true));
    }
}

#[test]
fn what_was_published_before_a_pause_is_seen_after_it() {
    let definition = json!({"chain": [
        {"name": "a", "ref": "p.a", "publish": {"v": "{{ a.x }}"}, "on-success": "b"},
        {"name": "b", "ref": "p.b", "parameters": {"v": "{{ v }}"}},
    ]});
    let mut chain = start(&definition, &json!({}));
    begin(&mut chain);
    chain.pause();
    hear(&mut chain, Status::Succeeded, &json!({"x": "foobar"}));
    chain.resume();
    assert_eq!(request(&mut chain).parameters["v"], json!("foobar"));
}

#[test]
fn a_task_that_pauses_pauses_the_chain_and_goes_on_with_it() {
    let mut chain = running();
    hear(&mut chain, Status::Paused, &json!({"part": 1}));
    assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
    assert_eq!(tasks(&chain.result()), ["c1 paused"]);
    assert!(chain.resume());
    assert_eq!(next(&mut chain), tell(Order::Resume));
    assert_eq!((chain.status(), next(&mut chain)), (Status::Running, Next::Wait));
    assert!(tasks(&chain.result()).is_empty());
    hear(&mut chain, Status::Succeeded, &json!({}));
    let (status, result) = drive(&mut chain, succeed);
    assert_eq!(status, Status::Succeeded);
    assert_eq!(tasks(&result), ["c1 succeeded", "c2 succeeded", "c3 succeeded"]);
}

#[test]
fn a_chain_and_its_task_are_paused_and_resumed_together() {
    let mut chain = running();
    chain.pause();
    hear(&mut chain, Status::Pausing, &json!({}));
    assert_eq!(chain.status(), Status::Pausing);
    hear(&mut chain, Status::Paused, &json!({}));
    assert_eq!(chain.status(), Status::Paused);
    chain.resume();
    assert_eq!(next(&mut chain), tell(Order::Resume));
}

#[test]
fn a_task_that_goes_on_by_itself_takes_the_chain_along() {
    let mut chain = running();
    hear(&mut chain, Status::Paused, &json!({}));
    hear(&mut chain, Status::Running, &json!({}));
    assert_eq!((chain.status(), next(&mut chain)), (Status::Running, Next::Wait));
    hear(&mut chain, Status::Succeeded, &json!({}));
    assert_eq!(request(&mut chain).task, "c2");
}

#[test]
fn a_chain_that_is_to_be_paused_stays_so_when_its_task_goes_on_by_itself() {
    let mut chain = running();
    chain.pause();
    hear(&mut chain, Status::Paused, &json!({}));
    hear(&mut chain, Status::Running, &json!({}));
    assert_eq!(chain.status(), Status::Pausing);
    hear(&mut chain, Status::Succeeded, &json!({}));
    assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
}

/// A task that asks a person, and one that reads the answer.
fn asking() -> Chain {
    let definition = json!({"chain": [
        {"name": "task1", "ref": "core.ask", "publish": {"code": "{{ task1.response.code }}"}, "on-success": "task2"},
        {"name": "task2", "ref": "core.local", "parameters": {
            "new": "{{ task1.response.code }}", "old": "{{ task1.result.response.code }}"}},
    ]});
    let mut chain = start(&definition, &json!({}));
    begin(&mut chain);
    hear(&mut chain, Status::Pending, &json!({"route": "developers"}));
    chain
}

#[test]
fn a_question_pauses_the_chain_until_it_is_answered() {
    let mut chain = asking();
    assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
    assert_eq!(tasks(&chain.result()), ["task1 pending"]);
    let answer = json!({"route": "developers", "response": {"code": "42"}});
    hear(&mut chain, Status::Succeeded, &answer);
    let request = request(&mut chain);
    assert_eq!(json!(request.parameters), json!({"new": "42", "old": "42"}));
    let (status, result) = drive(&mut chain, succeed);
    assert_eq!(status, Status::Succeeded);
    assert_eq!(result["tasks"][0]["result"], answer);
    assert_eq!(result["published"], json!({"code": "42"}));
}

#[test]
fn a_resume_before_the_answer_waits_for_it() {
    let mut chain = asking();
    chain.resume();
    assert_eq!((chain.status(), next(&mut chain)), (Status::Paused, Next::Wait));
    hear(&mut chain, Status::Succeeded, &json!({"response": {"code": "42"}}));
    assert_eq!(request(&mut chain).task, "task2");
}

#[test]
fn a_cancel_takes_hold_after_the_task() {
    for state in [Status::Succeeded, Status::Failed, Status::Canceled] {
        let mut chain = running();
        assert!(chain.cancel() && !chain.cancel() && !chain.pause() && !chain.resume());
        assert_eq!((chain.status(), next(&mut chain)), (Status::Canceling, Next::Wait));
        hear(&mut chain, state, &json!({}));
        assert_eq!((chain.status(), chain.is_over()), (Status::Canceled, true));
        assert_eq!(tasks(&chain.result()), [format!("c1 {state}")]);
    }
}

#[test]
fn a_cancel_in_the_last_task_cancels() {
    let mut chain = start(&json!({"chain": [{"name": "a", "ref": "p.a"}]}), &json!({}));
    begin(&mut chain);
    chain.cancel();
    hear(&mut chain, Status::Succeeded, &json!({}));
    assert_eq!(chain.status(), Status::Canceled);
}

#[test]
fn a_cancel_between_tasks_takes_hold_at_once() {
    let mut chain = start(&three(), &json!({}));
    request(&mut chain);
    assert!(chain.cancel());
    assert!(!chain.started("late", "late", super::AT));
    assert!(matches!(next(&mut chain), Next::End { status: Status::Canceled, .. }));
    let mut chain = running();
    chain.pause();
    hear(&mut chain, Status::Succeeded, &json!({}));
    assert!(chain.cancel());
    assert_eq!(chain.status(), Status::Canceled);
}

#[test]
fn what_stands_still_is_told_of_a_cancel() {
    for state in [Status::Paused, Status::Pending] {
        let mut chain = running();
        hear(&mut chain, state, &json!({}));
        assert!(chain.cancel());
        assert_eq!(next(&mut chain), tell(Order::Cancel));
        assert_eq!((chain.status(), next(&mut chain)), (Status::Canceling, Next::Wait));
        hear(&mut chain, Status::Canceled, &json!({}));
        assert_eq!(chain.status(), Status::Canceled);
    }
    let mut chain = running();
    chain.cancel();
    hear(&mut chain, Status::Paused, &json!({}));
    assert_eq!(next(&mut chain), tell(Order::Cancel));
}

#[test]
fn a_chain_that_has_ended_takes_no_requests() {
    let mut chain = start(&three(), &json!({}));
    drive(&mut chain, succeed);
    assert!(!chain.pause() && !chain.resume() && !chain.cancel());
    chain.abort("late");
    assert_eq!(chain.status(), Status::Succeeded);
    assert!(!chain.heard(super::report(Status::Failed, &json!({})), &Env::default()));
}
