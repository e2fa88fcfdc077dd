//! From the queue to the end: a place, a start that is durable before anything runs, the run, and
//! an end that is durable with all that follows from it.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use expr::{jinja::Options, params};
use futures_util::FutureExt as _;
use model::{
    Event, Execution, Job, Object, Outcome, Status, event,
    job::Chunk,
    runner::{Leader, Pool},
};
use runner::Context;
use serde_json::{Value, json};
use store::{Transaction, output::Piece};
use tokio::sync::mpsc;

use crate::{
    engine::Engine,
    live::Slot,
    transition::{no_edit, run_at},
};
use content::Datastore;

/// How many pieces of output wait for the disk before the process is slowed down.
const OUTPUT_QUEUE: usize = 256;
/// How long a piece of output waits for others to share its commit.
const OUTPUT_WAIT: Duration = Duration::from_millis(50);

impl Engine {
    /// Gives an execution its place in the queue.
    pub(crate) fn enqueue(&self, slot: Arc<Slot>) {
        let engine = self.clone();
        self.tasks.spawn(async move { engine.carry(&slot).await });
    }

    async fn carry(&self, slot: &Arc<Slot>) {
        let execution = Arc::clone(&slot.seen.borrow());
        if execution.status == Status::Requested && execution.delay_ms.is_some() {
            let at = run_at(&execution);
            let plan = |rows| self.step(slot, &[Status::Delayed], no_edit, rows);
            if self.change_surely(Transaction::new(), plan).await.is_ok() {
                self.live.delays.add(at, slot.id);
            }
            return;
        }
        if !self.passes_policies(slot).await {
            return;
        }
        let pool = execution.traits().map_or(Pool::Outside, |traits| traits.pool);
        let place = tokio::select! {
            place = self.live.place(pool) => place,
            () = slot.cancel.cancelled() => None,
            () = self.stopping.cancelled() => None,
        };
        let Some(_place) = place else { return };
        if self.stopping.is_cancelled() || slot.seen.borrow().status.is_final() {
            return;
        }
        self.begin(slot).await;
    }

    async fn begin(&self, slot: &Arc<Slot>) {
        let requested = Arc::clone(&slot.seen.borrow());
        match requested.leader() {
            Some(Leader::Workflow(language)) => {
                self.begin_workflow(slot, &requested, language).await;
            }
            Some(Leader::Question) => self.begin_inquiry(slot, &requested).await,
            None => self.begin_run(slot, &requested).await,
        }
    }

    async fn begin_run(&self, slot: &Arc<Slot>, requested: &Arc<Execution>) {
        let action = &requested.snapshot.action;
        if action.runner().is_some_and(|one| runner::is_harmless(one, &action.entry_point)) {
            // It leaves nothing behind until its end is written, so its start need not be.
            let outcome = self.run(slot, requested, "").await;
            if let Some((outcome, pieces)) = outcome {
                self.finish(slot, &[Status::Scheduled, Status::Running], outcome, pieces).await;
            }
            return;
        }
        let info = self.runner_info();
        let edit = |execution: &mut Execution| execution.runner_info = info.clone();
        let plan = |rows| self.step(slot, &[Status::Scheduled, Status::Running], edit, rows);
        let started = self.change_surely(Transaction::new(), plan).await;
        // A request that was canceled in the meantime does not start.
        let Ok(Some(execution)) = started else { return };
        let token = self.action_token(&execution);
        let outcome = self.run(slot, &execution, &token).await;
        if !token.is_empty() {
            self.access.revoke_action_token(&token);
        }
        let Some((outcome, pieces)) = outcome else { return };
        self.finish(slot, &[], outcome, pieces).await;
    }

    /// Issues a token for the run of an action whose runner gets one.
    fn action_token(&self, execution: &Execution) -> String {
        if execution.traits().is_some_and(|traits| traits.gets_token) {
            self.access.issue_action_token(execution.acting_principal())
        } else {
            String::new()
        }
    }

    pub(crate) fn runner_info(&self) -> Object {
        let mut info = Object::new();
        let uname = rustix::system::uname();
        info.insert("hostname".to_owned(), json!(uname.nodename().to_string_lossy()));
        info.insert("pid".to_owned(), json!(std::process::id()));
        info
    }

    /// Runs the action; none when Squall was stopped before it ended.
    async fn run(
        &self,
        slot: &Arc<Slot>,
        execution: &Arc<Execution>,
        token: &str,
    ) -> Option<(Outcome, Vec<Piece>)> {
        let job = match self.job(execution, token) {
            Ok(job) => job,
            Err(message) => {
                let result = json!({"error": message, "traceback": message});
                return Some((Outcome::new(Status::Failed, result), Vec::new()));
            }
        };
        let (output, chunks) = mpsc::channel(OUTPUT_QUEUE);
        let collect = self.collect(execution, chunks);
        let native = self.native_hook(execution, &job);
        let run = async {
            let context = Context {
                job: &job,
                output: &output,
                cancel: &slot.cancel,
                limits: &self.settings.limits,
                smtp: self.settings.smtp.as_ref(),
                native: Some(&native),
            };
            let outcome = AssertUnwindSafe(runner::run(&context)).catch_unwind().await;
            drop(output);
            outcome.unwrap_or_else(|_| panicked())
        };
        let both = async { tokio::join!(run, collect) };
        tokio::select! {
            done = both => Some(done),
            () = self.cut() => None,
        }
    }

