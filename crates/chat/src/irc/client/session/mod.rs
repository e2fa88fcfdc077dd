//! The state of an IRC connection: registration, nick, channels.
//!
//! It reads no clock and no socket: lines and `now` go in, [`Effect`]s come out. In order:
//!
//! ```text
//! CAP LS, PASS, NICK, USER ─► CAP REQ ─► AUTHENTICATE … 903 ─► CAP END ─► 001: up ─► JOIN each
//!                  433: next nick                904: the end            KICK: JOIN again later
//! ```

mod channels;
mod names;
mod registration;

use std::sync::Arc;

use tokio::time::Instant;

use crate::{
    Event, Incoming, Room,
    irc::{
        Config,
        client::{
            message::{self, LINE_BYTES_MAX, Message, Unwritable},
            text::{self, Casemapping},
        },
    },
};
use channels::Membership;
use registration::Registration;

/// The longest user and host that are assumed until the server says which ones are ours.
const USER_BYTES_MAX: usize = 12;
const HOST_BYTES_MAX: usize = 63;

/// The tags that mark the lines of programs.
const BOT_TAGS: [&str; 2] = ["bot", "inspircd.org/bot"];

/// Something to be done about a line or at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Write this line now.
    Write(String),
    /// Report this.
    Event(Event),
    /// The server answered a PING of ours with this token.
    Pong(String),
    /// The server did not pass on what was written to this name.
    Refused(String),
    /// The server delays users who write much, instead of disconnecting them.
    Patient,
    /// Give up the connection, for this reason.
    End(String),
}

/// The state of one connection.
pub(super) struct Session {
    config: Arc<Config>,
    registration: Registration,
    nick: String,
    /// How many nicks were tried.
    nicks_tried: u32,
    /// When to ask for the wanted nick again.
    regain_at: Option<Instant>,
    user: Option<String>,
    host: Option<String>,
    casemapping: Casemapping,
    channel_types: String,
    channels: Vec<Membership>,
    /// Why the server is about to disconnect us.
    reason: Option<String>,
    messages: u64,
    effects: Vec<Effect>,
}

impl Session {
    /// Begins, with the lines that a client says first. `serial` differs for each connection.
    pub(super) fn begin(config: &Arc<Config>, serial: u64) -> Self {
        let seed = config.seed.wrapping_add(serial);
        let membership = |channel| Membership::new(channel, config, seed);
        let mut session = Self {
            config: Arc::clone(config),
            registration: Registration::default(),
            nick: config.nick.clone(),
            nicks_tried: 0,
            regain_at: None,
            user: None,
            host: None,
            casemapping: Casemapping::default(),
            channel_types: "#&".to_owned(),
            channels: config.channels.iter().map(membership).collect(),
            reason: None,
            // The connection is in the high bits, so that no number is used twice.
            messages: serial << 40,
            effects: Vec::new(),
        };
        session.introduce();
        session
    }

    /// Takes what is to be done, in order.
    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Returns whether the server has accepted us.
    pub(super) fn is_up(&self) -> bool {
        self.registration.is_done()
    }

    /// Returns why the server is about to disconnect us, if it said so.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Returns how many bytes of text a line to `room` can have, so that no server
    /// cuts it.
    pub(super) fn text_bytes_max(&self, room: &Room) -> usize {
        let user = self.user.as_ref().map_or(USER_BYTES_MAX, String::len);
        let host = self.host.as_ref().map_or(HOST_BYTES_MAX, String::len);
        let fixed = ":!@ PRIVMSG  :\r\n".len();
        let taken = fixed + self.nick.len() + user + host + room.name().len();
        LINE_BYTES_MAX.saturating_sub(taken)
    }

    /// Returns the line that writes `text` to `room`.
    pub(super) fn privmsg(room: &Room, text: &str) -> Result<String, Unwritable> {
        message::with_text("PRIVMSG", &[target(room)?], text)
    }

    /// Takes in a line from the server.
    pub(super) fn receive(&mut self, message: &Message, now: Instant) {
        if self.is_me(message) {
            self.learn_prefix(message);
        }
        match message.command.as_str() {
            "PING" => self.write(message::with_text("PONG", &[], message.last())),
            "PONG" => self.effects.push(Effect::Pong(message.last().to_owned())),
            "PRIVMSG" => self.hear(message),
            "ERROR" => self.end(&format!("the server said `{}`", text::plain(message.last()))),
            "004" if message.parameter(2).starts_with("ngircd") => {
                self.effects.push(Effect::Patient);
            }
            "005" => self.learn_support(message),
            "396" => self.host = Some(message.parameter(1).to_owned()),
            "464" | "465" | "466" => self.reason = Some(text::plain(message.last())),
            // These are about what was written last.
            "401" | "404" | "407" => self.note_refused(message),
            // These answer a JOIN too.
            "403" | "477" if !self.is_joining(message.parameter(1)) => self.note_refused(message),
            _ => {
                self.receive_registration(message, now);
                self.receive_name(message, now);
                self.receive_channel(message, now);
            }
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.is_up() {
            self.regain_due(now);
            self.join_due(now);
        }
    }

    /// Returns when something is due next.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let joins = self.channels.iter().filter_map(|channel| channel.try_at);
        if self.is_up() { joins.chain(self.regain_at).min() } else { None }
    }

