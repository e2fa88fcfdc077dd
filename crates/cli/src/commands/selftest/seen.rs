//! What the checks know of an execution, and the executions that they look at together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use client::{Client, Error, execution::Query};
use model::{Id, Runner, Status, Timestamp, execution::LogEntry};
use serde_json::Value;

use super::{
    content::Files,
    content::RULE,
    load::{CHANNEL, CONTEXT},
};

/// How many executions are read at once.
const PAGE: u64 = 100;
/// The rule that carries results back to Hubot.
const HUBOT_RULE: &str = "chatops.notify";

/// Who is told of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Nobody,
    File,
    Chat,
}

/// What the checks know of an execution.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) id: Id,
    pub(super) liveaction: String,
    pub(super) status: Status,
    pub(super) log: Vec<LogEntry>,
    pub(super) action: String,
    pub(super) runner: Runner,
    pub(super) result: Value,
    /// The workflow that it is part of.
    pub(super) parent: Option<Id>,
    /// The task that it ran for, with the number of the item where it has items.
    pub(super) task: Option<String>,
    /// Whether it is a re-run, whole or of tasks.
    pub(super) is_rerun: bool,
    /// The tasks from which it runs a workflow again.
    pub(super) rerun: Vec<String>,
    /// The live action that it retries, and how many retries it makes with this one.
    pub(super) retried: Option<(String, u64)>,
    /// Whether a person has paused it.
    pub(super) is_paused_by_person: bool,
    pub(super) told: Told,
    /// The execution of whose end a rule tells with this one.
    pub(super) message_for: Option<Id>,
    /// Whether it appends its id to the file of starts.
    pub(super) appends: bool,
}

impl Seen {
    fn read(document: &Value, starts_file: &str) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let context = &document["context"];
        let runner: Runner = document["action"]["runner_type"].as_str()?.parse().ok()?;
        let command = document["parameters"]["cmd"].as_str().unwrap_or_default();
        let rerun = context["re-run"]["tasks"].as_array().into_iter().flatten();
        let retry = &context["policies"]["retry"];
        let message_for = message_for(document, command);
        let is_rerun = context["re-run"].is_object();
        Some(Self {
            id: document["id"].as_str()?.parse().ok()?,
            liveaction: text(&document["liveaction"]["id"])?,
            status: serde_json::from_value(document["status"].clone()).ok()?,
            log: serde_json::from_value(document["log"].clone()).ok()?,
            action: text(&document["action"]["ref"])?,
            runner,
            result: document["result"].clone(),
            parent: document["parent"].as_str().and_then(|id| id.parse().ok()),
            task: task(context),
            is_rerun,
            rerun: rerun.filter_map(&text).collect(),
            retried: text(&retry["retried_liveaction_id"]).zip(retry["retry_count"].as_u64()),
            is_paused_by_person: context["paused_by"].is_string(),
            told: if is_rerun || message_for.is_some() { Told::Nobody } else { told(document) },
            message_for,
            appends: runner == Runner::LocalShellCmd && command.contains(starts_file),
        })
    }

    /// Returns how often it was started, by its record.
    pub(super) fn starts(&self) -> usize {
        self.log.iter().filter(|entry| entry.status == Status::Running).count()
    }

    /// Returns when it had a status for the last time.
    pub(super) fn last(&self, status: Status) -> Option<Timestamp> {
        let entry = self.log.iter().rev().find(|entry| entry.status == status);
        entry.map(|entry| entry.timestamp)
    }

    /// Returns the times between which it had a status; the last one may have no end.
    pub(super) fn times(&self, status: Status) -> Vec<(Timestamp, Option<Timestamp>)> {
        let next = |index: usize| self.log.get(index + 1).map(|entry| entry.timestamp);
        let entries = self.log.iter().enumerate().filter(|(_, entry)| entry.status == status);
        entries.map(|(index, entry)| (entry.timestamp, next(index))).collect()
    }
}

