//! Our nick: another one when the wanted one is taken, and the wanted one again when it is free.

use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use crate::{
    Event,
    irc::client::{
        message::{self, Message},
        text,
    },
};

/// How many nicks are tried.
const NICKS_MAX: u32 = 8;
/// Every server takes nicks of this length.
const NICK_BYTES_SAFE: usize = 9;
/// How often the wanted nick is asked for.
const REGAIN_INTERVAL: Duration = Duration::from_secs(60);

impl Session {
    pub(super) fn receive_name(&mut self, message: &Message, now: Instant) {
        match message.command.as_str() {
            "432" | "433" | "436" | "437" if !self.is_up() => self.next_nick(message),
            "432" | "433" | "436" | "437" | "438" => self.regain_later(now),
            "NICK" if self.is_me(message) && !message.parameter(0).is_empty() => {
                message.parameter(0).clone_into(&mut self.nick);
                self.tell(Event::Nick(self.nick.clone()));
                self.regain_later(now);
            }
            "NICK" | "QUIT" if self.is_wanted(&message.prefix.nick) => self.regain_at = Some(now),
            _ => {}
        }
    }

    /// Notes the nick that the server gave us.
    pub(super) fn note_nick(&mut self, now: Instant) {
        if self.nick != self.config.nick {
            self.tell(Event::Nick(self.nick.clone()));
        }
        self.regain_later(now);
    }

    pub(super) fn regain_due(&mut self, now: Instant) {
        if self.regain_at.is_some_and(|at| at <= now) {
            self.regain_at = Some(now + REGAIN_INTERVAL);
            let line = message::words("NICK", &[&self.config.nick]);
            self.write(line);
        }
    }

    fn regain_later(&mut self, now: Instant) {
        let is_wanted = self.is_wanted(&self.nick);
        self.regain_at = (!is_wanted).then(|| now + REGAIN_INTERVAL);
    }

    fn is_wanted(&self, nick: &str) -> bool {
        self.casemapping.equal(nick, &self.config.nick)
    }

    fn next_nick(&mut self, message: &Message) {
        self.nicks_tried += 1;
        if self.nicks_tried >= NICKS_MAX {
            let why = text::plain(message.last());
            let reason = format!("the server refuses the nick `{}`: {why}", self.config.nick);
            return self.end(&reason);
        }
        self.nick = candidate(&self.config.nick, self.nicks_tried);
        let line = message::words("NICK", &[&self.nick]);
        self.write(line);
    }
}

/// Returns the nick to try after `tried` others: longer ones first, then short ones, as a server
/// may cut or refuse long ones.
fn candidate(wanted: &str, tried: u32) -> String {
    match tried {
        1 | 2 => format!("{wanted}{}", "_".repeat(tried as usize)),
        _ => {
            let kept = wanted.floor_char_boundary(NICK_BYTES_SAFE - 1);
            format!("{}{tried}", wanted.get(..kept).unwrap_or_default())
        }
    }
}
