//! What the conductor does with each part of a definition.

use std::{collections::BTreeMap, sync::Arc};

use flow::{
    Conductor, Env, Plan, Status,
    conductor::{Error, Event, Ready, Rerun},
    protocol::Change,
    spec,
};
use serde_json::{Map, Value, json};

/// A run, and its cells as a store keeps them.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) conductor: Conductor,
    pub(crate) cells: BTreeMap<String, Value>,
}

impl House {
    pub(crate) fn new(definition: &Value) -> Self {
        Self::with_inputs(definition, &Map::new())
    }

    pub(crate) fn with_inputs(definition: &Value, inputs: &Map<String, Value>) -> Self {
        let plan = Arc::new(Plan::new(spec::parse(definition).unwrap()).unwrap());
        let mut conductor = Conductor::new(plan, inputs, Map::new(), &Env::new());
        if !conductor.status().is_completed() {
            conductor.request(Status::Running).unwrap();
        }
        Self { conductor, cells: BTreeMap::new() }
    }

    /// Writes what changed.
    pub(crate) fn write(&mut self) {
        for change in self.conductor.changes() {
            match change {
                Change::Put(key, value) => {
                    self.cells.insert(key, value);
                }
                Change::Remove(key) => {
                    self.cells.remove(&key);
                }
                Change::RemoveAll(prefix) => self.cells.retain(|key, _| !key.starts_with(&prefix)),
            }
        }
    }

    /// Writes what changed, and goes on from what is written.
    pub(crate) fn reload(&mut self) {
        self.write();
        let plan = Arc::clone(self.conductor.plan());
        let cells = self.cells.clone().into_iter().collect();
        self.conductor = Conductor::restore(plan, cells, &|_| None).unwrap();
    }

    pub(crate) fn event(
        &mut self,
        task: &str,
        route: usize,
        item: Option<usize>,
        (status, result): (Status, Value),
    ) -> Result<Option<Status>, Error> {
        let accumulated = || json!(["all"]);
        let event = Event {
            item,
            result: status.is_completed().then(|| Arc::new(result)),
            accumulated: Some(&accumulated),
            ..Event::new(status)
        };
        self.conductor.event(task, route, &event, &Env::new())
    }

    /// Starts what is ready, and returns it.
    pub(crate) fn start(&mut self) -> Vec<Ready> {
        let ready = self.conductor.next(&Env::new());
        for task in &ready {
            for item in items(task) {
                self.event(&task.task, task.route, item, (Status::Running, Value::Null)).unwrap();
            }
        }
        ready
    }

    /// Starts what is ready, and returns the names.
    fn begin(&mut self) -> Vec<String> {
        self.start().into_iter().map(|ready| ready.task).collect()
    }

    fn end(&mut self, task: &str, status: Status) {
        self.event(task, 0, None, (status, json!({"of": task}))).unwrap();
    }

    fn succeed(&mut self, tasks: &[&str]) {
        for task in tasks {
            self.end(task, Status::Succeeded);
        }
    }

    fn end_item(&mut self, item: usize, status: Status) -> Option<Status> {
        self.event("t", 0, Some(item), (status, json!(item))).unwrap()
    }

    pub(crate) fn status(&self) -> Status {
        self.conductor.status()
    }

    /// Returns the texts of what went wrong.
    fn errors(&self) -> Vec<String> {
        let text = |error: &Value| error["message"].as_str().unwrap().to_owned();
        self.conductor.errors().iter().map(text).collect()
    }

    fn output(&mut self) -> Value {
        self.conductor.render_output(&Env::new());
        json!(self.conductor.output())
    }
}

/// Returns the items that run; none of them for a task as a whole.
pub(crate) fn items(ready: &Ready) -> Vec<Option<usize>> {
    if ready.items_count == Some(0) {
        return vec![None];
    }
    ready.actions.iter().map(|action| action.item).collect()
}

fn workflow(tasks: Value) -> Value {
    json!({"vars": [{"n": 0}], "tasks": tasks, "output": [{"n": "<% ctx(n) %>"}]})
}

/// A task that leads to others when it succeeds.
fn leads_to(to: &[&str]) -> Value {
    json!({"action": "a.b", "next": [{"when": "<% succeeded() %>", "do": to}]})
}

fn items_of(with: Value) -> Value {
    let task = json!({"with": with, "action": "a.b", "input": {"m": "<% item() %>"}});
    json!({"vars": [{"xs": [1, 2, 3]}, {"ys": ["a", "b"]}, {"n": 7}, {"no": []}], "tasks": {"t": task}})
}

