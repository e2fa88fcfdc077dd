//! The run of one action chain, on the same records and the same inbox as other workflows.

use std::{collections::HashMap, sync::Arc};

use access::Refusal;
use flow::{
    Status as FlowStatus,
    chain::{Chain, Definition, Env, Inputs, Next, Options, Report, Run},
};
use model::{
    Execution, Id, Notify, Object, Principal, Provenance, Status, Timestamp, principal::Origin,
    provenance::Place,
};
use python::yaml::{self, Duplicates};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    cells,
    dispatch::id_of,
    plan::{self, Flaws},
    record::Record,
    run::{end_status, flow_status, seed, time_is_up},
};
use crate::Workflows;
use content::{Catalog, Datastore};
use execution::{Admitted, Ask, Inbox, Reply, Request, Signal, Slot, Templates, run_at};

/// A chain that runs.
struct ChainRun {
    record: Record,
    chain: Chain,
    deadline: Option<Timestamp>,
    /// What runs for the current task.
    child: Option<Arc<Execution>>,
    /// What the execution of the current task is to be told once the step is written.
    orders: Vec<(Order, Id)>,
    is_canceling: bool,
    is_timed_out: bool,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Resume,
    Cancel,
}

/// What surrounds the templates of a step.
struct Surroundings {
    catalog: Arc<Catalog>,
    seed: u64,
}

impl Surroundings {
    fn of(workflows: &Workflows, execution: Id) -> Self {
        Self { catalog: workflows.catalog(), seed: seed(workflows, execution) }
    }

    fn with<T>(&self, work: impl FnOnce(&Env<'_>) -> T) -> T {
        let has_action = |reference: &str| self.catalog.actions.contains(reference);
        let env = Env {
            has_action: &has_action,
            lookup: Some(&Datastore),
            seed: self.seed,
            ..Env::default()
        };
        work(&env)
    }
}

impl Workflows {
    /// Makes the run of a chain and lets it run.
    pub(super) async fn begin_chain(
        &self,
        slot: &Arc<Slot>,
        execution: &Arc<Execution>,
    ) -> Result<(), Flaws> {
        let text = self.read_entry_point(execution).await?;
        let document = yaml::read(&text, Duplicates::KeepLast)
            .map_err(|error| Flaws::one(error.to_string()))?;
        let definition = Definition::parse(&document.value);
        let definition = definition.map_err(|error| Flaws::one(error.to_string()))?;
        let (inputs, parameters) = plan::inputs(execution)?;
        let options = options(execution, &parameters);
        let id = self.make_id();
        self.claim(id);
        let surroundings = Surroundings::of(self, execution.id);
        let chain = surroundings.with(|env| {
            Chain::start(Arc::new(definition), chain_inputs(execution, inputs), options, env)
        });
        let mut record = Record::new(self, slot, id);
        record.context.insert("workflow_execution".to_owned(), json!(id));
        record.put(cells::DEFINITION, &document.value);
        self.drive_chain(ChainRun::new(record, chain, deadline(self, execution, &parameters)));
        Ok(())
    }

    /// Lets a chain go on from its records.
    pub(super) async fn restore_chain(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
    ) -> Result<(), Flaws> {
        let id = execution.context.get("workflow_execution").and_then(id_of);
        let id = id.ok_or_else(|| Flaws::one("the records of the chain are not there"))?;
        self.claim(id);
        let mut all =
            self.store().cells(id).await.map_err(|error| Flaws::one(error.to_string()))?;
        let place = all.iter().position(|(key, _)| key == cells::DEFINITION);
        let definition = place.map(|place| all.swap_remove(place).1).unwrap_or_default();
        let definition = Definition::parse(&definition);
        let definition = definition.map_err(|error| Flaws::one(error.to_string()))?;
        let ids: Vec<Id> = all
            .iter()
            .filter_map(|(_, cell)| id_of(cell.get("child")?.get("execution")?))
            .collect();
        let found = self.read_results(&ids).await?;
        let fetch = |id: &str| found.get(&id.parse().ok()?)?.result.clone();
        let (inputs, parameters) = plan::inputs(execution)?;
        let chain = Chain::restore(
            Arc::new(definition),
            chain_inputs(execution, inputs),
            options(execution, &parameters),
            all,
            &fetch,
        );
        let chain = chain.map_err(|error| Flaws::one(error.to_string()))?;
        let mut record = Record::new(self, slot, id);
        record.has_begun = true;
        let mut run = ChainRun::new(record, chain, deadline(self, execution, &parameters));
        run.take_up(&found);
        self.drive_chain(run);
        Ok(())
    }

