//! Where a question is told, and how.
//!
//! Whoever asked for the execution that the question is part of asked somewhere: the question goes
//! back there, by the way that the result will take. Where the inquiry's route is a room that the
//! robot is in, it goes to that room as well. Other routes are for rules on
//! `core.st2.generic.inquiry`.

use std::{fmt::Write as _, sync::Arc};

use model::{Announcement, Execution, Object, parameter::Parameter};
use serde_json::{Value, json};

use super::{names, words};
use crate::Workflows;
use execution::{Commit, Outlet};

/// How many workflows inside each other are looked through for the one that was asked for.
const PARENTS_MAX: usize = 64;
/// The longest description that is told, in characters.
const DESCRIPTION_MAX: usize = 300;
/// How many parts of an answer are listed.
const PARTS_MAX: usize = 12;

/// What is told of a question, and where.
pub(super) struct Post {
    /// By the ways that results take.
    announcements: Vec<Announcement>,
    /// In rooms of the robot.
    rooms: Vec<(Arc<Outlet>, Object)>,
}

impl Workflows {
    /// Decides where a question is told.
    pub(super) fn post_of(&self, execution: &Execution, result: &Object) -> Post {
        let root = self.asked_for(execution);
        let source = root.as_deref().unwrap_or(execution);
        let text = question(execution, source, result);
        let announcements = announcements(source, execution, &text);
        let is_told = |room: &str| {
            let is_it = |one: &Announcement| one.payload.get("channel") == Some(&json!(room));
            announcements.iter().any(is_it)
        };
        let route = result.get("route").and_then(Value::as_str).filter(|route| !is_told(route));
        let rooms = route.map(|room| self.executions().outlets_in(room)).unwrap_or_default();
        let payload = route.map(|room| payload(execution, &text, json!(null), json!(room)));
        let rooms = rooms.into_iter().zip(std::iter::repeat(payload.unwrap_or_default())).collect();
        Post { announcements, rooms }
    }

    /// Returns the outermost execution that this one is part of.
    pub fn asked_for(&self, execution: &Execution) -> Option<Arc<Execution>> {
        let mut root = None;
        let mut parent = execution.parent;
        for _ in 0..PARENTS_MAX {
            let Some(slot) = parent.and_then(|id| self.executions().slot(id)) else { break };
            let execution = Arc::clone(&slot.seen.borrow());
            parent = execution.parent;
            root = Some(execution);
        }
        root
    }

    /// Adds a question to the commit with which it begins to wait.
    pub(super) fn post_into(&self, commit: &mut Commit, execution: &Execution, post: &Post) {
        for announcement in &post.announcements {
            self.executions().announce_into(commit, execution, announcement);
        }
        for (adapter, payload) in &post.rooms {
            let room = payload.get("channel").and_then(Value::as_str).unwrap_or_default();
            self.executions().deliver_into(commit, execution, (adapter, room), payload);
        }
    }
}

/// Returns the question by each way that the result of what was asked for will take.
fn announcements(source: &Execution, execution: &Execution, text: &str) -> Vec<Announcement> {
    let on_complete = source.notify.as_ref().and_then(|notify| notify.on_complete.as_ref());
    let Some(notification) = on_complete else { return Vec::new() };
    let Some(data) = &notification.data else { return Vec::new() };
    let Some(channel) = data.get("source_channel").filter(|channel| channel.is_string()) else {
        return Vec::new();
    };
    let user = data.get("user").cloned().unwrap_or_default();
    let mut payload = payload(execution, text, user, channel.clone());
    let context = data.get("source_context").cloned().unwrap_or_default();
    payload.insert("context".to_owned(), context);
    let announcement = |route: &str| Announcement {
        route: route.to_owned(),
        payload: payload.clone(),
        trace_context: Value::Null,
    };
    notification.routes().into_iter().map(announcement).collect()
}

fn payload(execution: &Execution, text: &str, user: Value, channel: Value) -> Object {
    Object::from_iter([
        ("user".to_owned(), user),
        ("channel".to_owned(), channel),
        ("whisper".to_owned(), json!(false)),
        ("context".to_owned(), Value::Null),
        ("message".to_owned(), json!(text)),
        // A bot that counts results does not count this.
        ("extra".to_owned(), json!({"squall": {"question": execution.id}})),
    ])
}

/// Returns a question as people read it.
fn question(execution: &Execution, source: &Execution, result: &Object) -> String {
    let short = execution.id.short();
    let schema = result.get("schema").unwrap_or(&Value::Null);
    let list = |name: &str| result.get(name).and_then(names);
    let asks = match (list("users"), list("roles")) {
        (Some(users), _) => format!("asks {}", words::listed(&users, "and")),
        (None, Some(roles)) => format!("asks who is {}", words::listed(&roles, "or")),
        (None, None) => "asks".to_owned(),
    };
    let mut text = format!("`{short}` ({}) {asks}: ", source.action_ref());
    text.push_str(&body(schema, &short));
    text
}

/// Returns what is asked and how to answer.
pub fn body(schema: &Value, short: &str) -> String {
    let parts = words::properties(schema);
    if let [(name, part)] = parts.as_slice()
        && words::sole_boolean(schema).is_some()
    {
        let what = description(part).unwrap_or_else(|| format!("{name}?"));
        return format!("{what}\nSay `approve {short}` or `deny {short}`.");
    }
    let title =
        schema.get("title").and_then(Value::as_str).filter(|title| *title != "response_data");
    let mut text = title.map_or_else(|| "Please answer.".to_owned(), shortened);
    for (name, part) in parts.iter().take(PARTS_MAX) {
        let _infallible = write!(text, "\n  {name} ({})", kind(schema, name, part));
        if let Some(description) = description(part) {
            let _infallible = write!(text, ": {description}");
        }
    }
    let _infallible = write!(text, "\nSay `answer {short} {}`.", words::example(schema));
    let is_secret = |part: &Value| Parameter::of(part).is_some_and(Parameter::is_secret);
    if parts.iter().any(|(_, part)| is_secret(part)) {
        text.push_str(" It holds a secret: say it in a private conversation with the robot.");
    }
    text
}

fn description(part: &Value) -> Option<String> {
    part.get("description").and_then(Value::as_str).map(shortened).filter(|text| !text.is_empty())
}

/// Returns what a part of an answer may be.
fn kind(schema: &Value, name: &str, part: &Value) -> String {
    let mut kind = match part.get("enum").and_then(Value::as_array) {
        Some(choices) => choices.iter().map(words::printed).collect::<Vec<_>>().join(" | "),
        None => words::types(part).join(" or "),
    };
    match Parameter::of(part).and_then(Parameter::default) {
        Some(default) => {
            let _infallible = write!(kind, ", {} unless said", words::printed(default));
        }
        None if !words::is_required(schema, name) => kind.push_str(", optional"),
        None => {}
    }
    kind
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    line.chars().take(DESCRIPTION_MAX).collect()
}
