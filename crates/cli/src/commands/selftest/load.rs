//! The load: several callers who request, cancel, run again and chat, and who pause, resume and
//! answer what was requested, all at once.

use std::{sync::Arc, time::Duration};

use client::{Client, Error, action_alias::Command, execution::Options};
use model::{Id, Object};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    chance::Chance,
    content::{self, Files, Flow, quoted},
    ledger::Ledger,
};

/// How many callers there are.
const CALLERS: usize = 8;
/// The conversation of the chat.
pub(super) const CHANNEL: &str = "chaos";
/// The attribute of the context that says who is told of the end.
pub(super) const CONTEXT: &str = "chaos";
/// How long a caller waits after a failure.
const PAUSE: Duration = Duration::from_millis(20);

/// What a caller does, by how often.
const WEIGHTS: &[(u64, Call)] = &[
    (2, Call::Noop),
    (3, Call::Append),
    (1, Call::Delay),
    (1, Call::Cancel),
    (1, Call::Rerun),
    (3, Call::Chat),
    (4, Call::Flow),
    (2, Call::Question),
    (1, Call::Limited),
    (1, Call::Retried),
    (2, Call::Pause),
    (3, Call::Resume),
    (5, Call::Answer),
    (1, Call::RerunTasks),
];

#[derive(Debug, Clone, Copy)]
enum Call {
    Noop,
    Append,
    Delay,
    Cancel,
    Rerun,
    Chat,
    Flow,
    Question,
    Limited,
    Retried,
    Pause,
    Resume,
    Answer,
    RerunTasks,
}

impl Call {
    fn any(chance: &mut Chance) -> Self {
        let sum = WEIGHTS.iter().map(|(weight, _)| weight).sum();
        let mut number = chance.between(0, sum);
        for (weight, call) in WEIGHTS {
            match number.checked_sub(*weight) {
                Some(left) => number = left,
                None => return *call,
            }
        }
        Self::Noop
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Noop => "a noop",
            Self::Append => "an append",
            Self::Delay => "a delayed append",
            Self::Cancel => "a cancelation",
            Self::Rerun => "a re-run",
            Self::Chat => "a chat command",
            Self::Flow => "a workflow",
            Self::Question => "a question",
            Self::Limited => "a limited command",
            Self::Retried => "a retried command",
            Self::Pause => "a pause",
            Self::Resume => "a resume",
            Self::Answer => "an answer",
            Self::RerunTasks => "a re-run of tasks",
        }
    }
}

/// What the load is put on, and how.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) client: Client,
    pub(super) ledger: Arc<Ledger>,
    pub(super) files: Files,
    /// How long a call may take on a Squall that is not killed meanwhile.
    pub(super) call_max: Duration,
    /// How many resumes and answers of 100 do not wait until the workflow is paused.
    pub(super) hasty: u64,
}

/// Callers at work.
#[derive(Debug)]
pub(super) struct Load {
    stop: CancellationToken,
    callers: Vec<(JoinHandle<()>, Arc<Mutex<&'static str>>)>,
}

/// One of the callers.
pub(super) struct Caller {
    pub(super) client: Client,
    pub(super) ledger: Arc<Ledger>,
    pub(super) chance: Chance,
    pub(super) hasty: u64,
    starts: String,
}

impl Load {
    /// Puts the load on.
    pub(super) fn start(plan: &Plan, chance: &mut Chance) -> Self {
        let stop = CancellationToken::new();
        let callers = (0..CALLERS).map(|_| {
            let mut caller = Caller {
                client: plan.client.clone(),
                ledger: Arc::clone(&plan.ledger),
                chance: chance.split(),
                hasty: plan.hasty,
                starts: quoted(&plan.files.starts),
            };
            let (stop, current) = (stop.clone(), Arc::new(Mutex::new("nothing")));
            let shown = Arc::clone(&current);
            let work = async move {
                while !stop.is_cancelled() {
                    let call = Call::any(&mut caller.chance);
                    *current.lock() = call.name();
                    caller.call(call).await;
                }
            };
            (tokio::spawn(work), shown)
        });
        Self { callers: callers.collect(), stop }
    }

    /// Begins nothing new and waits for the answers; returns the calls that got none in time.
    pub(super) async fn drain(&mut self, call_max: Duration) -> Vec<&'static str> {
        self.stop.cancel();
        let deadline = tokio::time::Instant::now() + call_max;
        let mut late = Vec::new();
        for (task, current) in &mut self.callers {
            if !task.is_finished() && tokio::time::timeout_at(deadline, task).await.is_err() {
                late.push(*current.lock());
            }
        }
        late
    }

    /// Takes the load off; what is acknowledged until then counts.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        for (task, _) in self.callers {
            if !task.is_finished() {
                // A caller does not panic, and is not aborted.
                let _joined = task.await;
            }
        }
    }
}

impl Caller {
    async fn call(&mut self, call: Call) {
        let done = match call {
            Call::Noop => self.noop().await,
            Call::Append => self.append().await,
            Call::Delay => self.delay().await,
            Call::Cancel => self.cancel().await,
            Call::Rerun => self.rerun().await,
            Call::Chat => self.chat().await,
            Call::Flow => self.flow().await,
            Call::Question => self.question().await,
            Call::Limited => self.limited().await,
            Call::Retried => self.retried().await,
            Call::Pause => self.pause().await,
            Call::Resume => self.resume().await,
            Call::Answer => self.answer().await,
            Call::RerunTasks => self.rerun_tasks().await,
        };
        let Err(error) = done else { return };
        if !error.may_pass() {
            self.ledger.wrong(format!("{} was refused: {error}", call.name()));
        }
        crate::pause::pause(PAUSE).await;
    }

