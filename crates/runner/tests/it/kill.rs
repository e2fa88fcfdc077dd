//! Timeouts and cancellation end everything that a run has started.

use std::{fs, time::Duration};

use model::{Job, Status};
use serde_json::json;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::support::{command, limits, run, run_with, start};

/// A mark that no other run of these tests has; it continues the fraction of a number.
fn mark(number: &str) -> String {
    format!("{number}{}", std::process::id())
}

/// A command whose processes can be told from all others by `mark` in their command lines.
fn marked(cmd: &str, mark: &str, timeout: f64) -> Job {
    let mut job = command(&cmd.replace("MARK", mark));
    job.runner_parameters.insert("timeout".to_owned(), json!(timeout));
    job
}

/// The processes, zombies included, that have `mark` in their command lines.
fn alive(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(mark)).collect()
}

fn zombies_of_ours() -> Vec<String> {
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let stats =
        processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    let zombies = stats.filter(|stat| {
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let mut fields = rest.split_whitespace();
        fields.next() == Some("Z") && fields.next() == Some(own.as_str())
    });
    zombies.collect()
}

async fn nothing_left(mark: &str) {
    let deadline = Instant::now() + Duration::from_secs(2);
    while !alive(mark).is_empty() {
        assert!(Instant::now() < deadline, "{:?}", alive(mark));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn timeout_keeps_the_output_and_tells_how_long_it_waited() {
    let outcome = run(&marked("echo before; sleep 300.1", "", 1.0)).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(outcome.result["stdout"], "before");
    assert_eq!(outcome.result["return_code"], -9);
    assert_eq!(outcome.result["failed"], true);
    assert_eq!(outcome.result["error"], "Action failed to complete in 1.0 seconds");
    let mut job = marked("sleep 300.2", "", 0.0);
    job.runner_parameters["timeout"] = json!(0);
    let outcome = run(&job).await;
    assert_eq!(outcome.result["error"], "Action failed to complete in 0 seconds");
}

#[tokio::test]
async fn timeout_ends_grandchildren_in_every_group() {
    let cmd = "(sleep MARK; true) & setsid sleep MARK & timeout 400 sleep MARK & \
               bash -c 'sleep MARK; true' & wait";
    let started = Instant::now();
    let outcome = run(&marked(cmd, &mark("301.11"), 0.7)).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    nothing_left(&mark("301.11")).await;
}

#[tokio::test]
async fn process_that_ignores_term_is_killed_after_the_grace() {
    let cmd = "trap '' TERM; echo ready; while true; do sleep MARK; done";
    let started = Instant::now();
    let outcome = run(&marked(cmd, &mark("0.0302"), 0.5)).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(outcome.result["stdout"], "ready");
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert!(started.elapsed() < Duration::from_secs(10));
    nothing_left(&mark("0.0302")).await;
}

#[tokio::test]
async fn grandchild_that_ignores_term_is_killed_too() {
    let cmd = "(trap '' TERM; while true; do sleep MARK; done) & sleep 303.3";
    let outcome = run(&marked(cmd, &mark("0.0303"), 0.5)).await;
    assert_eq!(outcome.status, Status::Timeout);
    nothing_left(&mark("0.0303")).await;
}

#[tokio::test]
async fn process_may_clean_up_and_its_last_words_are_kept() {
    let cmd = "trap 'echo cleaned; exit 0' TERM; echo ready; sleep 304.4 & wait";
    let outcome = run(&marked(cmd, "", 0.5)).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(outcome.result["stdout"], "ready\ncleaned");
}

#[tokio::test]
async fn cancel_ends_all_and_keeps_the_output() {
    let cancel = CancellationToken::new();
    let job = marked("echo begun; (sleep MARK; true) & sleep MARK", &mark("305.5"), 60.0);
    let limits = limits();
    let canceling = async {
        while alive(&mark("305.5")).len() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cancel.cancel();
    };
    let ((outcome, _), ()) = tokio::join!(run_with(&job, &limits, &cancel), canceling);
    assert_eq!(outcome.status, Status::Canceled);
    assert_eq!(outcome.result["stdout"], "begun");
    nothing_left(&mark("305.5")).await;
}

#[tokio::test]
async fn run_that_is_dropped_leaves_nothing() {
    let (sender, _receiver) = mpsc::channel(16);
    let job = marked("(sleep MARK; true) & sleep MARK", &mark("306.6"), 60.0);
    let limits = limits();
    let cancel = CancellationToken::new();
    let begun = async {
        while alive(&mark("306.6")).len() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = start(&job, &sender, &cancel, &limits) => panic!("it ends by itself"),
        () = begun => {}
    }
    nothing_left(&mark("306.6")).await;
}

#[tokio::test]
async fn background_process_that_holds_the_pipe_does_not_hold_the_run() {
    let started = Instant::now();
    let outcome = run(&marked("sleep MARK & echo done", &mark("7.077"), 60.0)).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.result["stdout"], "done");
    assert!(started.elapsed() < Duration::from_secs(6));
    assert!(
        !alive(&mark("7.077")).is_empty(),
        "what is left in the background on purpose lives on"
    );
    for chatter in ["yes", "while sleep 0.05; do echo more; done"] {
        let started = Instant::now();
        let outcome = run(&command(&format!("({chatter}) & echo done"))).await;
        assert_eq!(outcome.status, Status::Succeeded);
        assert!(started.elapsed() < Duration::from_secs(10), "{chatter}");
    }
}

#[tokio::test]
async fn what_is_written_shortly_after_the_end_is_kept() {
    let outcome = run(&command("(sleep 0.1; echo late) & echo done")).await;
    assert_eq!(outcome.result["stdout"], "done\nlate");
}

#[tokio::test]
async fn no_zombie_is_left() {
    for job in [command("true"), command("exit 3"), marked("sleep 308.8", "", 0.2)] {
        run(&job).await;
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    // Other tests of this process may be about to collect theirs.
    let mut before = zombies_of_ours();
    while !before.is_empty() {
        assert!(Instant::now() < deadline, "{before:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = zombies_of_ours();
        before.retain(|zombie| now.contains(zombie));
    }
}
