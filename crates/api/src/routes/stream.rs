//! The event stream: server-sent events, by name, action and execution.
//!
//! Announcements carry an id, so that a reader that comes back (`Last-Event-ID`) is given
//! what it missed; a new reader is given what nobody has heard. Data is one line of ASCII.
//!
//! Announcements are given in the order of their places, none left out. Those that are durable at
//! the same time may be published in any order; where one comes too early, the records are read,
//! which have everything before it.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    response::Response,
};
use bus::{Next, Reader};
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderValue, header};
use model::{Event, Execution, Id, Principal, Status, event::Kind, job::Chunk};
use store::announcement::Numbered;

use super::executions::find;
use crate::{
    App,
    answer::{Answer, Fault},
    caller::{Caller, Proof},
    query::Query,
};

/// How often a silent stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// The events that are sent where none are named.
const DEFAULT: &[&str] = &[
    "st2.announcement__*",
    "st2.execution__create",
    "st2.execution__update",
    "st2.execution__delete",
    "st2.liveaction__create",
    "st2.liveaction__update",
    "st2.liveaction__delete",
];

/// What a reader wants to hear.
struct Wanted {
    events: Vec<String>,
    actions: Option<Vec<String>>,
    executions: Option<Vec<String>>,
    end_event: Option<String>,
    end_execution: Option<String>,
}

impl Wanted {
    fn read(query: &Query) -> Self {
        let default = || DEFAULT.iter().map(|name| (*name).to_owned()).collect();
        Self {
            events: query.list("events").unwrap_or_else(default),
            actions: query.list("action_refs"),
            executions: query.list("execution_ids"),
            end_event: query.get("end_event").map(str::to_owned),
            end_execution: query.get("end_execution_id").map(str::to_owned),
        }
    }

    fn wants(&self, event: &Event) -> bool {
        let name = event.name();
        if !self.events.iter().any(|pattern| matches(pattern, &name)) {
            return false;
        }
        let execution = event.execution();
        if let Some(actions) = &self.actions
            && !execution.is_some_and(|one| actions.contains(&one.action_ref()))
        {
            return false;
        }
        let Some(ids) = &self.executions else { return true };
        let is_liveaction = matches!(event.kind, Kind::Liveaction { .. });
        execution.is_some_and(|one| !is_liveaction && ids.contains(&one.id.to_string()))
    }

    fn ends(&self, event: &Event) -> bool {
        let (Some(name), Some(id)) = (&self.end_event, &self.end_execution) else { return false };
        let execution = event.execution().filter(|one| one.id.to_string() == *id);
        event.name() == *name && execution.is_some_and(|one| one.status.is_final())
    }
}

/// Matches a name with a pattern of `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                p = star + 1;
                n = from + 1;
                back = Some((star, from + 1));
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

pub(crate) async fn events(
    State(app): State<App>,
    (caller, proof): (Caller, Proof),
    headers: HeaderMap,
    query: Query,
) -> Answer {
    caller.read(&app, access::Kind::Stream, "")?;
    let reader = app.engine.bus().read();
    let wanted = Wanted::read(&query);
    let last =
        headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let mut feed = Feed {
        app,
        proof,
        reader,
        wanted,
        waiting: VecDeque::new(),
        highest: 0,
        is_behind: false,
        is_over: false,
    };
    feed.begin(last).await?;
    feed.waiting.push_front("\n".to_owned());
    Ok(sse(stream::unfold(feed, Feed::next)))
}

struct Feed {
    app: App,
    proof: Proof,
    reader: Reader,
    wanted: Wanted,
    waiting: VecDeque<String>,
    /// The place of the last announcement that this reader was given, or did not want.
    highest: i64,
    /// Whether the records have announcements after it.
    is_behind: bool,
    is_over: bool,
}

impl Feed {
    /// Finds the reader's place, and what nobody has heard for one that has no place yet.
    async fn begin(&mut self, last: Option<i64>) -> Result<(), Fault> {
        let end = self.app.engine.executions().last_announcement().await?;
        if let Some(last) = last {
            // Records that were made anew may end before the reader's place.
            self.highest = last.min(end);
            return self.catch_up().await;
        }
        for numbered in self.app.engine.executions().unheard_announcements().await? {
            if numbered.sequence <= end {
                self.take(&announced(&numbered));
            }
        }
        self.highest = end;
        Ok(())
    }

    /// Gives the announcements after the reader's place, as many as are read at once.
    async fn catch_up(&mut self) -> Result<(), Fault> {
        let missed = self.app.engine.executions().announcements_after(self.highest).await?;
        self.is_behind = !missed.is_empty();
        for numbered in missed {
            self.highest = numbered.sequence;
            self.take(&announced(&numbered));
        }
        Ok(())
    }

    fn hear(&mut self, event: &Event) {
        if let Kind::Announcement { sequence, .. } = &event.kind {
            if *sequence > self.highest + 1 {
                self.is_behind = true;
                return;
            }
            if *sequence <= self.highest {
                return;
            }
            self.highest = *sequence;
        }
        self.take(event);
    }

