//! The event stream, over one connection or with reconnects.

use std::time::Duration;

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use reqwest::Method;

use crate::{
    Client, Error, Reply, ServerSentEvent,
    connection::{Answer, broken},
    execution::Output,
    sse::{EVENT_BYTES_MAX, Parser},
};

/// Squall writes at least every 25 s; after this time the connection counts as lost.
const SILENCE_MAX: Duration = Duration::from_secs(90);
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Events as they arrive.
pub type Events = BoxStream<'static, Result<ServerSentEvent, Error>>;

/// Selects events. For empty fields, Squall's defaults apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Event names; `*` matches anything.
    pub events: Vec<String>,
    /// Only events of these actions.
    pub action_refs: Vec<String>,
    /// Only events of these executions.
    pub execution_ids: Vec<String>,
    /// The event that ends the stream, when it is of `end_execution_id`.
    pub end_event: Option<String>,
    /// The execution that `end_event` must be of.
    pub end_execution_id: Option<String>,
    /// The last received event; the stream continues after it.
    pub last_event_id: Option<String>,
}

impl Filter {
    /// Returns a filter for events with these names.
    pub fn events(names: &[&str]) -> Self {
        Self { events: names.iter().map(|name| (*name).to_owned()).collect(), ..Self::default() }
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let lists = [
            ("events", self.events.join(",")),
            ("action_refs", self.action_refs.join(",")),
            ("execution_ids", self.execution_ids.join(",")),
            ("end_event", self.end_event.clone().unwrap_or_default()),
            ("end_execution_id", self.end_execution_id.clone().unwrap_or_default()),
        ];
        lists.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

impl Client {
    /// Opens the stream. No event after the return is missed; the stream ends with the connection.
    pub fn stream<'a>(&'a self, filter: &'a Filter) -> Reply<'a, Events> {
        Box::pin(async move { Ok(events(self.open_stream(filter).await?)) })
    }

    /// Returns a stream that reconnects after the last received event. A temporary error is an
    /// item, and the next poll reconnects after a pause; a permanent error is the last item.
    pub fn stream_forever(&self, filter: Filter) -> Events {
        let forever = Forever {
            client: self.clone(),
            filter,
            reader: None,
            pause: Duration::ZERO,
            is_over: false,
        };
        stream::unfold(forever, |mut forever| async move {
            let item = forever.next().await?;
            Some((item, forever))
        })
        .boxed()
    }

    /// Opens the stream of an execution's output, from its start to its end. The last event is
    /// named `EOF`.
    pub fn output_stream<'a>(&'a self, id: &'a str, output: Output) -> Reply<'a, Events> {
        Box::pin(async move {
            let call = self.call(Method::GET, &["stream", "v1"], &["executions", id, "output"]);
            let answer = call.query(&[("output_type", output.as_str())]).open().await?;
            Ok(events(Reader::new(answer)))
        })
    }

    async fn open_stream(&self, filter: &Filter) -> Result<Reader, Error> {
        let mut call =
            self.call(Method::GET, &["stream", "v1"], &["stream"]).query(&filter.query());
        if let Some(id) = &filter.last_event_id {
            call = call.header("last-event-id", id);
        }
        Ok(Reader::new(call.open().await?))
    }
}

fn events(reader: Reader) -> Events {
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        let item = reader.next().await?;
        let reader = item.is_ok().then_some(reader);
        Some((item, reader))
    })
    .boxed()
}

struct Reader {
    answer: Answer,
    parser: Parser,
}

impl Reader {
    fn new(answer: Answer) -> Self {
        Self { answer, parser: Parser::default() }
    }

    async fn next(&mut self) -> Option<Result<ServerSentEvent, Error>> {
        loop {
            if let Some(event) = self.parser.next_event() {
                return Some(Ok(event));
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Reads the next chunk; returns false at the end.
    async fn fill(&mut self) -> Result<bool, Error> {
        let url = || self.answer.url.clone();
        let seconds = SILENCE_MAX.as_secs();
        let Ok(chunk) = tokio::time::timeout(SILENCE_MAX, self.answer.response.chunk()).await
        else {
            return Err(Error::TimedOut { url: url(), seconds });
        };
        match chunk {
            Ok(None) => Ok(false),
            Ok(Some(bytes)) => match self.parser.push(&bytes) {
                Ok(()) => Ok(true),
                Err(_) => Err(Error::TooLarge { url: url(), bytes_max: EVENT_BYTES_MAX }),
            },
            Err(source) => Err(broken(&url(), SILENCE_MAX, source)),
        }
    }
}

struct Forever {
    client: Client,
    filter: Filter,
    reader: Option<Reader>,
    /// The time to wait before the next connection.
    pause: Duration,
    is_over: bool,
}

impl Forever {
    async fn next(&mut self) -> Option<Result<ServerSentEvent, Error>> {
        if self.is_over {
            return None;
        }
        loop {
            let Some(reader) = &mut self.reader else {
                if let Err(error) = self.connect().await {
                    return Some(Err(error));
                }
                continue;
            };
            match reader.next().await {
                Some(Ok(event)) => {
                    self.pause = Duration::ZERO;
                    if event.id.is_some() {
                        self.filter.last_event_id.clone_from(&event.id);
                    }
                    return Some(Ok(event));
                }
                Some(Err(error)) => {
                    self.reader = None;
                    self.is_over = !error.may_pass();
                    return Some(Err(error));
                }
                None => self.reader = None,
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the server may be away: the stream is opened again after a pause"
    )]
    async fn connect(&mut self) -> Result<(), Error> {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        let opened = self.client.open_stream(&self.filter).await;
        let reader = opened.inspect_err(|error| self.is_over = !error.may_pass())?;
        self.reader = Some(reader);
        Ok(())
    }
}
