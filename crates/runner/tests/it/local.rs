//! Command lines and scripts.

use model::{Status, job::Output};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{command, limits, run, run_with, said};

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
async fn each_line_is_streamed() {
    let job = command("printf 'a\\nb\\nc'; echo d >&2");
    let (_, chunks) = run_with(&job, &limits(), &CancellationToken::new()).await;
    assert_eq!(said(&chunks, Output::Stdout), ["a\n", "b\n", "c"]);
    assert_eq!(said(&chunks, Output::Stderr), ["d\n"]);
}
