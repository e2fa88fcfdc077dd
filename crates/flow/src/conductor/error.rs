//! What a conductor refuses, in Orquesta's words.

use expr::document;

use crate::status::Status;

/// A request or an event that a conductor refuses.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// No event of this name exists.
    #[error("Event \"{0}\" is not valid.")]
    InvalidEvent(String),
    /// The workflow cannot take the status.
    #[error("Unable to process event \"{event}\" for workflow in \"{from}\" status.")]
    InvalidWorkflowStatusTransition {
        /// The status that it has.
        from: Status,
        /// What was asked for.
        event: String,
    },
    /// The task cannot take the status.
    #[error("Unable to process event \"{event}\" for task in \"{from}\" status.")]
    InvalidTaskStatusTransition {
        /// The status that it has.
        from: Status,
        /// What happened.
        event: String,
    },
    /// The workflow has no such task, or never comes to it.
    #[error("Task \"{0}\" does not exist.")]
    InvalidTask(String),
    /// The task was not started yet.
    #[error("Task \"{0}\" is not staged or has not started yet.")]
    InvalidTaskStateEntry(String),
    /// Only a workflow that ended can run again.
    #[error("Unable to rerun workflow because it is not in a completed state.")]
    WorkflowIsActiveAndNotRerunable,
    /// Some of the tasks cannot run again.
    #[error("Unable to rerun task|route(s) because it doesn't exist or isn't rerunnable: {0}")]
    InvalidTaskRerunRequest(String),
    /// A value of the wrong type.
    #[error("{0}")]
    Type(String),
    /// A value that is not allowed.
    #[error("{0}")]
    Value(String),
    /// A key that does not exist.
    #[error("{0}")]
    Key(String),
    /// An expression that cannot be evaluated.
    #[error(transparent)]
    Evaluation(#[from] document::Error),
}

impl Error {
    /// Returns the name of the class by which Orquesta knows it.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::InvalidEvent(_) => "InvalidEvent",
            Self::InvalidWorkflowStatusTransition { .. } => "InvalidWorkflowStatusTransition",
            Self::InvalidTaskStatusTransition { .. } => "InvalidTaskStatusTransition",
            Self::InvalidTask(_) => "InvalidTask",
            Self::InvalidTaskStateEntry(_) => "InvalidTaskStateEntry",
            Self::WorkflowIsActiveAndNotRerunable => "WorkflowIsActiveAndNotRerunableError",
            Self::InvalidTaskRerunRequest(_) => "InvalidTaskRerunRequest",
            Self::Type(_) => "TypeError",
            Self::Value(_) => "ValueError",
            Self::Key(_) => "KeyError",
            Self::Evaluation(error) => error.class_name(),
        }
    }

    /// Returns the text of an entry in the list of errors.
    #[must_use]
    pub fn entry(&self) -> String {
        format!("{}: {self}", self.class_name())
    }

    /// The error of taking a part of `None`.
    pub(crate) fn nothing() -> Self {
        Self::Type("'NoneType' object is not subscriptable".to_owned())
    }
}
