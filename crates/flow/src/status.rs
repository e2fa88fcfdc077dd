//! The statuses of workflows and their tasks, and the groups that they fall into.

use std::fmt;

/// The status of a workflow, a task or an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Status {
    /// None yet.
    #[default]
    Unset,
    /// Asked for.
    Requested,
    /// Has its place.
    Scheduled,
    /// Waits for its time.
    Delayed,
    /// Runs.
    Running,
    /// Waits for a person.
    Pending,
    /// Will be paused when what runs has ended.
    Pausing,
    /// Stands still.
    Paused,
    /// Goes on.
    Resuming,
    /// Will run again.
    Retrying,
    /// Will be canceled when what runs has ended.
    Canceling,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// Took too long.
    Timeout,
    /// Was left alone.
    Abandoned,
    /// Was stopped.
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

    /// Returns whether it has ended badly.
    #[must_use]
    pub const fn is_abended(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Abandoned)
    }

    /// Returns whether something is on its way under it.
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

    /// Returns whether a workflow under it gives out further tasks.
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

    /// Returns whether an action under it is at its beginning.
    #[must_use]
    pub const fn is_starting(self) -> bool {
        matches!(
            self,
            Self::Requested | Self::Scheduled | Self::Delayed | Self::Running | Self::Pending
        )
    }

    /// Returns whether it stands still or will.
    #[must_use]
    pub const fn is_pause(self) -> bool {
        matches!(self, Self::Pausing | Self::Paused)
    }

    /// Returns whether it is stopped or will be.
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
