//! Chat: sends a line to the robot and returns its replies; results come on the stream.

use model::Id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Client, Reply};

/// A reply of the robot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// The tone: `plain`, `good`, `bad` or `warning`.
    pub tone: String,
    /// The execution that the reply is about.
    pub execution: Option<Id>,
}

impl Client {
    /// Sends a line to the robot. `session` is returned in the context of each result.
    pub fn say<'a>(&'a self, text: &'a str, session: &'a str) -> Reply<'a, Vec<Answer>> {
        Box::pin(async move {
            #[derive(Deserialize)]
            struct Reply {
                answers: Vec<Answer>,
            }
            let reply: Reply =
                self.post(&["chat"], &json!({"text": text, "session": session})).await?;
            Ok(reply.answers)
        })
    }
}
