//! The check after a crash: what was acknowledged is there, has ended, ran once and was told once.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use client::{Client, Error, execution::Query};
use model::{Id, Status};
use serde::Serialize;
use serde_json::Value;

use super::{
    ledger::{Round, Trace},
    listener::Listener,
    load::{CHANNEL, CONTEXT, Files, RULE},
    workflows,
};

/// How many executions are read at once.
const PAGE: u64 = 100;
/// The rule that carries results back to Hubot.
const HUBOT_RULE: &str = "chatops.notify";

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Violation {
    /// The execution, or what else it is about.
    pub(super) id: String,
    /// What is wrong.
    pub(super) what: String,
}

/// Who hears of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nobody,
    File,
    Chat,
}

/// What the check needs to know of an execution.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) id: Id,
    pub(super) status: Status,
    told: Told,
    /// The execution whose end a rule tells with this one.
    message_for: Option<Id>,
    is_local: bool,
    appends: bool,
    /// How often it was started.
    pub(super) starts: usize,
    /// The action's reference.
    pub(super) action: String,
    /// The workflow and the task that it ran for.
    pub(super) part: Option<Part>,
    pub(super) result: Value,
}

/// The place of an execution in a workflow.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) of: Id,
    /// The task, with the number of the item where it has items.
    pub(super) task: String,
}

impl Part {
    fn read(document: &Value) -> Option<Self> {
        let of = document["parent"].as_str()?.parse().ok()?;
        let place = &document["context"]["orquesta"];
        let task = place["task_id"].as_str()?;
        let task = match place["item_id"].as_u64() {
            Some(item) => format!("{task}/{item}"),
            None => task.to_owned(),
        };
        Some(Self { of, task })
    }
}

impl Seen {
    fn read(document: &Value, starts_file: &str) -> Option<Self> {
        let status = serde_json::from_value(document["status"].clone()).ok()?;
        let command = document["parameters"]["cmd"].as_str().unwrap_or_default();
        let log = document["log"].as_array().into_iter().flatten();
        let is_local = document["action"]["ref"] == "core.local";
        let message_for = match document["rule"]["ref"].as_str() {
            Some(RULE) => command.split(['"', ' ']).rev().find_map(|word| word.parse().ok()),
            Some(HUBOT_RULE) => document["parameters"]["execution_id"].as_str()?.parse().ok(),
            _ => None,
        };
        let context = &document["context"];
        let told = if context["re-run"].is_object() || message_for.is_some() {
            Told::Nobody
        } else if context["source_channel"] == CHANNEL {
            Told::Chat
        } else if context[CONTEXT] == "file" {
            Told::File
        } else {
            Told::Nobody
        };
        Some(Self {
            id: document["id"].as_str()?.parse().ok()?,
            status,
            told,
            message_for,
            is_local,
            appends: is_local && command.contains(starts_file),
            starts: log.filter(|entry| entry["status"] == "running").count(),
            action: document["action"]["ref"].as_str().unwrap_or_default().to_owned(),
            part: Part::read(document),
            result: document["result"].clone(),
        })
    }

    /// Tells whether this was started, though it may be started only once, by its record.
    const fn is_started_again(&self) -> bool {
        self.is_local && self.starts > 1
    }
}

/// What is known of the outside: files and stream.
#[derive(Debug)]
pub(super) struct Outside {
    pub(super) starts: Trace,
    pub(super) messages: Trace,
    pub(super) listener: Listener,
}

impl Outside {
    /// Reads what came in since.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        self.starts.read()?;
        self.messages.read()
    }

    /// Returns what happened twice outside, in all rounds.
    pub(super) fn twice(&self) -> Vec<Violation> {
        let mut found = Found::default();
        for (counts, what) in [
            (&self.starts.first, "was started more than once: lines in the file"),
            (&self.messages.first, "is a message that was started more than once: lines"),
            (&self.messages.second, "was told more than once: lines in the file"),
        ] {
            for (id, count) in counts.iter().filter(|(_, count)| **count > 1) {
                found.add(id, format_args!("{what}: {count}"));
            }
        }
        self.listener.heard(|heard| {
            for place in &heard.twice {
                found.add(place, "is an announcement that came twice on one reader's stream");
            }
            for (id, count) in heard.announced.iter().filter(|(_, count)| **count > 1) {
                found.add(id, format_args!("was announced {count} times"));
            }
        });
        found.0
    }
}

