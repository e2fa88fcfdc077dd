//! The rehearsals of small workflows.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Case, Error, Outcome, inspect, is_definition, judge, plan_of, read, rehearse};
use crate::{Plan, Status, spec};

fn plan(definition: &Value) -> Arc<Plan> {
    Arc::new(Plan::new(spec::parse(definition).unwrap()).unwrap())
}

fn run(definition: &Value, case: &Case) -> Result<Outcome, Error> {
    rehearse(case, plan(definition), Timestamp::UNIX_EPOCH)
}

/// Runs the cases of a test; returns of each what is not as expected.
fn verdicts(definition: &Value, test: &Value) -> Vec<Vec<String>> {
    let one = |case: &Case| {
        let expect = case.expect.as_ref().unwrap();
        if let Err(mismatch) = inspect(definition, expect.inspection.as_ref(), &case.path) {
            return vec![mismatch.aspect.to_string()];
        }
        match run(definition, case) {
            Ok(outcome) => judge(expect, &outcome).iter().map(|it| it.aspect.to_string()).collect(),
            Err(error) => vec![error.to_string()],
        }
    };
    read(test).unwrap().iter().map(one).collect()
}

fn names(outcome: &Outcome) -> Vec<&str> {
    outcome.started.iter().map(|started| started.task.as_str()).collect()
}

fn ping() -> Value {
    json!({
        "version": 1.0,
        "input": ["host"],
        "tasks": {
            "ping": {
                "action": "core.local cmd=\"ping <% ctx().host %>\"",
                "next": [
                    {"when": "<% succeeded() %>", "publish": [{"said": "<% result().stdout %>"}],
                     "do": "tell"},
                    {"when": "<% failed() %>", "do": ["alarm", "fail"]},
                ],
            },
            "tell": {"action": "core.noop"},
            "alarm": {"action": "core.noop"},
        },
        "output": [{"said": "<% ctx().get(said, nothing) %>"}],
    })
}

#[test]
fn a_plan_tells_what_would_run_with_its_parameters() {
    let inputs = serde_json::from_value(json!({"host": "a"})).unwrap();
    let outcome = run(&ping(), &plan_of("ping.yaml", inputs)).unwrap();
    assert_eq!(names(&outcome), ["ping", "tell"]);
    assert_eq!(outcome.started[0].input, json!({"cmd": "ping a"}));
    assert_eq!(outcome.status, Status::Succeeded);
    assert!(is_definition(&ping()) && !is_definition(&json!({"workflow": "ping.yaml"})));
}

#[test]
fn a_case_is_judged_by_what_it_expects() {
    let mocks = json!({"ping": {"result": {"stdout": "pong"}}});
    let test = json!({"workflow": "ping.yaml", "cases": [
        {"name": "right", "inputs": {"host": "a"}, "mocks": mocks, "expect": {
            "output": {"said": "pong"}, "tasks": ["ping", "tell"], "errors": []}},
        {"name": "wrong", "inputs": {"host": "a"}, "mocks": mocks, "expect": {
            "status": "failed", "output": {"said": "ping"}, "tasks": ["ping"],
            "errors": ["no route"]}},
        {"name": "down", "inputs": {"host": "a"},
         "mocks": {"ping": {"status": "failed", "result": {"stderr": "no route"}}},
         "expect": {"status": "failed", "tasks": ["ping", "alarm"],
                    "errors": ["ping: Execution failed."]}},
    ]});
    let found = verdicts(&ping(), &test);
    assert_eq!(found[0], Vec::<String>::new());
    assert_eq!(found[1], ["order of the tasks", "status", "errors", "output"]);
    assert_eq!(found[2], Vec::<String>::new());
}

#[test]
fn mocks_are_told_run_by_run_and_the_last_stays() {
    let definition = json!({"version": 1.0, "tasks": {
        "try": {"action": "core.noop", "retry": {"count": 3}, "next": [{"do": "end"}]},
        "end": {"action": "core.noop"},
    }});
    let check = |mocks: Value, tries: usize, status: &str| {
        let test = json!({"workflow": "w", "mocks": {"try": mocks}, "expect": {"status": status}});
        let case = &read(&test).unwrap()[0];
        let outcome = run(&definition, case).unwrap();
        let count = names(&outcome).iter().filter(|name| **name == "try").count();
        assert_eq!((count, outcome.status.name()), (tries, status), "{test}");
    };
    check(json!({}), 1, "succeeded");
    check(json!([{"status": "failed"}, {}]), 2, "succeeded");
    check(json!([{"status": "failed", "times": 3}, {}]), 4, "succeeded");
    // Once nothing is left of its tries, what follows in any case follows.
    check(json!({"status": "failed"}), 4, "succeeded");
}

#[test]
fn items_are_told_one_by_one_and_run_as_many_at_a_time_as_they_may() {
    let definition = json!({"version": 1.0, "input": ["all"], "tasks": {
        "each": {
            "with": {"items": "<% ctx().all %>", "concurrency": 2},
            "action": "core.echo message=<% item() %>",
            "next": [{"publish": [{"gave": "<% result() %>"}]}],
        },
    }, "output": [{"gave": "<% ctx().gave %>"}]});
    let test = json!({"workflow": "w", "inputs": {"all": [1, 2, 3]}, "mocks": {
        "each": {"result": 0, "items": [{"result": 10}, {"result": 20}]},
    }, "expect": {"output": {"gave": [10, 20, 0]}, "tasks": ["each"]}});
    assert_eq!(verdicts(&definition, &test), [Vec::<String>::new()]);
    let outcome = run(&definition, &read(&test).unwrap()[0]).unwrap();
    let rounds: Vec<usize> = outcome.started.iter().map(|started| started.round).collect();
    assert_eq!(rounds, [1, 1, 2]);
    let none = json!({"workflow": "w", "inputs": {"all": []}, "expect": {"output": {"gave": []}}});
    assert_eq!(verdicts(&definition, &none), [Vec::<String>::new()]);
}