/// Returns the inputs of the actions.
fn inputs(ready: &[Ready]) -> Vec<Value> {
    ready.iter().flat_map(|ready| &ready.actions).map(|action| action.input["m"].clone()).collect()
}

#[test]
fn a_join_of_all_waits_for_each_task_before_it() {
    let mut house = House::new(&workflow(json!({
        "a": leads_to(&["j"]), "b": leads_to(&["j"]), "j": {"join": "all", "action": "a.b"},
    })));
    assert_eq!(house.begin(), ["a", "b"]);
    house.succeed(&["b"]);
    assert_eq!(house.begin(), [""; 0]);
    house.succeed(&["a"]);
    assert_eq!(house.begin(), ["j"]);
    house.succeed(&["j"]);
    assert_eq!(house.status(), Status::Succeeded);
}

#[test]
fn a_join_of_two_starts_with_the_second_of_three() {
    let mut house = House::new(&workflow(json!({
        "a": leads_to(&["j"]), "b": leads_to(&["j"]), "c": leads_to(&["j"]),
        "j": {"join": 2, "action": "a.b"},
    })));
    assert_eq!(house.begin().len(), 3);
    house.succeed(&["c"]);
    assert_eq!(house.begin(), [""; 0]);
    house.succeed(&["a"]);
    assert_eq!(house.begin(), ["j"]);
}

#[test]
fn a_join_that_is_never_reached_fails_the_workflow_and_is_named() {
    let mut house = House::new(&workflow(json!({
        "a": leads_to(&["j"]),
        "b": {"action": "a.b", "next": [{"when": "<% failed() %>", "do": "j"}]},
        "j": {"join": "all", "action": "a.b"},
    })));
    house.start();
    house.succeed(&["a", "b"]);
    assert_eq!(house.status(), Status::Failed);
    let expected = "UnreachableJoinError: The join task|route \"j|0\" is partially satisfied but \
                    unreachable.";
    assert_eq!(house.errors(), [expected]);
}

#[test]
fn what_several_ways_lead_to_runs_in_a_route_for_each() {
    let mut house = House::new(&workflow(json!({
        "a": leads_to(&["s"]), "b": leads_to(&["s"]), "s": leads_to(&["e"]), "e": {"action": "a.b"},
    })));
    house.start();
    house.succeed(&["a", "b"]);
    let routes: Vec<usize> = house.start().into_iter().map(|ready| ready.route).collect();
    assert_eq!(routes, [1, 2]);
    house.event("s", 2, None, (Status::Succeeded, Value::Null)).unwrap();
    let ready = house.start();
    assert_eq!((ready[0].task.as_str(), ready[0].route), ("e", 2));
    let ways: Vec<&[String]> = house.conductor.routes().collect();
    assert_eq!(json!(ways), json!([[], ["a__t0"], ["b__t0"]]));
}

#[test]
fn a_cycle_goes_round_until_its_condition_ends_it() {
    let mut house = House::new(&workflow(json!({
        "a": leads_to(&["b"]),
        "b": {"action": "a.b", "next": [
            {"when": "<% ctx(n) < 3 %>", "publish": [{"n": "<% ctx(n) + 1 %>"}], "do": "b"},
        ]},
    })));
    house.start();
    house.succeed(&["a"]);
    let mut rounds = 0;
    while !house.start().is_empty() {
        house.succeed(&["b"]);
        rounds += 1;
    }
    assert_eq!((rounds, house.status()), (4, Status::Succeeded));
    assert_eq!(house.output(), json!({"n": 3}));
}

#[test]
fn each_item_has_an_action_and_as_many_run_as_may() {
    let mut house = House::new(&items_of(json!({"items": "<% ctx(xs) %>", "concurrency": 2})));
    let ready = house.start();
    assert_eq!(inputs(&ready), [json!(1), json!(2)]);
    assert_eq!((ready[0].items_count, ready[0].concurrency), (Some(3), Some(2)));
    assert!(ready[0].begins_items);
    assert!(house.start().is_empty());
    house.reload();
    assert_eq!(house.end_item(1, Status::Succeeded), Some(Status::Running));
    let ready = house.start();
    assert_eq!(inputs(&ready), [json!(3)]);
    assert!(!ready[0].begins_items);
    house.end_item(0, Status::Succeeded);
    assert_eq!(house.end_item(2, Status::Succeeded), Some(Status::Succeeded));
    assert_eq!(house.status(), Status::Succeeded);
}