    /// Waits up to so many milliseconds.
    pub(super) async fn wait(&mut self, ms_max: u64) {
        crate::pause::pause(Duration::from_millis(self.chance.between(0, ms_max))).await;
    }

    /// Returns the options of a request whose end is told, or is not.
    fn options(&mut self) -> Options {
        if self.chance.once_in(4) {
            return Options::default();
        }
        Options {
            context: Object::from_iter([(CONTEXT.to_owned(), json!("file"))]),
            notify: Some(json!({"on-complete": {"routes": [content::ROUTE]}})),
            ..Options::default()
        }
    }

    /// Returns a command line that leaves its mark, takes a while and prints a word.
    fn command(&mut self, ms_max: u64) -> String {
        let ms = self.chance.between(0, ms_max);
        let starts = &self.starts;
        format!(
            "echo \"$ST2_ACTION_EXECUTION_ID\" >> {starts}; sleep {}; echo slept-{ms}",
            fraction(ms)
        )
    }

    async fn request(
        &self,
        action: &str,
        parameters: &Object,
        options: &Options,
        what: &'static str,
    ) -> Result<Id, Error> {
        let execution = self.client.execute(action, parameters, options).await?;
        self.ledger.requested(execution.id, what);
        Ok(execution.id)
    }

    async fn noop(&mut self) -> Result<(), Error> {
        let options = self.options();
        self.request("core.noop", &Object::new(), &options, "noop").await.map(drop)
    }

    async fn append(&mut self) -> Result<(), Error> {
        let (options, command) = (self.options(), self.command(150));
        self.request("core.local", &cmd(command), &options, "append").await.map(drop)
    }

    async fn delay(&mut self) -> Result<(), Error> {
        let mut options = self.options();
        options.delay_ms = Some(self.chance.between(1, 1_500));
        let command = self.command(50);
        self.request("core.local", &cmd(command), &options, "delayed append").await.map(drop)
    }

    async fn limited(&mut self) -> Result<(), Error> {
        let (options, command) = (self.options(), self.command(40));
        self.request(content::LIMITED, &cmd(command), &options, "limited command").await.map(drop)
    }

    async fn retried(&mut self) -> Result<(), Error> {
        let (options, command) = (self.options(), self.command(40));
        // The last digit of its id decides whether a run fails.
        let fails = "case $ST2_ACTION_EXECUTION_ID in *[02468ace]) exit 3;; esac";
        let parameters = cmd(format!("{command}; {fails}"));
        self.request(content::RETRIED, &parameters, &options, "retried command").await.map(drop)
    }

    async fn flow(&mut self) -> Result<(), Error> {
        let flow = Flow::any(self.chance.between(0, 1_000));
        let (options, command) = (self.options(), self.command(150));
        let mut parameters = cmd(command);
        if flow.asks {
            parameters.extend(self.time_to_answer());
        }
        let id = self.request(&flow.reference(), &parameters, &options, "workflow").await?;
        match self.chance.between(0, 6) {
            0 => {
                self.wait(200).await;
                self.cancel_one(id).await
            }
            1 | 2 => {
                self.wait(200).await;
                self.pause_one(id).await
            }
            _ => Ok(()),
        }
    }

    async fn question(&mut self) -> Result<(), Error> {
        let (options, mut parameters) = (self.options(), self.time_to_answer());
        parameters.insert("schema".to_owned(), content::schema());
        self.request("core.ask", &parameters, &options, "question").await.map(drop)
    }

    /// Returns the parameters of a question that can be answered for ever, or of one that nobody
    /// answers and that ends after a minute.
    fn time_to_answer(&mut self) -> Object {
        let (ttl, route) = if self.chance.once_in(6) { (1, content::UNANSWERED) } else { (0, "") };
        Object::from_iter([("ttl".to_owned(), json!(ttl)), ("route".to_owned(), json!(route))])
    }

    async fn cancel(&mut self) -> Result<(), Error> {
        let (mut options, command) = (self.options(), self.command(2_000));
        if self.chance.once_in(3) {
            options.delay_ms = Some(self.chance.between(1, 1_500));
        }
        let what = "append to be canceled";
        let id = self.request("core.local", &cmd(command), &options, what).await?;
        self.wait(200).await;
        self.cancel_one(id).await
    }

    async fn rerun(&mut self) -> Result<(), Error> {
        let Some(old) = self.ledger.old(self.chance.between(0, 1_000)) else { return Ok(()) };
        let execution = self.client.rerun(&old.to_string(), &Object::new()).await?;
        self.ledger.requested(execution.id, "re-run");
        Ok(())
    }

    async fn chat(&mut self) -> Result<(), Error> {
        let alias = if self.chance.once_in(3) { "chaos-flow" } else { "chaos" };
        let command = Command {
            command: format!("{alias} {}", self.command(100)),
            user: "chaos".to_owned(),
            source_channel: CHANNEL.to_owned(),
            notification_channel: None,
            notification_route: Some("hubot".to_owned()),
        };
        for accepted in self.client.match_and_execute(&command).await? {
            self.ledger.requested(accepted.execution.id, "chat command");
        }
        Ok(())
    }
}

fn cmd(command: String) -> Object {
    Object::from_iter([("cmd".to_owned(), Value::String(command))])
}

fn fraction(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