    fn drive_chain(&self, run: ChainRun) {
        let Some(inbox) = run.record.slot.inbox.as_ref().and_then(Inbox::take) else {
            tracing::error!(execution.id = %run.record.slot.id, "a chain was begun twice");
            return;
        };
        let slot = Arc::clone(&run.record.slot);
        self.guard(slot, async move { run.drive(inbox).await });
    }
}

fn options(execution: &Execution, parameters: &Object) -> Options {
    let skipped = parameters.get("skip_notify").and_then(Value::as_array).into_iter().flatten();
    let display = parameters.get("display_published").and_then(Value::as_bool);
    Options {
        display_published: display.unwrap_or(true),
        skip_notify: skipped.filter_map(Value::as_str).map(str::to_owned).collect(),
        notify: execution.notify.as_ref().map(|notify| json!(notify)),
        ..Options::default()
    }
}

fn chain_inputs(execution: &Execution, parameters: Object) -> Inputs {
    Inputs {
        parameters,
        execution_id: execution.id.to_string(),
        context: execution.context.clone(),
        config: json!({}),
    }
}

fn deadline(
    workflows: &Workflows,
    execution: &Execution,
    parameters: &Object,
) -> Option<Timestamp> {
    let begun = execution.log.iter().find(|entry| entry.status == Status::Running);
    let begun = begun.map_or_else(|| workflows.now(), |entry| entry.timestamp);
    let timeout_s = plan::timeout_s(execution, parameters)?;
    Some(begun.plus_ms(timeout_s.saturating_mul(1000)))
}

impl ChainRun {
    fn new(record: Record, chain: Chain, deadline: Option<Timestamp>) -> Self {
        Self {
            record,
            chain,
            deadline,
            child: None,
            orders: Vec::new(),
            is_canceling: false,
            is_timed_out: false,
        }
    }

    /// Finds the execution of the current task again, and hears what became of it.
    fn take_up(&mut self, found: &HashMap<Id, Arc<Execution>>) {
        let Some(child) = self.chain.child() else { return };
        let Some(id) = child.execution_id.parse::<Id>().ok() else { return };
        let known = child.status;
        let live =
            self.record.workflows.executions().slot(id).map(|slot| Arc::clone(&slot.seen.borrow()));
        let Some(execution) = live.or_else(|| found.get(&id).cloned()) else { return };
        self.child = Some(Arc::clone(&execution));
        if flow_status(execution.status) != Some(known) {
            self.hear(&execution);
        }
    }

