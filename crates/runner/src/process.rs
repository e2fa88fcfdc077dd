//! Runs one process from its start to its end.
//!
//! ```text
//! started ─► exited ─► the rest of the pipes is read
//!    └─ timed out or canceled ─► TERM to the group ─► grace ─► KILL ─► the rest of the pipes is read
//! ```
//!
//! The process leads a group of its own. With `process_group`, `current_dir` and `env` the standard
//! library uses `posix_spawn`; with a `pre_exec` or a user id it would fork.

use std::{
    convert::Infallible, ffi::OsString, io, path::Path, pin::Pin, process::ExitStatus,
    process::Stdio, time::Duration,
};

use model::job::Output;
use rustix::{io::Errno, process::Signal};
use tokio::{
    process::Child,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Context,
    capture::{Capture, Sink},
    group::Group,
    program,
    sudo::Rights,
};

/// How long a killed process may take to end, and its pipes to close.
const KILL_WAIT: Duration = Duration::from_secs(2);

/// How often a group is polled that was sent TERM.
const POLL: Duration = Duration::from_millis(20);

/// A process to start.
pub(crate) struct Plan<'a> {
    /// The program and its arguments.
    pub(crate) line: Vec<OsString>,
    /// The working directory.
    pub(crate) directory: Option<&'a Path>,
    /// Environment variables besides those of this process.
    pub(crate) variables: Vec<(&'a str, String)>,
    /// The rights that the process runs with.
    pub(crate) rights: Rights<'a>,
    /// The timeout.
    pub(crate) timeout: Duration,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It exited, or was killed from outside.
    Exited(ExitStatus),
    /// It timed out.
    TimedOut,
    /// It was canceled.
    Canceled,
}

/// The end and the output of a process.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a process to its end.
pub(crate) async fn run(
    plan: &Plan<'_>,
    input: Stdio,
    context: &Context<'_>,
) -> io::Result<Finished> {
    let deadline = Instant::now() + plan.timeout;
    let mut child = start(plan, input)?;
    let mut group = Group::of(child.id());
    let bytes_max = context.limits.output_bytes_max;
    let mut stdout = Capture::new(Output::Stdout, bytes_max);
    let mut stderr = Capture::new(Output::Stderr, bytes_max);
    let ended = CancellationToken::new();
    let sink = Sink { output: context.output, ended: &ended, drain: context.limits.drain };
    let pipes = (child.stdout.take(), child.stderr.take());
    let end = {
        let pumps = async {
            let out = async {
                if let Some(pipe) = pipes.0 {
                    stdout.pump(pipe, sink).await;
                }
            };
            let err = async {
                if let Some(pipe) = pipes.1 {
                    stderr.pump(pipe, sink).await;
                }
            };
            tokio::join!(out, err);
        };
        let mut pumps = Pumps { future: std::pin::pin!(pumps), done: false };
        let end = watch(&mut child, &mut pumps, deadline, context).await?;
        if let End::Exited(_) = end {
            group.disarm();
            ended.cancel();
            tokio::select! {
                () = pumps.finish() => {}
                () = time::sleep_until(deadline) => {}
                () = context.cancel.cancelled() => {}
            }
        } else {
            group = stop(&mut child, group, &mut pumps, (&plan.rights, context)).await;
            ended.cancel();
            let _ = time::timeout(KILL_WAIT, pumps.finish()).await;
            group.disarm();
        }
        end
    };
    Ok(Finished { end, stdout: stdout.into_text(), stderr: stderr.into_text() })
}

/// The reading of both pipes, which continues through all stages.
struct Pumps<'a, F> {
    future: Pin<&'a mut F>,
    done: bool,
}

impl<F: Future<Output = ()>> Pumps<'_, F> {
    async fn finish(&mut self) {
        if !self.done {
            self.future.as_mut().await;
            self.done = true;
        }
    }

    /// Reads the pipes and never returns.
    async fn forever(&mut self) -> Infallible {
        self.finish().await;
        std::future::pending().await
    }
}

fn start(plan: &Plan<'_>, input: Stdio) -> io::Result<Child> {
    let (program, arguments) = plan.line.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = program::command(program);
    command.args(arguments);
    command.envs(plan.variables.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = plan.directory {
        command.current_dir(directory);
    }
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    command.spawn()
}

async fn watch<F: Future<Output = ()>>(
    child: &mut Child,
    pumps: &mut Pumps<'_, F>,
    deadline: Instant,
    context: &Context<'_>,
) -> io::Result<End> {
    tokio::select! {
        status = child.wait() => Ok(End::Exited(status?)),
        never = pumps.forever() => match never {},
        () = time::sleep_until(deadline) => Ok(End::TimedOut),
        () = context.cancel.cancelled() => Ok(End::Canceled),
    }
}

/// Ends the process and its descendants: TERM, grace, KILL.
async fn stop<F: Future<Output = ()>>(
    child: &mut Child,
    group: Group,
    pumps: &mut Pumps<'_, F>,
    (rights, context): (&Rights<'_>, &Context<'_>),
) -> Group {
    let group = signal(group, Signal::TERM, rights).await;
    let gone = async {
        drop(child.wait().await);
        while group.is_alive() {
            crate::pause::pause(POLL).await;
        }
    };
    let dead = tokio::select! {
        () = gone => true,
        never = pumps.forever() => match never {},
        () = crate::pause::pause(context.limits.kill_grace) => false,
    };
    if dead {
        return group;
    }
    let group = signal(group, Signal::KILL, rights).await;
    if time::timeout(KILL_WAIT, child.wait()).await.is_err() {
        tracing::warn!(process.group = group.id(), "A killed process does not end");
    }
    group
}

async fn signal(mut group: Group, signal: Signal, rights: &Rights<'_>) -> Group {
    let id = group.id();
    // Reading the process table is slow on a busy machine.
    let found = tokio::task::spawn_blocking(move || {
        group.find_strays();
        group
    });
    let group = match found.await {
        Ok(group) => group,
        Err(_) => Group::of(Some(id)),
    };
    let name = if signal == Signal::TERM { "TERM" } else { "KILL" };
    let mut sent = group.signal(signal).map_err(io::Error::from);
    if sent.as_ref().is_err_and(|error| error.raw_os_error() == Some(Errno::PERM.raw_os_error())) {
        sent = match time::timeout(KILL_WAIT, rights.signal(id, name)).await {
            Ok(sent) => sent,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
    }
    if let Err(error) = sent {
        tracing::warn!(process.group = id, %error, "Process group {id} cannot be sent {name}");
    }
    group
}
