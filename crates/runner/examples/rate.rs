//! How many commands run per second, one and several at once: `cargo run --release --example rate`.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Instant};

use model::{Id, Job, Object, Ref, Runner, Status};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const RUNS: usize = 4000;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the numbers are the result")]
async fn main() {
    let runner_parameters = Object::from_iter([("cmd".to_owned(), json!("echo hi"))]);
    let environment = BTreeMap::from([("ST2_ACTION_PACK_NAME".to_owned(), "core".to_owned())]);
    let job = Arc::new(Job {
        execution_id: Id::from_bytes([1; 12]),
        action: Ref::new("core", "local"),
        runner: Runner::LocalShellCmd,
        pack_dir: PathBuf::new(),
        entry_point: String::new(),
        runner_parameters,
        action_parameters: Object::new(),
        positional: Vec::new(),
        environment,
        run_as: None,
    });
    for at_once in [1, 4, 10] {
        let started = Instant::now();
        let tasks = (0..at_once).map(|_| tokio::spawn(several(Arc::clone(&job), RUNS / at_once)));
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("a run does not panic");
        }
        let seconds = started.elapsed().as_secs_f64();
        println!("{at_once:>2} at once: {:.0} runs/s", RUNS as f64 / seconds);
    }
}

async fn several(job: Arc<Job>, runs: usize) {
    let (sender, mut receiver) = mpsc::channel(64);
    tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let (cancel, limits) = (CancellationToken::new(), runner::Limits::default());
    let context = runner::Context {
        job: &job,
        output: &sender,
        cancel: &cancel,
        limits: &limits,
        smtp: None,
        native: None,
    };
    for _ in 0..runs {
        let outcome = runner::run(&context).await;
        assert_eq!(outcome.status, Status::Succeeded);
        assert_eq!(outcome.result["stdout"], "hi");
    }
}
