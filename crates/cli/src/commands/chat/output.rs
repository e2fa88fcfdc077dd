//! The output of a conversation: text, text above a prompt, or JSON.

use client::chat::Answer;
use parking_lot::Mutex;
use rustyline::ExternalPrinter;
use serde_json::{Value, json};

use crate::{
    print::{self, Color},
    report,
};

/// The destination of the output.
pub(super) enum Sink {
    /// Stdout.
    Text,
    /// Stdout, one JSON object per line.
    Json,
    /// Above the prompt.
    Prompt(Box<dyn ExternalPrinter + Send>),
}

/// The output of a conversation.
pub(super) struct Output(Mutex<Sink>);

impl Output {
    /// Returns the output to a sink.
    pub(super) fn new(sink: Sink) -> Self {
        Self(Mutex::new(sink))
    }

    /// Shows a reply of the robot.
    pub(super) fn answer(&self, answer: &Answer) {
        let color = match answer.tone.as_str() {
            "good" => Some(Color::Green),
            "bad" => Some(Color::Red),
            "warning" => Some(Color::Yellow),
            _ => None,
        };
        let document = || json!({"kind": "answer", "text": answer.text, "tone": answer.tone, "execution": answer.execution});
        self.show(&answer.text, color, document);
    }

    /// Shows a result.
    pub(super) fn result(&self, payload: &Value) {
        let text = payload["message"].as_str().unwrap_or_default();
        let document = || json!({"kind": "result", "text": text, "extra": payload["extra"]});
        self.show(text, None, document);
    }

    /// Shows an inquiry.
    pub(super) fn question(&self, payload: &Value) {
        let text = payload["message"].as_str().unwrap_or_default();
        let id = &payload["extra"]["squall"]["question"];
        let document = || json!({"kind": "question", "text": text, "execution": id});
        self.show(text, Some(Color::Yellow), document);
    }

    /// Shows an error.
    pub(super) fn complain(&self, error: &anyhow::Error) {
        let text = format!("error: {}", report::sentence(error));
        let document = || json!({"kind": "error", "text": text});
        self.show(&text, Some(Color::Red), document);
    }

    /// Shows a message for people only.
    pub(super) fn note(&self, text: &str) {
        let mut sink = self.0.lock();
        if let Sink::Prompt(printer) = &mut *sink {
            drop(printer.print(format!("{text}\n")));
        }
    }

    fn show(&self, text: &str, color: Option<Color>, document: impl FnOnce() -> Value) {
        let mut sink = self.0.lock();
        match &mut *sink {
            Sink::Json => print::data(document()),
            Sink::Text => print::data(print::for_stdout(text.trim_matches('\n'))),
            Sink::Prompt(printer) => {
                let text = print::clean(text.trim_matches('\n'));
                let text = color.map_or_else(|| text.clone(), |color| print::colored(color, &text));
                drop(printer.print(format!("{text}\n")));
            }
        }
    }
}
