//! The loads: what is asked, how its end is recognised, and clients that ask again and again.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use client::ServerSentEvent;
use model::{Id, Status};
use serde::Deserialize;
use serde_json::json;

use crate::{
    http::{Connection, Target},
    stream::Ends,
    workflows::Shape,
};

/// What stands before the execution's id in a chat message.
const MESSAGE_START: &str = "squall-bench ";

/// One kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An execution that does nothing.
    Noop,
    /// An execution of `echo hi` in a shell.
    Shell,
    /// A chat command that runs `echo hi` in a shell.
    Chat,
    /// A workflow of no-ops.
    Workflow(Shape),
}

impl Kind {
    /// Returns the name in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Noop => "core.noop",
            Self::Shell => "core.local echo hi",
            Self::Chat => "chat command",
            Self::Workflow(shape) => shape.title(),
        }
    }

    /// Returns the bytes of one request.
    pub(crate) fn request(self, target: &Target) -> Vec<u8> {
        let (path, body) = match self {
            Self::Noop => ("executions", json!({"action": "core.noop"})),
            Self::Shell => {
                let body = json!({"action": "core.local", "parameters": {"cmd": "echo hi"}});
                ("executions", body)
            }
            Self::Chat => {
                let body = json!({
                    "command": "squall bench echo hi",
                    "user": "bench",
                    "source_channel": "#bench",
                    "notification_route": "hubot",
                });
                ("aliasexecution/match_and_execute", body)
            }
            Self::Workflow(shape) => ("executions", shape.body()),
        };
        target.post(&format!("/api/v1/{path}"), &body.to_string())
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Noop | Self::Shell | Self::Workflow(_) => "st2.execution__update",
            Self::Chat => "st2.announcement__chatops",
        }
    }

    fn requested(self, body: &[u8]) -> anyhow::Result<Id> {
        #[derive(Deserialize)]
        struct Execution {
            id: Id,
        }
        #[derive(Deserialize)]
        struct Answer {
            results: [Accepted; 1],
        }
        #[derive(Deserialize)]
        struct Accepted {
            execution: Execution,
        }
        let id = match self {
            Self::Noop | Self::Shell | Self::Workflow(_) => {
                serde_json::from_slice(body).map(|Execution { id }| id)
            }
            Self::Chat => serde_json::from_slice(body).map(|answer: Answer| {
                let [accepted] = answer.results;
                accepted.execution.id
            }),
        };
        id.with_context(|| format!("the answer names no execution: {}", start(body)))
    }
}

/// Finds the end of an execution in an update of it.
fn ended(event: &ServerSentEvent) -> Option<(Id, bool)> {
    #[derive(Deserialize)]
    struct Execution {
        id: Id,
        status: Status,
    }
    // Only the last update has this: the others need not be read.
    if !event.data.contains("\"end_timestamp\"") {
        return None;
    }
    let execution: Execution = serde_json::from_str(&event.data).ok()?;
    let is_good = execution.status == Status::Succeeded;
    execution.status.is_final().then_some((execution.id, is_good))
}

/// Finds the execution whose result a message tells.
fn announced(event: &ServerSentEvent) -> Option<(Id, bool)> {
    #[derive(Deserialize)]
    struct Announcement<'a> {
        #[serde(borrow)]
        payload: Payload<'a>,
    }
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(borrow)]
        message: Cow<'a, str>,
    }
    let announcement: Announcement<'_> = serde_json::from_str(&event.data).ok()?;
    let (_, rest) = announcement.payload.message.split_once(MESSAGE_START)?;
    let (id, status) = rest.trim_end().split_once(' ')?;
    Some((id.parse().ok()?, status == Status::Succeeded.as_str()))
}

/// How long or how often clients ask.
#[derive(Debug)]
pub(crate) struct Budget {
    until: Option<Instant>,
    left: AtomicU64,
}

impl Budget {
    /// Returns a budget of time, beginning now.
    pub(crate) fn lasting(time: Duration) -> Self {
        Self { until: Some(Instant::now() + time), left: AtomicU64::new(u64::MAX) }
    }

    /// Returns a budget of requests.
    pub(crate) const fn counting(requests: u64) -> Self {
        Self { until: None, left: AtomicU64::new(requests) }
    }

    /// Takes one request out of it.
    fn take(&self) -> bool {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return false;
        }
        let less = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// What one run showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    elapsed: Duration,
    /// From request to end, ascending.
    took: Vec<Duration>,
}

impl Sample {
    /// Returns how many requests ended.
    #[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^53 requests")]
    pub(crate) fn count_f64(&self) -> f64 {
        self.took.len() as f64
    }

    /// Returns the rate.
    pub(crate) fn per_second(&self) -> f64 {
        self.count_f64() / self.elapsed.as_secs_f64()
    }

    /// Returns the time within which this share of the requests ended.
    pub(crate) fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = (self.took.len() * percent).div_ceil(100).max(1) - 1;
        self.took.get(rank).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }
}

/// A load that is ready to run.
#[derive(Debug)]
pub(crate) struct Load {
    kind: Kind,
    target: Target,
    ends: Arc<Ends>,
}

impl Load {
    /// Makes what the load needs on the server, and listens for the ends.
    pub(crate) async fn prepare(kind: Kind, target: &Target) -> anyhow::Result<Self> {
        let recognize = match kind {
            Kind::Noop | Kind::Shell | Kind::Workflow(_) => ended,
            Kind::Chat => announced,
        };
        if kind == Kind::Chat {
            create_alias(target).await?;
        }
        let ends = Ends::open(target, kind.event(), recognize).await?;
        Ok(Self { kind, target: target.clone(), ends: Arc::new(ends) })
    }

