//! An action chain behind the commands that all scripts share.

use std::{collections::VecDeque, mem, sync::Arc};

use serde_json::{Value, json};

use super::{Error, Inputs, is_news, resumes};
use crate::{
    chain::{self, Chain, Definition, Options},
    env::Env,
    protocol::{Admitted, Change, Known, Next, Order, Report},
    status::Status,
};

/// A chain that runs.
#[derive(Debug)]
pub struct ChainScript {
    chain: Chain,
    /// The execution that is to be told something, beside what the chain tells it.
    orders: VecDeque<(Arc<str>, Order)>,
    changes: Vec<Change>,
    is_timed_out: bool,
}

impl ChainScript {
    pub(super) fn start(
        definition: &Arc<Definition>,
        document: Change,
        inputs: Inputs,
        env: &Env<'_>,
    ) -> Self {
        let (inputs, options) = split(inputs);
        let chain = Chain::start(Arc::clone(definition), inputs, options, env);
        Self { changes: vec![document], ..Self::new(chain) }
    }

    pub(super) fn restore(
        definition: &Arc<Definition>,
        inputs: Inputs,
        cells: Vec<(String, Value)>,
        known: &dyn Fn(&str) -> Option<Known>,
        env: &Env<'_>,
    ) -> Result<Self, Error> {
        let (inputs, options) = split(inputs);
        let fetch = |id: &str| Some(known(id)?.report.result);
        let chain = Chain::restore(Arc::clone(definition), inputs, options, cells, &fetch)?;
        let child = chain.child().map(|child| (child.execution_id.to_owned(), child.status));
        let mut script = Self::new(chain);
        if let Some((id, status)) = child
            && let Some(Known { report, .. }) = known(&id)
            && report.status != status
        {
            script.heard(&id, report, env);
        }
        Ok(script)
    }

    fn new(chain: Chain) -> Self {
        Self { chain, orders: VecDeque::new(), changes: Vec::new(), is_timed_out: false }
    }

    pub(super) fn status(&self) -> Status {
        self.chain.status()
    }

    pub(super) fn next(&mut self, env: &Env<'_>) -> Next {
        if let Some((execution_id, order)) = self.orders.pop_front() {
            return Next::Tell { execution_id, order };
        }
        match self.chain.next(env) {
            Next::End { status, result } => {
                let status = if self.is_timed_out { Status::Timeout } else { status };
                Next::End { status, result }
            }
            next @ (Next::Request(_) | Next::Tell { .. } | Next::Wait) => next,
        }
    }

    pub(super) fn admitted(&mut self, admitted: Admitted, env: &Env<'_>) {
        let Admitted { execution_id, liveaction_id, created_at, failure, .. } = admitted;
        let is_current = self.chain.started(&execution_id, &liveaction_id, &created_at);
        if let Some(failure) = failure.filter(|_| is_current) {
            self.chain.heard(failure, env);
        }
    }

    pub(super) fn refused(&mut self, reason: &str, env: &Env<'_>) {
        self.chain.refused(reason, &format!("{:.6}", env.now));
    }

    pub(super) fn heard(&mut self, execution_id: &str, report: Report, env: &Env<'_>) {
        let child = self.chain.child().filter(|child| child.execution_id == execution_id);
        let Some(chain::Child { status, .. }) = child else { return };
        if is_news(report.status) || resumes(Some(status), report.status) {
            self.chain.heard(report, env);
        }
    }

    pub(super) fn pause(&mut self) -> Result<(), Error> {
        if !self.chain.pause() {
            return Err(Error::ChainRefused);
        }
        // A workflow that it runs pauses with it; what is none refuses.
        self.tell_child(Order::Pause);
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), Error> {
        // A chain tells only an execution that is paused; one that will be is told here.
        let is_told = self.chain.child().is_some_and(|child| child.status == Status::Paused);
        if !self.chain.resume() {
            return Err(Error::ChainRefused);
        }
        if !is_told {
            self.tell_child(Order::Resume);
        }
        Ok(())
    }

    fn tell_child(&mut self, order: Order) {
        self.orders.extend(self.chain.child().map(|child| (child.execution_id.into(), order)));
    }

    pub(super) fn cancel(&mut self) {
        // A chain tells only an execution that is paused or pending; one that runs is told here.
        if let Some(child) = self.chain.child()
            && !matches!(child.status, Status::Paused | Status::Pending)
        {
            self.orders.push_back((child.execution_id.into(), Order::Cancel));
        }
        self.chain.cancel();
    }

    pub(super) fn time_out(&mut self) {
        self.is_timed_out = true;
        self.tell_child(Order::Cancel);
        self.chain.abort("the time of the chain is up: what it ran is stopped");
    }

    pub(super) fn changes(&mut self) -> Vec<Change> {
        let mut changes = mem::take(&mut self.changes);
        changes.extend(self.chain.changes());
        changes
    }
}

/// Returns what a chain is started with, and how it is run.
fn split(inputs: Inputs) -> (chain::Inputs, Options) {
    let skipped = inputs.options.get("skip_notify").and_then(Value::as_array).into_iter().flatten();
    let display = inputs.options.get("display_published").and_then(Value::as_bool);
    let options = Options {
        display_published: display.unwrap_or(true),
        skip_notify: skipped.filter_map(Value::as_str).map(str::to_owned).collect(),
        notify: inputs.notify,
        ..Options::default()
    };
    let inputs = chain::Inputs {
        parameters: inputs.parameters,
        execution_id: inputs.execution_id,
        context: inputs.context,
        config: json!({}),
    };
    (inputs, options)
}
