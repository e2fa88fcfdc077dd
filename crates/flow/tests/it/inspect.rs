//! What an inspection finds, where, and that it ends.

use std::time::{Duration, Instant};

use flow::inspect::{Kind, inspect, inspect_within};
use serde_json::{Map, Value, json};

/// Checks the kinds and places of all findings.
fn check(definition: &Value, expected: &[(Kind, &str)]) {
    let list = inspect(definition).list();
    let found: Vec<(Kind, &str)> =
        list.iter().map(|(kind, finding)| (*kind, finding.spec_path.as_str())).collect();
    assert_eq!(found, expected, "{definition}");
}

/// Checks the findings of a workflow of these tasks.
fn check_tasks(tasks: &Value, expected: &[(Kind, &str)]) {
    check(&json!({"version": 1.0, "tasks": tasks}), expected);
}

fn message(definition: &Value) -> String {
    inspect(definition).list().remove(0).1.message
}

#[test]
fn form_is_that_of_the_schema() {
    use Kind::Syntax;
    let tasks = json!({"t": {"action": "a.b"}});
    check(&json!({"tasks": tasks, "version": "1.0", "tags": ["x"]}), &[]);
    check(&json!({"tasks": tasks, "version": 2}), &[(Syntax, "version")]);
    check(&json!({"tasks": tasks, "more": 1}), &[(Syntax, "")]);
    check(&json!({"tasks": tasks, "input": ["a", "a"]}), &[(Syntax, "input")]);
    check(&json!({"tasks": tasks, "vars": [{"a": 1, "b": 2}]}), &[(Syntax, "vars[0]")]);
    check(&json!({"version": 1.0}), &[(Syntax, "")]);
    check_tasks(&json!({"t": {"join": "1"}}), &[(Syntax, "tasks.t.join")]);
    check_tasks(
        &json!({"t": {"action": "a", "with": "x of y"}}),
        &[(Syntax, "tasks.t.with.items")],
    );
    check_tasks(&json!({"t": {"retry": {"delay": 1}}}), &[(Syntax, "tasks.t.retry")]);
    check_tasks(
        &json!({"t": {"next": [{"publish": ["r"]}]}}),
        &[(Syntax, "tasks.t.next[0].publish")],
    );
}

#[test]
fn messages_are_those_of_python() {
    let check = |task: Value, expected: &str| {
        assert_eq!(message(&json!({"tasks": {"t": task}})), expected);
    };
    check(json!({"delay": -1}), "-1 is not valid under any of the given schemas");
    check(json!({"action": 1.0}), "1.0 is not of type 'string'");
    check(json!({"input": {}}), "{} is not valid under any of the given schemas");
    check(json!({"next": [{"when": ""}]}), "'' should be non-empty");
    check(
        json!({"z": 1, "it's": 2}),
        "Additional properties are not allowed (\"it's\", 'z' were unexpected)",
    );
}

#[test]
fn definitions_that_cannot_be_read_are_findings_too() {
    check(&json!([]), &[(Kind::Syntax, "")]);
    check_tasks(&json!({"t": {}}), &[(Kind::Syntax, "tasks.t")]);
    check_tasks(&json!({"t-1": {"action": "a.b"}}), &[(Kind::Syntax, "tasks.t-1")]);
    check_tasks(&json!({"t": {"next": [{"do": 5}]}}), &[(Kind::Syntax, "tasks.t.next[0].do")]);
}

#[test]
fn ways_between_tasks_are_followed() {
    use Kind::Semantic;
    let to = |names: &str| json!({"action": "a.b", "next": [{"do": names}]});
    check_tasks(&json!({"a": to("b"), "b": to("a")}), &[(Semantic, "tasks")]);
    check_tasks(&json!({"a": to("zz, fail")}), &[(Semantic, "tasks.a.next[0].do")]);
    check_tasks(
        &json!({"noop": to("a"), "a": {"with": "<% [1] %>"}}),
        &[(Semantic, "tasks.a"), (Semantic, "tasks.noop")],
    );
    let join = json!({"action": "a.b", "join": "all"});
    let nested = json!({
        "one": to("two, three"), "two": to("split"), "three": to("split"),
        "split": to("end"), "one_more": to("end"), "end": join,
    });
    check_tasks(&nested, &[(Semantic, "tasks.end")]);
}

