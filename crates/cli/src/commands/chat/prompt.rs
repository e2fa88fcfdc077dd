//! The prompt: a thread that reads lines, one at a time, on request.

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt as _, sync::mpsc as turns, thread};

use anyhow::Context as _;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::{Config, DefaultEditor, ExternalPrinter, error::ReadlineError};
use tokio::sync::mpsc;

use crate::{data::Directory, print};

const PROMPT: &str = "squall> ";
/// The length of the history.
const HISTORY_MAX: usize = 1_000;

/// A prompt on the terminal.
pub(super) struct Prompt {
    turns: turns::Sender<()>,
    printer: Option<Box<dyn ExternalPrinter + Send>>,
    /// The state of the terminal before the prompt.
    before: Option<Termios>,
}

impl Prompt {
    /// Starts a prompt that sends its lines to `lines` and closes it at the end of input.
    pub(super) fn start(
        directory: &Directory,
        lines: mpsc::Sender<String>,
    ) -> anyhow::Result<Self> {
        let before = tcgetattr(io::stdin()).ok();
        let config = Config::builder()
            .max_history_size(HISTORY_MAX)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .build();
        let mut editor =
            DefaultEditor::with_config(config).context("the terminal cannot be used")?;
        let history = directory.history();
        // The prompt works without a history.
        drop(OpenOptions::new().create(true).append(true).mode(0o600).open(&history));
        drop(editor.load_history(&history));
        let printer = editor.create_external_printer().context("the terminal cannot be used")?;
        let (next, turns) = turns::channel();
        thread::Builder::new().name("prompt".to_owned()).spawn(move || {
            while turns.recv().is_ok() {
                let Some(line) = read(&mut editor) else { return };
                drop(editor.append_history(&history));
                if lines.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { turns: next, printer: Some(Box::new(printer)), before })
    }

    /// Takes the printer for text above the prompt.
    pub(super) fn printer(&mut self) -> anyhow::Result<Box<dyn ExternalPrinter + Send>> {
        self.printer.take().context("the prompt has one printer")
    }

    /// Requests the next line.
    pub(super) fn next(&self) {
        // The thread has ended when `lines` is closed.
        let _ended = self.turns.send(());
    }

    /// Restores the terminal, even while a line is being read.
    pub(super) fn restore(&self) {
        if let Some(before) = &self.before {
            let _restored = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Reads a line; none at the end of input.
fn read(editor: &mut DefaultEditor) -> Option<String> {
    loop {
        match editor.readline(PROMPT) {
            Ok(line) => {
                drop(editor.add_history_entry(line.as_str()));
                return Some(line.trim().to_owned());
            }
            Err(ReadlineError::Interrupted) => print::talk("(`exit` or Ctrl-D ends)"),
            Err(_) => return None,
        }
    }
}
