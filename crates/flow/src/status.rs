//! The statuses of workflows and their tasks, and the groups that they fall into.

use std::fmt;

/// The status of a workflow, a task or an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Status {
    /// None yet.
    #[default]
    Unset,
    /// Requested.
    Requested,
    /// Scheduled.
    Scheduled,
    /// Waits for its delay.
    Delayed,
    /// Running.
    Running,
    /// Waits for a person.
    Pending,
    /// Will be paused when what runs has ended.
    Pausing,
    /// Paused.
    Paused,
    /// Resumes.
    Resuming,
    /// Will run again.
    Retrying,
    /// Will be canceled when what runs has ended.
    Canceling,
    /// Succeeded.
    Succeeded,
    /// Failed.
    Failed,
    /// Out of time.
    Timeout,
    /// Its process ended before it did.
    Abandoned,
    /// Canceled.
    Canceled,
}

impl Status {
    /// All statuses.
    pub const ALL: [Self; 16] = [
        Self::Unset,
        Self::Requested,
        Self::Scheduled,
        Self::Delayed,
        Self::Running,
        Self::Pending,
        Self::Pausing,
        Self::Paused,
        Self::Resuming,
        Self::Retrying,
        Self::Canceling,
        Self::Succeeded,
        Self::Failed,
        Self::Timeout,
        Self::Abandoned,
        Self::Canceled,
    ];

    /// Returns the name that Orquesta gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unset => "null",
            Self::Requested => "requested",
            Self::Scheduled => "scheduled",
            Self::Delayed => "delayed",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
            Self::Retrying => "retrying",
            Self::Canceling => "canceling",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Abandoned => "abandoned",
            Self::Canceled => "canceled",
        }
    }

    /// Returns the status of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Returns whether it has ended.
    #[must_use]
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Succeeded | Self::Canceled) || self.is_abended()
    }

    /// Returns whether it failed in some way.
    #[must_use]
    pub const fn is_abended(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Abandoned)
    }

    /// Returns whether something runs, or is about to.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Requested
                | Self::Scheduled
                | Self::Delayed
                | Self::Running
                | Self::Resuming
                | Self::Pausing
                | Self::Canceling
        )
    }

    /// Returns whether a workflow of this status starts further tasks.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(
            self,
            Self::Requested
                | Self::Scheduled
                | Self::Delayed
                | Self::Running
                | Self::Resuming
                | Self::Retrying
        )
    }

    /// Returns whether an action of this status has just begun.
    #[must_use]
    pub const fn is_starting(self) -> bool {
        matches!(
            self,
            Self::Requested | Self::Scheduled | Self::Delayed | Self::Running | Self::Pending
        )
    }

    /// Returns whether it is paused or will be.
    #[must_use]
    pub const fn is_pause(self) -> bool {
        matches!(self, Self::Pausing | Self::Paused)
    }

    /// Returns whether it is canceled or will be.
    #[must_use]
    pub const fn is_cancel(self) -> bool {
        matches!(self, Self::Canceling | Self::Canceled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Status {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no status")))
    }
}