fn task(context: &Value) -> Option<String> {
    if let Some(name) = context["chain"]["name"].as_str() {
        return Some(name.to_owned());
    }
    let place = &context["orquesta"];
    let task = place["task_id"].as_str()?;
    Some(match place["item_id"].as_u64() {
        Some(item) => format!("{task}/{item}"),
        None => task.to_owned(),
    })
}

fn message_for(document: &Value, command: &str) -> Option<Id> {
    match document["rule"]["ref"].as_str() {
        Some(RULE) => command.split(['"', ' ']).rev().find_map(|word| word.parse().ok()),
        Some(HUBOT_RULE) => document["parameters"]["execution_id"].as_str()?.parse().ok(),
        _ => None,
    }
}

fn told(document: &Value) -> Told {
    let context = &document["context"];
    if document["parent"].is_string() {
        // Chains hand on to their tasks whom they tell.
        let is_told = document["liveaction"]["notify"].is_object();
        return if is_told { Told::File } else { Told::Nobody };
    }
    if context["source_channel"] == CHANNEL {
        Told::Chat
    } else if context[CONTEXT] == "file" {
        Told::File
    } else {
        Told::Nobody
    }
}

/// The executions that a check looks at.
#[derive(Debug, Default)]
pub(super) struct View {
    by_id: BTreeMap<Id, Seen>,
}

impl View {
    /// Adds executions; of one that is there already the later state stays.
    pub(super) fn add(&mut self, all: impl IntoIterator<Item = Seen>) {
        for seen in all {
            let old = self.by_id.get(&seen.id);
            if old.is_none_or(|old| old.log.len() < seen.log.len()) {
                self.by_id.insert(seen.id, seen);
            }
        }
    }

    pub(super) fn get(&self, id: Id) -> Option<&Seen> {
        self.by_id.get(&id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.by_id.values()
    }

    /// Returns the parts of each workflow.
    pub(super) fn parts(&self) -> HashMap<Id, Vec<&Seen>> {
        let mut parts: HashMap<Id, Vec<&Seen>> = HashMap::new();
        for seen in self.all() {
            if let Some(parent) = seen.parent {
                parts.entry(parent).or_default().push(seen);
            }
        }
        parts
    }

    /// Returns the execution at the top of the tree to which one belongs.
    pub(super) fn root(&self, id: Id) -> Id {
        match self.get(id).and_then(|seen| seen.parent) {
            Some(parent) => self.root(parent),
            None => id,
        }
    }

    /// Returns the workflows around a part, from the inside out.
    pub(super) fn above(&self, id: Id) -> Vec<&Seen> {
        let parent = |seen: &&Seen| self.get(seen.parent?);
        std::iter::successors(self.get(id).as_ref().and_then(parent), parent).collect()
    }

    /// Returns the roots of the trees in which something has not ended.
    pub(super) fn open_roots(&self) -> BTreeSet<Id> {
        let open = self.all().filter(|seen| !seen.status.is_final());
        open.map(|seen| self.root(seen.id)).collect()
    }
}

/// Reads the executions that were requested after a moment.
pub(super) async fn since(
    client: &Client,
    moment: Timestamp,
    files: &Files,
) -> Result<Vec<Seen>, Error> {
    let starts_file = files.starts.display().to_string();
    let mut seen = Vec::new();
    for page in 0.. {
        let query = Query {
            timestamp_gt: Some(moment.to_string()),
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

/// Reads an execution with everything below it.
pub(super) async fn tree(client: &Client, root: Id, files: &Files) -> Result<Vec<Seen>, Error> {
    let starts_file = files.starts.display().to_string();
    let root = root.to_string();
    let mut all = vec![client.execution(&root).await?];
    all.extend(client.children(&root, -1).await?);
    Ok(all.iter().filter_map(|one| Seen::read(&one.document, &starts_file)).collect())
}

/// Returns how many executions there are, of any time and status.
pub(super) async fn count(client: &Client) -> Result<u64, Error> {
    let query =
        Query { limit: Some(1), exclude_attributes: Some("result".to_owned()), ..Query::default() };
    Ok(client.executions(&query).await?.total)
}