    fn take(&mut self, event: &Event) {
        if !self.wanted.wants(event) {
            return;
        }
        let mut frame = String::with_capacity(event.text().len() + 64);
        if let Kind::Announcement { sequence, .. } = &event.kind {
            self.app.engine.executions().note_heard(*sequence);
            frame.push_str("id: ");
            frame.push_str(&sequence.to_string());
            frame.push('\n');
        }
        frame.push_str("event: ");
        frame.push_str(&event.name());
        frame.push_str("\ndata: ");
        frame.push_str(event.text());
        frame.push_str("\n\n");
        self.waiting.push_back(frame);
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                // Who may read no longer hears nothing more.
                self.proof.check().ok()?;
                return Some((Ok(Bytes::from(frame)), self));
            }
            if self.is_over {
                return None;
            }
            if self.is_behind {
                if self.catch_up().await.is_err() {
                    return None;
                }
                continue;
            }
            let next = tokio::select! {
                next = self.reader.next() => next,
                () = crate::pause::pause(HEARTBEAT) => {
                    self.waiting.push_back("\n".to_owned());
                    continue;
                }
                () = self.app.engine.stopping() => Next::End,
            };
            match next {
                Next::Event(event) => {
                    self.hear(&event);
                    self.is_over = self.wanted.ends(&event);
                }
                Next::Missed(count) => {
                    tracing::warn!(count, "A reader of the stream was too slow and missed events");
                    self.is_behind = true;
                }
                Next::End => return None,
            }
        }
    }
}

fn announced(numbered: &Numbered) -> Event {
    let announcement = Arc::clone(&numbered.announcement);
    Event::new(Kind::Announcement { sequence: numbered.sequence, announcement })
}

fn sse(frames: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from_stream(frames));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/event-stream; charset=UTF-8");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Sends what an execution wrote, then what it writes, and `EOF` when it has ended.
pub(crate) async fn output(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    caller.read(&app, access::Kind::Execution, &id)?;
    let reader = app.engine.bus().read();
    let execution = find(&app, &caller, &id).await?;
    let wanted = query.get("output_type").unwrap_or("all").to_owned();
    let mut tail = Tail {
        app,
        who: caller.principal,
        reader,
        id: execution.id,
        wanted,
        waiting: VecDeque::new(),
        given: Vec::new(),
        is_over: false,
    };
    tail.replay(&execution).await?;
    Ok(sse(stream::unfold(tail, Tail::next)))
}

struct Tail {
    app: App,
    who: Principal,
    reader: Reader,
    id: Id,
    wanted: String,
    waiting: VecDeque<String>,
    given: Vec<Id>,
    is_over: bool,
}

impl Tail {
    async fn replay(&mut self, execution: &Arc<Execution>) -> Result<(), Fault> {
        for piece in self.app.engine.executions().output(&self.who, self.id).await? {
            let event = Event::new(Kind::Output {
                id: piece.id,
                execution: Arc::clone(execution),
                timestamp: piece.timestamp,
                chunk: piece.chunk,
            });
            self.give(&event);
        }
        if is_ended(execution.status) {
            self.end();
        }
        Ok(())
    }

    fn give(&mut self, event: &Event) {
        let Kind::Output { id, chunk, .. } = &event.kind else { return };
        if self.given.contains(id) || !self.wants(chunk) {
            return;
        }
        self.given.push(*id);
        self.waiting.push_back(format!("event: {}\ndata: {}\n\n", event.name(), event.text()));
    }

    fn wants(&self, chunk: &Chunk) -> bool {
        self.wanted == "all" || self.wanted == chunk.output.as_str()
    }

    fn end(&mut self) {
        self.waiting.push_back("event: EOF\ndata: ''\n\n".to_owned());
        self.is_over = true;
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some((Ok(Bytes::from(frame)), self));
            }
            if self.is_over {
                return None;
            }
            let next = tokio::select! {
                next = self.reader.next() => next,
                () = crate::pause::pause(HEARTBEAT) => {
                    self.waiting.push_back("\n".to_owned());
                    continue;
                }
                () = self.app.engine.stopping() => Next::End,
            };
            match next {
                Next::Event(event) => {
                    if self.hear(&event).await.is_err() {
                        return None;
                    }
                }
                Next::Missed(_) => {
                    let execution =
                        self.app.engine.executions().execution(self.id).await.ok().flatten()?;
                    if self.replay(&execution).await.is_err() {
                        return None;
                    }
                }
                Next::End => return None,
            }
        }
    }

    async fn hear(&mut self, event: &Event) -> Result<(), Fault> {
        let Some(execution) = event.execution().filter(|one| one.id == self.id) else {
            return Ok(());
        };
        if matches!(event.kind, Kind::Output { .. }) {
            self.give(event);
        }
        // The last output is written with the end and published after it: the records have it.
        if matches!(event.kind, Kind::Liveaction { .. }) && is_ended(execution.status) {
            self.replay(execution).await?;
        }
        Ok(())
    }
}

const fn is_ended(status: Status) -> bool {
    status.is_final() || matches!(status, Status::Pausing | Status::Resuming)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_event_names_are_globs() {
        assert!(matches("st2.announcement__*", "st2.announcement__chatops"));
        assert!(matches("*", "st2.execution__update"));
        assert!(matches("st2.*__create", "st2.execution.output__create"));
        assert!(!matches("st2.execution__*", "st2.execution.output__create"));
        assert!(matches("st2.execution__updat?", "st2.execution__update"));
        assert!(!matches("st2.execution", "st2.execution__update"));
    }
}
