//! Exit codes: what a script learns without reading.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Everything was done.
    Ok = 0,
    /// The execution failed, the request was refused, or something is wrong.
    Failed = 1,
    /// The arguments or the configuration cannot be used.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// No Squall answers.
    Unreachable = 4,
    /// The key or the password opens nothing.
    Unauthorized = 5,
    /// Another Squall has the data directory.
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

/// An error in what was asked for, rather than in doing it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Something that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Missing(pub(crate) String);

/// No Squall to speak to.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreachable(pub(crate) String);