#[test]
fn items_run_one_by_one_where_none_may_run_beside_another() {
    for concurrency in [json!(0), json!(-5), json!(1)] {
        let with = json!({"items": "<% ctx(xs) %>", "concurrency": concurrency});
        let mut house = House::new(&items_of(with));
        assert_eq!(inputs(&house.start()), [json!(1)], "{concurrency}");
    }
}

#[test]
fn items_have_the_names_before_in() {
    let mut house = House::new(&items_of(json!("x, y in <% zip(ctx(xs), ctx(ys)) %>")));
    let expected =
        [json!({"x": 1, "y": "a"}), json!({"x": 2, "y": "b"}), json!({"x": 3, "y": null})];
    assert_eq!(inputs(&house.start()), expected);
    let mut house = House::new(&items_of(json!("x in <% ctx(ys) %>")));
    assert_eq!(inputs(&house.start()), [json!({"x": "a"}), json!({"x": "b"})]);
}

#[test]
fn a_task_without_items_is_told_as_a_whole() {
    let mut house = House::new(&items_of(json!("<% ctx(no) %>")));
    let ready = house.start();
    assert_eq!((ready[0].items_count, ready[0].actions.len()), (Some(0), 0));
    house.event("t", 0, None, (Status::Succeeded, json!([]))).unwrap();
    assert_eq!(house.status(), Status::Succeeded);
}

#[test]
fn what_is_no_list_of_items_fails_the_workflow_in_a_sentence() {
    let check = |with: Value, expected: &str| {
        let mut house = House::new(&items_of(with));
        assert!(house.start().is_empty());
        assert_eq!((house.status(), house.errors()), (Status::Failed, vec![expected.to_owned()]));
    };
    check(json!("<% ctx(n) %>"), "TypeError: The value of \"<% ctx(n) %>\" is not type of list.");
    check(
        json!("<% range(100001).toList() %>"),
        "ValueError: The list of \"<% range(100001).toList() %>\" has 100001 items, and a task may \
         have 100000: split the list.",
    );
    check(
        json!({"items": "<% ctx(xs) %>", "concurrency": "<% ctx(ys) %>"}),
        "TypeError: The concurrency of the items is to be a whole number, and it is [\"a\",\"b\"].",
    );
}

#[test]
fn an_item_that_fails_fails_the_task_when_the_others_have_ended() {
    let mut house = House::new(&items_of(json!("<% ctx(xs) %>")));
    house.start();
    assert_eq!(house.end_item(0, Status::Failed), Some(Status::Running));
    assert_eq!(house.end_item(2, Status::Succeeded), Some(Status::Running));
    assert_eq!(house.end_item(1, Status::Succeeded), Some(Status::Failed));
    assert_eq!(house.status(), Status::Failed);
}

#[test]
fn items_that_failed_run_again_or_all_on_request() {
    for (reset_items, expected) in
        [(false, vec![json!(2)]), (true, vec![json!(1), json!(2), json!(3)])]
    {
        let mut house = House::new(&items_of(json!("<% ctx(xs) %>")));
        house.start();
        house.end_item(0, Status::Succeeded);
        house.end_item(1, Status::Failed);
        house.end_item(2, Status::Succeeded);
        house.reload();
        let rerun = Rerun { task: "t".to_owned(), route: 0, reset_items };
        house.conductor.rerun(&[rerun], &Env::new()).unwrap();
        house.reload();
        let ready = house.start();
        assert_eq!(inputs(&ready), expected);
        for item in items(&ready[0]) {
            house.end_item(item.unwrap(), Status::Succeeded);
        }
        assert_eq!((house.status(), house.errors()), (Status::Succeeded, vec![]));
    }
}

#[test]
fn a_task_runs_again_after_its_delay_and_as_often_as_it_may() {
    let task =
        json!({"action": "a.b", "delay": 9, "retry": {"count": "<% ctx(n) + 2 %>", "delay": 5}});
    let mut house = House::new(&workflow(json!({"t": task})));
    let mut delays = Vec::new();
    loop {
        let ready = house.start();
        let Some(task) = ready.first() else { break };
        delays.push(task.delay);
        house.end("t", Status::Failed);
        house.reload();
    }
    assert_eq!(delays, [Some(9), Some(5), Some(5)]);
    assert_eq!((house.status(), house.conductor.sequence().count()), (Status::Failed, 1));
}

#[test]
fn the_command_retry_runs_a_task_three_times_more() {
    let next = json!([{"when": "<% failed() %>", "do": "retry"}]);
    let mut house = House::new(&workflow(json!({"t": {"action": "a.b", "next": next}})));
    let mut rounds = 0;
    while !house.start().is_empty() {
        house.end("t", Status::Failed);
        rounds += 1;
    }
    assert_eq!((rounds, house.status()), (4, Status::Failed));
}

