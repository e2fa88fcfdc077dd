//! The load: several callers who request, delay, cancel, run again and chat, all at once.

use std::{path::Path, sync::Arc, time::Duration};

use client::{Client, Error, action_alias::Command, execution::Options};
use model::{Id, Object};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{chance::Chance, ledger::Ledger, listener::MARK, workflows};

/// How many callers there are.
const CALLERS: usize = 8;
/// The route whose messages a rule appends to a file.
const ROUTE: &str = "chaos";
/// The conversation of the chat.
pub(super) const CHANNEL: &str = "chaos";
/// The rule that appends the messages.
pub(super) const RULE: &str = "default.chaos_message";
/// The attribute of the context that says who hears of the end.
pub(super) const CONTEXT: &str = "chaos";
/// How long a caller waits after a failure.
const PAUSE: Duration = Duration::from_millis(20);

/// The files to which actions append.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// Each start of an action.
    pub(super) starts: std::path::PathBuf,
    /// Each final message.
    pub(super) messages: std::path::PathBuf,
}

/// Callers at work.
#[derive(Debug)]
pub(super) struct Load {
    stop: CancellationToken,
    callers: JoinSet<()>,
}

struct Caller {
    client: Client,
    ledger: Arc<Ledger>,
    chance: Chance,
    starts: String,
}

/// Makes the rule and the alias that the load needs.
pub(super) async fn prepare(client: &Client, files: &Files) -> Result<(), Error> {
    let append = format!(
        "echo \"$ST2_ACTION_EXECUTION_ID {{{{ trigger.execution_id }}}}\" >> {}",
        quoted(&files.messages)
    );
    let rule = json!({
        "pack": "default", "name": "chaos_message", "enabled": true,
        "trigger": {"type": "core.st2.generic.notifytrigger"},
        "criteria": {"trigger.route": {"type": "equals", "pattern": ROUTE}},
        "action": {"ref": "core.local", "parameters": {"cmd": append}},
    });
    let alias = json!({
        "pack": "default", "name": "chaos", "action_ref": "core.local",
        "formats": ["chaos {{ cmd }}"],
        "result": {"format": format!("{MARK}{{{{ execution.id }}}}")},
    });
    made(client.create_rule(&rule).await)?;
    made(client.create_alias(&alias).await)
}

/// A directory that was used before has them already.
fn made(answer: Result<Value, Error>) -> Result<(), Error> {
    match answer {
        Ok(_) | Err(Error::Refused { status: 409, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

impl Load {
    /// Puts the load on.
    pub(super) fn start(
        client: &Client,
        ledger: &Arc<Ledger>,
        files: &Files,
        chance: &mut Chance,
    ) -> Self {
        let stop = CancellationToken::new();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let mut caller = Caller {
                client: client.clone(),
                ledger: Arc::clone(ledger),
                chance: chance.split(),
                starts: quoted(&files.starts),
            };
            let stop = stop.clone();
            callers.spawn(async move {
                while !stop.is_cancelled() {
                    caller.call().await;
                }
            });
        }
        Self { stop, callers }
    }

    /// Takes the load off; what is acknowledged until then counts.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        while self.callers.join_next().await.is_some() {}
    }
}

impl Caller {
    async fn call(&mut self) {
        let (what, done) = match self.chance.between(0, 14) {
            11..=13 => ("a workflow", self.workflow().await),
            0 | 1 => ("a noop", self.noop().await),
            2..=4 => ("an append", self.append().await),
            5 => ("a delay", self.delay().await),
            6 => ("a cancelation", self.cancel().await),
            7 => ("a re-run", self.rerun().await),
            _ => ("a chat command", self.chat().await),
        };
        let Err(error) = done else { return };
        if !error.may_pass() {
            self.ledger.refused(what, &error);
        }
        tokio::time::sleep(PAUSE).await;
    }

    /// Returns the options of a request whose end is told, or is not.
    fn options(&mut self) -> Options {
        if self.chance.once_in(4) {
            return Options::default();
        }
        Options {
            context: Object::from_iter([(CONTEXT.to_owned(), json!("file"))]),
            notify: Some(json!({"on-complete": {"routes": [ROUTE]}})),
            ..Options::default()
        }
    }

    /// Returns a command line that leaves its mark and takes a while.
    fn command(&mut self, ms_max: u64) -> String {
        let ms = self.chance.between(0, ms_max);
        let starts = &self.starts;
        format!("echo \"$ST2_ACTION_EXECUTION_ID\" >> {starts}; sleep {}", fraction(ms))
    }

    async fn noop(&mut self) -> Result<(), Error> {
        let options = self.options();
        let execution = self.client.execute("core.noop", &Object::new(), &options).await?;
        self.ledger.requested(execution.id, "noop");
        Ok(())
    }

    async fn append(&mut self) -> Result<(), Error> {
        let (options, command) = (self.options(), self.command(150));
        let execution = self.client.execute("core.local", &cmd(&command), &options).await?;
        self.ledger.requested(execution.id, "append");
        Ok(())
    }

    async fn delay(&mut self) -> Result<(), Error> {
        let mut options = self.options();
        options.delay_ms = Some(self.chance.between(1, 1_500));
        let command = self.command(50);
        let execution = self.client.execute("core.local", &cmd(&command), &options).await?;
        self.ledger.requested(execution.id, "delayed append");
        Ok(())
    }

    async fn workflow(&mut self) -> Result<(), Error> {
        let (options, command) = (self.options(), self.command(150));
        let action = workflows::reference(self.chance.between(0, 1_000));
        let execution = self.client.execute(&action, &cmd(&command), &options).await?;
        self.ledger.requested(execution.id, "workflow");
        if self.chance.once_in(4) {
            tokio::time::sleep(Duration::from_millis(self.chance.between(0, 200))).await;
            self.cancel_one(execution.id).await?;
        }
        Ok(())
    }

    async fn cancel_one(&mut self, id: Id) -> Result<(), Error> {
        match self.client.cancel(&id.to_string()).await {
            Ok(_) => self.ledger.canceled(id),
            // It had ended before.
            Err(Error::Refused { status: 200, .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn cancel(&mut self) -> Result<(), Error> {
        let (mut options, command) = (self.options(), self.command(2_000));
        if self.chance.once_in(3) {
            options.delay_ms = Some(self.chance.between(1, 1_500));
        }
        let execution = self.client.execute("core.local", &cmd(&command), &options).await?;
        self.ledger.requested(execution.id, "append to be canceled");
        tokio::time::sleep(Duration::from_millis(self.chance.between(0, 200))).await;
        self.cancel_one(execution.id).await
    }

    async fn rerun(&mut self) -> Result<(), Error> {
        let Some(old) = self.ledger.old(self.chance.between(0, 1_000)) else { return Ok(()) };
        let execution = self.client.rerun(&old.to_string(), &Object::new()).await?;
        self.ledger.requested(execution.id, "re-run");
        Ok(())
    }

    async fn chat(&mut self) -> Result<(), Error> {
        let command = Command {
            command: format!("chaos {}", self.command(100)),
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

fn cmd(command: &str) -> Object {
    Object::from_iter([("cmd".to_owned(), json!(command))])
}

fn fraction(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
