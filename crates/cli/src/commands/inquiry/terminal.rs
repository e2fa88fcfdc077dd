//! A person at a terminal.

use std::borrow::Cow;

use anyhow::Context as _;
use rustyline::{
    ColorMode, CompletionType, Config, Editor, Helper,
    completion::Completer,
    error::ReadlineError,
    highlight::{CmdKind, Highlighter},
    hint::Hinter,
    history::MemHistory,
    validate::Validator,
};

use super::form::Person;
use crate::{exit::Usage, print};

/// A person at a terminal.
pub(super) struct Terminal {
    editor: Editor<Curtain, MemHistory>,
}

impl Terminal {
    pub(super) fn open() -> anyhow::Result<Self> {
        let config = Config::builder()
            .auto_add_history(false)
            // Otherwise a terminal without colors would show secrets.
            .color_mode(ColorMode::Forced)
            .completion_type(CompletionType::List)
            .build();
        let mut editor = Editor::with_history(config, MemHistory::new())
            .context("the terminal cannot be used")?;
        editor.set_helper(Some(Curtain { is_drawn: false }));
        Ok(Self { editor })
    }
}

impl Person for Terminal {
    fn asks(&mut self, prompt: &str, is_secret: bool) -> anyhow::Result<String> {
        if let Some(curtain) = self.editor.helper_mut() {
            curtain.is_drawn = is_secret;
        }
        match self.editor.readline(&print::clean(prompt)) {
            Ok(line) => Ok(line),
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => {
                Err(Usage("the question was not answered".to_owned()).into())
            }
            Err(error) => Err(error).context("the terminal cannot be read"),
        }
    }

    fn tells(&mut self, text: &str) {
        print::data(print::clean(text));
    }
}

/// Hides the input while it is typed.
struct Curtain {
    is_drawn: bool,
}

impl Helper for Curtain {}
impl Completer for Curtain {
    type Candidate = String;
}
impl Hinter for Curtain {
    type Hint = String;
}
impl Validator for Curtain {}

impl Highlighter for Curtain {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.is_drawn { Cow::Owned(" ".repeat(line.chars().count())) } else { line.into() }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        // Otherwise a single typed character is not redrawn.
        self.is_drawn
    }
}