#[test]
fn the_surroundings_and_the_datastore_are_the_tests_own() {
    let definition = json!({"version": 1.0, "tasks": {"a": {"action": "core.noop", "next": [
        {"publish": [{"said": "<% ctx().st2.user %> <% st2kv('system.key') %> <% task(a).status %>"}]},
    ]}}, "output": [{"said": "<% ctx().said %>"}]});
    let test = json!({"workflow": "w", "context": {"st2": {"user": "ada"}},
        "datastore": {"system.key": "value"},
        "expect": {"output": {"said": "ada value succeeded"}, "errors": []}});
    assert_eq!(verdicts(&definition, &test), [Vec::<String>::new()]);
}

#[test]
fn findings_of_the_inspection_are_expected_or_fail_the_case() {
    let definition = json!({"version": 1.0, "tasks": {"a": {
        "action": "core.echo message=<% ctx().nothing %>"}}});
    let test = json!({"workflow": "w", "cases": [
        {"expect": {}},
        {"expect": {"inspection": ["\"nothing\" is referenced before"]}},
        {"expect": {"inspection": ["something else"]}},
    ]});
    let cases = read(&test).unwrap();
    let found = |case: &Case| {
        inspect(&definition, case.expect.as_ref().unwrap().inspection.as_ref(), &case.path)
    };
    assert!(found(&cases[0]).is_err() && found(&cases[2]).is_err());
    assert_eq!(found(&cases[1]), Ok(false));
}

#[test]
fn a_loop_without_an_end_is_refused() {
    let definition = json!({"version": 1.0, "tasks": {
        "start": {"next": [{"do": "a"}]},
        "a": {"action": "core.noop", "next": [{"do": "b"}]},
        "b": {"next": [{"do": "a"}]},
    }});
    let test = json!({"workflow": "w", "expect": {}});
    let error = run(&definition, &read(&test).unwrap()[0]).unwrap_err();
    assert!(error.to_string().contains("still runs after"), "{error}");
}

#[test]
fn rehearsals_go_as_in_orquesta() {
    let test = json!({
        "workflow": "ping.yaml",
        "inputs": {"host": "a"},
        "mock_action_executions": [
            {"task_id": "ping", "status": "failed", "result": "no"},
        ],
        "expected_task_sequence": ["ping", "fail", "alarm"],
        "expected_workflow_status": "failed",
        "expected_errors": [{"type": "error", "message": "Execution failed. See result for details.",
                             "task_id": "ping", "result": "no"},
                            {"type": "error", "message": "Execution failed. See result for details.",
                             "task_id": "fail"}],
        "expected_output": {"said": "nothing"},
        "expected_term_tasks": ["fail", "alarm", "ping"],
    });
    let found = verdicts(&ping(), &test);
    assert_eq!(found, [Vec::<String>::new()], "{:?}", run(&ping(), &read(&test).unwrap()[0]));
    for (key, value) in [
        ("expected_task_sequence", json!(["ping", "alarm"])),
        ("expected_workflow_status", json!("succeeded")),
        ("expected_errors", json!([])),
        ("expected_output", json!({"said": "something"})),
        ("expected_term_tasks", json!(["fail"])),
        ("expected_routes", json!([[], ["alarm__t0"]])),
        ("expected_inspection_errors", json!({"syntax": [{"message": "no"}]})),
    ] {
        let mut other = test.clone();
        other[key] = value;
        assert_eq!(verdicts(&ping(), &other)[0].len(), 1, "{key}");
    }
}

#[test]
fn what_is_wrong_with_a_test_is_said_all_at_once() {
    let check = |test: Value, expected: &[&str]| {
        let complaints = read(&test).unwrap_err();
        let texts: Vec<String> = complaints
            .iter()
            .map(|it| {
                let path: Vec<String> = it.path.iter().map(ToString::to_string).collect();
                format!("{}: {}", path.join("/"), it.message)
            })
            .collect();
        assert_eq!(texts.len(), expected.len(), "{texts:?}");
        for (text, expected) in texts.iter().zip(expected) {
            assert!(text.contains(expected), "{text}");
        }
    };
    check(json!({}), &["does not say which `workflow`"]);
    check(json!([]), &["a test is to be a mapping", "which `workflow`"]);
    check(
        json!({"workflow": "w", "inputs": [], "mocks": {"a": {"result": 1, "result_file": "x"},
               "b": [{"status": "done"}, {"times": 0}]}, "expect": {"statuses": 1, "tasks": [1]}}),
        &[
            "inputs: `inputs` is to be a mapping",
            "mocks/a/result_file: a mock has a `result` or",
            "mocks/b/[0]/status: \"done\" is no status",
            "mocks/b/[1]: a mock holds for at least one run",
            "expect/statuses: `statuses` is no key of `expect`",
            "expect/tasks/[0]: `tasks` is to hold texts only",
        ],
    );
    check(json!({"workflow": "w", "cases": []}), &["a test has 1 to 1000 cases"]);
    check(
        json!({"expected_task_sequence": [], "mock_action_executions": [{"route": -1}]}),
        &["does not say its `workflow`", "does not say its `task_id`"],
    );
    check(json!({"workflow_state": {}}), &["stored state of Orquesta"]);
}
