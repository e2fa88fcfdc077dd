//! Watching an execution and everything below it: documents are updated from the event stream, and
//! read again every few seconds for what the stream does not bring.

use std::{
    collections::{HashMap, HashSet},
    io::{self, IsTerminal as _, Write as _},
    pin::Pin,
    time::Duration,
};

use client::{Client, Error, Execution, Filter, ServerSentEvent};
use futures_util::{Stream, StreamExt as _};
use model::{Clock as _, Status};
use serde_json::Value;
use tokio::{task::JoinSet, time::Instant};

use super::tree::{self, Known, View};
use crate::{clock::Machine, print, table};

/// The polling interval when no event comes.
const LOOK: Duration = Duration::from_secs(2);
/// The minimum interval of redraws, and the time that a line waits for others.
const DRAW: Duration = Duration::from_millis(250);
/// The minimum interval of reading the tasks.
const TASKS: Duration = Duration::from_secs(1);
/// The pause between two reads of the tree, as a multiple of the time that a read takes.
const RARELY: u32 = 20;
/// The maximum number of sub-workflows whose tasks are read.
const INNER_MAX: usize = 50;
/// The maximum number of outputs that are followed at once.
const TAILS_MAX: usize = 32;
/// The size of a terminal that does not report it.
const SIZE: (usize, usize) = (120, 40);

/// A watched execution with everything below it.
pub(super) struct Watch {
    client: Client,
    /// The execution.
    pub(super) root: Execution,
    /// Everything below it.
    pub(super) known: Known,
    /// The workflows whose tasks were read after their end.
    settled: HashSet<String>,
    /// When the tree is read again.
    next_look: Instant,
    /// When the tasks are read again.
    next_tasks: Instant,
}

type Events = Pin<Box<dyn Stream<Item = Result<ServerSentEvent, Error>> + Send>>;

impl Watch {
    /// Reads an execution for the first time.
    pub(super) async fn new(client: &Client, id: &str) -> anyhow::Result<Self> {
        let root = client.execution(id).await?;
        let mut watch = Self {
            client: client.clone(),
            root,
            known: Known::default(),
            settled: HashSet::new(),
            next_look: Instant::now(),
            next_tasks: Instant::now(),
        };
        watch.read_inside().await?;
        Ok(watch)
    }

    /// Reads the documents again.
    pub(super) async fn look(&mut self) -> anyhow::Result<()> {
        self.root = self.client.execution(&self.id()).await?;
        self.read_inside().await
    }

    fn id(&self) -> String {
        self.root.id.to_string()
    }

    async fn read_inside(&mut self) -> anyhow::Result<()> {
        if !tree::is_workflow(&self.root.document) {
            return Ok(());
        }
        let begin = Instant::now();
        for child in self.client.children(&self.id(), -1).await? {
            self.keep(child.document);
        }
        self.read_tasks().await?;
        // A tree that takes long to read is read less often: the stream reports changes.
        self.next_look = Instant::now() + (begin.elapsed() * RARELY).max(LOOK);
        Ok(())
    }

    /// Keeps a document without its result, which may be large.
    fn keep(&mut self, mut document: Value) {
        if let Some(document) = document.as_object_mut() {
            document.shift_remove("result");
        }
        if let Some(id) = document["id"].as_str() {
            self.known.executions.insert(id.to_owned(), document);
        }
    }

    /// Reads the tasks of the workflows; those of an ended one only once.
    async fn read_tasks(&mut self) -> anyhow::Result<()> {
        let mut workflows = vec![(self.id(), self.root.status.is_final())];
        for (id, document) in &self.known.executions {
            if tree::is_workflow(document) && workflows.len() < INNER_MAX {
                workflows.push((id.clone(), !document["end_timestamp"].is_null()));
            }
        }
        for (id, is_over) in workflows {
            if self.settled.contains(&id) {
                continue;
            }
            let tasks = match self.client.tasks(&id).await {
                Ok(tasks) => tasks,
                // StackStorm and older versions of Squall do not list tasks.
                Err(Error::NotFound(_)) => Vec::new(),
                Err(error) => return Err(error.into()),
            };
            self.known.tasks.insert(id.clone(), tasks);
            if is_over {
                self.settled.insert(id);
            }
        }
        self.next_tasks = Instant::now() + TASKS;
        Ok(())
    }

