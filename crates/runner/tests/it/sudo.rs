//! Other rights, where the machine has sudo and lets this user use it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use model::Status;
use serde_json::json;

use crate::support::{command, object, run, script};

/// Tells whether sudo can be tested. A machine without it is only accepted where nobody asked
/// for strictness.
#[expect(clippy::disallowed_methods, reason = "the test asks what the machine can do")]
fn has_sudo() -> bool {
    let works = Command::new("sudo").args(["-n", "true"]).output();
    let works = works.is_ok_and(|output: Output| output.status.success());
    let is_strict = std::env::var("SQUALL_TEST_STRICT").is_ok_and(|value| value == "1");
    assert!(works || !is_strict, "sudo does not work here, and SQUALL_TEST_STRICT is 1");
    if !works {
        eprintln!("not tested: sudo does not work here");
    }
    works
}

#[tokio::test]
async fn sudo_gives_the_rights_of_root_and_keeps_variables() {
    if !has_sudo() {
        return;
    }
    let mut job = command("id -u; echo $A");
    job.runner_parameters.extend(object(json!({"sudo": true, "env": {"A": "kept"}})));
    assert_eq!(run(&job).await.result["stdout"], "0\nkept");
}

#[tokio::test]
async fn run_as_gives_the_rights_of_a_user() {
    if !has_sudo() {
        return;
    }
    let mut job = command("id -un; echo \"$HOME\"");
    job.run_as = Some("daemon".to_owned());
    let stdout = run(&job).await.result["stdout"].as_str().unwrap().to_owned();
    assert!(stdout.starts_with("daemon\n/"), "{stdout}");
    assert!(!stdout.ends_with("/root"), "{stdout}");
    job.run_as = Some("no-such-user".to_owned());
    let outcome = run(&job).await;
    assert_eq!(outcome.status, Status::Failed);
    assert!(outcome.result["stderr"].as_str().unwrap().contains("no-such-user"));
}

#[tokio::test]
async fn scripts_with_other_rights_meet_no_shell_either() {
    if !has_sudo() {
        return;
    }
    for (mode, head) in [(0o755, "#!/bin/sh\n"), (0o755, "")] {
        for password in [json!(null), json!("pw")] {
            let text = format!("{head}id -u; for a in \"$@\"; do printf '[%s]' \"$a\"; done");
            let (_pack, mut job) = script(&text, mode);
            job.runner_parameters = object(json!({"sudo": true, "sudo_password": password}));
            job.action_parameters = object(json!({"n": "$(id) 'x'"}));
            assert_eq!(run(&job).await.result["stdout"], "0\n[--n=$(id) 'x']", "{head}{password}");
        }
    }
}

#[tokio::test]
async fn password_is_seen_by_nobody_not_even_by_a_command_that_needs_none() {
    if !has_sudo() {
        return;
    }
    let password = "correct-horse-battery";
    let parts = "correct-horse-";
    let cmd = format!(
        "cat; for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do \
           tr '\\0' ' ' < $f 2>/dev/null | grep -o \"{parts}\"'bat[t]ery'; done; echo end"
    );
    let mut job = command(&cmd);
    job.runner_parameters.extend(object(json!({"sudo": true, "sudo_password": password})));
    assert_eq!(run(&job).await.result["stdout"], "end");
}

#[tokio::test]
async fn timeout_ends_what_runs_with_other_rights() {
    if !has_sudo() {
        return;
    }
    let mark = format!("309.9{}", std::process::id());
    let mut job = command(&format!("sleep {mark}; true"));
    job.run_as = Some("daemon".to_owned());
    job.runner_parameters.insert("timeout".to_owned(), json!(1));
    assert_eq!(run(&job).await.status, Status::Timeout);
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let left = lines.filter(|line| String::from_utf8_lossy(line).contains(&mark)).count();
    assert_eq!(left, 0);
}

/// Becomes a user whom sudo asks for a password, and runs itself again as that user.
#[tokio::test]
async fn wrong_password_is_named() {
    const MARK: &str = "SQUALL_TEST_AS_NOBODY";
    if std::env::vars().any(|(name, _)| name == MARK) {
        let mut job = command("echo never");
        job.runner_parameters.extend(object(json!({"sudo": true, "sudo_password": "wrong"})));
        let outcome = run(&job).await;
        assert_eq!(outcome.status, Status::Failed, "{}", outcome.result);
        assert_eq!(outcome.result["return_code"], -1);
        assert_eq!(
            outcome.result["error"],
            "Invalid sudo password provided or sudo is not configured for this user (nobody)"
        );
        job.runner_parameters.remove("sudo_password");
        let outcome = run(&job).await;
        assert_eq!(outcome.status, Status::Failed);
        assert!(outcome.result["stderr"].as_str().unwrap().contains("a password is required"));
        return;
    }
    if !has_sudo() {
        return;
    }
    let program = std::env::current_exe().unwrap();
    let copy = std::env::temp_dir().join(format!("squall-sudo-{}", std::process::id()));
    fs::copy(program, &copy).unwrap();
    let output = as_nobody(&copy, MARK);
    fs::remove_file(copy).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[expect(clippy::disallowed_methods, reason = "the test runs itself as somebody else")]
fn as_nobody(program: &Path, mark: &str) -> Output {
    let mut command = Command::new("sudo");
    command.args(["-n", "-u", "nobody", "env", &format!("{mark}=1")]).arg(program);
    command.args(["--exact", "sudo::wrong_password_is_named"]).current_dir("/");
    command.output().unwrap()
}
