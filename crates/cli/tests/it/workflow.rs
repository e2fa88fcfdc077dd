//! `squall workflow`: findings with their places, and what a script learns.

use crate::squall::{run, stderr, stdout};

/// Inspects a definition; returns the exit code, the findings and the sentence.
fn inspect(definition: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("w.yaml");
    std::fs::write(&file, definition).unwrap();
    let mut all = vec!["workflow", "inspect", file.to_str().unwrap()];
    all.extend(arguments);
    let done = run(folder.path(), &all, "");
    let found = stdout(&done).replace(&format!("{}/", folder.path().display()), "");
    (done.status.code(), found, stderr(&done))
}

const WRONG: &str = "\
version: 1.0
tasks:
  one:
    action: core.echo message=<% ctx().gone %>
    next:
      - when: <% succeeded( %>
        do: two, three
  two:
    with:
      items: <% [1] %>
      concurrency: 0
    input:
      deep:
        - \"{{ ctx().lost }}\"
";

#[test]
fn findings_carry_their_places() {
    let (code, found, talk) = inspect(WRONG, &[]);
    assert_eq!(code, Some(1));
    let expected = "\
w.yaml:4:13: context: Variable \"gone\" is referenced before assignment in `<% ctx().gone %>` \
(add it to `input` or `vars`, or publish it in a task before)
w.yaml:6:15: expression: Parse error: unexpected end of statement in `<% succeeded( %>`
w.yaml:7:13: semantic: The task \"three\" is not defined (correct the name, or add the task)
w.yaml:8:3: semantic: The action property is required for with items task
w.yaml:11:20: advice: a concurrency below 1 counts as 1: write `1`, or leave it out to run all \
items at once
w.yaml:14:11: context: Variable \"lost\" is referenced before assignment in `{{ ctx().lost }}` \
(add it to `input` or `vars`, or publish it in a task before)
";
    assert_eq!(found, expected);
    assert_eq!(talk, "5 findings: the workflow would not run\n");
}

#[test]
fn advice_alone_refuses_nothing() {
    let endless = "tasks:\n  s:\n    next: [{do: a}]\n  a:\n    next: [{do: a}]\n";
    let (code, found, talk) = inspect(endless, &[]);
    assert_eq!(code, Some(0));
    assert!(found.starts_with("w.yaml:5:11: advice: `a` leads back to itself"), "{found}");
    assert_eq!(talk, "nothing is wrong with the definition\n");
    let given = "tasks:\n  t:\n    action: core.echo message=<% ctx().st2.user %>\n";
    assert_eq!(inspect(given, &[]), (Some(0), String::new(), talk));
}

#[test]
fn findings_are_data_on_request() {
    let (code, found, _) = inspect(WRONG, &["--json"]);
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!((code, found.as_array().unwrap().len()), (Some(1), 6));
    assert_eq!(found[0]["type"], "context");
    assert_eq!(found[0]["spec_path"], "tasks.one.input");
    assert_eq!(found[0]["line"], 4);
}

#[test]
fn what_is_no_workflow_is_told_where_it_ends() {
    let check = |definition: &str, expected: &str| {
        let (code, found, _) = inspect(definition, &[]);
        assert_eq!((code, found.trim_end()), (Some(1), expected));
    };
    check(
        "tasks:\n  a: {action: x.y}\n  a: {action: x.y}\n",
        "w.yaml:3:3: syntax: found duplicate key \"a\": it stands on line 2 already; keep one of the two",
    );
    check(
        "tasks:\n  a: {}\n",
        "w.yaml:2:6: syntax: the task `a` is empty: give it an `action`, or what follows as `next`",
    );
}

#[test]
fn questions_about_workflows_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |question: &str| {
        stdout(&run(folder.path(), &["eval", "--kind", "orq_inspect"], &format!("{question}\n")))
    };
    assert_eq!(
        ask(r#"{"id": 1, "workflow": "tasks:\n  t:\n    action: a.b\n"}"#),
        "{\"id\":1,\"ok\":true,\"value\":{}}\n"
    );
    assert!(ask(r#"{"id": 2, "workflow": "tasks: {t: {}}"}"#).contains("\"ok\":false"));
    assert!(ask(r#"{"id": 3, "workflow": "tasks: {}"}"#).contains("\"spec_path\":\"tasks\""));
}
