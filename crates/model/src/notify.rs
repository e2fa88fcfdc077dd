//! The `notify` section of an action or a request: what is sent when an execution ends.

use serde::{Deserialize, Serialize};

use crate::{Object, Status};

/// The notifications of an action, one for each kind of end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Sent after every end.
    #[serde(rename = "on-complete", default, skip_serializing_if = "Option::is_none")]
    pub on_complete: Option<Notification>,
    /// Sent when the execution succeeded.
    #[serde(rename = "on-success", default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<Notification>,
    /// Sent when the execution failed, timed out or was abandoned.
    #[serde(rename = "on-failure", default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Notification>,
}

/// A notification and its routes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// The template of the message; by default a sentence about the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Templates of additional data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Object>,
    /// The routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<Option<String>>>,
    /// The old name of `routes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Option<String>>>,
}

impl Notify {
    /// Tells whether there is no notification.
    pub const fn is_empty(&self) -> bool {
        self.on_complete.is_none() && self.on_success.is_none() && self.on_failure.is_none()
    }

    /// Returns the notifications to send when an execution ends in `status`, `on-complete` first,
    /// each with the verb of its default message.
    pub fn due(&self, status: Status) -> Vec<(&'static str, &Notification)> {
        let mut due = Vec::new();
        if let Some(notification) = self.on_complete.as_ref().filter(|_| status.is_final()) {
            due.push(("completed", notification));
        }
        if let Some(notification) = self.on_success.as_ref().filter(|_| status == Status::Succeeded)
        {
            due.push(("succeeded", notification));
        }
        if let Some(notification) = self.on_failure.as_ref().filter(|_| status.is_failure()) {
            due.push(("failed", notification));
        }
        due
    }
}

impl Notification {
    /// Returns the routes, given by either name, without the empty ones.
    pub fn routes(&self) -> Vec<&str> {
        let routes = self.routes.as_ref().or(self.channels.as_ref());
        routes.into_iter().flatten().flatten().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_on_its_occasions() {
        let text = r#"{"on-complete": {"routes": ["a"]}, "on-failure": {"channels": ["b"]}}"#;
        let notify: Notify = serde_json::from_str(text).unwrap();
        let routes = |status| -> Vec<String> {
            let due = notify.due(status);
            due.iter().flat_map(|(_, n)| n.routes()).map(str::to_owned).collect()
        };
        assert_eq!(routes(Status::Succeeded), ["a"]);
        assert_eq!(routes(Status::Abandoned), ["a", "b"]);
        assert_eq!(routes(Status::Canceled), ["a"]);
        assert!(routes(Status::Running).is_empty());
        assert!(serde_json::from_str::<Notify>(r#"{"on-fail": {}}"#).is_err());
    }
}
