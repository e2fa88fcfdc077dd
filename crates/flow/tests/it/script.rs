//! Scripts of both languages, driven as a driver drives them: whatever they are asked for and in
//! whatever order, they come to an end, and a restart changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use flow::{
    Env, Script, Status,
    protocol::{Admitted, Change, Kind, Known, Next, Order, Place, Report, Request},
    script::{Definition, Inputs, Language, Rerun, documents, executions},
};
use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::{Value, json};

/// How many steps a script may need to its end once everything around it ends.
const STEPS_MAX: usize = 200;

fn report(status: Status, result: Value) -> Report {
    Report { status, result: Arc::new(result), updated_at: "later".to_owned() }
}

/// A script with its cells and its executions, as a driver and a store keep them.
struct House {
    definition: Definition,
    script: Script,
    cells: BTreeMap<String, Value>,
    executions: BTreeMap<String, Known>,
    /// What the script has asked for, in order.
    requested: Vec<(String, String)>,
    told: Vec<(String, Order)>,
    end: Option<(Status, Value)>,
    is_held: bool,
    /// The workflows inside that were told to pause, and not to resume.
    held: BTreeSet<String>,
}

impl House {
    fn new(language: Language, document: Value) -> Self {
        let definition = Definition::new(language, document).unwrap();
        let script = Script::start(&definition, Self::inputs(false), &Env::new()).unwrap();
        let mut house = Self {
            definition,
            script,
            cells: BTreeMap::new(),
            executions: BTreeMap::new(),
            requested: Vec::new(),
            told: Vec::new(),
            end: None,
            is_held: false,
            held: BTreeSet::new(),
        };
        house.settle();
        house
    }

    fn inputs(is_held: bool) -> Inputs {
        let context = json!({"user": "ada", "pack": "p", "api_user": "bot", "trace_context": 1});
        Inputs {
            workflow_id: "w".to_owned(),
            execution_id: "x".to_owned(),
            context: context.as_object().unwrap().clone(),
            is_held,
            ..Inputs::default()
        }
    }

    /// Steps, and lets executions do what they are told.
    fn settle(&mut self) {
        self.step();
        while let Some((id, order)) = self.told.pop() {
            let Some(Known { kind, report }) = self.executions.get(&id).cloned() else { continue };
            let status = Some(report.status);
            if kind == Kind::Workflow && order == Order::Pause {
                self.held.insert(id.clone());
            } else {
                self.held.remove(&id);
            }
            match (order, status) {
                (Order::Pause, Some(Status::Running)) if kind == Kind::Workflow => {
                    self.hear(&id, Status::Paused, Value::Null);
                }
                (Order::Resume, Some(Status::Paused)) => {
                    self.hear(&id, Status::Running, Value::Null);
                }
                (Order::Cancel, Some(status)) if !status.is_completed() => {
                    self.hear(&id, Status::Canceled, Value::Null);
                }
                (Order::Pause | Order::Resume | Order::Cancel, _) => continue,
            }
            if self.end.is_none() {
                self.step();
            }
        }
    }

    /// Does what is to be done next, and writes what changed.
    fn step(&mut self) {
        for _ in 0..10_000 {
            match self.script.next(&Env::new()) {
                Next::Request(request) => {
                    let id = format!("e{:03}", self.executions.len());
                    self.requested.push((request.task.clone(), id.clone()));
                    if request.action == "p.refused" {
                        self.script.refused("no such action", &Env::new());
                    } else {
                        self.admit(id, &request.action);
                    }
                }
                Next::Tell { execution_id, order } => {
                    self.told.push((execution_id.to_string(), order));
                }
                Next::Wait => return self.write(),
                Next::End { status, result } => {
                    self.end = Some((status, result));
                    return self.write();
                }
            }
        }
        panic!("the script never waits");
    }

    fn admit(&mut self, id: String, action: &str) {
        let kind = match action {
            "p.question" => Kind::Question,
            "p.workflow" => Kind::Workflow,
            _ => Kind::Action,
        };
        let is_refused = action == "p.unrendered";
        let failure = is_refused.then(|| report(Status::Failed, json!({"error": "unrendered"})));
        let known = failure.clone().unwrap_or_else(|| report(Status::Requested, Value::Null));
        self.executions.insert(id.clone(), Known { kind, report: known });
        let admitted = Admitted {
            execution_id: id.clone().into(),
            liveaction_id: id.into(),
            created_at: "now".to_owned(),
            kind,
            failure,
        };
        self.script.admitted(admitted, &Env::new());
    }

