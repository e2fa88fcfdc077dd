//! Jobs for the tests, and their outcomes and output.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use model::{
    Id, Job, Object, Outcome, Ref, Runner,
    job::{Chunk, Output},
};
use runner::{Context, Limits};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{self, Sender};
use tokio_util::sync::CancellationToken;

/// Limits with a short grace and drain.
pub(crate) fn limits() -> Limits {
    Limits {
        kill_grace: Duration::from_millis(500),
        drain: Duration::from_millis(300),
        ..Limits::default()
    }
}

pub(crate) fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

pub(crate) fn job(runner: Runner, parameters: Value) -> Job {
    Job {
        execution_id: Id::from_bytes([7; 12]),
        action: Ref::new("core", "test"),
        runner,
        pack_dir: PathBuf::from("/nonexistent"),
        entry_point: String::new(),
        runner_parameters: object(parameters),
        action_parameters: Object::new(),
        positional: Vec::new(),
        environment: BTreeMap::new(),
        run_as: None,
    }
}

pub(crate) fn command(cmd: &str) -> Job {
    job(Runner::LocalShellCmd, json!({"cmd": cmd}))
}

/// A pack with one script.
pub(crate) fn script(text: &str, mode: u32) -> (TempDir, Job) {
    let pack = TempDir::new().unwrap();
    let job = script_in(pack.path(), text, mode);
    (pack, job)
}

pub(crate) fn script_in(pack: &Path, text: &str, mode: u32) -> Job {
    fs::create_dir_all(pack.join("actions")).unwrap();
    let path = pack.join("actions/run.sh");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let mut job = job(Runner::LocalShellScript, json!({}));
    pack.clone_into(&mut job.pack_dir);
    job.entry_point = "run.sh".to_owned();
    job
}

/// Runs `job` without a mail server and without native actions.
pub(crate) async fn start(
    job: &Job,
    output: &Sender<Chunk>,
    cancel: &CancellationToken,
    limits: &Limits,
) -> Outcome {
    runner::run(&Context { job, output, cancel, limits, smtp: None, native: None }).await
}

/// Runs `job` and returns its outcome and its output.
pub(crate) async fn run_with(
    job: &Job,
    limits: &Limits,
    cancel: &CancellationToken,
) -> (Outcome, Vec<Chunk>) {
    let (sender, mut receiver) = mpsc::channel(16);
    let chunks = tokio::spawn(async move {
        let mut chunks = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            chunks.push(chunk);
        }
        chunks
    });
    let outcome = start(job, &sender, cancel, limits).await;
    drop(sender);
    (outcome, chunks.await.unwrap())
}

pub(crate) async fn run(job: &Job) -> Outcome {
    run_with(job, &limits(), &CancellationToken::new()).await.0
}

pub(crate) fn texts(chunks: &[Chunk], output: Output) -> Vec<&str> {
    chunks.iter().filter(|chunk| chunk.output == output).map(|chunk| chunk.data.as_str()).collect()
}
