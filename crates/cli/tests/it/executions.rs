//! `squall execution` on workflows: their trees, and how they are steered.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::squall::{Squall, stderr, stdout};

/// How long a workflow may take to get somewhere.
const PATIENCE: Duration = Duration::from_secs(30);

/// A workflow that waits for a file, so that a test decides when it goes on.
const WORKFLOW: &str = r#"version: 1.0
input: [file]
tasks:
  wait:
    action: core.local
    input:
      cmd: "while ! test -e <% ctx().file %>; do sleep 0.1; done"
    next:
      - when: <% succeeded() %>
        do: inner
  inner:
    action: flows.inner
    next:
      - when: <% succeeded() %>
        do: end
  end:
    action: core.noop
"#;

/// One whose only task fails the first time.
const INNER: &str = r#"version: 1.0
tasks:
  flaky:
    with: <% list(1, 2) %>
    action: core.local
    input:
      cmd: "test <% item() %> = 1 || test -e $TMPDIR_OF_TEST"
"#;

struct Flows {
    squall: Squall,
    file: String,
}

/// Starts a Squall with a pack of two workflows.
fn start() -> Flows {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("data/packs/flows");
    let actions = pack.join("actions");
    std::fs::create_dir_all(actions.join("workflows")).unwrap();
    let write = |path: &str, text: &str| std::fs::write(pack.join(path), text).unwrap();
    write(
        "pack.yaml",
        "name: flows\nref: flows\nversion: 1.0.0\ndescription: d\nauthor: a\nemail: a@b.c\n",
    );
    let action = |name: &str, parameters: &str| {
        let text = format!(
            "name: {name}\nrunner_type: orquesta\nentry_point: workflows/{name}.yaml\n\
             description: d\nenabled: true\nparameters: {parameters}\n"
        );
        write(&format!("actions/{name}.yaml"), &text);
    };
    action("outer", "{file: {type: string, required: true}}");
    action("inner", "{}");
    let second = folder.path().join("second").display().to_string();
    write("actions/workflows/outer.yaml", WORKFLOW);
    write("actions/workflows/inner.yaml", &INNER.replace("$TMPDIR_OF_TEST", &second));
    let file = folder.path().join("file").display().to_string();
    Flows { squall: Squall::start_in(folder), file }
}

impl Flows {
    /// Requests the outer workflow; returns its id.
    fn begin(&self) -> String {
        let parameter = format!("file={}", self.file);
        let begun = self.squall.run(&["run", "flows.outer", &parameter, "--async"]);
        assert_eq!(begun.status.code(), Some(0), "{}", stderr(&begun));
        stdout(&begun).trim().to_owned()
    }

    fn execution(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let all = [&["execution"], arguments].concat();
        let done = self.squall.run(&all);
        (done.status.code(), stdout(&done), stderr(&done))
    }

    /// Waits until the document of an execution is as it should be.
    fn wait(&self, id: &str, is_right: impl Fn(&Value) -> bool) {
        let begin = Instant::now();
        loop {
            let (_, text, _) = self.execution(&["get", id, "--json"]);
            let document: Value = serde_json::from_str(&text).unwrap();
            if is_right(&document) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{text}");
        }
    }

    fn wait_for(&self, id: &str, status: &str) {
        self.wait(id, |document| document["status"] == status);
    }

    /// Waits until a task of it has begun.
    fn wait_for_task(&self, id: &str, task: &str) {
        let begin = Instant::now();
        while !self.execution(&["get", id]).1.contains(task) {
            assert!(begin.elapsed() < PATIENCE, "{task}");
        }
    }

    fn let_go(&self) {
        std::fs::write(&self.file, "").unwrap();
    }
}