    fn write(&mut self) {
        for change in self.script.changes() {
            match change {
                Change::Put(key, value) => drop(self.cells.insert(key, value)),
                Change::Remove(key) => drop(self.cells.remove(&key)),
                Change::RemoveAll(prefix) => self.cells.retain(|key, _| !key.starts_with(&prefix)),
            }
        }
    }

    /// Writes the state and reads it back.
    fn restart(&mut self) {
        let cells = self.cells.clone().into_iter().collect();
        let known = |id: &str| self.executions.get(id).cloned();
        let inputs = Self::inputs(self.is_held);
        let script = Script::restore(&self.definition, inputs, cells, &known, &Env::new());
        self.script = script.unwrap();
        self.settle();
    }

    fn hear(&mut self, id: &str, status: Status, result: Value) {
        let report = report(status, result);
        if let Some(known) = self.executions.get_mut(id) {
            known.report = report.clone();
        }
        self.script.heard(id, report, &Env::new());
    }

    fn pause(&mut self) {
        self.is_held |= self.script.pause().is_ok();
    }

    /// Resumes the script; returns whether it did.
    fn resume(&mut self) -> bool {
        let has_resumed = self.script.resume().is_ok();
        self.is_held &= !has_resumed;
        has_resumed
    }

    /// Tells whether something that has not ended waits for what will never come.
    fn strands(&self) -> bool {
        let waits = |(_, kind, status): &(String, Kind, Status)| {
            *kind == Kind::Question || *status == Status::Paused
        };
        self.end.is_some() && self.open().iter().any(waits)
    }

    /// Returns the executions that have not ended.
    fn open(&self) -> Vec<(String, Kind, Status)> {
        let open = self.executions.iter().filter(|(_, known)| !known.report.status.is_completed());
        open.map(|(id, known)| (id.clone(), known.kind, known.report.status)).collect()
    }

    /// Ends all that runs, and resumes what is paused; returns whether the script has ended.
    fn finish(&mut self) -> bool {
        for _ in 0..STEPS_MAX {
            if self.end.is_some() {
                return true;
            }
            for (id, _, status) in self.open() {
                if status == Status::Paused {
                    self.hear(&id, Status::Running, Value::Null);
                    self.settle();
                }
                self.hear(&id, Status::Succeeded, json!({"n": 1}));
                self.settle();
                if self.end.is_some() {
                    return true;
                }
            }
            if self.script.status().is_pause() {
                let _refused = self.resume();
                self.settle();
            }
        }
        false
    }
}

fn fan() -> Value {
    json!({
        "version": 1.0,
        "tasks": {
            "a": {"action": "p.action", "next": [{"do": "join"}]},
            "q": {"action": "p.question", "next": [{"do": "join"}]},
            "r": {"action": "p.question", "next": [{"do": "join"}]},
            "w": {"action": "p.workflow", "next": [{"do": "join"}]},
            "i": {
                "with": {"items": "<% list(1, 2, 3) %>", "concurrency": 2},
                "action": "p.workflow",
                "next": [{"do": "join"}]
            },
            "join": {"join": "all", "action": "p.action"}
        }
    })
}

fn line() -> Value {
    json!({
        "chain": [
            {"name": "a", "ref": "p.action", "on-success": "q", "on-failure": "q"},
            {"name": "q", "ref": "p.question", "on-success": "w", "on-failure": "w"},
            {"name": "w", "ref": "p.workflow", "on-success": "z"},
            {"name": "z", "ref": "p.action"}
        ]
    })
}

/// Something that happens to a script.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Pause,
    Resume,
    Cancel,
    TimeOut,
    Restart,
    /// An open execution goes on: which, and how.
    Child(usize, usize),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => Just(Happens::Pause),
        4 => Just(Happens::Resume),
        1 => (0..8_u8).prop_map(|n| if n == 0 { Happens::Cancel } else { Happens::Pause }),
        1 => (0..8_u8).prop_map(|n| if n == 0 { Happens::TimeOut } else { Happens::Resume }),
        2 => Just(Happens::Restart),
        14 => (any::<usize>(), any::<usize>()).prop_map(|(which, how)| Happens::Child(which, how)),
    ]
}

