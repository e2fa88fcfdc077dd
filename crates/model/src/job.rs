//! Jobs: what a runner needs to run an action, and what it returns.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Announcement, Id, Object, Ref, Runner, Status};

/// One run of an action. It is complete: a worker on another machine needs nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The execution.
    pub execution_id: Id,
    /// The action.
    pub action: Ref,
    /// The runner.
    pub runner: Runner,
    /// The pack's directory.
    pub pack_dir: PathBuf,
    /// The action's entry point, relative to the pack's `actions` directory.
    pub entry_point: String,
    /// The runner's parameters, rendered and with defaults.
    pub runner_parameters: Object,
    /// The action's parameters, rendered and with defaults.
    pub action_parameters: Object,
    /// The names of the positional parameters, in their order.
    pub positional: Vec<String>,
    /// Environment variables for the action (`ST2_ACTION_…`).
    pub environment: BTreeMap<String, String>,
    /// The user to run as, through sudo; none for the user of this process.
    pub run_as: Option<String>,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// A final status, or `pending`.
    pub status: Status,
    /// The result.
    pub result: Value,
    /// Announcements to write in the same transaction as the end.
    pub announcements: Vec<Announcement>,
}

impl Outcome {
    /// Returns an outcome without announcements.
    pub const fn new(status: Status, result: Value) -> Self {
        Self { status, result, announcements: Vec::new() }
    }
}

/// An output stream of a running action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Messages of the runner itself.
    Output,
}

impl Output {
    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Output => "output",
        }
    }
}

/// A chunk of a running action's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The stream.
    pub output: Output,
    /// A line with its line end, or a part of a line.
    pub data: String,
}
