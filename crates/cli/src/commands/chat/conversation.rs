//! A conversation with the robot: lines are sent, replies come at once, results later.
//!
//! Each line has its own id, which is returned in the context of its results. A line is complete
//! when all of its executions have reported back.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use client::{Client, Execution, Filter, ServerSentEvent, chat::Answer, execution::Query};
use futures_util::{Stream, StreamExt as _};
use model::Id;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio::sync::Notify;

use super::output::Output;

/// The event of results.
const EVENT: &str = "st2.announcement__chatops";
/// A position after all announcements: this reader only gets new ones.
const NOW: &str = "9223372036854775807";
/// The polling interval when no result comes.
const LOOK: Duration = Duration::from_secs(1);
/// The number of polls after the end of an execution without a result.
const LOOKS_MAX: u32 = 5;
/// The number of latest executions among which the one of a line is searched.
const RECENT: i64 = 20;
/// The pause before the stream is opened again.
const PAUSE: Duration = Duration::from_millis(500);
/// The time after which a message says what a line waits for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line that was sent.
#[derive(Debug, Default)]
struct Line {
    /// The executions that report back.
    expected: Vec<Id>,
    /// The number of received results.
    arrived: usize,
}

/// A conversation with the robot.
pub(super) struct Conversation {
    client: Client,
    session: String,
    count: AtomicU64,
    shared: Arc<Shared>,
}

struct Shared {
    session: String,
    lines: Mutex<HashMap<String, Line>>,
    arrived: Notify,
    output: Output,
}

impl Conversation {
    /// Opens a conversation; no result after the return is missed.
    pub(super) async fn open(client: &Client, output: Output) -> anyhow::Result<Self> {
        let mut chance = [0; 16];
        getrandom::fill(&mut chance).context("the system has no entropy")?;
        let session = format!("terminal-{:032x}", u128::from_le_bytes(chance));
        let shared = Arc::new(Shared {
            session: session.clone(),
            lines: Mutex::default(),
            arrived: Notify::new(),
            output,
        });
        let filter = Filter { last_event_id: Some(NOW.to_owned()), ..Filter::events(&[EVENT]) };
        let events = client.stream(&filter).await?;
        tokio::spawn(listen(client.clone(), filter, events, Arc::clone(&shared)));
        Ok(Self { client: client.clone(), session, count: AtomicU64::new(0), shared })
    }

    /// Sends a line and prints the replies.
    pub(super) async fn say(&self, text: &str) -> anyhow::Result<()> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number}", self.session);
        let answers = self.client.say(text, &id).await?;
        for answer in &answers {
            self.shared.output.answer(answer);
        }
        let expected = self.reporting(&answers, &id).await?;
        self.shared.lines().entry(id).or_default().expected = expected;
        Ok(())
    }

    /// Returns the executions that will report back to a line.
    async fn reporting(&self, answers: &[Answer], line: &str) -> anyhow::Result<Vec<Id>> {
        let mut found = Vec::new();
        for id in answers.iter().filter_map(|answer| answer.execution) {
            found.push(self.client.execution(&id.to_string()).await?);
        }
        if answers.is_empty() {
            // An alias may disable the acknowledgement.
            let query = Query { limit: Some(RECENT), ..Query::default() };
            found = self.client.executions(&query).await?.items;
        }
        let back = "/liveaction/notify/on-complete/data/source_context/squall/message_id";
        let is_ours =
            |one: &Execution| one.document.pointer(back).and_then(Value::as_str) == Some(line);
        Ok(found.into_iter().filter(is_ours).map(|one| one.id).collect())
    }

    /// Prints why a line was not sent.
    pub(super) fn report(&self, said: anyhow::Result<()>) {
        if let Err(error) = said {
            self.shared.output.complain(&error);
        }
    }

    /// Prints after a while what the last line still waits for.
    pub(super) fn remind(&self) {
        let shared = Arc::clone(&self.shared);
        let number = self.count.load(Ordering::Relaxed).saturating_sub(1);
        let id = format!("{}-{number}", self.session);
        tokio::spawn(async move {
            crate::pause::pause(PATIENCE).await;
            let open = shared.lines().get(&id).filter(|line| line.is_open()).map(Line::names);
            if let Some(names) = open {
                shared.output.note(&format!("… {names} still runs"));
            }
        });
    }

    /// Resolves when every line is complete.
    pub(super) async fn settle(&self) -> anyhow::Result<()> {
        let mut looks: HashMap<Id, u32> = HashMap::new();
        loop {
            let open: Vec<Id> = {
                let lines = self.shared.lines();
                lines
                    .values()
                    .filter(|line| line.is_open())
                    .flat_map(|line| &line.expected)
                    .copied()
                    .collect()
            };
            let given_up = |id: &Id| looks.get(id).is_some_and(|count| *count >= LOOKS_MAX);
            if open.iter().all(given_up) {
                return Ok(());
            }
            if tokio::time::timeout(LOOK, self.shared.arrived.notified()).await.is_ok() {
                continue;
            }
            for id in open {
                // An alias may disable the result message.
                if self.client.execution(&id.to_string()).await?.status.is_final() {
                    *looks.entry(id).or_default() += 1;
                }
            }
        }
    }
}

impl Line {
    fn is_open(&self) -> bool {
        self.arrived < self.expected.len()
    }

    fn names(&self) -> String {
        let names: Vec<String> =
            self.expected.iter().map(|id| format!("`{}`", id.short())).collect();
        names.join(", ")
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.lines.lock()
    }

    /// Prints a result if it belongs to one of the lines.
    fn hear(&self, event: &ServerSentEvent) {
        let Ok(document) = serde_json::from_str::<Value>(&event.data) else { return };
        let payload = &document["payload"];
        let id = payload.pointer("/context/squall/message_id").and_then(Value::as_str);
        let Some(id) = id.filter(|id| id.starts_with(&self.session)) else { return };
        if payload.pointer("/extra/squall/question").is_some() {
            // The execution of an inquiry has not ended.
            self.output.question(payload);
            return;
        }
        self.output.result(payload);
        self.lines().entry(id.to_owned()).or_default().arrived += 1;
        self.arrived.notify_one();
    }
}

/// Reads results until the conversation ends, reconnecting if necessary.
async fn listen(
    client: Client,
    mut filter: Filter,
    events: impl Stream<Item = Result<ServerSentEvent, client::Error>> + Send + 'static,
    shared: Arc<Shared>,
) {
    let mut events = events.boxed();
    loop {
        while let Some(Ok(event)) = events.next().await {
            if event.id.is_some() {
                filter.last_event_id.clone_from(&event.id);
            }
            shared.hear(&event);
        }
        events = loop {
            crate::pause::pause(PAUSE).await;
            match client.stream(&filter).await {
                Ok(events) => break events.boxed(),
                Err(error) if error.may_pass() => {}
                Err(error) => {
                    shared.output.complain(&error.into());
                    return;
                }
            }
        };
    }
}
