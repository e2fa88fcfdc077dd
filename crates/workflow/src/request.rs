//! From what a script requests to the execution that admission makes of it.

use std::sync::Arc;

use execution::{Admitted, Request, Templates};
use flow::protocol;
use model::{
    Execution, Principal, Provenance,
    principal::Origin,
    provenance::{Place, Rerun},
};

use crate::{
    driver::Driver,
    report::{kind, report},
};

impl Driver {
    /// Requests an execution; it becomes durable with the step.
    pub(crate) fn request(&mut self, request: protocol::Request) {
        let admitted = self.workflows.executions().admit(self.admission(request));
        let surroundings = self.surroundings();
        match admitted {
            Ok(Admitted { execution, .. }) => {
                let execution = Arc::new(execution);
                self.record.add_birth(&execution);
                surroundings.with(|env| self.script.admitted(answer(&execution), env));
            }
            Err(refusal) => {
                surroundings.with(|env| self.script.refused(&refusal.to_string(), env));
            }
        }
    }

    fn admission(&self, request: protocol::Request) -> Request {
        let own = self.record.execution();
        let principal =
            Principal { origin: Origin::Workflow { execution: own.id }, ..own.principal.clone() };
        let mut admission = Request::new(request.action, request.parameters, principal);
        // What a workflow computed is data.
        admission.templates = Templates::Literal;
        let rerun = request.rerun.as_ref().and_then(Rerun::read);
        admission.provenance = Provenance::of_task(&own, place_of(request.place), rerun);
        admission.delay_ms = request.delay_s.map(|seconds| seconds.saturating_mul(1000));
        admission.notify = request.notify.and_then(|notify| serde_json::from_value(notify).ok());
        admission
    }
}

fn place_of(place: protocol::Place) -> Place {
    match place {
        protocol::Place::Orquesta(task) => Place::Orquesta(task),
        protocol::Place::Chain(task) => Place::Chain(task),
    }
}

fn answer(execution: &Execution) -> protocol::Admitted {
    let created = execution.start_timestamp;
    protocol::Admitted {
        execution_id: execution.id.to_string().into(),
        liveaction_id: execution.liveaction_id.to_string().into(),
        created_at: created.to_string(),
        kind: kind(execution),
        failure: execution.status.is_final().then(|| report(execution, created)),
    }
}