#[derive(Default)]
pub(super) struct Found(Vec<Violation>);

impl Found {
    pub(super) fn add(&mut self, id: impl fmt::Display, what: impl fmt::Display) {
        self.0.push(Violation { id: id.to_string(), what: what.to_string() });
    }
}

/// Returns the executions that were requested after a moment.
pub(super) async fn since(
    client: &Client,
    moment: &str,
    files: &Files,
) -> Result<Vec<Seen>, Error> {
    let starts_file = files.starts.display().to_string();
    let mut seen = Vec::new();
    for page in 0.. {
        let query = Query {
            timestamp_gt: Some(moment.to_owned()),
            limit: i64::try_from(PAGE).ok(),
            offset: Some(page * PAGE),
            sort: Some("id".to_owned()),
            exclude_attributes: Some("trigger_instance".to_owned()),
            ..Query::default()
        };
        let page = client.executions(&query).await?;
        let is_last = (page.items.len() as u64) < PAGE;
        seen.extend(page.items.iter().filter_map(|one| Seen::read(&one.document, &starts_file)));
        if is_last {
            break;
        }
    }
    Ok(seen)
}

/// Returns how many executions there are, of any time and status.
pub(super) async fn count(client: &Client) -> Result<u64, Error> {
    let query =
        Query { limit: Some(1), exclude_attributes: Some("result".to_owned()), ..Query::default() };
    Ok(client.executions(&query).await?.total)
}

/// Returns what is wrong with the executions of a round.
pub(super) fn verdict(round: &Round, seen: &[Seen], outside: &Outside) -> Vec<Violation> {
    let mut found = Found::default();
    let known: HashMap<Id, &Seen> = seen.iter().map(|one| (one.id, one)).collect();
    for (id, what) in &round.requested {
        if !known.contains_key(id) {
            found.add(id, format_args!("was acknowledged ({what}) and is lost"));
        }
    }
    for id in &round.canceled {
        if let Some(one) = known.get(id).filter(|one| one.status != Status::Canceled) {
            let status = one.status;
            found.add(id, format_args!("is {status}, though its cancelation was acknowledged"));
        }
    }
    for refused in &round.refused {
        found.add("a request", format_args!("was refused: {refused}"));
    }
    let mut messages: HashMap<Id, u32> = HashMap::new();
    for source in seen.iter().filter_map(|one| one.message_for) {
        *messages.entry(source).or_default() += 1;
    }
    for one in seen {
        check_run(&mut found, one, outside);
        check_message(&mut found, one, messages.get(&one.id).copied().unwrap_or(0), outside);
    }
    workflows::check(&mut found, seen);
    found.0
}

fn check_run(found: &mut Found, one: &Seen, outside: &Outside) {
    let (id, status) = (one.id, one.status);
    if !status.is_final() {
        found.add(id, format_args!("is still {status}"));
    }
    if one.is_started_again() {
        found.add(id, format_args!("was started {} times by its record", one.starts));
    }
    let is_marked = outside.starts.first.contains_key(&id);
    if one.appends && status == Status::Succeeded && !is_marked {
        found.add(id, "has succeeded and did nothing");
    }
    if one.appends && is_marked && one.starts == 0 {
        found.add(id, "did something, but never started by its record");
    }
    if matches!(status, Status::Failed | Status::Timeout) {
        found.add(id, format_args!("is {status}, though it cannot fail"));
    }
}

fn check_message(found: &mut Found, one: &Seen, messages: u32, outside: &Outside) {
    let id = one.id;
    let expected = u32::from(one.told != Told::Nobody);
    if messages != expected {
        found.add(id, format_args!("has {messages} final messages, not {expected}"));
    }
    if one.told == Told::Chat && outside.listener.heard(|heard| !heard.announced.contains_key(&id))
    {
        found.add(id, "was not announced on the stream");
    }
    if one.message_for.is_some() && one.is_local && one.status == Status::Succeeded {
        let is_written = outside.messages.first.contains_key(&id);
        if !is_written {
            found.add(id, "is a message that has succeeded and is not written");
        }
    }
}

/// Returns the ids.
pub(super) fn ids(seen: &[Seen]) -> HashSet<Id> {
    seen.iter().map(|one| one.id).collect()
}
