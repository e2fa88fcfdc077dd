//! The order in which tasks run, and how a chain ends.

use flow::{
    Env, Status,
    chain::{Chain, Options},
    protocol::{Next, Place},
};
use serde_json::{Value, json};

use super::{
    AT, LATER, begin, drive, error, hear, inputs, object, parse, request, start, start_with,
    succeed, tasks, three,
};

/// Checks how a chain ends in which the tasks named end as said.
fn check(definition: &Value, ends: &[(&str, Status)], status: Status, expected: &[&str]) {
    let mut chain = start(definition, &json!({}));
    let end = drive(&mut chain, |request| {
        let found = ends.iter().find(|(task, _)| *task == request.task);
        (found.map_or(Status::Succeeded, |(_, status)| *status), json!({}))
    });
    assert_eq!(
        (end.0, tasks(&end.1)),
        (status, expected.iter().map(|it| (*it).to_owned()).collect())
    );
    assert_eq!((chain.status(), chain.is_over()), (status, true));
}

#[test]
fn success_leads_along_the_edges_of_success() {
    let expected = ["c1 succeeded", "c2 succeeded", "c3 succeeded"];
    check(&three(), &[], Status::Succeeded, &expected);
}

#[test]
fn a_chain_whose_failure_is_dealt_with_succeeds() {
    let ends = [("c2", Status::Failed)];
    let expected = ["c1 succeeded", "c2 failed", "c4 succeeded"];
    check(&three(), &ends, Status::Succeeded, &expected);
    let ends = [("c1", Status::Abandoned)];
    check(&three(), &ends, Status::Succeeded, &["c1 abandoned", "c4 succeeded"]);
}

#[test]
fn a_failure_that_nothing_follows_fails_the_chain() {
    let ends = [("c1", Status::Failed), ("c4", Status::Failed)];
    check(&three(), &ends, Status::Failed, &["c1 failed", "c4 failed"]);
    let ends = [("c1", Status::Failed), ("c4", Status::Abandoned)];
    check(&three(), &ends, Status::Failed, &["c1 failed", "c4 abandoned"]);
}

#[test]
fn a_last_task_that_took_too_long_makes_the_chain_do_so() {
    let ends = [("c1", Status::Failed), ("c4", Status::Timeout)];
    check(&three(), &ends, Status::Timeout, &["c1 failed", "c4 timeout"]);
    let ends = [("c1", Status::Timeout)];
    check(&three(), &ends, Status::Succeeded, &["c1 timeout", "c4 succeeded"]);
}

#[test]
fn a_canceled_task_cancels_the_chain() {
    let ends = [("c2", Status::Canceled)];
    check(&three(), &ends, Status::Canceled, &["c1 succeeded", "c2 canceled"]);
}

#[test]
fn an_empty_chain_succeeds() {
    check(&json!({"chain": []}), &[], Status::Succeeded, &[]);
}

#[test]
fn a_task_is_shown_with_its_execution_and_its_times() {
    let definition = json!({"chain": [{"name": "c1", "ref": "p.a"}]});
    let (_, result) = drive(&mut start(&definition, &json!({})), succeed);
    let expected = json!({
        "tasks": [{
            "id": "c1", "name": "c1", "execution_id": "e0", "liveaction_id": "l0",
            "workflow": null, "created_at": AT, "updated_at": LATER, "state": "succeeded",
            "result": {"o1": "1"},
        }],
        "published": {},
    });
    assert_eq!(result.to_string(), expected.to_string());
}

#[test]
fn a_child_knows_its_node() {
    let mut chain = start(&three(), &json!({}));
    let request = request(&mut chain);
    assert_eq!((&*request.task, &*request.action), ("c1", "p.a1"));
    let Place::Chain(task) = &request.place else { panic!("{request:?}") };
    assert_eq!(task["on_success"], json!("c2"));
}

#[test]
fn what_is_request_is_said_until_something_came_of_it() {
    let mut chain = start(&three(), &json!({}));
    assert_eq!(request(&mut chain), request(&mut chain));
    begin(&mut chain);
    assert_eq!(chain.next(&Env::default()), Next::Wait);
    assert_eq!(chain.child().unwrap().execution_id, "e0");
    assert!(!chain.started("again", "again", AT) && !chain.refused("again", AT));
    hear(&mut chain, Status::Succeeded, &json!({}));
    assert_eq!((request(&mut chain).task, chain.child()), ("c2".to_owned(), None));
}

#[test]
fn a_task_that_could_not_be_created_has_failed() {
    let mut chain = start(&three(), &json!({}));
    for _ in 0..2 {
        request(&mut chain);
        assert!(chain.refused("Test failure", AT));
    }
    let Next::End { status, result } = chain.next(&Env::default()) else { panic!("goes on") };
    assert_eq!(
        (status, tasks(&result)),
        (Status::Failed, vec!["c1 failed".to_owned(), "c4 failed".to_owned()])
    );
    let first = &result["tasks"][0];
    assert_eq!((&first["execution_id"], &first["liveaction_id"]), (&Value::Null, &Value::Null));
    assert_eq!(error(&first["result"]), "Failed running task \"c1\".. Test failure");
    assert_eq!(result.get("error"), None);
}