/// Returns what an execution may become.
fn next_status(kind: Kind, status: Status, how: usize) -> Status {
    let next: &[Status] = match (kind, status) {
        (_, Status::Requested) => &[Status::Running],
        (Kind::Question, Status::Running) => &[Status::Pending],
        (Kind::Question, _) => &[Status::Succeeded, Status::Timeout, Status::Canceled],
        (Kind::Workflow, Status::Running) => &[Status::Paused, Status::Succeeded, Status::Failed],
        (Kind::Workflow, _) => &[Status::Running, Status::Running, Status::Canceled],
        (Kind::Action, _) => &[Status::Succeeded, Status::Succeeded, Status::Failed],
    };
    next[how % next.len()]
}

fn always_the_same(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_260_101);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(always_the_same(600))]

    #[test]
    fn pauses_resumes_answers_and_cancels_in_any_order_come_to_an_end(
        is_chain in any::<bool>(),
        events in proptest::collection::vec(happens(), 1..40),
    ) {
        let (language, document) =
            if is_chain { (Language::Chain, line()) } else { (Language::Orquesta, fan()) };
        let mut house = House::new(language, document);
        for event in events {
            match event {
                Happens::Pause => house.pause(),
                Happens::Resume => {
                    let has_resumed = house.resume();
                    house.settle();
                    let held = house.open().into_iter().find(|(id, ..)| house.held.contains(id));
                    prop_assert!(!has_resumed || held.is_none(), "{held:?} stays paused");
                }
                Happens::Cancel => house.script.cancel(),
                Happens::TimeOut => house.script.time_out(),
                Happens::Restart => {
                    let before = house.script.status();
                    house.restart();
                    prop_assert_eq!(house.script.status(), before, "{:?}\n{:#?}", house.open(), house.cells);
                }
                Happens::Child(which, how) => {
                    let open = house.open();
                    if let Some((id, kind, status)) = open.get(which % open.len().max(1)) {
                        house.hear(id, next_status(*kind, *status, how), json!({"n": how}));
                    }
                }
            }
            house.settle();
            let runs = |(_, kind, status): &(String, Kind, Status)| {
                (*kind != Kind::Question || *status != Status::Pending) && *status != Status::Paused
            };
            let is_pausing = house.end.is_none() && house.script.status() == Status::Pausing;
            let open = house.open();
            prop_assert!(!is_pausing || open.iter().any(runs), "it pauses for ever: {open:?}");
            if house.end.is_some() {
                break;
            }
        }
        prop_assert!(!house.strands(), "{:?} wait after the end\n{:#?}", house.open(), house.cells);
        let ended = house.finish();
        prop_assert!(ended, "it stays {}: {:?} {:#?}", house.script.status(), house.open(), house.cells);
    }
}

fn run_to_end(house: &mut House) -> (Status, Value) {
    assert!(house.finish(), "it stays {}: {:?}", house.script.status(), house.open());
    house.end.clone().unwrap()
}

/// Returns the last request that a script makes before it waits.
fn last_request(language: Language, document: Value) -> Request {
    let definition = Definition::new(language, document).unwrap();
    let mut script = Script::start(&definition, House::inputs(false), &Env::new()).unwrap();
    let next = script.next(&Env::new());
    let Next::Request(request) = next else { panic!("no request: {next:?}") };
    *request
}

#[test]
fn a_request_says_what_it_is_for() {
    let task = json!({"with": "<% list(7) %>", "action": "p.a n=<% item() %>", "delay": 3});
    let document = json!({"version": 1.0, "tasks": {"t": task}});
    let request = last_request(Language::Orquesta, document);
    assert_eq!((&*request.action, request.delay_s), ("p.a", Some(3)));
    assert_eq!(json!(request.parameters), json!({"n": 7}));
    let expected = json!({
        "workflow_execution_id": "w", "task_execution_id": "", "task_name": "t",
        "task_id": "t", "task_route": 0, "item_id": 0,
    });
    let Place::Orquesta(task) = request.place else { panic!("{request:?}") };
    assert_eq!(task.to_string(), expected.to_string());
    let request = last_request(Language::Chain, line());
    assert_eq!(request.action, "p.action");
    let Place::Chain(task) = request.place else { panic!("{request:?}") };
    assert_eq!(task["name"], "a");
}