    /// Resolves when what runs must be left as it is: a while after the request to stop.
    async fn cut(&self) {
        self.stopping.cancelled().await;
        tokio::time::sleep(crate::STOP_GRACE).await;
    }

    fn job(&self, execution: &Execution, token: &str) -> Result<Job, String> {
        let action = &execution.snapshot.action;
        let runner = action
            .runner()
            .ok_or_else(|| format!("runner type `{}` does not exist here", action.runner_type))?;
        let catalog = self.catalog();
        let registered = catalog.actions.get(&execution.action_ref());
        let pack_dir = registered.map(|registered| registered.pack_dir.clone()).unwrap_or_default();
        let resolved = final_parameters(execution)?;
        let environment = BTreeMap::from([
            ("ST2_ACTION_PACK_NAME".to_owned(), action.pack.clone()),
            ("ST2_ACTION_EXECUTION_ID".to_owned(), execution.id.to_string()),
            ("ST2_ACTION_API_URL".to_owned(), self.settings.api_url.clone()),
            ("ST2_ACTION_AUTH_TOKEN".to_owned(), token.to_owned()),
            ("ST2_ACTION_DEBUG".to_owned(), "False".to_owned()),
        ]);
        Ok(Job {
            execution_id: execution.id,
            action: action.reference(),
            runner,
            pack_dir,
            entry_point: action.entry_point.clone(),
            runner_parameters: resolved.runner,
            action_parameters: resolved.action,
            positional: action.positional().into_iter().map(str::to_owned).collect(),
            environment,
            run_as: self.settings.run_as.clone(),
        })
    }

    /// Puts output on record and on the stream, a few pieces at a time; returns what is left when
    /// the action has ended, for the transaction of the end.
    async fn collect(
        &self,
        execution: &Arc<Execution>,
        mut chunks: mpsc::Receiver<Chunk>,
    ) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut sequence = 0;
        while let Some(chunk) = chunks.recv().await {
            let wait = tokio::time::sleep(OUTPUT_WAIT);
            tokio::pin!(wait);
            let mut next = Some(chunk);
            let ended = loop {
                if let Some(chunk) = next.take() {
                    sequence += 1;
                    pieces.push(Piece {
                        id: self.make_id(),
                        sequence,
                        timestamp: self.now(),
                        chunk,
                    });
                }
                tokio::select! {
                    chunk = chunks.recv(), if pieces.len() < OUTPUT_QUEUE => match chunk {
                        Some(chunk) => next = Some(chunk),
                        None => break true,
                    },
                    () = &mut wait => break false,
                }
            };
            if ended {
                return pieces;
            }
            let mut transaction = Transaction::new();
            transaction.insert_output(execution.id, &pieces);
            if let Err(error) = self.store.write(transaction).await {
                tracing::error!(execution.id = %execution.id, %error, "output of an action could not be written yet");
                continue;
            }
            self.publish_output(execution, &pieces);
            pieces.clear();
        }
        pieces
    }

    pub(crate) fn publish_output(&self, execution: &Arc<Execution>, pieces: &[Piece]) {
        if !self.bus.is_read() {
            return;
        }
        for piece in pieces {
            self.bus.publish(Event::new(event::Kind::Output {
                id: piece.id,
                execution: Arc::clone(execution),
                timestamp: piece.timestamp,
                chunk: piece.chunk.clone(),
            }));
        }
    }

    /// Wakes what waits for its time.
    pub(crate) async fn keep_delays(&self) {
        loop {
            let tick = self.live.delays.tick(self.now());
            for id in tick.due {
                if let Some(slot) = self.live.get(id) {
                    self.enqueue(slot);
                }
            }
            let wait = tick.next.map_or(3600.0, |next| next.seconds_since(self.now()).max(0.0));
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs_f64(wait)) => {}
                () = self.live.delays.earlier.notified() => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }
}

pub(crate) fn final_parameters(execution: &Execution) -> Result<params::Final, String> {
    let snapshot = &execution.snapshot;
    let context = Value::Object(execution.context.clone());
    let merged = snapshot.action.merged_parameters(&snapshot.runner);
    let set = params::Request {
        runner_parameters: &snapshot.runner.runner_parameters,
        action_parameters: &merged,
        params: &execution.parameters,
        action_context: &context,
        config: &Value::Object(Object::new()),
        additional_contexts: None,
    };
    let datastore = Datastore;
    let options = Options { lookup: Some(&datastore), ..Options::default() };
    params::finish(&set, &options).map_err(|error| error.to_string())
}

fn panicked() -> Outcome {
    tracing::error!("an action made its runner panic");
    let message =
        "the runner failed inside Squall: this is a defect, please report it with the log";
    Outcome::new(Status::Failed, json!({"error": message, "traceback": message}))
}
