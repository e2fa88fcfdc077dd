//! Why an inquiry is not answered; the texts are StackStorm's where it has one.

use access::Refusal;
use model::{Id, Status, decision::Why};

/// Why an inquiry is not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no execution of this id.
    #[error("Resource with a reference or id \"{0}\" not found")]
    Missing(Id),
    /// The execution asks nothing.
    #[error("Action execution \"{0}\" is not an inquiry.")]
    NotAnInquiry(Id),
    /// Its time is over.
    #[error("Inquiry \"{0}\" timed out and cannot be responded to.")]
    TimedOut(Id),
    /// Somebody was faster.
    #[error("Inquiry \"{0}\" has already been responded to.")]
    AlreadyResponded(Id),
    /// It does not wait, for another reason.
    #[error("Inquiry \"{id}\" is {status} and cannot be responded to.")]
    NotWaiting {
        /// The inquiry.
        id: Id,
        /// Where it stands.
        status: Status,
    },
    /// It is for others to answer.
    #[error("User \"{user}\" does not have permission to respond to inquiry \"{id}\".")]
    Denied {
        /// The inquiry.
        id: Id,
        /// Who wanted to answer.
        user: String,
        /// Why not.
        why: Why,
    },
    /// The answer is not what was asked for.
    #[error("Response for inquiry \"{id}\" did not pass schema validation. {}", error.dump())]
    Invalid {
        /// The inquiry.
        id: Id,
        /// What is wrong with the answer.
        error: Box<python::schema::Error>,
    },
    /// The answer cannot be taken at all.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing(_) => Self::not_found(error),
            Error::Denied { .. } => Self::Denied(error.to_string()),
            Error::Refused(refusal) => refusal,
            Error::NotAnInquiry(_)
            | Error::TimedOut(_)
            | Error::AlreadyResponded(_)
            | Error::NotWaiting { .. }
            | Error::Invalid { .. } => Self::invalid(error),
        }
    }
}
