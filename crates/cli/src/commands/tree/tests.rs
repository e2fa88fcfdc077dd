//! Rendered trees of API documents.

use serde_json::json;

use super::{render::duration, *};

fn at(second: u64) -> String {
    format!("2026-01-02T10:{:02}:{:02}.000000Z", second / 60, second % 60)
}

fn id(number: usize) -> String {
    format!("{number:024x}")
}

/// A child of the root; `place` is its part of the context.
fn child(number: usize, status: &str, place: Value) -> Value {
    let mut document = json!({
        "id": id(number), "parent": id(0), "status": status,
        "action": {"ref": "core.noop", "runner_type": "noop"},
        "start_timestamp": at(number as u64),
        "context": {"orquesta": place},
    });
    if !matches!(status, "running" | "scheduled") {
        document["end_timestamp"] = at(number as u64 + 2).into();
    }
    document
}

fn task(name: &str, execution: &str) -> Value {
    json!({"task_name": name, "task_route": 0, "task_execution_id": execution})
}

fn known(documents: Vec<Value>) -> Known {
    let executions = documents.into_iter().map(|it| (text(&it, "/id"), it)).collect();
    Known { executions, tasks: HashMap::new() }
}

fn shown(known: &Known, all: bool) -> String {
    let root = json!({"id": id(0), "start_timestamp": at(0)});
    let now = Timestamp::parse(&at(90)).unwrap();
    lines(&build(&root, known), &View { now, all, wide: false }).join("\n")
}

fn check(known: &Known, expected: &str) {
    let written = expected.lines().filter_map(|line| line.strip_prefix("        "));
    let expected: Vec<&str> = written.filter(|line| !line.is_empty()).collect();
    let shown = shown(known, false);
    let shown: Vec<&str> = shown.lines().collect();
    assert_eq!(shown, expected, "\n{}", shown.join("\n"));
}

#[test]
fn tasks_are_shown_with_their_routes_and_repeated_runs() {
    let mut second = task("again", "t2");
    second["task_route"] = json!(1);
    check(
        &known(vec![
            child(1, "succeeded", task("begin", "t1")),
            child(2, "failed", second.clone()),
            child(70, "running", second),
        ]),
        "
        ├─ begin                   core.noop  succeeded  10:00:01    2.0s  …00000001
        ├─ again (route 1), run 1  core.noop  failed     10:00:02    2.0s  …00000002
        └─ again (route 1), run 2  core.noop  running    10:01:10  20.0s…  …00000046
        ",
    );
}

#[test]
fn workflows_inside_are_nested_and_chains_have_their_steps() {
    let mut outer = child(1, "succeeded", task("deploy", "t1"));
    outer["action"] = json!({"ref": "x.chain", "runner_type": "action-chain"});
    assert!(is_workflow(&outer));
    let mut step = child(2, "succeeded", Value::Null);
    step["parent"] = id(1).into();
    step["context"] = json!({"chain": {"name": "copy"}});
    assert_eq!(child_name(&step), "copy");
    let mut other = step.clone();
    other["id"] = id(3).into();
    other["context"] = json!({"chain": {"name": "start"}});
    check(
        &known(vec![outer, step, other, child(4, "succeeded", task("tell", "t2"))]),
        "
        ├─ deploy    x.chain    succeeded  10:00:01  2.0s  …00000001
        │  ├─ copy   core.noop  succeeded  10:00:02  2.0s  …00000002
        │  └─ start  core.noop  succeeded  10:00:02  2.0s  …00000003
        └─ tell      core.noop  succeeded  10:00:04  2.0s  …00000004
        ",
    );
}