/// Returns the names of the tasks with what stands before them, and their statuses.
fn tree(text: &str) -> Vec<(String, String)> {
    let is_task = |line: &&str| line.contains("─ ");
    let one = |line: &str| {
        let start = line.find("─ ").unwrap() + "─ ".len();
        let (branch, rest) = line.split_at(start);
        let words: Vec<&str> =
            rest.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect();
        (format!("{branch}{}", words[0]), words[2].to_owned())
    };
    text.lines().filter(is_task).map(one).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, status)| ((*name).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn a_workflow_is_followed_and_run_again_from_a_task_inside() {
    let flows = start();
    let id = flows.begin();
    flows.wait_for_task(&id, "wait");
    let (_, running, _) = flows.execution(&["get", &id]);
    assert!(running.contains("status  running ("), "{running}");
    assert_eq!(tree(&running), pairs(&[("└─ wait", "running")]));
    flows.let_go();
    let (code, lines, said) = flows.execution(&["get", &id, "--follow"]);
    assert_eq!(code, Some(1), "{lines}");
    assert!(said.contains("flows.outer failed"), "{said}");
    for line in [" flows.outer failed ", " inner failed ", " inner.flaky[1] failed "] {
        assert!(lines.contains(line), "{line}: {lines}");
    }
    let (_, failed, _) = flows.execution(&["get", "last"]);
    let expected = [
        ("├─ wait", "succeeded"),
        ("└─ inner", "failed"),
        ("   └─ flaky (2 items)", "failed"),
        ("      ├─ [0]", "succeeded"),
        ("      └─ [1]", "failed"),
    ];
    assert_eq!(tree(&failed), pairs(&expected), "{failed}");

    let (code, _, said) = flows.execution(&["re-run", &id, "--tasks", "inner.flakey"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("did you mean `inner.flaky`?"), "{said}");
    let (code, _, said) = flows.execution(&["re-run", &id, "--tasks", "wait.a"]);
    assert!(code == Some(3) && said.contains("`wait` ran no workflow"), "{said}");
    let (code, _, _) = flows.execution(&["re-run", &id, "--tasks", "inner", "--no-reset", "a"]);
    assert_eq!(code, Some(2));

    std::fs::write(flows.squall.folder.path().join("second"), "").unwrap();
    let again = ["re-run", &id, "--tasks", "inner.flaky", "--no-reset", "inner.flaky", "--json"];
    let (code, document, said) = flows.execution(&again);
    assert_eq!(code, Some(0), "{document} {said}");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["context"]["re-run"]["ref"], id.as_str());
    let (_, text, _) = flows.execution(&["get", document["id"].as_str().unwrap()]);
    assert!(text.contains(&format!("re-run  {id}")), "{text}");
    assert!(text.lines().any(|line| line.contains("─ wait") && line.ends_with("(earlier)")));
    let inside = tree(&text);
    let has = |name: &str| inside.iter().any(|(own, _)| own.ends_with(name));
    // Only the item that failed runs again.
    assert!(has("[1]") && !has("[0]") && has("end"), "{text}");
}

#[test]
fn a_workflow_is_paused_resumed_and_canceled() {
    let flows = start();
    let id = flows.begin();
    flows.wait_for_task(&id, "wait");
    let (code, _, said) = flows.execution(&["resume", &id]);
    assert!(code == Some(1) && said.contains("is not paused: it is running"), "{said}");
    let (code, _, said) = flows.execution(&["re-run", &id, "--tasks", "wait"]);
    assert!(code == Some(1) && said.contains("has not ended"), "{said}");
    let (code, _, said) = flows.execution(&["pause", &id]);
    assert!(code == Some(0) && said.contains("pausing"), "{said}");
    flows.let_go();
    flows.wait_for(&id, "paused");
    let (_, text, _) = flows.execution(&["get", &id]);
    assert_eq!(tree(&text), pairs(&[("└─ wait", "succeeded")]));
    let (code, _, _) = flows.execution(&["resume", &id]);
    assert_eq!(code, Some(0));
    flows.wait_for(&id, "failed");
    let (code, _, said) = flows.execution(&["pause", &id]);
    assert!(code == Some(1) && said.contains("has ended (failed)"), "{said}");

    std::fs::remove_file(&flows.file).unwrap();
    let (one, other) = (flows.begin(), flows.begin());
    flows.wait_for_task(&one, "wait");
    let (code, documents, _) = flows.execution(&["cancel", &one, &other, "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<Vec<Value>>(&documents).unwrap().len(), 2);
    flows.wait_for(&one, "canceled");
    flows.wait_for(&other, "canceled");
}

#[test]
fn what_is_no_workflow_cannot_be_paused_and_the_others_are() {
    let flows = start();
    let id = flows.begin();
    flows.wait_for_task(&id, "wait");
    let plain = flows.squall.run(&["run", "core.noop", "--async"]);
    let plain = stdout(&plain).trim().to_owned();
    let (code, _, said) = flows.execution(&["pause", &plain, &id]);
    assert!(code == Some(1) && said.contains("(core.noop) is no workflow"), "{said}");
    assert!(said.contains("flows.outer pausing"), "{said}");
    let (code, _, said) = flows.execution(&["re-run", &plain, "--tasks", "a"]);
    assert!(code == Some(1) && said.contains("is no workflow of Orquesta"), "{said}");
    let (code, again, _) = flows.execution(&["re-run", &plain, "--async", "--delay", "1"]);
    assert_eq!(code, Some(0));
    flows.wait_for(again.trim(), "succeeded");
    flows.execution(&["cancel", &id]);
    flows.wait_for(&id, "canceled");
}

#[test]
fn the_output_of_all_tasks_is_followed() {
    let squall = Squall::start();
    let arguments = ["run", "examples.orquesta_with_items", "members=[\"a\", \"b\"]", "--tail"];
    let ran = squall.run(&arguments);
    let mut lines: Vec<String> = stdout(&ran).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["a, welcome!", "b, welcome!"], "{}", stderr(&ran));
    assert!(stderr(&ran).contains("greet[1] has ended (succeeded)"), "{}", stderr(&ran));
    let tailed = squall.run(&["execution", "tail", "last"]);
    assert_eq!(stdout(&tailed).lines().count(), 2, "{}", stderr(&tailed));
    let shown = |arguments: &[&str]| stdout(&squall.run(arguments));
    assert_eq!(shown(&["execution", "list"]).lines().count(), 2);
    assert_eq!(shown(&["execution", "list", "--showall"]).lines().count(), 4);
    let joined = shown(&["run", "examples.orquesta_join"]);
    assert!(joined.contains("\"right\""), "{joined}");
}
