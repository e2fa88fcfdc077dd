//! What the fuzz targets call: IRC's lines without a network.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    message::{self, Message},
    session::{Effect, Session},
    task,
    text::{self, Casemapping},
};
use crate::{
    Event, Outgoing, Room,
    irc::{Channel, Config, Sasl},
    render::render,
};

/// Reads a line: its tags, the nick it comes from, its command and its parameters.
pub fn read(line: &[u8]) -> Option<(Vec<(String, String)>, String, String, Vec<String>)> {
    let read = Message::parse(line)?;
    Some((read.tags, read.prefix.nick, read.command, read.parameters))
}

/// Writes a line whose last parameter is any text.
pub fn write(command: &str, first: &[&str], text: &str) -> Option<String> {
    message::with_text(command, first, text).ok()
}

/// Returns a text without colors and control characters.
pub fn plain(text: &str) -> String {
    text::plain(text)
}

/// Returns what is said to the robot called `nick`.
pub fn addressed<'a>(text: &'a str, nick: &str) -> Option<&'a str> {
    text::addressed(text, nick, "!", Casemapping::Rfc1459)
}

/// Feeds a server's lines to a session; returns the lines that it writes and its events.
pub fn converse<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    sasl: Option<Sasl>,
) -> (Vec<String>, Vec<Event>) {
    let channel = |name: &str, key: Option<&str>| Channel {
        name: name.to_owned(),
        key: key.map(str::to_owned),
    };
    let channels = vec![channel("#ops", None), channel("#Secret[1]", Some("key"))];
    let config = Arc::new(Config { channels, sasl, ..Config::default() });
    let mut session = Session::begin(&config, 1);
    let mut now = Instant::now();
    let (mut written, mut told) = (Vec::new(), Vec::new());
    for line in lines {
        if let Some(message) = Message::parse(line) {
            session.receive(&message, now);
        }
        now += Duration::from_secs(7);
        session.tick(now);
        for effect in session.take_effects() {
            match effect {
                Effect::Write(line) => written.push(line),
                Effect::Event(event) => told.push(event),
                Effect::Pong(_) | Effect::Refused(_) | Effect::Patient | Effect::End(_) => {}
            }
        }
        // These may be asked at any time.
        let room = Room::Channel("#ops".to_owned());
        assert!(session.text_bytes_max(&room) <= 512);
        let _open = session.is_open(&room);
        let _missing = session.missing();
        let _due = session.next_at();
    }
    (written, told)
}

/// Returns the lines, without their ends, that write a message to a room.
pub fn say(room: &Room, message: &Outgoing) -> Vec<Option<String>> {
    let config = Arc::new(Config::default());
    let session = Session::begin(&config, 1);
    let abilities = task::abilities(config.lines_max, session.text_bytes_max(room));
    render(message, &abilities).lines.iter().map(|line| Session::privmsg(room, line).ok()).collect()
}
