//! The common part of the two shell runners: parameters, the start of a process, its result.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use model::{Outcome, Status};
use serde_json::{Map, Value};

use crate::{
    Context,
    parameter::{self, Seconds},
    process::{self, End, Finished, Plan},
    sudo::{self, Rights},
    worktree,
};

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Parameter(#[from] parameter::Error),
    #[error(transparent)]
    Worktree(#[from] worktree::Error),
    #[error(transparent)]
    Sudo(#[from] sudo::Error),
    #[error("action `{0}` has no parameter `cmd`, so there is nothing to run")]
    NoCommand(model::Ref),
    #[error("action `{0}` has the entry point `{1}`, which only a script action may have")]
    EntryPoint(model::Ref, String),
    #[error("action `{0}` has no entry point, so there is no script to run")]
    NoEntryPoint(model::Ref),
    #[error("entry point `{0}` lies outside the pack")]
    Outside(String),
    #[error("failed to find script `{path}`")]
    Script { path: PathBuf, source: io::Error },
    #[error("working directory `{path}` cannot be used")]
    Directory { path: PathBuf, source: io::Error },
    #[error("failed to start `{program}`")]
    Start { program: String, source: io::Error },
}

/// The parameters that both runners have.
pub(crate) struct Shared<'a> {
    directory: Option<&'a Path>,
    variables: Vec<(&'a str, String)>,
    rights: Rights<'a>,
    timeout: Seconds,
}

impl<'a> Shared<'a> {
    /// Reads the parameters of the job.
    pub(crate) fn read(context: &Context<'a>) -> Result<Self, Error> {
        let job = context.job;
        let parameters = &job.runner_parameters;
        let password =
            parameter::text(parameters, "sudo_password")?.filter(|text| !text.is_empty());
        let rights = if parameter::flag(parameters, "sudo")? == Some(true) {
            Rights::Root(password)
        } else {
            job.run_as.as_deref().map_or(Rights::Own, |user| Rights::User(user, password))
        };
        let directory = parameter::text(parameters, "cwd")?.filter(|text| !text.is_empty());
        let mut variables = Vec::new();
        for (name, value) in parameter::object(parameters, "env")?.into_iter().flatten() {
            variables.push((name.as_str(), variable(value)?));
        }
        let common = job.environment.iter();
        variables.extend(common.map(|(name, value)| (name.as_str(), value.clone())));
        let timeout = parameter::seconds(parameters, "timeout", context.limits.timeout)?;
        Ok(Self { directory: directory.map(Path::new), variables, rights, timeout })
    }
}

/// Runs a command line: a program and its arguments.
pub(crate) async fn run_line(
    line: Vec<OsString>,
    shared: Shared<'_>,
    context: &Context<'_>,
) -> Result<Outcome, Error> {
    let Shared { directory, variables, rights, timeout } = shared;
    let line = rights.wrap(line)?;
    let mut plan = Plan { line, directory, variables, rights, timeout: timeout.duration };
    let mut finished = process::run(&plan, rights.input()?, context).await;
    if finished.as_ref().is_err_and(|error| error.raw_os_error() == Some(ENOEXEC)) {
        // The file has no `#!` line: the shell runs it, as shells themselves do.
        plan.line.insert(0, "/bin/sh".into());
        finished = process::run(&plan, Stdio::null(), context).await;
    }
    let finished = finished.map_err(|source| not_started(&plan, source))?;
    Ok(outcome(finished, &rights, &timeout))
}

const ENOEXEC: i32 = rustix::io::Errno::NOEXEC.raw_os_error();

fn not_started(plan: &Plan<'_>, source: io::Error) -> Error {
    if let Some(path) = plan.directory {
        let problem = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => None,
            Ok(_) => Some(io::ErrorKind::NotADirectory.into()),
            Err(error) => Some(error),
        };
        if let Some(source) = problem {
            return Error::Directory { path: path.to_owned(), source };
        }
    }
    let program = plan.line.first().map(|program| program.to_string_lossy().into_owned());
    Error::Start { program: program.unwrap_or_default(), source }
}

fn variable(value: &Value) -> Result<String, parameter::Error> {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(python::str_of_json(value)),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(parameter::Error::new("env", "an object of strings"))
        }
    }
}

fn outcome(finished: Finished, rights: &Rights<'_>, timeout: &Seconds) -> Outcome {
    let Finished { end, stdout, stderr } = finished;
    let refused = rights.password().and_then(|_| sudo::refused(&stderr));
    let (status, code, error) = match (end, refused) {
        (End::TimedOut, _) => (
            Status::Timeout,
            -9,
            Some(format!("Action failed to complete in {} seconds", timeout.text)),
        ),
        (End::Canceled, _) => (Status::Canceled, -15, Some("Action was canceled".to_owned())),
        (End::Exited(_), Some(user)) => (
            Status::Failed,
            -1,
            Some(format!(
                "Invalid sudo password provided or sudo is not configured for this user ({user})"
            )),
        ),
        (End::Exited(exit), None) => match (exit.code(), exit.signal()) {
            (Some(0), _) => (Status::Succeeded, 0, None),
            (Some(code), _) => (Status::Failed, code, None),
            (None, signal) => {
                let signal = signal.unwrap_or_default();
                let error = format!("Action was killed by signal {signal} from outside");
                (Status::Failed, -signal, Some(error))
            }
        },
    };
    let succeeded = status == Status::Succeeded;
    let mut result = Map::new();
    result.insert("failed".to_owned(), Value::Bool(!succeeded));
    result.insert("succeeded".to_owned(), Value::Bool(succeeded));
    result.insert("return_code".to_owned(), Value::from(code));
    result.insert("stdout".to_owned(), value(stdout));
    result.insert("stderr".to_owned(), value(stderr));
    if let Some(error) = error {
        result.insert("error".to_owned(), Value::String(error));
    }
    Outcome::new(status, Value::Object(result))
}

/// Returns the value of an output stream: parsed where it is JSON, else the text without its last
/// line end.
fn value(mut text: String) -> Value {
    for end in ['\n', '\r'] {
        if text.ends_with(end) {
            text.pop();
        }
    }
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