#[test]
fn an_action_that_is_refused_or_cannot_be_rendered_fails_its_task() {
    let task = |action: &str| json!({"action": action});
    for (action, result) in [
        ("p.unrendered", json!({"error": "unrendered"})),
        (
            "p.refused",
            json!({"errors": [
                {"type": "error", "message": "no such action", "task_id": "t", "route": 0},
            ]}),
        ),
        (
            "<% list(1) %>",
            json!({"errors": [{
                "type": "error",
                "message": "the action of a task is to be a reference, and it is [1]",
                "task_id": "t", "route": 0,
            }]}),
        ),
    ] {
        let document = json!({"version": 1.0, "tasks": {"t": task(action)}});
        let (status, document) = run_to_end(&mut House::new(Language::Orquesta, document));
        assert_eq!((status, &document["errors"][0]["result"]), (Status::Failed, &result));
    }
    for action in ["p.unrendered", "p.refused"] {
        let document = json!({"chain": [{"name": "t", "ref": action}]});
        let (status, result) = run_to_end(&mut House::new(Language::Chain, document));
        assert_eq!((status, &result["tasks"][0]["state"]), (Status::Failed, &json!("failed")));
    }
}

#[test]
fn what_is_canceled_or_out_of_time_takes_its_executions_with_it() {
    for (language, document) in [(Language::Orquesta, fan()), (Language::Chain, line())] {
        let mut house = House::new(language, document.clone());
        let open = house.open().len();
        house.script.cancel();
        house.step();
        let canceled = house.told.iter().filter(|(_, order)| *order == Order::Cancel).count();
        assert_eq!(canceled, open, "{language:?}");
        house.settle();
        assert_eq!(run_to_end(&mut house).0, Status::Canceled);
        let mut house = House::new(language, document);
        house.script.time_out();
        house.step();
        assert_eq!(house.told.len(), open);
        let (status, result) = run_to_end(&mut house);
        assert_eq!(status, Status::Timeout);
        assert!(result.to_string().contains("is up: what it ran is stopped"), "{result}");
    }
}

#[test]
fn a_pause_reaches_workflows_inside_and_nothing_else() {
    let mut house = House::new(Language::Orquesta, fan());
    house.pause();
    house.step();
    let kinds: Vec<Kind> = house.told.iter().map(|(id, _)| house.executions[id].kind).collect();
    assert_eq!(kinds, [Kind::Workflow; 3]);
    assert_eq!(house.script.status(), Status::Pausing);
}

#[test]
fn an_item_that_was_paused_when_its_task_failed_does_not_run_it_again() {
    let task = json!({"with": "<% list(1, 2) %>", "action": "p.workflow"});
    let document = json!({"version": 1.0, "tasks": {"t": task, "other": {"action": "p.action"}}});
    let mut house = House::new(Language::Orquesta, document);
    let paused = "e001";
    let failed = "e002";
    assert_eq!(house.requested[1..], [paused, failed].map(|id| ("t".to_owned(), id.to_owned())));
    house.hear(paused, Status::Paused, Value::Null);
    house.hear(failed, Status::Failed, Value::Null);
    house.hear(paused, Status::Running, Value::Null);
    house.settle();
    assert_eq!(run_to_end(&mut house).0, Status::Failed);
}

#[test]
fn an_execution_that_is_canceled_by_itself_cancels_a_workflow_with_items_left() {
    let task = json!({
        "with": {"items": "<% list(1, 2) %>", "concurrency": 1}, "action": "p.action",
    });
    let document = json!({"version": 1.0, "tasks": {"t": task, "other": {"action": "p.action"}}});
    let mut house = House::new(Language::Orquesta, document);
    house.hear("e000", Status::Canceled, Value::Null);
    house.settle();
    house.hear("e001", Status::Succeeded, Value::Null);
    house.settle();
    assert_eq!(house.end.map(|(status, _)| status), Some(Status::Canceled));
}

