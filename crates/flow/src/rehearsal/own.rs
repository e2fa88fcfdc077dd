//! Tests in Squall's own form.

use serde_json::{Value, json};

use super::{
    case::{Case, Complaint, Expect, Expected, Given, Key, Mocks, Path, Reply, Told, Turn},
    reading::{Node, Reading},
};
use crate::contexts::Object;

const CASE: [&str; 7] = ["name", "workflow", "inputs", "context", "datastore", "mocks", "expect"];
const EXPECT: [&str; 5] = ["status", "output", "tasks", "errors", "inspection"];
const REPLY: [&str; 3] = ["status", "result", "result_file"];
const TURN: [&str; 6] = ["status", "result", "result_file", "route", "times", "items"];
/// How many cases a test has at most.
const CASES_MAX: usize = 1_000;

/// Reads the cases.
pub(super) fn read(value: &Value) -> Result<Vec<Case>, Vec<Complaint>> {
    let mut reading = Reading::default();
    let root = Node::root(value);
    let cases = match root.field("cases") {
        None => {
            reading.closed(&root, "a test", &CASE);
            case(&mut reading, &root, None, "the run").into_iter().collect()
        }
        Some(list) => {
            reading.closed(&root, "a test with cases", &["workflow", "cases"]);
            let workflow = reading.text(&root, "workflow");
            let nodes = reading.list(&list, "`cases`");
            if nodes.is_empty() || nodes.len() > CASES_MAX {
                reading.complain(&list.path, format!("a test has 1 to {CASES_MAX} cases"));
            }
            let mut cases = Vec::new();
            for (index, node) in nodes.iter().enumerate().take(CASES_MAX) {
                reading.closed(node, "a case", &CASE);
                let name = format!("case {}", index + 1);
                cases.extend(case(&mut reading, node, workflow.as_ref(), &name));
            }
            cases
        }
    };
    if reading.complaints.is_empty() { Ok(cases) } else { Err(reading.complaints) }
}

/// Returns the case that runs a workflow without a test.
#[must_use]
pub fn plan_of(workflow: &str, inputs: Object) -> Case {
    Case {
        name: "plan".to_owned(),
        path: Path::new(),
        workflow: Told { value: workflow.to_owned(), path: Path::new() },
        inputs,
        context: surroundings(Object::new()),
        datastore: Object::new(),
        mocks: Mocks::Turns(Vec::new()),
        expect: None,
    }
}

fn case(
    reading: &mut Reading,
    node: &Node<'_>,
    workflow: Option<&Told<String>>,
    name: &str,
) -> Option<Case> {
    let Some(workflow) = reading.text(node, "workflow").or_else(|| workflow.cloned()) else {
        if node.field("workflow").is_none() {
            reading.complain(&node.path, "the test does not say which `workflow` it is of");
        }
        return None;
    };
    let name = reading.text(node, "name").map_or_else(|| name.to_owned(), |name| name.value);
    let context = reading.object(node, "context");
    Some(Case {
        name,
        path: node.path.clone(),
        workflow,
        inputs: reading.object(node, "inputs"),
        context: surroundings(context),
        datastore: reading.object(node, "datastore"),
        mocks: Mocks::Turns(mocks(reading, node)),
        expect: node.field("expect").map(|expect| expected(reading, &expect)),
    })
}

/// Returns the variables from outside, where the test does not say otherwise.
pub(super) fn surroundings(told: Object) -> Object {
    let mut st2 = json!({
        "action_execution_id": "000000000000000000000000",
        "workflow_execution_id": "000000000000000000000000",
        "api_url": "http://127.0.0.1:9101/v1",
        "user": "tester",
        "pack": "test",
        "action": "test.workflow",
        "runner": "orquesta",
    });
    let mut all = Object::from_iter([("parent".to_owned(), json!({}))]);
    let told_st2 = told.get("st2").and_then(Value::as_object);
    if let (Some(st2), Some(told)) = (st2.as_object_mut(), told_st2) {
        st2.extend(told.clone());
    }
    all.extend(told);
    all.insert("st2".to_owned(), st2);
    all
}

fn mocks(reading: &mut Reading, node: &Node<'_>) -> Vec<Turn> {
    let Some(field) = node.field("mocks") else { return Vec::new() };
    let Some(tasks) = reading.map(&field, "`mocks`") else { return Vec::new() };
    let mut turns = Vec::new();
    for (name, value) in tasks {
        let task = Node { value, path: field.at(Key::Name(name.clone())) };
        let told = Told { value: name.clone(), path: task.path.clone() };
        if value.is_array() {
            for one in reading.list(&task, "the mocks of a task") {
                turns.extend(turn(reading, &one, &told));
            }
        } else {
            turns.extend(turn(reading, &task, &told));
        }
    }
    turns
}

fn turn(reading: &mut Reading, node: &Node<'_>, task: &Told<String>) -> Option<Turn> {
    reading.closed(node, "a mock", &TURN)?;
    let mut items = Vec::new();
    if let Some(field) = node.field("items") {
        for item in reading.list(&field, "`items`") {
            if reading.closed(&item, "the mock of an item", &REPLY).is_some() {
                items.push(reply(reading, &item));
            }
        }
    }
    let times = reading.number(node, "times").unwrap_or(1);
    if times == 0 {
        reading
            .complain(&node.path, "a mock holds for at least one run: `times` is to be 1 or more");
    }
    Some(Turn {
        task: task.clone(),
        route: reading.number(node, "route"),
        times,
        reply: reply(reading, node),
        items,
    })
}

fn reply(reading: &mut Reading, node: &Node<'_>) -> Reply {
    let status = reading.status(node, "status").value;
    let file = reading.text(node, "result_file");
    let result = match (node.value.get("result"), file) {
        (Some(_), Some(file)) => {
            reading.complain(&file.path, "a mock has a `result` or a `result_file`, not both");
            Given::Unsaid
        }
        (Some(value), None) => Given::Value(value.clone()),
        (None, Some(file)) => Given::File(file.value),
        (None, None) => Given::Unsaid,
    };
    Reply { status, result, path: node.path.clone() }
}

fn expected(reading: &mut Reading, node: &Node<'_>) -> Expect {
    reading.closed(node, "`expect`", &EXPECT);
    let output = node.field("output");
    let parts = |reading: &mut Reading, name: &str| {
        let texts = reading.texts(node, name)?;
        Some(Told { value: Expected::Parts(texts.value), path: texts.path })
    };
    Expect {
        status: reading.status(node, "status"),
        output: output.map(|node| Told { value: node.value.clone(), path: node.path }),
        tasks: reading.texts(node, "tasks"),
        terminal: None,
        routes: None,
        errors: parts(reading, "errors"),
        inspection: parts(reading, "inspection"),
        counts_commands: false,
    }
}
