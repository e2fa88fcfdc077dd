//! Tests in the form of Orquesta's rehearsals.

use serde_json::{Value, json};

use super::{
    case::{Case, Complaint, Execution, Expect, Expected, Given, Key, Mocks, Path, Reply, Told},
    own::surroundings,
    reading::{Node, Reading},
};
use crate::contexts::Object;

const CASE: [&str; 14] = [
    "workflow",
    "inputs",
    "expected_inspection_errors",
    "expected_routes",
    "expected_task_sequence",
    "mock_action_executions",
    "expected_term_tasks",
    "expected_workflow_status",
    "expected_errors",
    "expected_output",
    "name",
    "version",
    "description",
    "tags",
];
const MOCK: [&str; 9] = [
    "task_id",
    "route",
    "seq_id",
    "item_id",
    "iter_id",
    "num_iter",
    "status",
    "result",
    "result_path",
];

/// Reads the one case of a rehearsal.
pub(super) fn read(value: &Value) -> Result<Case, Vec<Complaint>> {
    let mut reading = Reading::default();
    let root = Node::root(value);
    if let Some(state) = root.field("workflow_state") {
        reading.complain(
            &state.path,
            "a rehearsal that goes on from a stored state of Orquesta cannot be used, for Squall \
             stores its states in another form: rehearse the whole workflow",
        );
        return Err(reading.complaints);
    }
    reading.closed(&root, "a rehearsal", &CASE);
    let workflow = reading.text(&root, "workflow");
    for name in ["workflow", "expected_task_sequence"] {
        if root.field(name).is_none() {
            reading.complain(&root.path, format!("the rehearsal does not say its `{name}`"));
        }
    }
    let name = reading.text(&root, "name").map_or_else(|| "rehearsal".to_owned(), |it| it.value);
    let case = Case {
        name,
        path: Path::new(),
        workflow: workflow.unwrap_or(Told { value: String::new(), path: Path::new() }),
        inputs: reading.object(&root, "inputs"),
        context: surroundings(Object::new()),
        datastore: Object::new(),
        mocks: Mocks::Orquesta(mocks(&mut reading, &root)),
        expect: Some(expected(&mut reading, &root)),
    };
    if reading.complaints.is_empty() { Ok(case) } else { Err(reading.complaints) }
}

fn mocks(reading: &mut Reading, root: &Node<'_>) -> Vec<Execution> {
    let Some(field) = root.field("mock_action_executions") else { return Vec::new() };
    let mut all = Vec::new();
    for node in reading.list(&field, "`mock_action_executions`") {
        if reading.closed(&node, "a mocked execution", &MOCK).is_none() {
            continue;
        }
        let Some(task) = reading.text(&node, "task_id") else {
            reading.complain(&node.path, "the mocked execution does not say its `task_id`");
            continue;
        };
        let result = match reading.text(&node, "result_path") {
            Some(file) => Given::File(file.value),
            None => Given::Value(node.value.get("result").cloned().unwrap_or_default()),
        };
        let status = reading.status(&node, "status").value;
        for name in ["route", "iter_id"] {
            let _checked = reading.number(&node, name);
        }
        all.push(Execution {
            task,
            item: reading.number(&node, "item_id"),
            entry: reading.number(&node, "seq_id"),
            times: reading.number(&node, "num_iter").unwrap_or(1),
            reply: Reply { status, result, path: node.path },
        });
    }
    all
}

fn expected(reading: &mut Reading, root: &Node<'_>) -> Expect {
    let told = |name: &str| {
        root.field(name).map(|field| Told { value: field.value.clone(), path: field.path })
    };
    let exactly = |name: &str| {
        let told = told(name)?;
        Some(Told { value: Expected::Exactly(told.value), path: told.path })
    };
    // Without a list of routes there is one, the first.
    let routes = told("expected_routes").unwrap_or_else(|| Told {
        value: json!([[]]),
        path: vec![Key::Name("expected_task_sequence".to_owned())],
    });
    Expect {
        status: reading.status(root, "expected_workflow_status"),
        output: told("expected_output"),
        tasks: reading.texts(root, "expected_task_sequence"),
        terminal: reading.texts(root, "expected_term_tasks"),
        routes: Some(routes),
        errors: exactly("expected_errors"),
        inspection: exactly("expected_inspection_errors"),
        counts_commands: true,
    }
}