#[test]
fn tasks_run_again_and_inside_the_workflows_that_they_ran() {
    let document = json!({"version": 1.0, "tasks": {
        "a": {"action": "p.action", "next": [{"when": "<% succeeded() %>", "do": "w"}]},
        "w": {"action": "p.workflow"},
    }});
    let mut house = House::new(Language::Orquesta, document);
    house.hear("e000", Status::Succeeded, Value::Null);
    house.step();
    house.hear("e001", Status::Failed, Value::Null);
    house.step();
    let rerun = |tasks: &[&str]| {
        let tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
        let rerun = Rerun { tasks, reset: vec!["w.i".to_owned()] };
        let cells = house.cells.clone().into_iter().collect();
        let known = |id: &str| house.executions.get(id).cloned();
        let inputs = House::inputs(false);
        let script = Script::rerun(&house.definition, (inputs, &rerun), cells, &known, &Env::new());
        script.map_err(|error| error.to_string())
    };
    let Next::Request(request) = rerun(&["w.i", "w.j"]).unwrap().next(&Env::new()) else {
        panic!("no request");
    };
    assert_eq!(request.task, "w");
    let inner = json!({"ref": "e001", "tasks": ["i", "j"], "reset": ["i"]});
    assert_eq!(request.rerun, Some(inner));
    let error = rerun(&["nowhere"]).unwrap_err();
    assert!(error.contains("nowhere|0"), "{error}");
}

/// Cells as earlier versions wrote them.
#[test]
fn cells_of_earlier_versions_are_read() {
    let definition = json!({"version": 1.0, "tasks": {
        "one": {"action": "p.action", "next": [{"do": "two"}]}, "two": {"action": "p.action"},
    }});
    let root = json!({"link": "root", "published": {"st2": {}, "parent": {}}});
    let entry = json!({
        "task": "one", "route": 0, "context": 0, "prev": [], "next": [], "status": "running",
        "is_terminal": false,
    });
    let task = json!({
        "id": "5f0000000000000000000009", "task": "one", "route": 0, "items_count": null,
        "start": 1_800_000_000_000_000_i64, "end": null,
    });
    let cells = [
        ("definition", definition),
        ("workflow", json!({"status": "running", "output": null})),
        ("link/0", root),
        ("route/0", json!([])),
        ("entry/0", entry),
        ("task/0", task),
        ("child/0", json!("5f0000000000000000000001")),
    ];
    let mut cells: Vec<(String, Value)> =
        cells.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let expected = json!([{
        "id": "5f0000000000000000000009", "workflow_execution": "w", "task_name": "one",
        "task_id": "one", "task_route": 0, "itemized": false, "items_count": null,
        "status": "running", "start_timestamp": "2027-01-15T08:00:00.000000Z",
        "end_timestamp": null, "children": ["5f0000000000000000000001"],
    }]);
    assert_eq!(json!(documents("w", &cells)).to_string(), expected.to_string());
    assert_eq!(executions(&cells).collect::<Vec<_>>(), ["5f0000000000000000000001"]);
    let definition = Definition::take(Language::Orquesta, &mut cells).unwrap();
    let report = report(Status::Succeeded, json!({}));
    let known = |_: &str| Some(Known { kind: Kind::Action, report: report.clone() });
    let inputs = House::inputs(false);
    let mut script = Script::restore(&definition, inputs, cells, &known, &Env::new()).unwrap();
    let Next::Request(request) = script.next(&Env::new()) else { panic!("no request") };
    assert_eq!(request.task, "two");
}

#[test]
fn a_chain_of_an_earlier_version_is_read() {
    let ids = json!({"execution": "5f01", "liveaction": "5f02"});
    let task = json!({
        "name": "a", "child": ids, "created_at": "t", "updated_at": "t", "state": "requested",
        "has_waited": false,
    });
    let mut cells = vec![
        ("definition".to_owned(), line()),
        ("chain".to_owned(), json!({"stage": "active", "asked": "run"})),
        ("chain/task/0".to_owned(), task),
    ];
    assert_eq!(executions(&cells).collect::<Vec<_>>(), ["5f01"]);
    let definition = Definition::take(Language::Chain, &mut cells).unwrap();
    let report = report(Status::Succeeded, json!({}));
    let known = |_: &str| Some(Known { kind: Kind::Action, report: report.clone() });
    let inputs = House::inputs(false);
    let mut script = Script::restore(&definition, inputs, cells, &known, &Env::new()).unwrap();
    let Next::Request(request) = script.next(&Env::new()) else { panic!("no request") };
    assert_eq!(request.task, "q");
}
