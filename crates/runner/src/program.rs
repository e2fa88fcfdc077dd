//! Programs of the machine, and the command that starts one.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use tokio::process::Command;

/// Returns the command that starts `program`.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub(crate) fn command(program: &OsStr) -> Command {
    Command::new(program)
}

/// Returns the shell: bash as in StackStorm, or `sh` when there is no bash.
pub(crate) fn shell() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    const PLACES: [&str; 3] = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"];
    PROGRAM.get_or_init(|| {
        let bash = PLACES.iter().map(PathBuf::from).find(|path| path.exists());
        bash.unwrap_or_else(|| PathBuf::from("/bin/sh"))
    })
}
