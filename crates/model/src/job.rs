//! Jobs: all that a runner needs to know, and what it answers.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Announcement, Id, Object, Ref, Runner, Status};

/// One run of an action, complete: a worker elsewhere needs nothing more.
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
    /// The runner's parameters, resolved.
    pub runner_parameters: Object,
    /// The action's parameters, resolved.
    pub action_parameters: Object,
    /// The names of the positional parameters, in order.
    pub positional: Vec<String>,
    /// Variables that every action finds in its environment (`ST2_ACTION_…`).
    pub environment: BTreeMap<String, String>,
    /// The user to run as, through sudo, when it is not the user of this process.
    pub run_as: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// A final status, or `pending`.
    pub status: Status,
    /// The result.
    pub result: Value,
    /// What goes out with the end, in the same transaction.
    pub announcements: Vec<Announcement>,
}

impl Outcome {
    /// Returns an outcome that announces nothing.
    pub const fn new(status: Status, result: Value) -> Self {
        Self { status, result, announcements: Vec::new() }
    }
}

/// A stream of a running action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// What the runner itself says.
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

/// A piece of a running action's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The stream.
    pub output: Output,
    /// A line with its end, or what there was of it.
    pub data: String,
}