    fn events(&self) -> Events {
        let names = ["st2.execution__create", "st2.execution__update"];
        Box::pin(self.client.stream_forever(Filter::events(&names)))
    }

    /// Applies an event; returns whether it was about this execution or one below it.
    fn take(&mut self, event: &ServerSentEvent) -> bool {
        let Ok(document) = serde_json::from_str::<Value>(&event.data) else { return false };
        let Some(id) = document["id"].as_str() else { return false };
        if id == self.id() {
            return true;
        }
        let parent = document["parent"].as_str().unwrap_or_default();
        let is_inside = parent == self.id() || self.known.executions.contains_key(parent);
        if is_inside {
            self.keep(document);
        }
        is_inside
    }

    /// Waits for a change or for the next read.
    async fn change(&mut self, events: &mut Events) -> anyhow::Result<()> {
        let deadline = Instant::now() + LOOK;
        let mut draw = None;
        loop {
            let until = draw.unwrap_or(deadline).min(deadline);
            match tokio::time::timeout_at(until, events.next()).await {
                Ok(Some(Ok(event))) => {
                    if self.take(&event) && draw.is_none() {
                        draw = Some(Instant::now() + DRAW);
                    }
                }
                // Polling replaces a stream that fails.
                Ok(Some(Err(_)) | None) => tokio::time::sleep_until(until).await,
                Err(_) => {}
            }
            if Instant::now() < until {
                continue;
            }
            if draw.is_none() && self.next_look <= until {
                return self.look().await;
            }
            self.root = self.client.execution(&self.id()).await?;
            if self.next_tasks <= until {
                self.read_tasks().await?;
            }
            return Ok(());
        }
    }

    /// Follows the execution to its end; calls `show` after each possible change.
    pub(super) async fn follow(
        &mut self,
        mut show: impl FnMut(&Self),
    ) -> anyhow::Result<Execution> {
        let mut events = self.events();
        while !self.root.status.is_final() {
            show(self);
            self.change(&mut events).await?;
        }
        self.look().await?;
        show(self);
        Ok(self.root.clone())
    }

    /// Returns the lines of the tree.
    pub(super) fn lines(&self, all: bool, wide: bool) -> Vec<String> {
        let view = View { now: Machine.now(), all, wide };
        let mut lines = tree::summary(&self.root.document, &view);
        let inside = tree::lines(&tree::build(&self.root.document, &self.known), &view);
        if !inside.is_empty() {
            lines.push(String::new());
            lines.extend(inside);
        }
        lines
    }
}

/// Follows an execution on a terminal; redraws its tree after each change.
pub(super) async fn draw(watch: &mut Watch, all: bool, wide: bool) -> anyhow::Result<Execution> {
    let mut drawn = 0;
    watch
        .follow(|watch| {
            let is_over = watch.root.status.is_final();
            let mut lines = watch.lines(all, wide);
            let (columns, rows) = size();
            if !is_over && lines.len() > rows.saturating_sub(2) {
                let rest = lines.len() - rows.saturating_sub(3);
                lines.truncate(rows.saturating_sub(3));
                lines.push(format!("… {rest} more lines until it ends"));
            }
            let mut text = String::new();
            if drawn > 0 {
                text.push_str(&format_up(drawn));
            }
            for line in &lines {
                text.push_str(&fit(line, columns));
                text.push_str("\u{1b}[K\n");
            }
            text.push_str("\u{1b}[J");
            print::raw(&text);
            drawn = lines.len();
        })
        .await
}

fn format_up(lines: usize) -> String {
    format!("\r\u{1b}[{lines}A")
}

/// Truncates a line to the width of the terminal, not counting color codes.
fn fit(line: &str, columns: usize) -> String {
    let mut text = String::new();
    let (mut width, mut is_code) = (0, false);
    for c in line.chars() {
        is_code |= c == '\u{1b}';
        if !is_code {
            width += 1;
        }
        if width > columns.saturating_sub(1) {
            if line.contains('\u{1b}') {
                text.push_str("\u{1b}[0m");
            }
            return text;
        }
        text.push(c);
        if is_code && c == 'm' {
            is_code = false;
        }
    }
    text
}

