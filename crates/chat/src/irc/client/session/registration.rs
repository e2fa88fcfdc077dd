//! From the first line to 001: capabilities, SASL, and the password of the server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::time::Instant;

use super::Session;
use crate::{
    Event,
    irc::{
        Sasl,
        client::{
            message::{self, Message},
            text,
        },
    },
};

/// Capabilities that we use when they are offered.
const WANTED: [&str; 3] = ["message-tags", "account-tag", "chghost"];
/// SASL answers are sent in pieces of this size; a shorter one is the last.
const PIECE_BYTES: usize = 400;
/// How much a server may offer.
const OFFERED_MAX: usize = 200;

/// How far the registration is.
#[derive(Debug, Default)]
pub(super) struct Registration {
    done: bool,
    offered: Vec<String>,
    logged_in: bool,
}

impl Registration {
    pub(super) fn is_done(&self) -> bool {
        self.done
    }
}

impl Session {
    pub(super) fn introduce(&mut self) {
        self.write(message::words("CAP", &["LS", "302"]));
        let config = std::sync::Arc::clone(&self.config);
        if let Some(password) = &config.password {
            self.write(message::with_text("PASS", &[], password));
        }
        self.write(message::words("NICK", &[&config.nick]));
        self.write(message::with_text("USER", &[&config.user, "0", "*"], &config.realname));
    }

    pub(super) fn receive_registration(&mut self, message: &Message, now: Instant) {
        match message.command.as_str() {
            "CAP" if !self.is_up() => self.negotiate(message),
            "AUTHENTICATE" if message.last() == "+" => self.authenticate(),
            "903" | "907" => {
                self.registration.logged_in = true;
                self.write(message::words("CAP", &["END"]));
            }
            "902" | "904" | "905" | "906" => {
                let why = text::plain(message.last());
                self.end(&format!("the server refused the SASL login: {why}"));
            }
            "001" if !self.is_up() => self.welcome(message, now),
            _ => {}
        }
    }

    fn negotiate(&mut self, message: &Message) {
        match message.parameter(1).to_ascii_uppercase().as_str() {
            "LS" => {
                let offered = message.last().split_whitespace().map(str::to_owned);
                self.registration.offered.extend(offered.take(OFFERED_MAX));
                self.registration.offered.truncate(OFFERED_MAX);
                if message.parameter(2) != "*" {
                    self.request();
                }
            }
            "ACK" => match &self.config.sasl {
                Some(sasl) => self.write(message::words("AUTHENTICATE", &[mechanism(sasl)])),
                None => self.write(message::words("CAP", &["END"])),
            },
            "NAK" if self.config.sasl.is_some() => self.end("the server refused to speak SASL"),
            "NAK" => self.write(message::words("CAP", &["END"])),
            _ => {}
        }
    }

    fn request(&mut self) {
        let offers = |name: &str| {
            self.registration.offered.iter().find_map(|offer| {
                let (key, value) = offer.split_once('=').unwrap_or((offer, ""));
                (key == name).then_some(value)
            })
        };
        let mut wanted: Vec<&str> =
            WANTED.into_iter().filter(|name| offers(name).is_some()).collect();
        if let Some(sasl) = &self.config.sasl {
            let mechanism = mechanism(sasl);
            let Some(mechanisms) = offers("sasl") else { return self.end_without_sasl() };
            if !mechanisms.is_empty() && !mechanisms.split(',').any(|m| m == mechanism) {
                let reason = format!("the server offers SASL {mechanisms}, but not {mechanism}");
                return self.end(&reason);
            }
            wanted.push("sasl");
        }
        if wanted.is_empty() {
            return self.write(message::words("CAP", &["END"]));
        }
        self.write(message::with_text("CAP", &["REQ"], &wanted.join(" ")));
    }

    fn end_without_sasl(&mut self) {
        self.end("the server offers no SASL: remove `sasl` from its configuration");
    }

    fn authenticate(&mut self) {
        let answer = match &self.config.sasl {
            None => return,
            Some(Sasl::External) => String::new(),
            Some(Sasl::Plain { account, password }) => {
                STANDARD.encode(format!("{account}\0{account}\0{password}"))
            }
        };
        let mut rest = answer.as_str();
        while rest.len() >= PIECE_BYTES {
            let (piece, after) = rest.split_at(PIECE_BYTES);
            self.write(message::words("AUTHENTICATE", &[piece]));
            rest = after;
        }
        let last = if rest.is_empty() { "+" } else { rest };
        self.write(message::words("AUTHENTICATE", &[last]));
    }

    fn welcome(&mut self, message: &Message, now: Instant) {
        if self.config.sasl.is_some() && !self.registration.logged_in {
            return self.end_without_sasl();
        }
        self.registration.done = true;
        self.tell(Event::Up);
        // A server that does not say how it calls us keeps what we said.
        if !message.parameter(0).is_empty() {
            message.parameter(0).clone_into(&mut self.nick);
        }
        self.note_nick(now);
        self.plan_joins(now);
    }
}

fn mechanism(sasl: &Sasl) -> &'static str {
    match sasl {
        Sasl::Plain { .. } => "PLAIN",
        Sasl::External => "EXTERNAL",
    }
}
