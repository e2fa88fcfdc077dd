//! The worker: from the queue through the gate and a free place to the run and its end. The start is
//! durable before anything runs, unless the run is harmless.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use expr::{jinja::Options, params};
use futures_util::FutureExt as _;
use model::{
    Execution, Job, Object, Outcome, Status,
    runner::{Leader, Pool},
};
use runner::{Context, native::Hook};
use serde_json::{Value, json};
use store::{Transaction, output::Piece};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{Executions, Lead, agenda::run_at, live::Slot, output::OUTPUT_QUEUE, step::no_edit};
use content::Datastore;

/// How long a run may go on after the request to stop.
const STOP_GRACE: Duration = Duration::from_secs(5);

impl Executions {
    /// Puts an execution into the queue.
    pub(crate) fn enqueue(&self, slot: Arc<Slot>) {
        let executions = self.clone();
        self.spawn(async move { executions.process(&slot).await });
    }

    async fn process(&self, slot: &Arc<Slot>) {
        let execution = Arc::clone(&slot.seen.borrow());
        if execution.status == Status::Requested && execution.delay_ms.is_some() {
            let at = run_at(&execution);
            let plan = |rows| self.step(slot, &[Status::Delayed], no_edit, rows);
            if self.change_surely(Transaction::new(), plan).await.is_ok() {
                self.inner.live.delays.add(at, slot.id);
            }
            return;
        }
        if !self.passes_policies(slot).await {
            return;
        }
        let pool = execution.traits().map_or(Pool::Outside, |traits| traits.pool);
        let place = tokio::select! {
            place = self.inner.live.place(pool) => place,
            () = slot.cancel.cancelled() => None,
            () = self.stopping() => None,
        };
        let Some(place) = place else { return };
        if self.is_stopping() || slot.seen.borrow().status.is_final() {
            return;
        }
        self.begin(slot, place).await;
    }

    async fn begin(&self, slot: &Arc<Slot>, place: OwnedSemaphorePermit) {
        let requested = Arc::clone(&slot.seen.borrow());
        match requested.leader() {
            Some(Leader::Workflow(_) | Leader::Question) => {
                let slot = Arc::clone(slot);
                self.lead(Lead { slot, is_restored: false, place: Some(place) }).await;
            }
            None => {
                self.begin_run(slot, &requested).await;
                drop(place);
            }
        }
    }

    async fn begin_run(&self, slot: &Arc<Slot>, requested: &Arc<Execution>) {
        let action = &requested.snapshot.action;
        if action.runner().is_some_and(|one| runner::is_harmless(one, &action.entry_point)) {
            // A harmless run can be repeated after a crash, so its start need not be durable.
            let outcome = self.run(slot, requested, "").await;
            if let Some((outcome, pieces)) = outcome {
                self.finish(slot, &[Status::Scheduled, Status::Running], outcome, pieces).await;
            }
            return;
        }
        let info = runner_info();
        let edit = |execution: &mut Execution| execution.runner_info = info.clone();
        let plan = |rows| self.step(slot, &[Status::Scheduled, Status::Running], edit, rows);
        let started = self.change_surely(Transaction::new(), plan).await;
        // A request that was canceled in the meantime does not start.
        let Ok(Some(execution)) = started else { return };
        let token = self.action_token(&execution);
        let outcome = self.run(slot, &execution, &token).await;
        if !token.is_empty() {
            self.access().revoke_action_token(&token);
        }
        let Some((outcome, pieces)) = outcome else { return };
        self.finish(slot, &[], outcome, pieces).await;
    }

    /// Issues a token for the run of an action whose runner gets one.
    fn action_token(&self, execution: &Execution) -> String {
        if execution.traits().is_some_and(|traits| traits.gets_token) {
            self.access().issue_action_token(execution.acting_principal())
        } else {
            String::new()
        }
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
        let native = self.native(execution, &job);
        let run = async {
            let context = Context {
                job: &job,
                output: &output,
                cancel: &slot.cancel,
                limits: &self.settings().limits,
                smtp: self.settings().smtp.as_ref(),
                native: native.as_deref(),
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

    /// Returns what carries out native actions.
    fn native<'a>(&'a self, execution: &'a Arc<Execution>, job: &'a Job) -> Option<Box<Hook<'a>>> {
        let hooks = self.hooks()?;
        Some(Box::new(|action| {
            (hooks.native)(action, Arc::clone(execution), job.action_parameters.clone())
        }))
    }

    /// Resolves when runs must be abandoned: some time after the request to stop.
    async fn cut(&self) {
        self.stopping().await;
        crate::pause::pause(STOP_GRACE).await;
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
            ("ST2_ACTION_API_URL".to_owned(), self.settings().api_url.clone()),
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
            run_as: self.settings().run_as.clone(),
        })
    }
}

/// Returns the parameters with which the runner of an execution runs.
///
/// # Errors
/// Fails when a template of theirs cannot be rendered.
pub fn final_parameters(execution: &Execution) -> Result<params::Final, String> {
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

/// Returns where actions of this process run.
pub fn runner_info() -> Object {
    let mut info = Object::new();
    let uname = rustix::system::uname();
    info.insert("hostname".to_owned(), json!(uname.nodename().to_string_lossy()));
    info.insert("pid".to_owned(), json!(std::process::id()));
    info
}
