//! Exit codes.

use std::process::ExitCode;

/// The result of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// The command succeeded.
    Ok = 0,
    /// The execution failed, the request was refused, or another error occurred.
    Failed = 1,
    /// The arguments or the configuration cannot be used.
    Usage = 2,
    /// The resource does not exist.
    NotFound = 3,
    /// No Squall is reachable.
    Unreachable = 4,
    /// The key or the password is not valid.
    Unauthorized = 5,
    /// Another Squall uses the data directory.
    InUse = 6,
}

/// The table that `--help` shows.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  the execution failed, or the request was refused
  2  the arguments or the configuration cannot be used
  3  there is no such thing
  4  no Squall answers
  5  the key or the password opens nothing
  6  another Squall has the data directory";

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// An error in the arguments, not in carrying them out.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// A resource that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Missing(pub(crate) String);

/// No Squall is running.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreachable(pub(crate) String);
