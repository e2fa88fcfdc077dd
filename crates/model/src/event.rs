//! Events: changes that readers of the stream receive.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use crate::{ActionAlias, Announcement, Execution, Id, Timestamp, execution::Secrets, job::Chunk};

/// An event. Its document is built once, when the first reader asks for it.
#[derive(Debug)]
pub struct Event {
    /// The change.
    pub kind: Kind,
    text: OnceLock<String>,
}

/// A change that is published.
#[derive(Debug)]
pub enum Kind {
    /// An execution was requested or changed.
    Execution {
        /// The kind of change.
        change: Change,
        /// The record after the change.
        execution: Arc<Execution>,
        /// The base of the web page's addresses.
        web_url: Arc<str>,
    },
    /// The same change, seen as a live action.
    Liveaction {
        /// The kind of change.
        change: Change,
        /// The record after the change.
        execution: Arc<Execution>,
    },
    /// A running action wrote output.
    Output {
        /// The id of the chunk.
        id: Id,
        /// The execution.
        execution: Arc<Execution>,
        /// When it was read.
        timestamp: Timestamp,
        /// The output.
        chunk: Chunk,
    },
    /// A message on a route.
    Announcement {
        /// Its sequence number, from which a reader that reconnects continues.
        sequence: i64,
        /// The message.
        announcement: Arc<Announcement>,
    },
    /// An alias was registered, changed or removed.
    Alias {
        /// The kind of change.
        change: Change,
        /// The alias.
        alias: Arc<ActionAlias>,
    },
}

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Created.
    Create,
    /// Updated.
    Update,
    /// Deleted.
    Delete,
}

impl Change {
    /// Returns the last part of an event's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Event {
    /// Returns an event of this kind.
    pub const fn new(kind: Kind) -> Self {
        Self { kind, text: OnceLock::new() }
    }

    /// Returns the name on the stream.
    pub fn name(&self) -> String {
        match &self.kind {
            Kind::Execution { change, .. } => format!("st2.execution__{}", change.as_str()),
            Kind::Liveaction { change, .. } => format!("st2.liveaction__{}", change.as_str()),
            Kind::Output { .. } => "st2.execution.output__create".to_owned(),
            Kind::Announcement { announcement, .. } => announcement.event_name(),
            Kind::Alias { change, .. } => format!("st2.actionalias__{}", change.as_str()),
        }
    }

    /// Returns the document as one line of ASCII, secrets masked. Some readers split the stream inside
    /// of a UTF-8 character.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| ascii(&self.document().to_string()))
    }

    /// Returns the document, secrets masked.
    pub fn document(&self) -> Value {
        match &self.kind {
            Kind::Execution { execution, web_url, .. } => {
                execution.to_json(Secrets::Masked, web_url)
            }
            Kind::Liveaction { execution, .. } => execution.liveaction_json(Secrets::Masked),
            Kind::Output { id, execution, timestamp, chunk } => json!({
                "id": id,
                "execution_id": execution.id,
                "action_ref": execution.action_ref(),
                "runner_ref": execution.snapshot.action.runner_type,
                "timestamp": timestamp,
                "output_type": chunk.output,
                "data": chunk.data,
            }),
            Kind::Announcement { announcement, .. } => announcement.to_json(),
            Kind::Alias { alias, .. } => alias.to_json(),
        }
    }

    /// Returns the execution that changed or wrote output.
    pub const fn execution(&self) -> Option<&Arc<Execution>> {
        match &self.kind {
            Kind::Execution { execution, .. }
            | Kind::Liveaction { execution, .. }
            | Kind::Output { execution, .. } => Some(execution),
            Kind::Announcement { .. } | Kind::Alias { .. } => None,
        }
    }
}

fn ascii(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut units = [0_u16; 2];
    for character in text.chars() {
        if character.is_ascii() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            let digits = format!("\\u{unit:04x}");
            escaped.push_str(&digits);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_on_the_stream_is_ascii_and_reads_back() {
        let payload = json!({"message": "é😀"}).as_object().unwrap().clone();
        let announcement =
            Announcement { route: "chatops".into(), payload, trace_context: Value::Null };
        let event =
            Event::new(Kind::Announcement { sequence: 1, announcement: Arc::new(announcement) });
        assert_eq!(event.name(), "st2.announcement__chatops");
        assert_eq!(
            event.text(),
            r#"{"payload":{"message":"\u00e9\ud83d\ude00"},"trace_context":null}"#
        );
        assert_eq!(serde_json::from_str::<Value>(event.text()).unwrap(), event.document());
    }
}
