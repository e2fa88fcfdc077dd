//! The start of a workflow: a new one, one that an earlier process left, and one that ended and
//! continues from some of its tasks.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use execution::{Inbox, Slot};
use flow::{
    Script,
    protocol::Known,
    script::{self, Definition, Inputs, Rerun},
};
use futures_util::FutureExt as _;
use model::{Execution, Id, Outcome, Status, Timestamp, runner::Language};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};

use crate::{
    Claim, Workflows, driver::Driver, flaws::Flaws, orders::Orders, plan, record::Record, report,
    surroundings::Surroundings, workflow_of,
};

/// How many executions one query reads.
const CHUNK: usize = 500;

/// The cells of a workflow that ran before, and the executions that they name.
struct Loaded {
    definition: Definition,
    cells: Vec<(String, Value)>,
    /// The cells of the orders that are not told.
    orders: Vec<(String, Value)>,
    known: HashMap<String, Known>,
}

impl Workflows {
    /// Begins a workflow; its start is durable together with what it requests first.
    pub(crate) async fn begin_workflow(
        &self,
        slot: &Arc<Slot>,
        execution: &Arc<Execution>,
        language: Language,
    ) {
        let language = script_language(language);
        match self.begun(slot, execution, language).await {
            Ok(driver) => self.drive(slot, driver, language),
            Err(Flaws(errors)) => {
                let through = [Status::Scheduled, Status::Running];
                self.fail(slot, &through, language.failure(errors)).await;
            }
        }
    }

    /// Restores a workflow that an earlier process left.
    pub(crate) async fn restore_workflow(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        language: Language,
    ) {
        if execution.status == Status::Canceling {
            slot.cancel.cancel();
        }
        let language = script_language(language);
        match self.restored(slot, execution, language).await {
            Ok(driver) => self.drive(slot, driver, language),
            Err(Flaws(errors)) => self.fail(slot, &[], language.failure(errors)).await,
        }
    }

    async fn fail(&self, slot: &Arc<Slot>, through: &[Status], result: Value) {
        let outcome = Outcome::new(Status::Failed, result);
        self.executions().finish(slot, through, outcome, Vec::new()).await;
    }

    /// Runs the driver in a task of its own; a panic in it ends its workflow and nothing else.
    fn drive(&self, slot: &Arc<Slot>, driver: Driver, language: script::Language) {
        let Some(inbox) = slot.inbox.as_ref().and_then(Inbox::take) else {
            tracing::error!(execution.id = %slot.id, "a workflow was begun twice");
            return;
        };
        let (workflows, slot) = (self.clone(), Arc::clone(slot));
        self.executions().spawn(async move {
            if AssertUnwindSafe(driver.run(inbox)).catch_unwind().await.is_err() {
                tracing::error!(execution.id = %slot.id, "a workflow panicked");
                let message = "the workflow failed inside Squall: this is a defect, please report it with the log";
                let result = language.failure(vec![json!({"message": message})]);
                workflows.fail(&slot, &[], result).await;
            }
        });
    }

    async fn begun(
        &self,
        slot: &Arc<Slot>,
        execution: &Arc<Execution>,
        language: script::Language,
    ) -> Result<Driver, Flaws> {
        if language == script::Language::Orquesta
            && let Some((old, rerun)) = rerun_of(execution)
        {
            return self.rerun(slot, execution, old, &rerun).await;
        }
        let definition = self.definition(execution, language).await?;
        let id = self.make_id();
        let claim = self.claim(id);
        let (inputs, deadline) = self.inputs(execution, id)?;
        let surroundings = Surroundings::of(self, execution.id);
        let script = surroundings.with(|env| Script::start(&definition, inputs, env))?;
        Ok(self.new_driver(slot, id, (script, deadline), claim))
    }

    /// Makes the driver of an execution that continues from tasks of an earlier one.
    async fn rerun(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        old: Id,
        rerun: &Rerun,
    ) -> Result<Driver, Flaws> {
        let old = self.executions().execution(old).await?;
        let old =
            old.ok_or_else(|| Flaws::one("the execution that is to run again is not there"))?;
        let id = workflow_of(&old).ok_or_else(|| {
            Flaws::one("the workflow did not come so far that tasks of it could run again")
        })?;
        let claim = self.claim(id);
        if claim.is_none() {
            return Err(Flaws::one("tasks of this workflow are running again already"));
        }
        let loaded = self.load(id, script::Language::Orquesta).await?;
        let Loaded { definition, cells, known, .. } = loaded;
        let (inputs, deadline) = self.inputs(execution, id)?;
        let known = |id: &str| known.get(id).cloned();
        let surroundings = Surroundings::of(self, execution.id);
        let script = surroundings
            .with(|env| Script::rerun(&definition, (inputs, rerun), cells, &known, env))?;
        Ok(self.new_driver(slot, id, (script, deadline), claim))
    }

