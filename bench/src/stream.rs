//! The one connection to the stream, and who waits for which end.
//!
//! The end of an execution may be told before the answer to the request that made it: an end that
//! nobody waits for yet is kept until somebody asks.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use client::ServerSentEvent;
use model::Id;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::http::{Connection, Dechunker, Target};

const END_TIMEOUT: Duration = Duration::from_secs(60);

/// Finds in an event the execution that it ends, and whether it ended well.
pub(crate) type Recognize = fn(&ServerSentEvent) -> Option<(Id, bool)>;

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// When the event came.
    pub(crate) at: Instant,
    /// Whether it ended well.
    pub(crate) is_good: bool,
}

/// An open stream.
#[derive(Debug)]
pub(crate) struct Ends {
    waiting: Arc<Mutex<Waiting>>,
    reader: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    by_id: HashMap<Id, Wait>,
    /// Why no more ends will come.
    broken: Option<String>,
}

#[derive(Debug)]
enum Wait {
    /// The end came before anybody asked.
    Early(End),
    /// Somebody asked before the end came.
    For(oneshot::Sender<End>),
}

impl Ends {
    /// Opens the stream of the events with this name.
    pub(crate) async fn open(
        target: &Target,
        event: &str,
        recognize: Recognize,
    ) -> anyhow::Result<Self> {
        let mut connection = Connection::open(target).await?;
        let request = target.get(&format!("/stream/v1/stream?events={event}"));
        let (head, rest) = connection.send_open(&request).await.context("the stream is mute")?;
        ensure!(head.status == 200, "the stream is refused with status {}", head.status);
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let reader = Reader {
            connection,
            dechunker: head.is_chunked.then(Dechunker::default),
            parser: client::sse::Parser::default(),
            recognize,
            waiting: Arc::clone(&waiting),
        };
        Ok(Self { waiting, reader: tokio::spawn(reader.run(rest)) })
    }

    /// Waits for the end of an execution.
    pub(crate) async fn wait(&self, id: Id) -> anyhow::Result<End> {
        let end = {
            let mut waiting = self.waiting.lock();
            if let Some(Wait::Early(end)) = waiting.by_id.remove(&id) {
                return Ok(end);
            }
            if let Some(reason) = &waiting.broken {
                anyhow::bail!("the stream broke: {reason}");
            }
            let (sender, end) = oneshot::channel();
            waiting.by_id.insert(id, Wait::For(sender));
            end
        };
        let end = timeout(END_TIMEOUT, end).await;
        let end = end.with_context(|| format!("execution {id} did not end within 60 s"))?;
        end.context("the stream broke")
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

struct Reader {
    connection: Connection,
    dechunker: Option<Dechunker>,
    parser: client::sse::Parser,
    recognize: Recognize,
    waiting: Arc<Mutex<Waiting>>,
}

impl Reader {
    async fn run(mut self, rest: Vec<u8>) {
        let end = self.read(rest).await;
        let reason = end.map_or_else(|error| error.to_string(), |()| "it was closed".to_owned());
        let mut waiting = self.waiting.lock();
        // Those who wait are woken by the loss of their senders; early ends stay.
        waiting.by_id.retain(|_, wait| matches!(wait, Wait::Early(_)));
        waiting.broken = Some(reason);
    }

    async fn read(&mut self, mut bytes: Vec<u8>) -> anyhow::Result<()> {
        let mut body = Vec::new();
        loop {
            let goes_on = match &mut self.dechunker {
                Some(dechunker) => dechunker.push(&bytes, &mut body)?,
                None => {
                    std::mem::swap(&mut bytes, &mut body);
                    true
                }
            };
            self.parser.push(&body)?;
            body.clear();
            self.tell();
            bytes.clear();
            bytes.reserve(16 << 10);
            if !goes_on || !self.connection.read_more(&mut bytes).await? {
                return Ok(());
            }
        }
    }

    fn tell(&mut self) {
        let at = Instant::now();
        while let Some(event) = self.parser.next_event() {
            let Some((id, is_good)) = (self.recognize)(&event) else { continue };
            let end = End { at, is_good };
            let mut waiting = self.waiting.lock();
            match waiting.by_id.remove(&id) {
                // Nobody is left to be told when a round was given up.
                Some(Wait::For(sender)) => drop(sender.send(end)),
                // An end that is told twice is the first one.
                Some(Wait::Early(first)) => drop(waiting.by_id.insert(id, Wait::Early(first))),
                None => drop(waiting.by_id.insert(id, Wait::Early(end))),
            }
        }
    }
}
