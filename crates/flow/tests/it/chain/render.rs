//! What templates see, and what becomes of those that fail.

use expr::jinja::Lookup;
use flow::{
    Env, Status,
    chain::{Chain, Options},
    protocol::Next,
};
use serde_json::{Value, json};

use super::{begin, drive, error, hear, inputs, parse, request, start, start_with, succeed, tasks};

struct Store;

impl Lookup for Store {
    fn system(&self, key: &str) -> Option<String> {
        match key {
            "a" => Some("1".to_owned()),
            "a.b.c" => Some("two".to_owned()),
            _ => None,
        }
    }

    fn user(&self, key: &str) -> Option<String> {
        (key == "a").then(|| "mine".to_owned())
    }
}

fn with_store() -> Env<'static> {
    Env { lookup: Some(&Store), ..Env::default() }
}

/// Checks the parameters of a task with some templates.
fn check(templates: &Value, parameters: &Value, expected: &Value) {
    let definition = json!({"chain": [{"name": "c1", "ref": "p.a", "parameters": templates}]});
    let mut chain =
        Chain::start(parse(&definition), inputs(parameters), Options::default(), &with_store());
    match chain.next(&with_store()) {
        Next::Request(request) => assert_eq!(&Value::Object(request.parameters), expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn parameters_of_the_action_are_seen_as_text() {
    let given = json!({"s1": 1, "s2": 2, "s3": 3, "s4": 4});
    check(&json!({"p1": "{{s1}}"}), &given, &json!({"p1": "1"}));
    check(&json!({"p1": "[{{s2}}, {{s3}}, {{s4}}]"}), &given, &json!({"p1": "[2, 3, 4]"}));
    check(
        &json!({"p1": {"p1.1": "{{s1}}", "p1.3": "[{{s3}}, {{s4}}]"}}),
        &given,
        &json!({"p1": {"p1.1": "1", "p1.3": "[3, 4]"}}),
    );
}

#[test]
fn what_is_no_template_keeps_its_type() {
    check(
        &json!({"b": true, "n": 5, "l": [1, null]}),
        &json!({}),
        &json!({"b": true, "n": 5, "l": [1, null]}),
    );
}

#[test]
fn the_datastore_is_seen() {
    check(
        &json!({"i": "{{st2kv.system.a}}", "s": "{{st2kv.system.a.b.c}}", "old": "{{system.a}}"}),
        &json!({}),
        &json!({"i": "1", "s": "two", "old": "1"}),
    );
}

#[test]
fn parameters_cannot_hide_the_datastore_nor_the_contexts() {
    let given = json!({"st2kv": "x", "system": "x", "action_context": "x", "config_context": "x"});
    check(
        &json!({
            "a": "{{st2kv.system.a}}{{system.a}}",
            "b": "{{action_context.parent.user}}",
            "c": "{{config_context.amount}}",
        }),
        &given,
        &json!({"a": "11", "b": "stanley", "c": "100"}),
    );
}

#[test]
fn tasks_see_the_results_of_those_before() {
    let definition = json!({"chain": [
        {"name": "c1", "ref": "p.a", "parameters": {"p1": "{{s1}}"}, "on-success": "c2"},
        {"name": "c2", "ref": "p.a", "parameters": {"p1": "{{c1.o1}}"}, "on-success": "c3"},
        {"name": "c3", "ref": "p.a", "parameters": {
            "out": "{{__results}}", "p": "{{c1.o1}}{{c2.o1}}{{s1}}", "all": "{{__context.__results.c2.o1}}"}},
    ]});
    let mut chain = start(&definition, &json!({"s1": 7}));
    for _ in 0..2 {
        begin(&mut chain);
        hear(&mut chain, Status::Succeeded, &json!({"o1": "1"}));
    }
    assert_eq!(
        Value::Object(request(&mut chain).parameters),
        json!({"out": "{'c1': {'o1': '1'}, 'c2': {'o1': '1'}}", "p": "117", "all": "1"})
    );
}

#[test]
fn the_error_of_a_task_that_was_not_created_is_seen() {
    let definition = json!({"chain": [
        {"name": "c1", "ref": "p.a", "on-failure": "c2"},
        {"name": "c2", "ref": "p.a", "parameters": {"why": "{{ c1.error }}"}},
    ]});
    let mut chain = start(&definition, &json!({}));
    request(&mut chain);
    assert!(chain.refused("too many", super::AT));
    assert_eq!(
        request(&mut chain).parameters["why"],
        json!("Failed running task \"c1\".. too many")
    );
}

#[test]
fn variables_see_parameters_and_the_datastore_of_the_user() {
    let definition = json!({
        "chain": [{"name": "c1", "ref": "p.a", "parameters": {
            "i": "{{i}}", "s": "{{s}}", "kv": "{{kv}}", "mine": "{{mine}}"}}],
        "vars": {"i": 1, "s": "{{input_a}}", "kv": "{{st2kv.system.a}}", "mine": "{{st2kv.user.a}}"},
    });
    let given = inputs(&json!({"input_a": "two"}));
    let mut chain = Chain::start(parse(&definition), given, Options::default(), &with_store());
    let Next::Request(request) = chain.next(&with_store()) else { panic!("does not run") };
    let expected = json!({"i": "1", "s": "two", "kv": "1", "mine": "mine"});
    assert_eq!(Value::Object(request.parameters), expected);
}

#[test]
fn variables_that_fail_stop_the_chain_before_it_begins() {
    let definition =
        json!({"chain": [{"name": "c1", "ref": "p.a"}], "vars": {"v": "{{ missing }}"}});
    let mut chain = start(&definition, &json!({}));
    let Next::End { status, result } = chain.next(&Env::default()) else { panic!("goes on") };
    assert_eq!(status, Status::Failed);
    assert_eq!(
        result,
        json!({
            "tasks": [], "published": {},
            "error": "Failed initializing ``vars`` in chain.. 'missing' is undefined",
            "traceback": "UndefinedError: 'missing' is undefined",
        })
    );
}

#[test]
fn parameters_that_fail_stop_the_chain_where_it_is() {
    let definition = json!({"chain": [
        {"name": "c1", "ref": "p.a", "on-success": "c2"},
        {"name": "c2", "ref": "p.a", "parameters": {"p1": "{{s1}}"}, "on-failure": "c1"},
    ], "default": "c1"});
    let (status, result) = drive(&mut start(&definition, &json!({})), succeed);
    assert_eq!((status, tasks(&result)), (Status::Failed, vec!["c1 succeeded".to_owned()]));
    assert_eq!(
        error(&result),
        "Failed to run task \"c2\". Parameter rendering failed.. Failed rendering value for \
         action parameter \"p1\" in task \"c2\" (template string={{s1}}): 's1' is undefined"
    );
}

/// Two tasks, the first of which publishes.
fn publishing(publish: &Value) -> Value {
    json!({"chain": [
        {"name": "c1", "ref": "p.a", "publish": publish, "on-success": "c2", "on-failure": "c2"},
        {"name": "c2", "ref": "p.a", "parameters": {"o": "{{o1}}", "p": "{{param}}"}},
    ]})
}

#[test]
fn what_is_published_is_seen_later_and_shown() {
    let publish = json!({"o1": "{{c1.o1}}", "param": "{{ action_param }}", "typed": [1]});
    for status in [Status::Succeeded, Status::Failed] {
        let mut chain = start(&publishing(&publish), &json!({"action_param": "test value"}));
        begin(&mut chain);
        hear(&mut chain, status, &json!({"o1": "1"}));
        let request = request(&mut chain);
        assert_eq!(Value::Object(request.parameters), json!({"o": "1", "p": "test value"}));
        let (_, result) = drive(&mut chain, succeed);
        let expected = json!({"o1": "1", "param": "test value", "typed": [1]});
        assert_eq!(result["published"], expected);
    }
}

#[test]
fn the_last_that_publishes_a_name_wins() {
    let definition = json!({"chain": [
        {"name": "t1", "ref": "p.a", "publish": {"p1": "foo1", "last": "first"}, "on-success": "t2"},
        {"name": "t2", "ref": "p.a", "publish": {"p2": "foo2", "last": "{{ last }}+last"}},
    ], "vars": {"last": "none", "hidden": "x"}});
    let mut chain = start(&definition, &json!({}));
    let expected = json!({"p1": "foo1", "p2": "foo2", "last": "first+last"});
    assert_eq!(drive(&mut chain, succeed).1["published"], expected);
    let options = Options { display_published: false, ..Options::default() };
    let mut chain = start_with(&definition, &json!({}), options);
    assert_eq!(drive(&mut chain, succeed).1.get("published"), None);
}

#[test]
fn publishing_that_fails_ends_the_chain_with_the_reason_alone() {
    let publish = json!({"p1": "{{ not_defined }}"});
    for status in [Status::Succeeded, Status::Failed] {
        let (end, result) =
            drive(&mut start(&publishing(&publish), &json!({})), |_| (status, json!({})));
        assert_eq!(end, Status::Failed);
        let expected = json!({
            "error": "Failed rendering value for publish parameter \"p1\" in task \"c1\" \
                      (template string={{ not_defined }}): 'not_defined' is undefined",
            "traceback": "UndefinedError: 'not_defined' is undefined",
        });
        assert_eq!(result, expected);
    }
}

#[test]
fn publishing_sees_no_contexts() {
    let publish = json!({"p1": "{{ action_context.parent.user }}"});
    let (_, result) = drive(&mut start(&publishing(&publish), &json!({})), succeed);
    assert!(error(&result).ends_with("'action_context' is undefined"), "{result}");
}

#[test]
fn a_task_that_was_canceled_publishes_nothing() {
    let publish = json!({"p1": "{{ c1.stdout }}"});
    let (status, result) =
        drive(&mut start(&publishing(&publish), &json!({})), |_| (Status::Canceled, json!({})));
    assert_eq!((status, tasks(&result)), (Status::Canceled, vec!["c1 canceled".to_owned()]));
}
