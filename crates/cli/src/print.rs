//! Printing: data goes to stdout, messages go to stderr; only terminals get colors and spinners.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use crate::environment;

/// The time after which the spinner is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two frames of the spinner.
const TURN: Duration = Duration::from_millis(100);
const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];

/// A terminal color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// For success.
    Green,
    /// For failure.
    Red,
    /// For warnings.
    Yellow,
}

/// Writes a line to stdout. A closed pipe is not an error.
pub(crate) fn data(line: impl Display) {
    drop(writeln!(io::stdout().lock(), "{line}"));
}

/// Writes a line to stderr.
pub(crate) fn talk(line: impl Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Writes text to stdout without adding a line end.
pub(crate) fn raw(text: &str) {
    let mut stdout = io::stdout().lock();
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Returns the text without terminal control characters.
pub(crate) fn clean(text: &str) -> String {
    let keep = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().filter(|c| *c != '\r').map(|c| if keep(c) { c } else { '\u{fffd}' }).collect()
}

/// Returns the text for stdout, without control characters if that is a terminal.
pub(crate) fn for_stdout(text: &str) -> String {
    if io::stdout().is_terminal() { clean(text) } else { text.to_owned() }
}

/// Returns the text in a color if stdout is a terminal.
pub(crate) fn colored(color: Color, text: &str) -> String {
    if io::stdout().is_terminal() { painted(color, text) } else { text.to_owned() }
}

/// Returns the text in a color if stderr is a terminal.
pub(crate) fn colored_talk(color: Color, text: &str) -> String {
    if io::stderr().is_terminal() { painted(color, text) } else { text.to_owned() }
}

/// Returns whether stderr shows colors.
pub(crate) fn talk_is_colored() -> bool {
    io::stderr().is_terminal() && environment::get("NO_COLOR").is_none()
}

fn painted(color: Color, text: &str) -> String {
    if environment::get("NO_COLOR").is_some() {
        return text.to_owned();
    }
    let code = match color {
        Color::Green => 32,
        Color::Red => 31,
        Color::Yellow => 33,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Awaits `work`; shows a spinner if it takes long and stderr is a terminal.
pub(crate) async fn wait<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    let is_terminal = io::stderr().is_terminal();
    let mut turns = FRAMES.iter().cycle();
    loop {
        if is_terminal && let Some(frame) = turns.next() {
            drop(write!(io::stderr().lock(), "\r{frame} {what}\u{1b}[K"));
        }
        if let Ok(done) = tokio::time::timeout(TURN, &mut work).await {
            if is_terminal {
                drop(write!(io::stderr().lock(), "\r\u{1b}[K"));
            }
            return done;
        }
    }
}
