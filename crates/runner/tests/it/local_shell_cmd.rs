//! Command lines: parameters and results.

use std::time::Duration;

use model::{Runner, Status};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{command, job, limits, object, run, run_with};

#[tokio::test]
async fn command_ends_with_its_output_and_code() {
    let outcome = run(&command("echo hi; echo oops >&2")).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(
        outcome.result,
        json!({"failed": false, "succeeded": true, "return_code": 0, "stdout": "hi", "stderr": "oops"})
    );
    let outcome = run(&command("echo bad; exit 7")).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(
        outcome.result,
        json!({"failed": true, "succeeded": false, "return_code": 7, "stdout": "bad", "stderr": ""})
    );
}

#[tokio::test]
async fn output_that_is_json_becomes_a_value() {
    let cases = [
        (r#"echo '{"a": [1, null]}'"#, json!({"a": [1, null]})),
        ("echo 1", json!(1)),
        ("echo true", json!(true)),
        ("echo null", Value::Null),
        ("echo '\"x\"'", json!("x")),
        ("echo NaN", json!("NaN")),
        ("echo 1 2", json!("1 2")),
        ("true", json!("")),
        (r"printf 'a\r\n'", json!("a")),
        (r"printf 'a\n\n'", json!("a\n")),
        (r"printf 'a\r\r\n'", json!("a\r")),
        (r"printf 'a\n\r'", json!("a\n")),
    ];
    for (cmd, expected) in cases {
        assert_eq!(run(&command(cmd)).await.result["stdout"], expected, "{cmd}");
        let stderr = run(&command(&format!("({cmd}) >&2"))).await.result["stderr"].clone();
        assert_eq!(stderr, expected, "{cmd}");
    }
}

#[tokio::test]
async fn variables_come_from_the_process_then_the_action_then_the_job() {
    let mut job = command(r#"echo "$PATH|$A|$B|$N""#);
    job.runner_parameters["cmd"] = json!(r#"echo "${PATH:+set}|$A|$B|$N""#);
    job.runner_parameters
        .extend(object(json!({"env": {"A": "it's $HOME", "B": "action", "N": 5}})));
    job.environment.insert("B".to_owned(), "job".to_owned());
    assert_eq!(run(&job).await.result["stdout"], "set|it's $HOME|job|5");
    job.runner_parameters["env"] = json!({"A": ["x"]});
    let outcome = run(&job).await;
    assert_eq!(outcome.result["error"], "parameter `env` must be an object of strings");
}

#[tokio::test]
async fn directory_is_the_one_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap();
    let mut job = command("pwd");
    job.runner_parameters.insert("cwd".to_owned(), json!(path));
    assert_eq!(run(&job).await.result["stdout"], json!(path));
    job.runner_parameters.insert("cwd".to_owned(), json!("/nowhere"));
    let outcome = run(&job).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(
        outcome.result,
        json!({
            "error": "working directory `/nowhere` cannot be used: No such file or directory (os error 2)",
            "traceback": "working directory `/nowhere` cannot be used\n\
                          caused by: No such file or directory (os error 2)\n",
        })
    );
}

#[tokio::test]
async fn wrong_jobs_fail_with_a_reason() {
    let mut script = command("true");
    script.entry_point = "run.sh".to_owned();
    let cases = [
        (
            job(Runner::LocalShellCmd, json!({})),
            "action `core.test` has no parameter `cmd`, so there is nothing to run",
        ),
        (job(Runner::LocalShellCmd, json!({"cmd": 5})), "parameter `cmd` must be a string"),
        (
            job(Runner::LocalShellCmd, json!({"cmd": "true", "timeout": "x"})),
            "parameter `timeout` must be a number of seconds",
        ),
        (
            script,
            "action `core.test` has the entry point `run.sh`, which only a script action may have",
        ),
        (
            job(Runner::LocalShellScript, json!({})),
            "action `core.test` has no entry point, so there is no script to run",
        ),
        (
            job(Runner::Native, json!({})),
            "action `core.test` is native: the engine must carry it out and not hand it to a runner",
        ),
        (
            job(Runner::LocalShellCmd, json!({"cmd": "a\0b"})),
            "failed to start `/bin/bash`: nul byte found in provided data",
        ),
    ];
    for (job, expected) in cases {
        let outcome = run(&job).await;
        assert_eq!(outcome.status, Status::Failed, "{expected}");
        assert_eq!(outcome.result["error"], expected);
        assert!(outcome.result["traceback"].is_string());
    }
}

#[tokio::test]
async fn standard_input_is_empty() {
    assert_eq!(run(&command("cat; echo end")).await.result["stdout"], "end");
}

#[tokio::test]
async fn signal_from_outside_is_a_failure() {
    for (name, signal) in [("KILL", 9), ("TERM", 15)] {
        let outcome = run(&command(&format!("kill -{name} $$"))).await;
        assert_eq!(outcome.status, Status::Failed);
        assert_eq!(outcome.result["return_code"], -signal);
        let error = format!("Action was killed by signal {signal} from outside");
        assert_eq!(outcome.result["error"], error);
    }
}

#[tokio::test]
async fn canceled_before_the_start_nothing_runs() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ran");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let job = command(&format!("touch {}", file.display()));
    let (outcome, _) = run_with(&job, &limits(), &cancel).await;
    assert_eq!(outcome.status, Status::Canceled);
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_run_at_once() {
    let runs = (0..200).map(|number| {
        tokio::spawn(async move { run(&command(&format!("sleep 0.5; echo n{number}"))).await })
    });
    let runs: Vec<_> = runs.collect();
    let all = async {
        for (number, task) in runs.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().result["stdout"], format!("n{number}"));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.unwrap();
}
