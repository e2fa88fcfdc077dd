//! The states of an execution and the legal changes between them.
//!
//! ```text
//! requested ─► scheduled ─► running ─► succeeded | failed | timeout | abandoned
//!     │  ▲          │          ├─► pending ─► succeeded | failed | timeout
//!     ▼  │          │          ├─► pausing ─► paused ─► resuming ─► running
//!   delayed         │          └─► canceling ─► canceled
//!     └─────────────┴─► canceled
//! ```

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The status of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Was accepted and stored.
    Requested,
    /// Waits for its delay or for a policy.
    Delayed,
    /// Has a permit to run.
    Scheduled,
    /// Runs.
    Running,
    /// Waits for an answer.
    Pending,
    /// Was requested to pause.
    Pausing,
    /// Is paused.
    Paused,
    /// Was requested to resume.
    Resuming,
    /// Was requested to cancel.
    Canceling,
    /// Was canceled.
    Canceled,
    /// Succeeded.
    Succeeded,
    /// Failed.
    Failed,
    /// Was stopped by its timeout.
    Timeout,
    /// Was running when the process of Squall ended.
    Abandoned,
}

/// The error of a text that is not a status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a status: the statuses are {list}", list = Status::list())]
pub struct Error(pub String);

impl Status {
    /// Every status.
    pub const ALL: [Self; 14] = [
        Self::Requested,
        Self::Delayed,
        Self::Scheduled,
        Self::Running,
        Self::Pending,
        Self::Pausing,
        Self::Paused,
        Self::Resuming,
        Self::Canceling,
        Self::Canceled,
        Self::Succeeded,
        Self::Failed,
        Self::Timeout,
        Self::Abandoned,
    ];

    /// Returns the statuses that may follow this one.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Requested => {
                &[Self::Delayed, Self::Scheduled, Self::Canceling, Self::Canceled, Self::Failed]
            }
            Self::Delayed => {
                &[Self::Requested, Self::Scheduled, Self::Canceling, Self::Canceled, Self::Failed]
            }
            Self::Scheduled => &[
                Self::Running,
                Self::Delayed,
                Self::Requested,
                Self::Canceling,
                Self::Canceled,
                Self::Failed,
                Self::Abandoned,
            ],
            Self::Running => &[
                Self::Pending,
                Self::Pausing,
                Self::Paused,
                Self::Canceling,
                Self::Canceled,
                Self::Succeeded,
                Self::Failed,
                Self::Timeout,
                Self::Abandoned,
            ],
            Self::Pending => &[
                Self::Canceling,
                Self::Canceled,
                Self::Succeeded,
                Self::Failed,
                Self::Timeout,
                Self::Abandoned,
            ],
            Self::Pausing => &[
                Self::Paused,
                Self::Canceling,
                Self::Canceled,
                Self::Succeeded,
                Self::Failed,
                Self::Timeout,
                Self::Abandoned,
            ],
            Self::Paused => &[
                Self::Resuming,
                Self::Canceling,
                Self::Canceled,
                Self::Failed,
                Self::Timeout,
                Self::Abandoned,
            ],
            Self::Resuming => &[
                Self::Running,
                Self::Canceling,
                Self::Canceled,
                Self::Failed,
                Self::Timeout,
                Self::Abandoned,
            ],
            Self::Canceling => &[Self::Canceled, Self::Abandoned],
            Self::Canceled | Self::Succeeded | Self::Failed | Self::Timeout | Self::Abandoned => {
                &[]
            }
        }
    }

    /// Tells whether this status may be followed by `next`.
    pub fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// Tells whether no other status can follow.
    pub const fn is_final(self) -> bool {
        self.next().is_empty()
    }

    /// Tells whether a request to cancel is accepted.
    pub const fn is_cancelable(self) -> bool {
        matches!(
            self,
            Self::Requested
                | Self::Delayed
                | Self::Scheduled
                | Self::Running
                | Self::Pausing
                | Self::Paused
                | Self::Resuming
        )
    }

    /// Tells whether the execution failed in the sense of `on-failure`.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Abandoned)
    }

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Delayed => "delayed",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Abandoned => "abandoned",
        }
    }

    fn list() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| Error(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_an_arrow_or_is_refused() {
        let arrows =
            Status::ALL.iter().flat_map(|from| from.next().iter().map(move |to| (*from, *to)));
        let arrows: Vec<_> = arrows.collect();
        for from in Status::ALL {
            for to in Status::ALL {
                assert_eq!(from.may_become(to), arrows.contains(&(from, to)), "{from} -> {to}");
            }
            assert!(!from.may_become(from), "{from} -> {from}");
        }
    }

    #[test]
    fn final_statuses_are_the_five_completed_ones() {
        let last: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_final()).collect();
        assert_eq!(
            last,
            [
                Status::Canceled,
                Status::Succeeded,
                Status::Failed,
                Status::Timeout,
                Status::Abandoned
            ]
        );
    }

    #[test]
    fn every_other_status_can_reach_an_end() {
        for from in Status::ALL.into_iter().filter(|status| !status.is_final()) {
            assert!(from.next().iter().any(|next| next.is_final()), "{from}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert!("done".parse::<Status>().is_err());
    }
}
