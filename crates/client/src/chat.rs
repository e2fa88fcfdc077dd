//! Chat: a line is said to the robot, which answers at once; results come on the stream.

use model::Id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Client, Reply};

/// What the robot says at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// How it is meant: `plain`, `good`, `bad` or `warning`.
    pub tone: String,
    /// The execution that it is about.
    pub execution: Option<Id>,
}

impl Client {
    /// Says a line to the robot. `session` comes back in the context of each result.
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