    fn note_refused(&mut self, message: &Message) {
        let name = Casemapping::Rfc1459.fold(message.parameter(1));
        self.effects.push(Effect::Refused(name));
    }

    fn hear(&mut self, message: &Message) {
        let sender = &message.prefix.nick;
        let said = message.last();
        if sender.is_empty() || self.is_me(message) || said.starts_with('\u{1}') {
            return;
        }
        let Some(room) = self.room(message.parameter(0), sender) else { return };
        let said = text::plain(said);
        if said.trim().is_empty() || message.parameters.len() < 2 {
            return;
        }
        let to_bot = text::addressed(&said, &self.nick, &self.config.prefix, self.casemapping);
        let incoming = Incoming {
            addressed: to_bot.is_some() || matches!(room, Room::Private(_)),
            text: to_bot.unwrap_or(said.trim()).to_owned(),
            account: sender.clone(),
            verified: message.tag("account").filter(|name| !name.is_empty()).map(str::to_owned),
            message_id: self.message_id(message.tag("msgid")),
            room,
            thread: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            is_edited: false,
            is_replayed: false,
            is_bot: BOT_TAGS.iter().any(|tag| message.tag(tag).is_some()),
        };
        self.tell(Event::Message(incoming));
    }

    fn room(&self, target: &str, sender: &str) -> Option<Room> {
        if self.casemapping.equal(target, &self.nick) {
            return Some(Room::Private(sender.to_owned()));
        }
        // `@#channel` is a message to its operators alone.
        let bare = target.trim_start_matches(['@', '+', '%', '~']);
        if !bare.starts_with(|first| self.channel_types.contains(first)) {
            return None;
        }
        let known = self.channels.iter().find(|c| self.casemapping.equal(&c.name, target));
        Some(Room::Channel(known.map_or(target, |c| &c.name).to_owned()))
    }

    fn message_id(&mut self, tag: Option<&str>) -> String {
        self.messages += 1;
        match tag {
            Some(id) => format!("{}:{id}", self.config.name),
            None => format!("{}:{:016x}-{:x}", self.config.name, self.config.seed, self.messages),
        }
    }

    fn learn_support(&mut self, message: &Message) {
        for token in &message.parameters {
            match token.split_once('=') {
                Some(("CASEMAPPING", "ascii")) => self.casemapping = Casemapping::Ascii,
                Some(("CASEMAPPING", _)) => self.casemapping = Casemapping::Rfc1459,
                Some(("CHANTYPES", types)) => types.clone_into(&mut self.channel_types),
                _ => {}
            }
        }
    }

    fn learn_prefix(&mut self, message: &Message) {
        // CHGHOST says the new ones in its parameters.
        if message.command == "CHGHOST" {
            self.user = Some(message.parameter(0).to_owned());
            self.host = Some(message.parameter(1).to_owned());
        } else if message.prefix.host.is_some() {
            self.user.clone_from(&message.prefix.user);
            self.host.clone_from(&message.prefix.host);
        }
    }

    fn is_me(&self, message: &Message) -> bool {
        self.casemapping.equal(&message.prefix.nick, &self.nick)
    }

    fn tell(&mut self, event: Event) {
        self.effects.push(Effect::Event(event));
    }

    fn end(&mut self, reason: &str) {
        let reason = match &self.reason {
            Some(earlier) => format!("{earlier} ({reason})"),
            None => reason.to_owned(),
        };
        self.effects.push(Effect::End(reason));
    }

    /// Writes a line; one that cannot be written comes from the configuration and ends the
    /// connection.
    fn write(&mut self, line: Result<String, Unwritable>) {
        match line {
            Ok(line) => self.effects.push(Effect::Write(line)),
            Err(error) => self.effects.push(Effect::End(error.to_string())),
        }
    }
}

/// Returns a name for `room` that all its spellings share, on every network.
pub(super) fn key(room: &Room) -> String {
    Casemapping::Rfc1459.fold(room.name())
}

/// A comma would make two targets of one.
fn target(room: &Room) -> Result<&str, Unwritable> {
    let name = room.name();
    if name.contains(',') { Err(Unwritable(name.to_owned())) } else { Ok(name) }
}
