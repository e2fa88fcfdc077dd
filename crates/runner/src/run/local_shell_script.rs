//! `local-shell-script`: runs a script of the pack directly, each argument as it is.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path},
};

use model::{Outcome, Status};

use crate::{
    Context, arguments, failure, parameter,
    shell::{self, Error, Shared},
    worktree,
};

/// Runs the script that the entry point names.
pub(super) async fn run(context: &Context<'_>) -> Outcome {
    match run_script(context).await {
        Ok(outcome) => outcome,
        Err(error @ Error::Worktree(worktree::Error::Canceled)) => {
            Outcome { status: Status::Canceled, ..failure::outcome(&error) }
        }
        Err(error) => failure::outcome(&error),
    }
}

async fn run_script(context: &Context<'_>) -> Result<Outcome, Error> {
    let job = context.job;
    if job.entry_point.is_empty() {
        return Err(Error::NoEntryPoint(job.action.clone()));
    }
    let parameters = &job.runner_parameters;
    let revision = parameter::text(parameters, "content_version")?;
    let Some(revision) = revision.filter(|revision| !revision.is_empty()) else {
        return run_file(&job.pack_dir, context).await;
    };
    let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(&job.entry_point).components().all(is_inside) {
        return Err(Error::Outside(job.entry_point.clone()));
    }
    let keeps = parameter::flag(parameters, "debug")? == Some(true);
    let worktree = worktree::create(revision, keeps, context).await?;
    let outcome = run_file(worktree.pack(), context).await;
    worktree.finish(context).await;
    outcome
}

async fn run_file(pack: &Path, context: &Context<'_>) -> Result<Outcome, Error> {
    let job = context.job;
    let shared = Shared::read(context)?;
    let path = pack.join("actions").join(&job.entry_point);
    make_executable(&path)?;
    let prefix = parameter::text(&job.runner_parameters, "kwarg_op")?.unwrap_or("--");
    let mut line = vec![OsString::from(path)];
    line.extend(arguments::of(job, prefix).into_iter().map(OsString::from));
    shell::run_line(line, shared, context).await
}

fn make_executable(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Script { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    let mut permissions = metadata.permissions();
    if permissions.mode() & 0o111 == 0 {
        permissions.set_mode(permissions.mode() | 0o111);
        // Where this is not allowed, the start fails and says so.
        drop(fs::set_permissions(path, permissions));
    }
    Ok(())
}