#[test]
fn a_canceled_task_is_not_run_again() {
    let next = json!([{"do": "retry"}]);
    let mut house = House::new(&workflow(json!({"t": {"action": "a.b", "next": next}})));
    house.start();
    house.end("t", Status::Canceled);
    assert_eq!((house.status(), house.start().len()), (Status::Canceled, 0));
}

#[test]
fn noop_and_continue_go_on_where_fail_ends() {
    let check = |command: &str, outcome: Status, expected: Status| {
        let mut house = House::new(&workflow(json!({
            "t": {"action": "a.b", "next": [{"publish": [{"n": 5}], "do": command}]},
        })));
        house.start();
        house.end("t", outcome);
        assert_eq!((command, house.status()), (command, expected));
        assert_eq!(house.output(), json!({"n": 5}));
    };
    check("noop", Status::Succeeded, Status::Succeeded);
    check("noop", Status::Failed, Status::Succeeded);
    check("continue", Status::Succeeded, Status::Succeeded);
    check("continue", Status::Failed, Status::Failed);
    check("fail", Status::Succeeded, Status::Failed);
}

#[test]
fn what_stands_beside_fail_still_runs() {
    let next = json!([{"when": "<% failed() %>", "do": ["clean", "fail"]}]);
    let tasks = json!({"t": {"action": "a.b", "next": next}, "clean": {"action": "a.b"}});
    let mut house = House::new(&workflow(tasks));
    house.start();
    house.end("t", Status::Failed);
    assert_eq!(house.status(), Status::Failed);
    house.reload();
    assert_eq!(house.begin(), ["clean"]);
    house.succeed(&["clean"]);
    assert_eq!((house.status(), house.start().len()), (Status::Failed, 0));
}

#[test]
fn a_workflow_goes_on_from_what_failed() {
    let tasks = json!({"a": leads_to(&["b"]), "b": leads_to(&["c"]), "c": {"action": "a.b"}});
    let mut house = House::new(&workflow(tasks));
    house.start();
    let refused = house.conductor.rerun(&[], &Env::new()).unwrap_err();
    assert_eq!(refused, Error::WorkflowIsActiveAndNotRerunable);
    house.succeed(&["a"]);
    house.start();
    house.end("b", Status::Failed);
    let unknown = Rerun { task: "c".to_owned(), route: 0, reset_items: false };
    let refused = house.conductor.rerun(&[unknown], &Env::new()).unwrap_err();
    assert_eq!(refused, Error::InvalidTaskRerunRequest("c|0".to_owned()));
    house.conductor.rerun(&[], &Env::new()).unwrap();
    house.reload();
    assert_eq!(house.begin(), ["b"]);
    house.succeed(&["b"]);
    assert_eq!(house.begin(), ["c"]);
    house.succeed(&["c"]);
    assert_eq!((house.status(), house.errors()), (Status::Succeeded, vec![]));
}

#[test]
fn a_paused_workflow_starts_nothing_until_it_goes_on() {
    let mut house = House::new(&workflow(json!({"a": leads_to(&["b"]), "b": {"action": "a.b"}})));
    house.start();
    house.conductor.request(Status::Paused).unwrap();
    assert_eq!(house.status(), Status::Pausing);
    house.succeed(&["a"]);
    assert_eq!((house.status(), house.start().len()), (Status::Paused, 0));
    house.reload();
    house.conductor.request(Status::Resuming).unwrap();
    assert_eq!(house.begin(), ["b"]);
    house.succeed(&["b"]);
    assert_eq!(house.status(), Status::Succeeded);
}

#[test]
fn a_canceled_workflow_waits_for_what_runs_and_starts_nothing() {
    let mut house = House::new(&workflow(json!({"a": leads_to(&["b"]), "b": {"action": "a.b"}})));
    house.start();
    house.conductor.request(Status::Canceled).unwrap();
    assert_eq!((house.status(), house.start().len()), (Status::Canceling, 0));
    house.succeed(&["a"]);
    assert_eq!((house.status(), house.start().len()), (Status::Canceled, 0));
    let refused = house.conductor.request(Status::Running).unwrap_err();
    assert_eq!(refused.class_name(), "InvalidWorkflowStatusTransition");
}

#[test]
fn the_delay_of_a_task_is_a_number_or_an_expression() {
    let check = |delay: Value, expected: Option<i64>| {
        let tasks = json!({"t": {"action": "a.b", "delay": delay}});
        assert_eq!(House::new(&workflow(tasks)).start()[0].delay, expected);
    };
    check(json!(3), Some(3));
    check(json!("<% ctx(n) + 4 %>"), Some(4));
    check(json!(0), None);
}

