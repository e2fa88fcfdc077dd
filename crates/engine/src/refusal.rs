//! Why the engine does not do what it was asked. The same sentence serves the API, the command
//! line and chat.

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// A parameter set that cannot be rendered; the failed execution is on record.
    #[error("{message}")]
    Unrenderable {
        /// Why.
        message: String,
        /// The failed execution.
        execution: model::Id,
    },
    /// A thing that is not there.
    #[error("{0}")]
    NotFound(String),
    /// A thing that is there already.
    #[error("{message}")]
    Exists {
        /// Why it cannot be there twice.
        message: String,
        /// The id of the one that is there.
        conflict_id: Option<model::Id>,
    },
    /// The caller may not do this.
    #[error("{0}")]
    Denied(String),
    /// Too much is going on.
    #[error("too many executions are waiting ({open}): try again when some have ended")]
    Busy {
        /// How many.
        open: usize,
    },
    /// Something that StackStorm answers with an internal error, and its reason.
    #[error("{0}")]
    Internal(String),
    /// The change could not be written.
    #[error("the request was not recorded: {0}")]
    Write(#[from] store::WriteError),
    /// The records could not be read.
    #[error("the records cannot be read: {0}")]
    Store(#[from] store::Error),
}

impl Refusal {
    /// Returns a refusal of the request itself.
    pub fn invalid(reason: impl ToString) -> Self {
        Self::Invalid(reason.to_string())
    }

    /// Returns a refusal because a thing is not there.
    pub fn not_found(reason: impl ToString) -> Self {
        Self::NotFound(reason.to_string())
    }
}