    async fn drive(mut self, mut inbox: mpsc::UnboundedReceiver<Signal>) {
        let records = self.record.id;
        let workflows = self.record.workflows.clone();
        while self.settle().await {
            let deadline = self.deadline.filter(|_| !self.is_timed_out);
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(Signal::Child(child)) => self.hear(&child),
                    Some(Signal::Ask(ask, user, reply)) => self.answer(ask, &user, reply),
                    None => break,
                },
                () = self.record.slot.cancel.cancelled(), if !self.is_canceling => {
                    self.is_canceling = true;
                    self.cancel();
                }
                () = time_is_up(deadline, &workflows) => {
                    self.is_timed_out = true;
                    self.chain.abort("the time of the chain is up: what it ran is stopped");
                    self.cancel();
                }
                () = self.record.workflows.executions().stopping() => return,
            }
        }
        workflows.release(records);
    }

    fn cancel(&mut self) {
        // One that has ended cannot be canceled.
        let _done = self.chain.cancel();
        if let Some(child) = &self.child {
            self.orders.push((Order::Cancel, child.id));
        }
    }

    fn answer(&mut self, ask: Ask, user: &str, reply: Reply) {
        let done = match ask {
            Ask::Pause => self.chain.pause(),
            Ask::Resume => self.chain.resume(),
        };
        if !done {
            // One who asked and went away does not need the answer.
            let _unheard =
                reply.send(Err(Refusal::invalid("the chain is ending or was asked already")));
            return;
        }
        self.record.note_asked(ask, user);
        self.record.replies.push(reply);
    }

    fn hear(&mut self, execution: &Arc<Execution>) {
        if self.child.as_ref().is_none_or(|child| child.id != execution.id) {
            return;
        }
        let Some(status) = flow_status(execution.status) else { return };
        let report = Report {
            status,
            result: execution.result.clone().unwrap_or_default(),
            updated_at: self.record.workflows.now().to_string(),
        };
        let surroundings = Surroundings::of(&self.record.workflows, self.record.slot.id);
        surroundings.with(|env| self.chain.heard(report, env));
        self.child = (!execution.status.is_final()).then(|| Arc::clone(execution));
    }

    /// Does what is to be done next and writes it; returns whether the chain goes on.
    async fn settle(&mut self) -> bool {
        let end = self.advance();
        let changes = self.chain.changes();
        self.record.put_changes(changes);
        if let Some((status, result)) = end {
            let status = if self.is_timed_out { Status::Timeout } else { end_status(status) };
            self.record.end(status, result).await;
            self.pass_on();
            return false;
        }
        if !self.record.write(self.chain.status()).await {
            return false;
        }
        self.record.release();
        self.pass_on();
        true
    }

    fn advance(&mut self) -> Option<(FlowStatus, Value)> {
        let surroundings = Surroundings::of(&self.record.workflows, self.record.slot.id);
        loop {
            match surroundings.with(|env| self.chain.next(env)) {
                Next::Run(run) => self.request(&run),
                Next::Resume { execution_id } => self.order(Order::Resume, &execution_id),
                Next::Cancel { execution_id } => self.order(Order::Cancel, &execution_id),
                Next::Wait => return None,
                Next::End { status, result } => return Some((status, result)),
            }
        }
    }

    fn order(&mut self, order: Order, execution: &str) {
        self.orders.extend(execution.parse().ok().map(|id| (order, id)));
    }

    /// Tells the execution of the current task what it is to do.
    fn pass_on(&mut self) {
        let user = self.record.execution().context.get("cancelled_by").cloned();
        let user = user.as_ref().and_then(Value::as_str).unwrap_or("squall").to_owned();
        for (order, id) in self.orders.drain(..) {
            let (workflows, squall) = (self.record.workflows.clone(), Principal::system(&user));
            self.record.workflows.executions().spawn(async move {
                let refused = match order {
                    Order::Resume => workflows.resume(&squall, id).await.err(),
                    Order::Cancel => workflows.executions().cancel(&squall, id).await.err(),
                };
                if let Some(error) = refused {
                    tracing::warn!(execution.id = %id, %error, "a part of a chain did not do as it was told");
                }
            });
        }
    }

    fn request(&mut self, run: &Run) {
        let admitted = self.record.workflows.executions().admit(self.request_for(run));
        match admitted {
            Ok(Admitted { execution, .. }) => {
                let execution = Arc::new(execution);
                let (id, liveaction) =
                    (execution.id.to_string(), execution.liveaction_id.to_string());
                let created = execution.start_timestamp.to_string();
                self.record.pending.insert_execution(
                    self.record.workflows.store(),
                    &execution,
                    run_at(&execution),
                );
                self.chain.started(&id, &liveaction, &created);
                self.child = Some(Arc::clone(&execution));
                self.record.born.push(Arc::clone(&execution));
                if execution.status.is_final() {
                    self.hear(&execution);
                }
            }
            Err(refusal) => {
                let now = self.record.workflows.now().to_string();
                self.chain.refused(&refusal.to_string(), &now);
            }
        }
    }

    fn request_for(&self, run: &Run) -> Request {
        let record = self.record.execution();
        let principal = Principal {
            origin: Origin::Workflow { execution: record.id },
            ..record.principal.clone()
        };
        let mut request = Request::new(run.action.as_str(), run.parameters.clone(), principal);
        // What a chain rendered is data.
        request.templates = Templates::Literal;
        let place = Place::Chain(run.chain.clone());
        request.provenance = Provenance::of_task(&record, place, None);
        request.notify = run
            .notify
            .as_ref()
            .and_then(|notify| serde_json::from_value::<Notify>(notify.clone()).ok());
        request
    }
}
