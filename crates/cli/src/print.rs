//! Printing: data to stdout, talk to stderr, colours and spinners for people only.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use crate::environment;

/// After which time a person is told that something takes a while.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(100);
const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];

/// A colour on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// For what went well.
    Green,
    /// For what failed.
    Red,
    /// For what needs attention.
    Yellow,
}

/// Writes a line of data. A reader that has gone away is no error.
pub(crate) fn data(line: impl Display) {
    drop(writeln!(io::stdout().lock(), "{line}"));
}

/// Writes a line of talk.
pub(crate) fn talk(line: impl Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Writes text as it is, without a line end of its own.
pub(crate) fn raw(text: &str) {
    let mut stdout = io::stdout().lock();
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Returns the text without what would steer a terminal.
pub(crate) fn clean(text: &str) -> String {
    let keep = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().filter(|c| *c != '\r').map(|c| if keep(c) { c } else { '\u{fffd}' }).collect()
}

/// Returns the text as it goes to stdout: clean where a terminal would obey it.
pub(crate) fn for_stdout(text: &str) -> String {
    if io::stdout().is_terminal() { clean(text) } else { text.to_owned() }
}

/// Returns the text in a colour, where stdout shows one.
pub(crate) fn colored(color: Color, text: &str) -> String {
    if io::stdout().is_terminal() { painted(color, text) } else { text.to_owned() }
}

/// Returns the text in a colour, where stderr shows one.
pub(crate) fn colored_talk(color: Color, text: &str) -> String {
    if io::stderr().is_terminal() { painted(color, text) } else { text.to_owned() }
}

/// Tells whether stderr shows colours.
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

/// Waits for something, and shows a spinner when it takes long and somebody watches.
pub(crate) async fn wait<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    let is_watched = io::stderr().is_terminal();
    let mut turns = FRAMES.iter().cycle();
    loop {
        if is_watched && let Some(frame) = turns.next() {
            drop(write!(io::stderr().lock(), "\r{frame} {what}\u{1b}[K"));
        }
        if let Ok(done) = tokio::time::timeout(TURN, &mut work).await {
            if is_watched {
                drop(write!(io::stderr().lock(), "\r\u{1b}[K"));
            }
            return done;
        }
    }
}