#[test]
fn an_action_that_does_not_exist_stops_the_chain() {
    let env = Env { has_action: &|action| action != "p.a2", ..Env::default() };
    let mut chain = start(&three(), &json!({}));
    begin(&mut chain);
    hear(&mut chain, Status::Succeeded, &json!({}));
    let Next::End { status, result } = chain.next(&env) else { panic!("goes on") };
    assert_eq!((status, tasks(&result)), (Status::Failed, vec!["c1 succeeded".to_owned()]));
    assert_eq!(
        error(&result),
        "Failed to run task \"c2\". Action with reference \"p.a2\" doesn't exist.. Task :: c2 - \
         Action with ref p.a2 not registered."
    );
}

#[test]
fn an_abort_shows_nothing_but_its_reason() {
    let mut chain = start(&three(), &json!({}));
    begin(&mut chain);
    hear(&mut chain, Status::Succeeded, &json!({}));
    chain.abort("Failed to cast value");
    chain.abort("again");
    let Next::End { status, result } = chain.next(&Env::default()) else { panic!("goes on") };
    assert_eq!(status, Status::Failed);
    let expected = json!({"error": "Failed to cast value", "traceback": "Failed to cast value"});
    assert_eq!(result, expected);
}

#[test]
fn a_template_for_the_next_task_is_not_found() {
    let definition = json!({"chain": [{"name": "a", "ref": "p.a", "on-success": "{{ next }}"}]});
    let (status, result) = drive(&mut start(&definition, &json!({"next": "a"})), succeed);
    assert_eq!((status, tasks(&result)), (Status::Failed, vec!["a succeeded".to_owned()]));
    assert_eq!(
        error(&result),
        "Failed to get next node \"a\".. Unable to find node with name \"{{ next }}\"."
    );
}

#[test]
fn a_chain_that_leads_back_to_itself_ends_at_the_limit() {
    let definition = json!({"chain": [{"name": "a", "ref": "p.a", "on-success": "a"}]});
    let options = Options { tasks_max: 5, ..Options::default() };
    let mut chain = start_with(&definition, &json!({}), options);
    let (status, result) = drive(&mut chain, succeed);
    assert_eq!((status, tasks(&result).len()), (Status::Failed, 5));
    assert_eq!(
        error(&result),
        "Failed to run task \"a\". The chain ran 5 tasks, which is as many as one may run."
    );
}

#[test]
fn a_loop_sees_the_last_result_of_each_task() {
    let definition = json!({"chain": [
        {"name": "page", "ref": "p.page", "on-success": "count",
         "parameters": {"n": "{% if count is defined %}{{ count.result }}{% endif %}"}},
        {"name": "count", "ref": "p.count", "on-success": "page", "on-failure": "done",
         "parameters": {"n": "{% if count is defined %}{{ count.result }}{% endif %}"}},
        {"name": "done", "ref": "p.done", "parameters": {"n": "{{ count.result }}"}},
    ], "default": "page"});
    let (status, result) = drive(&mut start(&definition, &json!({})), |request| {
        let count = request.parameters["n"].as_str().unwrap().parse::<u64>().unwrap_or(0) + 1;
        let is_last = request.task == "count" && count == 3;
        let status = if is_last { Status::Failed } else { Status::Succeeded };
        (status, json!({"result": count, "seen": request.parameters["n"]}))
    });
    let seen: Vec<&Value> =
        result["tasks"].as_array().unwrap().iter().map(|task| &task["result"]["seen"]).collect();
    assert_eq!(json!(seen), json!(["", "", "1", "1", "2", "2", "3"]));
    assert_eq!(status, Status::Succeeded);
}

#[test]
fn tasks_tell_whom_they_name_or_else_whom_the_chain_names() {
    let own = json!({"on-complete": {"message": "own"}});
    let common = json!({"on-success": {"message": "chain"}});
    let definition = json!({"chain": [
        {"name": "c1", "ref": "p.a", "notify": own, "on-success": "c2"},
        {"name": "c2", "ref": "p.a", "on-success": "c3"},
        {"name": "c3", "ref": "p.a", "notify": own},
    ]});
    let mut seen = Vec::new();
    for (notify, skip) in [(None, "c3"), (Some(common.clone()), "c2")] {
        let skip_notify = vec![skip.to_owned()];
        let options = Options { notify, skip_notify, ..Options::default() };
        let mut chain =
            Chain::start(parse(&definition), inputs(&json!({})), options, &Env::default());
        for _ in 0..3 {
            seen.push(request(&mut chain).notify);
            begin(&mut chain);
            hear(&mut chain, Status::Succeeded, &json!({}));
        }
    }
    assert_eq!(json!(seen), json!([own, null, null, own, null, own]));
    let options = Options { notify: Some(common.clone()), ..Options::default() };
    let mut chain = start_with(&three(), &json!({}), options);
    assert_eq!(request(&mut chain).notify.as_ref().map(object), Some(object(&common)));
}
