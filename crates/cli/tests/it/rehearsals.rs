//! `squall workflow test`: cases, rehearsals and plans, on the workflows that ship.

use std::path::Path;

use serde_json::Value;

use crate::squall::{run, stderr, stdout};

const WORKFLOWS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/examples/actions/workflows");

/// Tests a file with this text; returns the exit code, what is printed and what is said.
fn test(text: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("result.json"), r#"{"stdout": "Ada"}"#).unwrap();
    test_file(&file, arguments)
}

fn test_file(file: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let all = [&["workflow", "test", file.to_str().unwrap()], arguments].concat();
    let done = run(folder.path(), &all, "");
    let above = format!("{}/", file.parent().unwrap().display());
    (done.status.code(), stdout(&done).replace(&above, ""), stderr(&done))
}

fn cases(expect: &str) -> String {
    format!(
        "workflow: {WORKFLOWS}/orquesta_sequential.yaml
cases:
  - name: greets
    inputs: {{name: Ada}}
    mocks:
      begin: {{result_file: result.json}}
      middle: {{result: {{stdout: \"Hello, Ada!\"}}}}
    expect:
{expect}"
    )
}

#[test]
fn a_case_passes_or_fails_with_its_line_and_what_differs() {
    let right = "      output: {greeting: \"Hello, Ada!\"}\n      tasks: [begin, middle, finish]\n";
    let (code, printed, said) = test(&cases(right), &[]);
    assert_eq!((code, printed.as_str()), (Some(0), "ok    t.yaml:3  greets\n"), "{said}");
    assert_eq!(said, "1 of 1 cases passed\n");
    let wrong = "      output: {greeting: \"Hello, Eve!\"}\n      tasks: [begin, finish]\n";
    let (code, printed, said) = test(&cases(wrong), &[]);
    assert_eq!((code, said.as_str()), (Some(1), "0 of 1 cases passed\n"));
    let expected = "\
FAIL  t.yaml:3  greets
      t.yaml:10: the order of the tasks is not as expected
          [
            \"begin\",
        +   \"middle\",
            \"finish\"
          ]
      t.yaml:9: the output is not as expected
          {
        -   \"greeting\": \"Hello, Eve!\"
        +   \"greeting\": \"Hello, Ada!\"
          }
";
    assert_eq!(printed, expected);
    let (_, printed, _) = test(&cases(wrong), &["--json"]);
    let verdicts: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(verdicts[0]["failures"][0]["place"], "t.yaml:10");
    assert_eq!(verdicts[0]["passed"], false);
}

#[test]
fn mistakes_in_a_test_are_named_with_their_lines() {
    let check = |text: &str, expected: &str| {
        let (code, printed, said) = test(text, &[]);
        assert_eq!(code, Some(1), "{text}");
        assert!(printed.contains(expected), "{printed}{said}");
    };
    check("workflow: [", "t.yaml:");
    check("workflow: w\nexpects: {}\n", "t.yaml:2: `expects` is no key of a test");
    check("workflow: gone.yaml\nexpect: {}\n", "t.yaml:1: there is no file `gone.yaml`");
    let misspelt = cases("      status: succeeded\n").replace("middle:", "midle:");
    check(&misspelt, "t.yaml:7: the workflow has no task `midle`; did you mean `middle`?");
    let broken = "workflow: t.yaml\ntasks: {a: {next: [{do: b}]}}\nexpect: {}\n";
    check(broken, "t.yaml:");
    assert_eq!(test_file(Path::new("/nowhere.yaml"), &[]).0, Some(3));
}

#[test]
fn a_workflow_that_cannot_run_is_named_with_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("w.yaml", "version: 1.0\ntasks:\n  a:\n    action: core.echo message=<% ctx().gone %>\n");
    write("t.yaml", "workflow: w.yaml\nexpect: {}\n");
    let (code, printed, _) = test_file(&folder.path().join("t.yaml"), &[]);
    assert_eq!(code, Some(1));
    assert!(printed.contains("w.yaml:4:"), "{printed}");
    assert!(printed.contains("\"gone\" is referenced before"), "{printed}");
    write("t.yaml", "workflow: w.yaml\nexpect: {inspection: [gone]}\n");
    assert_eq!(test_file(&folder.path().join("t.yaml"), &[]).0, Some(0));
}

#[test]
fn rehearsals_of_orquesta_are_taken_as_they_are() {
    let rehearsal = |sequence: &str| {
        format!(
            "---
workflow: orquesta_with_items.yaml
inputs:
  members: [a, b]
expected_task_sequence: [{sequence}]
mock_action_executions:
  - {{task_id: greet, item_id: 1, result: {{stdout: B}}}}
  - {{task_id: greet, item_id: 0, result: {{stdout: A}}}}
expected_output:
  items: [A, B]
"
        )
    };
    let (code, printed, said) = test(&rehearsal("greet, continue"), &["-p", WORKFLOWS]);
    assert_eq!(code, Some(0), "{printed}{said}");
    let (code, printed, _) = test(&rehearsal("greet"), &["--base-path", WORKFLOWS]);
    assert_eq!(code, Some(1));
    assert!(printed.contains("+   \"continue\""), "{printed}");
}

#[test]
fn files_are_found_in_the_folders_above_a_test() {
    let folder = tempfile::tempdir().unwrap();
    let tests = folder.path().join("tests/deep");
    std::fs::create_dir_all(&tests).unwrap();
    let workflow = format!("{WORKFLOWS}/orquesta_join.yaml");
    std::fs::copy(workflow, folder.path().join("join.yaml")).unwrap();
    let text = "workflow: join.yaml\nexpect: {tasks: [left, right, both]}\n";
    std::fs::write(tests.join("one.yaml"), text).unwrap();
    std::fs::write(tests.join("notes.txt"), "no test").unwrap();
    let (code, printed, said) = test_file(&tests, &[]);
    assert_eq!(code, Some(0), "{printed}{said}");
    assert!(said.contains("1 of 1 cases passed"), "{said}");
}

#[test]
fn a_workflow_alone_is_a_plan() {
    let file = Path::new(WORKFLOWS).join("orquesta_with_items.yaml");
    let (code, printed, said) = test_file(&file, &["--input", "members=[\"a\", \"b\", \"c\"]"]);
    let expected = "\
ok    orquesta_with_items.yaml:1  plan
      1  greet[0]  core.echo  message=\"a, welcome!\"
      1  greet[1]  core.echo  message=\"b, welcome!\"
      2  greet[2]  core.echo  message=\"c, welcome!\"
      the workflow succeeded
      output {\"items\":[\"\",\"\",\"\"]}
";
    assert_eq!((code, printed.as_str()), (Some(0), expected), "{said}");
    let (code, printed, _) = test_file(&file, &[]);
    assert_eq!(code, Some(1));
    assert!(printed.contains("is not type of list"), "{printed}");
}