    fn new_driver(
        &self,
        slot: &Arc<Slot>,
        id: Id,
        script: (Script, Option<Timestamp>),
        claim: Option<Claim>,
    ) -> Driver {
        let mut record = Record::new(self, slot, id);
        record.context.insert("workflow_execution".to_owned(), json!(id));
        Driver::new(self, record, script, claim)
    }

    async fn restored(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        language: script::Language,
    ) -> Result<Driver, Flaws> {
        let id = workflow_of(execution)
            .ok_or_else(|| Flaws::one("the records of the workflow are not there"))?;
        let claim = self.claim(id);
        let Loaded { definition, cells, orders, known } = self.load(id, language).await?;
        let (inputs, deadline) = self.inputs(execution, id)?;
        let known = |id: &str| known.get(id).cloned();
        let surroundings = Surroundings::of(self, execution.id);
        let script =
            surroundings.with(|env| Script::restore(&definition, inputs, cells, &known, env))?;
        let mut record = Record::new(self, slot, id);
        record.has_begun = true;
        let mut driver = Driver::new(self, record, (script, deadline), claim);
        driver.orders.restore(orders);
        Ok(driver)
    }

    async fn load(&self, id: Id, language: script::Language) -> Result<Loaded, Flaws> {
        let mut cells = self.store().cells(id).await?;
        let orders = Orders::take(&mut cells);
        let definition = Definition::take(language, &mut cells)?;
        let mut ids: Vec<Id> =
            script::executions(&cells).filter_map(|id| id.parse().ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        let known = self.known(&ids).await?;
        Ok(Loaded { definition, cells, orders, known })
    }

    /// Reads how executions stand. Of those that have not ended, memory may know more than the
    /// records.
    async fn known(&self, ids: &[Id]) -> Result<HashMap<String, Known>, Flaws> {
        let now = self.now();
        let mut all = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let filter = Filter {
                equal: vec![(Column::Id, chunk.iter().map(ToString::to_string).collect())],
                ..Filter::default()
            };
            for read in self.store().executions(&filter, Results::Read).await? {
                let live = self.executions().slot(read.id);
                let known = match live {
                    Some(slot) => report::known(&slot.seen.borrow(), now),
                    None => report::known(&read, now),
                };
                all.insert(read.id.to_string(), known);
            }
        }
        Ok(all)
    }

    /// Returns what a script is started with, and when it is out of time.
    fn inputs(&self, execution: &Execution, id: Id) -> Result<(Inputs, Option<Timestamp>), Flaws> {
        let (parameters, options) = plan::inputs(execution)?;
        let begun = execution.log.iter().find(|entry| entry.status == Status::Running);
        let begun = begun.map_or_else(|| self.now(), |entry| entry.timestamp);
        let timeout_s = plan::timeout_s(execution, &options);
        let deadline = timeout_s.map(|seconds| begun.plus_ms(seconds.saturating_mul(1000)));
        let inputs = Inputs {
            parameters,
            options,
            workflow_id: id.to_string(),
            execution_id: execution.id.to_string(),
            st2: plan::st2(execution, id, self.api_url()),
            context: execution.context.clone(),
            notify: execution.notify.as_ref().map(|notify| json!(notify)),
            is_held: execution.context.get("paused_by").is_some_and(|person| !person.is_null()),
        };
        Ok((inputs, deadline))
    }
}

/// Returns what a language of actions is called among scripts.
const fn script_language(language: Language) -> script::Language {
    match language {
        Language::Orquesta => script::Language::Orquesta,
        Language::ActionChain => script::Language::Chain,
    }
}

/// Returns which execution an execution continues, and from where, if it was asked for.
fn rerun_of(execution: &Execution) -> Option<(Id, Rerun)> {
    let model::provenance::Rerun { execution: old, tasks, reset } =
        model::provenance::Rerun::of(execution)?;
    (!tasks.is_empty()).then_some((old, Rerun { tasks, reset }))
}