#[test]
fn items_stand_below_their_task() {
    let item = |number: usize, status: &str, item: usize| {
        let mut place = task("each", "t1");
        place["item_id"] = json!(item);
        child(number, status, place)
    };
    let mut known =
        known(vec![item(1, "succeeded", 1), item(2, "failed", 0), item(3, "running", 0)]);
    assert_eq!(child_name(&known.executions[&id(1)]), "each[1]");
    check(
        &known,
        "
        └─ each           core.noop  running    10:00:01  1m29s…
           ├─ [0], run 1  core.noop  failed     10:00:02    2.0s  …00000002
           ├─ [0], run 2  core.noop  running    10:00:03  1m27s…  …00000003
           └─ [1]         core.noop  succeeded  10:00:01    2.0s  …00000001
        ",
    );
    known.tasks.insert(
        id(0),
        vec![json!({"id": "t1", "task_name": "each", "task_route": 0, "items_count": 3,
                    "status": "running", "start_timestamp": at(1), "children": [id(3), id(1)]})],
    );
    let first = shown(&known, false).lines().next().unwrap().to_owned();
    assert!(first.starts_with("└─ each (2/3 items)"), "{first}");
}

#[test]
fn of_many_items_those_that_failed_are_shown_and_the_rest_is_counted() {
    let item = |number: usize| {
        let mut place = task("each", "t1");
        place["item_id"] = json!(number);
        child(number, if number == 59 { "failed" } else { "succeeded" }, place)
    };
    let known = known((1..60).map(item).collect());
    let text = shown(&known, false);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 20 + 1, "{text}");
    assert!(lines[20].contains("[59]") && lines[20].contains("failed"), "{text}");
    assert_eq!(lines[21], "   └─ … 39 more: 39 succeeded");
    assert_eq!(shown(&known, true).lines().count(), 60);
}

#[test]
fn rounds_of_a_loop_are_counted_too() {
    let rounds = (1..50).map(|number| child(number, "succeeded", task("poll", &id(900 + number))));
    let text = shown(&known(rounds.collect()), false);
    assert_eq!(text.lines().count(), 21);
    assert!(text.ends_with("└─ … 29 more: 29 succeeded of poll"), "{text}");
}

#[test]
fn tasks_without_an_action_and_tasks_that_are_kept_are_shown() {
    let mut known = known(vec![child(5, "succeeded", task("second", "t2"))]);
    let entry = |id: &str, name: &str, children: Value| {
        json!({"id": id, "task_name": name, "task_route": 0, "status": "succeeded",
               "start_timestamp": at(1), "end_timestamp": at(2), "children": children})
    };
    known.tasks.insert(
        id(0),
        vec![
            entry("t1", "first", json!([id(999)])),
            entry("t2", "second", json!([id(5)])),
            entry("t3", "join", json!([])),
        ],
    );
    check(
        &known,
        "
        ├─ join               succeeded  10:00:01  1.0s
        ├─ first              succeeded  10:00:01  1.0s  …000003e7 (earlier)
        └─ second  core.noop  succeeded  10:00:05  2.0s  …00000005
        ",
    );
}

#[test]
fn a_summary_says_where_an_execution_stands() {
    let document = json!({"id": id(0), "status": "running", "action": {"ref": "a.b"},
        "start_timestamp": at(0), "context": {"user": "ada", "re-run": {"ref": id(9)}}});
    let now = Timestamp::parse(&at(61)).unwrap();
    let text = summary(&document, &View { now, all: false, wide: false }).join("\n");
    let expected = format!(
        "id      {}\naction  a.b\nstatus  running (1m01s…)\nuser    ada\nstart   {}\nre-run  {}",
        id(0),
        at(0),
        id(9)
    );
    assert_eq!(text, expected);
}

#[test]
fn durations_have_as_many_digits_as_are_read() {
    let check = |seconds: i64, expected: &str| assert_eq!(duration(seconds * 1_000_000), expected);
    check(-1, "0.0s");
    check(59, "59.0s");
    check(61, "1m01s");
    check(3_660, "1h01m");
    check(90_000, "1d01h");
}

#[test]
fn a_cycle_of_parents_ends() {
    let mut own = child(1, "running", task("a", "t1"));
    own["parent"] = id(1).into();
    let mut root = child(0, "running", task("b", "t2"));
    root["parent"] = id(0).into();
    assert!(shown(&known(vec![own, root]), false).lines().count() <= DEPTH_MAX);
}
