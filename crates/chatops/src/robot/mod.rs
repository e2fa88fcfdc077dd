//! The robot: what is said to it, and what it answers.
//!
//! Each sentence is answered at once: with an acknowledgement once the request is durable, with a
//! question, or with a reason. Results come later, through notification, rule and announcement,
//! and are delivered by [`crate::deliver`]. What the robot is asked for directly (`help`, `result`,
//! `cancel`, `again`) is in [`builtin`], answers to inquiries are in [`questions`]; everything else
//! is an alias.

mod builtin;
mod pages;
mod questions;

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::Refusal;
use alias::{Found, NotFound};
use chat::{Button, Tone};
use model::{ActionAlias, Object};
use serde_json::{Value, json};

use crate::{
    Chatops, Sentence,
    choices::Choices,
    said::{Heard, Reply},
};

/// The longest sentence that is looked at, in bytes.
const SENTENCE_MAX: usize = 64 * 1024;
/// How many meanings of a sentence are offered.
const CHOICES_MAX: usize = 9;
/// How many commands are suggested for one that is unknown.
const SUGGESTIONS_MAX: usize = 3;

impl Chatops {
    /// Hears a sentence and returns what the robot says at once.
    pub fn hear<'a>(&'a self, heard: &'a Heard) -> BoxFuture<'a, Vec<Reply>> {
        Box::pin(async move {
            let text = heard.text.trim();
            if text.is_empty() {
                return vec![Reply::new(Tone::Plain, "Yes? `help` lists what can be said.")];
            }
            if text.len() > SENTENCE_MAX {
                let kib = SENTENCE_MAX / 1024;
                let why = format!("That is too long to be a command: the limit is {kib} KiB.");
                return vec![Reply::new(Tone::Warning, why)];
            }
            if let Some(replies) = self.choose(heard, text).await {
                return replies;
            }
            if let Some(replies) = self.hear_builtin(heard, text).await {
                return replies;
            }
            self.hear_alias(heard, text).await
        })
    }

    async fn hear_alias(&self, heard: &Heard, text: &str) -> Vec<Reply> {
        let catalog = self.catalog();
        match catalog.matcher().find_lenient(text) {
            Ok(found) => self.carry_out(heard, text, &found).await,
            Err(NotFound::Ambiguous { candidates, .. }) => {
                vec![self.offer(heard, text, candidates)]
            }
            Err(NotFound::None { .. }) => vec![unknown(catalog.matcher(), text)],
        }
    }

    async fn choose(&self, heard: &Heard, text: &str) -> Option<Vec<Reply>> {
        let number: usize = text.parse().ok()?;
        let choices = self.choices().take(heard, self.now())?;
        let Some(found) = number.checked_sub(1).and_then(|index| choices.found.get(index)) else {
            let count = choices.found.len();
            let why = format!(
                "There is no choice {number}: say a number from 1 to {count}, or the command again."
            );
            self.choices().keep(heard, choices);
            return Some(vec![Reply::new(Tone::Warning, why)]);
        };
        let sentence = choices.sentence.clone();
        Some(self.carry_out(heard, &sentence, found).await)
    }

    async fn carry_out(&self, heard: &Heard, text: &str, found: &Found) -> Vec<Reply> {
        let format = &found.format.representation;
        let extracted = if found.format.match_multiple {
            alias::format::extract_multiple(format, text)
        } else {
            alias::format::extract_lenient(format, text).map(|one| vec![one])
        };
        let all = match extracted {
            Ok(all) => all,
            Err(error) => return vec![Reply::new(Tone::Bad, error.to_string())],
        };
        let mut replies = Vec::with_capacity(all.len());
        for parameters in all {
            replies.extend(self.carry_out_one(heard, text, &found.alias, parameters).await);
        }
        replies
    }