#[test]
fn expressions_are_read_in_every_place() {
    use Kind::Expression;
    let bad = "<% 1 + %>";
    let task = json!({
        "action": "a.b", "input": {"deep": [bad]}, "delay": bad, "with": bad,
        "retry": {"count": bad},
        "next": [{"when": bad, "publish": [{"x": bad}]}],
    });
    check_tasks(
        &json!({"t": task}),
        &[
            (Expression, "tasks.t.delay"),
            (Expression, "tasks.t.input"),
            (Expression, "tasks.t.next[0].publish"),
            (Expression, "tasks.t.next[0].when"),
            (Expression, "tasks.t.retry.count"),
            (Expression, "tasks.t.with.items"),
        ],
    );
    check_tasks(&json!({"t": {"action": "<% 1 %>{{ 2 }}"}}), &[(Expression, "tasks.t.action")]);
}

#[test]
fn variables_are_set_before_they_are_read() {
    use Kind::Context;
    let says = |name: &str| json!({"action": "a.b", "input": {"m": format!("<% ctx().{name} %>")}});
    let publishes = |name: &str, to: &str| json!({"action": "a.b", "next": [{"publish": [{name: 1}], "do": to}]});
    check(
        &json!({
            "input": ["a"], "vars": [{"b": "<% ctx().a %>"}, {"c": "<% ctx().d %>"}, {"d": 1}],
            "tasks": {"t": {"action": "a.b"}}, "output": [{"o": "<% ctx().o %>"}],
        }),
        &[(Context, "output[0]"), (Context, "vars[1]")],
    );
    // What one of two ways sets is there for a join, but not for a task that runs for each.
    let mut tasks = json!({"a": publishes("x", "c"), "b": publishes("y", "c"), "c": says("x")});
    check_tasks(&tasks, &[(Context, "tasks.c.input")]);
    tasks["c"]["join"] = "all".into();
    check_tasks(&tasks, &[]);
    let private = json!({"action": "a.b", "input": {"m": "<% ctx(\"__x\") %>"}});
    check_tasks(&json!({"a": publishes("__x", "b"), "b": private}), &[(Context, "tasks.b.input")]);
    let given = json!({"tasks": {"t": says("st2")}});
    assert!(!inspect(&given).is_clean() && inspect_within(&given, &["st2"]).is_clean());
}

#[test]
fn work_does_not_double_with_each_task() {
    let mut tasks = Map::new();
    for number in 0..1_000 {
        let next = (number + 1..number + 4).map(|to| format!("t{}", to.min(999)));
        let ways: Vec<Value> =
            next.map(|to| json!({"do": to, "publish": [{format!("v{number}_{to}"): 1}]})).collect();
        let input = json!({"m": format!("<% ctx().v{}_t{number} %>", number - number.min(1))});
        let mut task = json!({"action": "a.b", "input": input});
        if number < 999 {
            task["next"] = ways.into();
        }
        if number % 3 == 0 {
            task["join"] = "all".into();
        }
        tasks.insert(format!("t{number}"), task);
    }
    let begun = Instant::now();
    let found = inspect(&json!({"tasks": tasks}));
    assert!(!found.context.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn many_tasks_and_deep_values_are_bearable() {
    let mut tasks = Map::new();
    for number in 0..5_000 {
        let to = [(number * 7 + 1) % 5_000, number / 2, number + 1];
        let to: Vec<String> = to.iter().map(|to| format!("t{to}")).collect();
        let publish = json!([{format!("v{number}"): format!("<% ctx().v{} %>", number / 3)}]);
        tasks.insert(format!("t{number}"), json!({"next": [{"do": to, "publish": publish}]}));
    }
    tasks.insert("start".to_owned(), json!({"next": [{"do": "t0"}]}));
    let mut deep = json!("<% ctx().x %>");
    for _ in 0..90 {
        deep = json!([{"k": deep}]);
    }
    tasks.insert("deep".to_owned(), json!({"action": "a.b", "input": {"x": deep}}));
    let begun = Instant::now();
    assert!(!inspect(&json!({"tasks": tasks})).is_clean());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
