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
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use access::Refusal;
use alias::{Found, NotFound};
use chat::{Button, Tone};
use model::{ActionAlias, Id, Object, Principal, Timestamp};
use serde_json::{Value, json};

use crate::{Chatops, Sentence};

/// The longest sentence that is looked at, in bytes.
const SENTENCE_MAX: usize = 64 * 1024;
/// How long a question waits for its answer, in milliseconds.
const QUESTION_MS: i64 = 10 * 60 * 1_000;
/// How many questions wait at once.
const QUESTIONS_MAX: usize = 1_000;
/// How many choices a question offers.
const CHOICES_MAX: usize = 9;
/// How many commands are suggested for one that is unknown.
const SUGGESTIONS_MAX: usize = 3;

/// A sentence that the robot heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The adapter.
    pub adapter: String,
    /// The room: a channel, or the account for a private conversation.
    pub room: String,
    /// Whether nobody else reads along.
    pub is_private: bool,
    /// Who said it, as the network names them.
    pub account: String,
    /// What was said, without the address.
    pub text: String,
    /// Distinguishes the message; the session, for a terminal.
    pub message_id: String,
    /// On whose behalf it is done.
    pub principal: Principal,
    /// What else goes into the context of results: the thread, mentions, attachments.
    pub extra: Object,
}

/// What the robot says to a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// How to get the rest, when it is too long for the network.
    pub more: Option<String>,
    /// The execution that it is about.
    pub execution: Option<Id>,
    /// Whether only the person who asked may see it.
    pub is_private: bool,
    /// What can be said next, for networks that show buttons; the text says the same.
    pub buttons: Vec<Button>,
}

impl Reply {
    fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone,
            more: None,
            execution: None,
            is_private: false,
            buttons: Vec::new(),
        }
    }
}

/// The questions that wait for an answer, by adapter, room and account.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    waiting: Mutex<HashMap<(String, String, String), Question>>,
}

#[derive(Debug)]
struct Question {
    asked_at: Timestamp,
    sentence: String,
    choices: Vec<Found>,
}

impl Questions {
    fn keep(&self, heard: &Heard, question: Question) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= QUESTIONS_MAX {
            waiting.clear();
        }
        waiting.insert(key(heard), question);
    }

    fn take(&self, heard: &Heard) -> Option<Question> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(heard))
    }
}

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
            if let Some(replies) = self.answer_question(heard, text).await {
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
                vec![self.ask(heard, text, candidates)]
            }
            Err(NotFound::None { .. }) => vec![unknown(catalog.matcher(), text)],
        }
    }

    async fn answer_question(&self, heard: &Heard, text: &str) -> Option<Vec<Reply>> {
        let number: usize = text.parse().ok()?;
        let question = self.questions().take(heard)?;
        if question.asked_at.plus_ms(QUESTION_MS) < self.now() {
            return None;
        }
        let Some(found) = number.checked_sub(1).and_then(|index| question.choices.get(index))
        else {
            let count = question.choices.len();
            let why = format!(
                "There is no choice {number}: say a number from 1 to {count}, or the command again."
            );
            self.questions().keep(heard, question);
            return Some(vec![Reply::new(Tone::Warning, why)]);
        };
        let sentence = question.sentence.clone();
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

    fn ask(&self, heard: &Heard, text: &str, mut candidates: Vec<Found>) -> Reply {
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
        let question =
            Question { asked_at: self.now(), sentence: text.to_owned(), choices: candidates };
        self.questions().keep(heard, question);
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

fn key(heard: &Heard) -> (String, String, String) {
    (heard.adapter.clone(), heard.room.clone(), heard.account.clone())
}
