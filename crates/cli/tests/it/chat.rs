//! `squall chat` from a pipe.

use crate::squall::{Squall, run, stderr, stdout};

#[test]
fn pipe_is_answered_by_a_squall_that_starts_and_stops_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let talked = run(&data, &["chat"], "help disk\ndisk report of /\nnew password\n");
    assert_eq!(talked.status.code(), Some(0), "{}", stderr(&talked));
    let said = stdout(&talked);
    assert!(said.contains("disk report [of {{path}}]"), "{said}");
    assert!(said.contains("Looking at / …"), "{said}");
    assert!(said.contains("% full"), "the result is missing: {said}");
    assert!(said.contains("Your new password: "), "the quiet result is missing: {said}");
    assert!(!data.join("run.json").exists());
}

#[test]
fn pipe_talks_to_the_squall_that_runs() {
    let squall = Squall::start();
    let talked = run(&squall.data(), &["chat", "--json"], "fail please\n");
    assert_eq!(talked.status.code(), Some(0), "{}", stderr(&talked));
    let lines: Vec<serde_json::Value> =
        stdout(&talked).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["kind"], "answer");
    assert_eq!(lines[1]["kind"], "result");
    assert!(lines[1]["text"].as_str().unwrap().contains("status : failed"));
    let shown = squall.run(&["execution", "get", lines[0]["execution"].as_str().unwrap()]);
    assert!(stderr(&shown).contains("failed"));
}
