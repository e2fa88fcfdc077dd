//! Native actions: who carries them out, and the shape of what they return.

use model::{Job, Outcome, Runner, Status};
use runner::{
    Context, Limits, Native,
    native::{Hook, Returned},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::job;

fn native(entry_point: &str) -> Job {
    Job { entry_point: entry_point.to_owned(), ..job(Runner::Native, json!({})) }
}

async fn run(job: &Job, carry_out: impl Fn(Native) -> Returned + Send + Sync) -> Outcome {
    let (output, _chunks) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    let limits = Limits::default();
    let native: Option<&Hook<'_>> = Some(&carry_out);
    let context =
        Context { job, output: &output, cancel: &cancel, limits: &limits, smtp: None, native };
    runner::run(&context).await
}

fn returns(value: Result<Value, &'static str>) -> Returned {
    Box::pin(async move { Ok(value?) })
}

#[tokio::test]
async fn each_action_is_known_by_its_name() {
    for action in Native::ALL {
        let job = native(action.as_str());
        let outcome = run(&job, |asked| returns(Ok(json!(asked.as_str())))).await;
        let expected =
            json!({"result": action.as_str(), "stdout": "", "stderr": "", "exit_code": 0});
        assert_eq!(outcome, Outcome::new(Status::Succeeded, expected));
    }
}

#[tokio::test]
async fn failures_have_the_shape_of_a_python_action() {
    let error = |text: &str| {
        json!({
            "error": text, "traceback": text, "result": "None", "exit_code": 1, "stdout": "", "stderr": text,
        })
    };
    let outcome = run(&native("chatops.match"), |_| returns(Err("no such alias"))).await;
    assert_eq!(outcome, Outcome::new(Status::Failed, error("no such alias")));
    let outcome = run(&native("chatops.dance"), |_| returns(Ok(Value::Null))).await;
    let expected =
        error("Squall has no native action `chatops.dance`: the entry point must name one");
    assert_eq!(outcome, Outcome::new(Status::Failed, expected));
}

#[test]
fn interrupted_runs_are_started_again_where_the_action_says_so() {
    let of = |name| runner::is_harmless(Runner::Native, name);
    assert_eq!(Native::ALL.map(|action| of(action.as_str())), [true, false, true]);
    assert!(of("chatops.dance"));
    assert!(runner::is_harmless(Runner::Noop, ""));
    assert!(!runner::is_harmless(Runner::LocalShellCmd, "chatops.match"));
}