#[test]
fn an_expression_that_cannot_be_evaluated_fails_the_workflow_where_it_stands() {
    let next = json!([{"publish": [{"v": "<% ctx(nope) %>"}], "do": "noop"}]);
    let mut house = House::new(&workflow(json!({"t": {"action": "a.b", "next": next}})));
    house.start();
    house.succeed(&["t"]);
    assert_eq!(house.status(), Status::Failed);
    let errors = house.conductor.errors();
    assert_eq!(
        (&errors[0]["task_id"], &errors[0]["task_transition_id"]),
        (&json!("t"), &json!("noop__t0"))
    );
}

#[test]
fn the_same_complaint_is_made_once_and_another_result_is_another_complaint() {
    let mut house = House::new(&items_of(json!("<% ctx(xs) %>")));
    house.start();
    for item in 0..3 {
        let result = json!({"boom": item / 2});
        house.event("t", 0, Some(item), (Status::Failed, result)).unwrap();
        house.reload();
    }
    let results: Vec<Value> =
        house.conductor.errors().iter().map(|error| error["result"]["boom"].clone()).collect();
    assert_eq!(results, [json!(0), json!(1)]);
}

#[test]
fn a_large_value_stands_in_one_cell_however_many_tasks_see_it() {
    let marker = "large".repeat(1_000);
    let mut tasks = Map::new();
    for at in 0..30 {
        let to = if at < 29 { format!("t{}", at + 1) } else { "noop".to_owned() };
        let publish = json!([{"n": at}]);
        let next = json!([{"when": "<% ctx(big).x != 1 %>", "publish": publish, "do": to}]);
        tasks.insert(format!("t{at}"), json!({"action": "a.b", "next": next}));
    }
    let definition = json!({"input": ["big"], "tasks": tasks});
    let inputs = Map::from_iter([("big".to_owned(), json!({"x": marker}))]);
    let mut house = House::with_inputs(&definition, &inputs);
    for at in 0..30 {
        house.start();
        house.succeed(&[&format!("t{at}")]);
        house.reload();
    }
    assert_eq!(house.status(), Status::Succeeded);
    let holders = house.cells.values().filter(|cell| cell.to_string().contains(&marker)).count();
    assert_eq!(holders, 1);
}

#[test]
fn what_has_left_the_stage_leaves_no_cells_there() {
    let mut house = House::new(&workflow(json!({
        "a": leads_to(&["j"]), "b": leads_to(&["j"]), "c": leads_to(&["j"]),
        "j": {"join": "all", "with": "<% [1, 2] %>", "action": "a.b"},
    })));
    house.start();
    for task in ["a", "b", "c"] {
        house.succeed(&[task]);
        house.reload();
    }
    assert!(house.cells.keys().any(|key| key.starts_with("arrival/")));
    house.start();
    house.reload();
    assert!(house.cells.keys().any(|key| key.starts_with("item/")));
    for item in [0, 1] {
        house.event("j", 0, Some(item), (Status::Succeeded, Value::Null)).unwrap();
    }
    house.write();
    assert_eq!(house.status(), Status::Succeeded);
    let left = ["staged/", "item/", "arrival/"];
    let is_left = |key: &&String| left.iter().any(|kind| key.starts_with(kind));
    assert_eq!(house.cells.keys().filter(is_left).count(), 0);
}

#[test]
fn cells_that_do_not_fit_together_are_refused() {
    let tasks = json!({"a": leads_to(&["b"]), "b": {"action": "a.b"}});
    let mut house = House::new(&workflow(tasks));
    house.start();
    house.succeed(&["a"]);
    house.write();
    let check = |key: &str, value: Value, expected: &str| {
        let mut cells = house.cells.clone();
        cells.insert(key.to_owned(), value);
        let plan = Arc::clone(house.conductor.plan());
        let error = Conductor::restore(plan, cells.into_iter().collect(), &|_| None).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    let entry = |task: &str, prev: Value| {
        json!({"task": task, "route": 0, "context": 0, "prev": prev, "next": [], "status": null,
            "is_terminal": false})
    };
    check("entry/0", json!(1), "entry: ");
    check("entry/x", json!(1), "its key `entry/x`");
    check("entry/0", entry("zz", json!([])), "the workflow has no task `zz`");
    check("entry/1", entry("b", json!([["a__t0", 9]])), "there is no entry 9");
    check("arrival/77/0", json!(["a__t0", 0, 0]), "what comes to no task");
}
