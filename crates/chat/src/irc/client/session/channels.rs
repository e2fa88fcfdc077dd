//! The configured channels: joined after registration, and again after a KICK.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Effect, Session};
use crate::{
    Event, Room,
    backoff::Backoff,
    irc::{
        Channel, Config,
        client::{
            message::{self, Message},
            text,
        },
    },
};

/// After so long in a channel the waits before joining it begin anew.
const STABLE: Duration = Duration::from_secs(60);

/// A channel and whether we are in it.
pub(super) struct Membership {
    pub(super) name: String,
    key: Option<String>,
    joined_at: Option<Instant>,
    backoff: Backoff,
    /// When to join.
    pub(super) try_at: Option<Instant>,
    reason: Option<String>,
}

impl Membership {
    pub(super) fn new(channel: &Channel, config: &Arc<Config>, seed: u64) -> Self {
        // Each channel has a wait of its own, so that not all are joined at once.
        let seed = channel
            .name
            .bytes()
            .fold(seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self {
            name: channel.name.clone(),
            key: channel.key.clone(),
            joined_at: None,
            backoff: Backoff::new(config.backoff_min, config.backoff_max, seed),
            try_at: None,
            reason: None,
        }
    }
}

impl Session {
    /// Returns whether messages to `room` can be written now: those to configured
    /// channels wait until we are in them.
    pub(in crate::irc::client) fn is_open(&self, room: &Room) -> bool {
        match room {
            Room::Private(_) => true,
            Room::Channel(name) => {
                let known = self.channels.iter().find(|c| self.casemapping.equal(&c.name, name));
                known.is_none_or(|channel| channel.joined_at.is_some())
            }
        }
    }

    /// Returns which channels we are not in and why.
    pub(in crate::irc::client) fn missing(&self) -> Option<String> {
        let missing: Vec<String> = self
            .channels
            .iter()
            .filter(|channel| channel.joined_at.is_none())
            .filter_map(|channel| {
                let reason = channel.reason.as_ref()?;
                Some(format!("not in `{}`: {reason}", channel.name))
            })
            .collect();
        (!missing.is_empty()).then(|| missing.join("; "))
    }

    /// Returns whether an answer about `name` is about joining it.
    pub(super) fn is_joining(&self, name: &str) -> bool {
        let joining = |c: &&Membership| c.joined_at.is_none() && c.try_at.is_some();
        self.channels.iter().filter(joining).any(|c| self.casemapping.equal(&c.name, name))
    }

    /// Spreads the joins over time, below the rate that the server allows.
    pub(super) fn plan_joins(&mut self, now: Instant) {
        let interval = Duration::from_millis(self.config.flood_interval_ms);
        let burst = self.config.flood_burst;
        for (index, channel) in (0_u32..).zip(&mut self.channels) {
            let wait = interval.saturating_mul(index.saturating_sub(burst));
            channel.try_at = Some(now + wait);
        }
    }

    pub(super) fn join_due(&mut self, now: Instant) {
        let mut lines = Vec::new();
        for channel in &mut self.channels {
            if channel.try_at.is_none_or(|at| at > now) {
                continue;
            }
            // A server that does not answer is asked again.
            channel.try_at = Some(now + channel.backoff.fail().max(self.config.ping_timeout));
            lines.push(match &channel.key {
                Some(key) => message::words("JOIN", &[&channel.name, key]),
                None => message::words("JOIN", &[&channel.name]),
            });
        }
        for line in lines {
            match line {
                Ok(line) => self.effects.push(Effect::Write(line)),
                Err(_) => self.refuse_configured(),
            }
        }
    }

    pub(super) fn receive_channel(&mut self, message: &Message, now: Instant) {
        match message.command.as_str() {
            "JOIN" if self.is_me(message) => self.enter(message.parameter(0), now),
            "PART" if self.is_me(message) => {
                self.leave(message.parameter(0), "made to leave", now);
            }
            "KICK" if self.casemapping.equal(message.parameter(1), &self.nick) => {
                let why = text::plain(message.parameter(2));
                let reason = format!("kicked by `{}`: {why}", message.prefix.nick);
                self.leave(message.parameter(0), &reason, now);
            }
            "INVITE" => self.accept(message.parameter(1), now),
            "403" | "405" | "437" | "471" | "473" | "474" | "475" | "476" | "477" | "489"
            | "520" => {
                let reason = text::plain(message.last());
                self.leave(message.parameter(1), &reason, now);
            }
            _ => {}
        }
    }

    fn enter(&mut self, name: &str, now: Instant) {
        let casemapping = self.casemapping;
        let Some(channel) =
            self.channels.iter_mut().find(|channel| casemapping.equal(&channel.name, name))
        else {
            return;
        };
        channel.joined_at = Some(now);
        channel.try_at = None;
        channel.reason = None;
        let name = channel.name.clone();
        self.tell(Event::Joined(name));
    }

    fn leave(&mut self, name: &str, reason: &str, now: Instant) {
        let casemapping = self.casemapping;
        let Some(channel) =
            self.channels.iter_mut().find(|channel| casemapping.equal(&channel.name, name))
        else {
            return;
        };
        let stayed = channel.joined_at.take().map(|at| now.saturating_duration_since(at));
        if stayed.is_some_and(|stayed| stayed >= STABLE) {
            channel.backoff.reset();
        }
        channel.try_at = Some(now + channel.backoff.fail());
        channel.reason = Some(reason.to_owned());
        let (channel, reason) = (channel.name.clone(), reason.to_owned());
        self.tell(Event::JoinFailed { channel, reason });
    }

    /// Follows an invitation into a configured channel.
    fn accept(&mut self, name: &str, now: Instant) {
        let casemapping = self.casemapping;
        let invited = |channel: &&mut Membership| casemapping.equal(&channel.name, name);
        if let Some(channel) = self.channels.iter_mut().find(invited)
            && channel.joined_at.is_none()
        {
            channel.try_at = Some(now);
        }
    }

    /// Gives up a channel whose name or key cannot be written in a line.
    fn refuse_configured(&mut self) {
        let reason = "no channel can have this name or this key";
        let unwritable = |channel: &&mut Membership| {
            let key = channel.key.as_deref().unwrap_or("x");
            message::words("JOIN", &[&channel.name, key]).is_err() && channel.try_at.is_some()
        };
        let Some(channel) = self.channels.iter_mut().find(unwritable) else { return };
        channel.try_at = None;
        channel.reason = Some(reason.to_owned());
        let channel = channel.name.clone();
        self.tell(Event::JoinFailed { channel, reason: reason.to_owned() });
    }
}
