//! A pack at another revision: a git worktree in a temporary directory.
//!
//! It is removed at the end of the run, however that ends, unless the job asks to keep it.

use std::{
    env,
    ffi::OsStr,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{self as std_process, Output, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use model::job::{Chunk, Output as Stream};
use tokio::time;

use crate::{Context, program};

/// How long git may take.
const GIT_TIMEOUT: Duration = Duration::from_mins(1);

/// Why there is no worktree.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{0}` is no revision: a revision does not begin with `-`")]
    Name(String),
    #[error(
        "failed to take revision `{revision}` of pack `{pack}`: `{directory}` is not a git \
         checkout, which parameter `content_version` needs ({reason})"
    )]
    NoCheckout { revision: String, pack: String, directory: PathBuf, reason: String },
    #[error(
        "failed to take revision `{revision}` of pack `{pack}`: {reason}; make sure that its \
         checkout is up to date and has that revision"
    )]
    Revision { revision: String, pack: String, reason: String },
    #[error("failed to make the directory `{path}`")]
    Directory { path: PathBuf, source: io::Error },
    #[error("failed to run git")]
    Git(#[source] io::Error),
    #[error("git did not end within {} seconds", GIT_TIMEOUT.as_secs())]
    TimedOut,
    #[error("canceled before it began")]
    Canceled,
}

/// A worktree.
#[derive(Debug)]
pub(crate) struct Worktree {
    checkout: PathBuf,
    path: PathBuf,
    pack: PathBuf,
    keeps: bool,
}

/// Checks out `revision` of the job's pack; `keeps` keeps it after the run.
pub(crate) async fn create(
    revision: &str,
    keeps: bool,
    context: &Context<'_>,
) -> Result<Worktree, Error> {
    let pack = || context.job.action.pack.clone();
    if revision.starts_with('-') {
        return Err(Error::Name(revision.to_owned()));
    }
    let checkout = context.job.pack_dir.clone();
    // The pack may be a subdirectory of the checkout.
    let inside = git(&checkout, &["rev-parse".as_ref(), "--show-prefix".as_ref()], context).await?;
    if !inside.status.success() {
        let reason = complaint(&inside);
        let revision = revision.to_owned();
        return Err(Error::NoCheckout { revision, pack: pack(), directory: checkout, reason });
    }
    let inside = String::from_utf8_lossy(&inside.stdout).trim_end_matches('\n').to_owned();
    let path = directory(context)?;
    let worktree = Worktree { checkout, pack: path.join(inside), path, keeps };
    let arguments: [&OsStr; 6] = [
        "worktree".as_ref(),
        "add".as_ref(),
        "--detach".as_ref(),
        "--force".as_ref(),
        worktree.path.as_ref(),
        revision.as_ref(),
    ];
    let added = git(&worktree.checkout, &arguments, context).await;
    match added {
        Ok(added) if added.status.success() => Ok(worktree),
        Ok(added) => {
            let reason = complaint(&added);
            worktree.discard();
            Err(Error::Revision { revision: revision.to_owned(), pack: pack(), reason })
        }
        Err(error) => {
            worktree.discard();
            Err(error)
        }
    }
}

impl Worktree {
    /// Returns the directory of the pack in the worktree.
    pub(crate) fn pack(&self) -> &Path {
        &self.pack
    }

    /// Removes the worktree, or outputs its path when it is kept.
    pub(crate) async fn finish(self, context: &Context<'_>) {
        if self.keeps {
            let data = format!("Worktree kept in {}\n", self.path.display());
            let chunk = Chunk { output: Stream::Output, data };
            drop(time::timeout(Duration::from_secs(1), context.output.send(chunk)).await);
            return;
        }
        let arguments: [&OsStr; 4] =
            ["worktree".as_ref(), "remove".as_ref(), "--force".as_ref(), self.path.as_ref()];
        let removal = command(&self.checkout, &arguments).output();
        // The drop removes what git leaves.
        drop(time::timeout(GIT_TIMEOUT, removal).await);
    }

    fn discard(mut self) {
        self.keeps = false;
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        if !self.keeps {
            drop(fs::remove_dir_all(&self.path));
        }
    }
}

fn directory(context: &Context<'_>) -> Result<PathBuf, Error> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (id, process) = (context.job.execution_id, std_process::id());
    let path = env::temp_dir().join(format!("squall-worktree-{id}-{process}-{number}"));
    let made = DirBuilder::new().mode(0o755).create(&path);
    made.map_err(|source| Error::Directory { path: path.clone(), source })?;
    Ok(path)
}

async fn git(
    directory: &Path,
    arguments: &[&OsStr],
    context: &Context<'_>,
) -> Result<Output, Error> {
    tokio::select! {
        output = command(directory, arguments).output() => output.map_err(Error::Git),
        () = crate::pause::pause(GIT_TIMEOUT) => Err(Error::TimedOut),
        () = context.cancel.cancelled() => Err(Error::Canceled),
    }
}

fn command(directory: &Path, arguments: &[&OsStr]) -> tokio::process::Command {
    let mut command = program::command("git".as_ref());
    command.arg("-C").arg(directory).args(["-c", "core.hooksPath=/dev/null"]).args(arguments);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    last.unwrap_or("git printed no error").trim_start_matches("fatal: ").to_owned()
}
