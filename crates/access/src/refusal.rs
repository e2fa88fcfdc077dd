//! Why a request is refused. The same sentence serves the API, the command line and chat.

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The parameters cannot be rendered; the failed execution is on record.
    #[error("{message}")]
    Unrenderable {
        /// Why.
        message: String,
        /// The failed execution.
        execution: model::Id,
    },
    /// The resource does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The resource exists already.
    #[error("{message}")]
    Exists {
        /// Why it cannot exist twice.
        message: String,
        /// The id of the existing one.
        conflict_id: Option<model::Id>,
    },
    /// The caller may not do this.
    #[error("{0}")]
    Denied(String),
    /// Too many executions are open.
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
    /// Returns [`Refusal::Invalid`].
    pub fn invalid(reason: impl ToString) -> Self {
        Self::Invalid(reason.to_string())
    }

    /// Returns [`Refusal::NotFound`].
    pub fn not_found(reason: impl ToString) -> Self {
        Self::NotFound(reason.to_string())
    }
}