    /// Runs so many clients at once until the budget is spent.
    pub(crate) async fn run(&self, at_once: usize, budget: &Budget) -> anyhow::Result<Sample> {
        let mut connections = Vec::with_capacity(at_once);
        for _ in 0..at_once {
            connections.push(Connection::open(&self.target).await?);
        }
        let request = self.kind.request(&self.target);
        let clients = connections.into_iter().map(|link| self.ask(link, &request, budget));
        let started = Instant::now();
        let results = futures_util::future::try_join_all(clients).await?;
        let elapsed = started.elapsed();
        let mut took = results.concat();
        took.sort_unstable();
        Ok(Sample { elapsed, took })
    }

    /// One client: asks, waits for the end, asks again.
    async fn ask(
        &self,
        mut connection: Connection,
        request: &[u8],
        budget: &Budget,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut took = Vec::new();
        while budget.take() {
            let asked_at = Instant::now();
            let (status, body) = connection.send(request).await?;
            ensure!(status == 201, "{} answers {status}: {}", self.kind.name(), start(body));
            let id = self.kind.requested(body)?;
            let end = self.ends.wait(id).await?;
            ensure!(end.is_good, "execution {id} ended, but not well");
            took.push(end.at.saturating_duration_since(asked_at));
        }
        Ok(took)
    }
}

async fn create_alias(target: &Target) -> anyhow::Result<()> {
    let format = format!("{MESSAGE_START}{{{{ execution.id }}}} {{{{ execution.status }}}}");
    let alias = json!({
        "name": "squall_bench",
        "pack": "default",
        "description": "Measures the way of a chat command",
        "action_ref": "core.local",
        "formats": ["squall bench {{ cmd }}"],
        "result": {"format": format},
    });
    let request = target.post("/api/v1/actionalias", &alias.to_string());
    let mut connection = Connection::open(target).await?;
    let (status, body) = connection.send(&request).await?;
    // 409: a round before has made it.
    ensure!(matches!(status, 201 | 409), "the alias is refused with {status}: {}", start(body));
    Ok(())
}

/// Returns the start of a body, for a message.
fn start(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Manner, serve};

    async fn run(kind: Kind, manner: Manner, at_once: usize) -> anyhow::Result<Sample> {
        let target = serve(manner).await;
        Load::prepare(kind, &target).await?.run(at_once, &Budget::counting(200)).await
    }

    #[tokio::test]
    async fn every_request_is_counted_whether_its_end_comes_early_or_late() {
        for kind in [Kind::Noop, Kind::Shell, Kind::Chat] {
            for is_early in [false, true] {
                let sample = run(kind, Manner { is_early, ..Manner::default() }, 10).await.unwrap();
                assert_eq!(sample.took.len(), 200, "{kind:?}, early: {is_early}");
                assert!(sample.took.is_sorted());
            }
        }
    }

    #[tokio::test]
    async fn an_execution_that_fails_ends_the_measurement() {
        for kind in [Kind::Noop, Kind::Chat] {
            let error = run(kind, Manner { status: "failed", ..Manner::default() }, 1).await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains("ended, but not well"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_refusal_and_a_broken_stream_end_the_measurement() {
        let error = run(Kind::Noop, Manner { answer: 503, ..Manner::default() }, 1).await;
        assert!(error.unwrap_err().to_string().starts_with("core.noop answers 503: "));
        for is_early in [false, true] {
            let manner = Manner { is_cut: true, is_early, ..Manner::default() };
            let error = run(Kind::Noop, manner, 5).await.unwrap_err();
            assert!(error.to_string().contains("the stream broke"), "{error}");
        }
    }

    #[test]
    fn only_the_last_update_is_an_end() {
        let check = |data: &str, expected: Option<bool>| {
            let event = ServerSentEvent { id: None, name: String::new(), data: data.to_owned() };
            assert_eq!(ended(&event).map(|(_, is_good)| is_good), expected, "{data}");
        };
        let id = "6b04ba597ce86b8867096e3d";
        check(&format!(r#"{{"status": "running", "id": "{id}"}}"#), None);
        check(
            &format!(r#"{{"status": "running", "x": {{"end_timestamp": 1}}, "id": "{id}"}}"#),
            None,
        );
        check(
            &format!(r#"{{"status": "timeout", "end_timestamp": "t", "id": "{id}"}}"#),
            Some(false),
        );
        check(
            &format!(r#"{{"id": "{id}", "status": "succeeded", "end_timestamp": "t"}}"#),
            Some(true),
        );
        check(r#""end_timestamp""#, None);
    }

    #[test]
    fn percentiles_are_taken_by_rank() {
        let took: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        let sample = Sample { elapsed: Duration::from_secs(2), took };
        assert_eq!(sample.percentile_ms(50), 100.0);
        assert_eq!(sample.percentile_ms(99), 198.0);
        assert_eq!(sample.per_second(), 100.0);
        let nothing = Sample { elapsed: Duration::from_secs(1), took: Vec::new() };
        assert!(nothing.percentile_ms(50).is_nan());
    }

    #[test]
    fn a_budget_is_spent_to_the_last_request_and_no_further() {
        let budget = Budget::counting(2);
        assert_eq!(
            [budget.take(), budget.take(), budget.take(), budget.take()],
            [true, true, false, false]
        );
        assert!(!Budget::lasting(Duration::ZERO).take());
        assert!(Budget::lasting(Duration::from_secs(60)).take());
    }
}