fn size() -> (usize, usize) {
    let Ok(size) = rustix::termios::tcgetwinsize(io::stdout()) else { return SIZE };
    let or = |told: u16, otherwise: usize| if told == 0 { otherwise } else { usize::from(told) };
    (or(size.ws_col, SIZE.0), or(size.ws_row, SIZE.1))
}

/// Follows an execution without a terminal; prints a line for each change.
pub(super) async fn print_changes(watch: &mut Watch) -> anyhow::Result<Execution> {
    let mut seen: HashMap<String, String> = HashMap::new();
    watch
        .follow(|watch| {
            let root = &watch.root.document;
            let inside = watch.known.executions.values();
            for document in std::iter::once(root).chain(inside) {
                let id = document["id"].as_str().unwrap_or_default();
                let status = document["status"].as_str().unwrap_or_default();
                if seen.get(id).is_some_and(|before| before == status) {
                    continue;
                }
                let now = Machine.now().to_string();
                let time = now.get(11..19).unwrap_or_default();
                print::data(format_args!("{time} {} {status} {id}", watch.path(document)));
                seen.insert(id.to_owned(), status.to_owned());
            }
            drop(io::stdout().flush());
        })
        .await
}

impl Watch {
    /// Returns the path of an execution below the watched one, such as `outer.inner[2]`.
    fn path(&self, document: &Value) -> String {
        let mut names = Vec::new();
        let mut at = Some(document);
        // The root may have a parent itself.
        while let Some(document) = at.filter(|document| document["id"] != self.id().as_str()) {
            names.push(tree::child_name(document));
            at = document["parent"].as_str().and_then(|id| self.known.executions.get(id));
            if names.len() > self.known.executions.len() {
                break;
            }
        }
        if names.is_empty() {
            return self.root.action_ref().to_owned();
        }
        names.reverse();
        names.join(".")
    }

    /// Returns the names and ids of the started executions that are not workflows.
    fn begun(&self) -> Vec<(String, String)> {
        let has_begun = |document: &&Value| {
            let status = document["status"].as_str().and_then(|status| status.parse().ok());
            !tree::is_workflow(document)
                && !matches!(
                    status,
                    None | Some(Status::Requested | Status::Scheduled | Status::Delayed)
                )
        };
        let one = |document: &Value| {
            (self.path(document), document["id"].as_str().unwrap_or_default().to_owned())
        };
        self.known.executions.values().filter(has_begun).map(one).collect()
    }

    /// Returns the ended executions: name, id and status.
    fn ended(&self) -> Vec<(String, String, String)> {
        let text = |document: &Value, key: &str| table::cell(document, key);
        let all = self.known.executions.values();
        all.filter(|document| !document["end_timestamp"].is_null())
            .map(|it| (self.path(it), text(it, "/id"), text(it, "/status")))
            .collect()
    }
}

/// Prints the output of everything below a workflow until its end, and how each execution ends.
pub(super) async fn tail(client: &Client, id: &str) -> anyhow::Result<Execution> {
    let mut watch = Watch::new(client, id).await?;
    let mut tailed: HashSet<String> = HashSet::new();
    let mut ended: HashSet<String> = HashSet::new();
    let mut tails = JoinSet::new();
    let done = watch
        .follow(|watch| {
            while tails.try_join_next().is_some() {}
            for (path, id) in watch.begun() {
                // The rest follows later: output is stored.
                if tails.len() < TAILS_MAX && tailed.insert(id.clone()) {
                    print::talk(format_args!("{path} has begun ({id})"));
                    tails.spawn(tail_one(client.clone(), id));
                }
            }
            for (path, id, status) in watch.ended() {
                if ended.insert(id) {
                    print::talk(format_args!("{path} has ended ({status})"));
                }
            }
        })
        .await?;
    while tails.join_next().await.is_some() {}
    for (_, id) in watch.begun() {
        if tailed.insert(id.clone()) {
            tail_one(client.clone(), id).await;
        }
    }
    Ok(done)
}

async fn tail_one(client: Client, id: String) {
    if let Err(error) = super::tail::tail(&client, &id).await {
        print::talk(format_args!("what {id} writes cannot be followed: {error}"));
    }
}

/// Returns whether stderr is a terminal.
pub(super) fn is_watched() -> bool {
    io::stdout().is_terminal()
}