    async fn carry_out_one(
        &self,
        heard: &Heard,
        text: &str,
        alias: &Arc<ActionAlias>,
        parameters: Object,
    ) -> Option<Reply> {
        let is_private = is_private(alias) && !heard.is_private;
        let sentence = sentence(heard, text, is_private);
        let accepted = match self.execute_alias(alias, parameters, &sentence).await {
            Ok(accepted) => accepted,
            Err(refusal) => return Some(refused(&refusal)),
        };
        let enabled = alias.ack.get("enabled").and_then(Value::as_bool).unwrap_or(true);
        let short = accepted.execution.id.short();
        let text = match accepted.message {
            Some(message) => format!("{message} (`{short}`)"),
            None => format!("On it: `{}` is `{short}`.", accepted.execution.action_ref()),
        };
        let mut reply = Reply::new(Tone::Plain, text);
        reply.execution = Some(accepted.execution.id);
        reply.is_private = is_private;
        enabled.then_some(reply)
    }

    fn offer(&self, heard: &Heard, text: &str, mut candidates: Vec<Found>) -> Reply {
        candidates.sort_by_key(|found| found.alias.reference());
        candidates.dedup_by(|a, b| a.alias.id == b.alias.id && a.format == b.format);
        candidates.truncate(CHOICES_MAX);
        let mut lines = vec![format!("`{}` can mean:", shortened(text))];
        let mut buttons = Vec::with_capacity(candidates.len());
        for (index, found) in candidates.iter().enumerate() {
            let display = found.format.display.as_deref().unwrap_or(&found.format.representation);
            lines.push(format!("{}  {display}  ({})", index + 1, found.alias.action_ref));
            buttons.push(Button::new(display, (index + 1).to_string()));
        }
        lines.push("Say the number; nothing runs before.".to_owned());
        let choices =
            Choices { offered_at: self.now(), sentence: text.to_owned(), found: candidates };
        self.choices().keep(heard, choices);
        let mut reply = Reply::new(Tone::Warning, lines.join("\n"));
        reply.buttons = buttons;
        reply
    }
}

/// Returns the sentence with what brings its result back to where it was said.
pub(crate) fn sentence(heard: &Heard, text: &str, is_private: bool) -> Sentence {
    let room = if is_private { &heard.account } else { &heard.room };
    let mut own = json!({
        "adapter": heard.adapter,
        "room": room,
        "is_private": heard.is_private || is_private,
        "account": heard.account,
        "message_id": heard.message_id,
    });
    if let Some(own) = own.as_object_mut() {
        own.extend(heard.extra.clone());
        if is_private {
            // The thread is in the room, and the result goes elsewhere.
            own.shift_remove("thread");
        }
    }
    Sentence {
        command: text.to_owned(),
        user: json!(heard.account),
        source_channel: room.clone(),
        source_context: json!({"squall": own}),
        route: Some("chatops".to_owned()),
        principal: heard.principal.clone(),
    }
}

/// Tells whether what an alias says is for nobody but the person who asked.
pub(crate) fn is_private(alias: &ActionAlias) -> bool {
    let own = alias.extra.get("squall").and_then(|own| own.get("private"));
    own.and_then(Value::as_bool).unwrap_or(false)
}

/// Says in one line why something is not done.
fn refused(refusal: &Refusal) -> Reply {
    let text = refusal.to_string();
    // What Python's validator adds after the first line is for programs.
    let first = text.lines().next().unwrap_or_default();
    Reply::new(Tone::Bad, format!("Not done: {first}"))
}

fn unknown(matcher: &alias::Matcher, text: &str) -> Reply {
    let near = matcher.suggest(text, SUGGESTIONS_MAX);
    let mut answer = format!("No command `{}`.", shortened(text));
    let mut list: Vec<String> =
        builtin::nearest(text).map(|one| format!("`{one}`")).into_iter().collect();
    list.extend(near.iter().map(|one| format!("`{}`", one.display)));
    match list.as_slice() {
        [] => answer.push_str(" `help` lists what can be said."),
        [one] => {
            answer.push_str(" Did you mean ");
            answer.push_str(one);
            answer.push('?');
        }
        several => {
            answer.push_str(" Did you mean one of ");
            answer.push_str(&several.join(", "));
            answer.push('?');
        }
    }
    Reply::new(Tone::Warning, answer)
}

fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST + 1).collect();
    if line.chars().count() > MOST {
        format!("{}…", line.chars().take(MOST).collect::<String>())
    } else {
        line
    }
}
