//! Admission: the one way in. A request by a principal becomes a durable execution, or is refused
//! with a reason.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::{Kind, Refusal, Resource, Verb};
use expr::{
    jinja::Options,
    params::{self, Request as Parameters},
};
use model::{
    Execution, Notify, Object, Status, event::Change, execution::LogEntry, principal::Origin,
};
use serde_json::{Value, json};

use crate::{Commit, Executions, Request, Templates, question};
use content::{Datastore, Registered};

/// An admitted request. One whose parameters cannot be rendered is admitted as failed.
#[derive(Debug)]
pub struct Admitted {
    /// The execution.
    pub execution: Execution,
    /// The reason, where the execution has failed already.
    pub failure: Option<String>,
}

impl Executions {
    /// Admits a request and makes it durable. When this returns, the execution survives anything.
    ///
    /// # Errors
    /// Fails when the request is refused or cannot be written.
    pub fn request(&self, request: Request) -> BoxFuture<'_, Result<Arc<Execution>, Refusal>> {
        Box::pin(async move {
            self.check_on_behalf(&request)?;
            let Admitted { execution, failure } = self.admit(request)?;
            let execution = Arc::new(execution);
            let mut commit = Commit::default();
            commit.add_birth(self.store(), Arc::clone(&execution));
            let executions = self.clone();
            self.uninterrupted(async move { Ok(executions.commit(commit).await?) }).await?;
            match failure {
                Some(message) => Err(Refusal::Unrenderable { message, execution: execution.id }),
                None => Ok(execution),
            }
        })
    }

    fn check_on_behalf(&self, request: &Request) -> Result<(), Refusal> {
        let (who, user) = (&request.principal, request.provenance.on_behalf_of.as_deref());
        if let Some(user) = user.filter(|user| *user != who.name) {
            self.access().check(who, Verb::ActAs, &Resource::of_user(Kind::User, user, user))?;
        }
        Ok(())
    }

    /// Runs work to its end even if the caller is dropped: a client that disconnects must not leave
    /// a change in the records that this process does not know of.
    pub async fn uninterrupted<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let lost = |_| Refusal::Internal("the request ended in a defect of Squall".to_owned());
        self.inner.parts.tasks.spawn(work).await.map_err(lost)?
    }

    /// Publishes a durable execution and puts it into the queue.
    pub(crate) fn accept(&self, execution: &Arc<Execution>) {
        metrics::counter!(crate::metrics::EXECUTIONS_REQUESTED).increment(1);
        self.store().keep_snapshot(&execution.snapshot);
        if execution.status.is_final() {
            self.publish_execution(execution, Change::Create);
            return;
        }
        let slot = self.inner.live.insert(execution);
        self.publish_execution(execution, Change::Create);
        self.enqueue(slot);
    }

    /// Decides about a request; nothing is written yet.
    pub fn admit(&self, request: Request) -> Result<Admitted, Refusal> {
        let open = self.inner.live.len();
        // Requests by rules are not refused: one may be the notification of an execution, and their
        // number is bounded by the executions and the depth of chains. Nor are those by workflows:
        // the workflow was admitted.
        let is_bounded =
            matches!(request.principal.origin, Origin::Rule { .. } | Origin::Workflow { .. });
        if open >= self.settings().open_max && !is_bounded {
            return Err(Refusal::Busy { open });
        }
        self.admit_owed(request)
    }

    /// Decides about a request that replaces an execution that ends, whatever the load.
    pub fn admit_owed(&self, request: Request) -> Result<Admitted, Refusal> {
        let action = Resource::new(Kind::Action, &request.action);
        let decision = self.access().check(&request.principal, Verb::Request, &action)?;
        let catalog = self.catalog();
        let registered = catalog.actions.get(&request.action);
        let registered = registered.ok_or_else(|| self.unknown_action(&request.action))?;
        check_runnable(registered)?;
        let mut execution = self.draft(registered, &request);
        execution.decision = Some(decision.why);
        match self.resolve(registered, &request, &execution.context) {
            Ok(parameters) => execution.parameters = parameters,
            Err(params::Error::Cast { error, .. }) => return Err(Refusal::invalid(error)),
            Err(error) => {
                let message = error.to_string();
                self.fail(&mut execution, &request.parameters, &message);
                return Ok(Admitted { execution, failure: Some(message) });
            }
        }
        check_parameters(registered, &execution.parameters)?;
        question::check(&execution)?;
        Ok(Admitted { execution, failure: None })
    }

    /// Returns the refusal for an action that does not exist.
    fn unknown_action(&self, reference: &str) -> Refusal {
        Refusal::invalid(format!("Action \"{reference}\" cannot be found."))
    }

    fn draft(&self, registered: &Registered, request: &Request) -> Execution {
        let now = self.now();
        let action = registered.action();
        let Request { principal, provenance, .. } = request;
        let user = provenance.on_behalf_of.as_deref().unwrap_or(&principal.name);
        Execution {
            id: self.make_id(),
            liveaction_id: self.make_id(),
            snapshot: Arc::clone(&registered.snapshot),
            principal: principal.clone(),
            parameters: Object::new(),
            context: provenance.context(user, &action.pack),
            status: Status::Requested,
            result: None,
            result_size: 0,
            notify: notify(action, request),
            runner_info: Object::new(),
            start_timestamp: now,
            end_timestamp: None,
            delay_ms: request.delay_ms.filter(|delay_ms| *delay_ms > 0),
            log: vec![LogEntry { timestamp: now, status: Status::Requested }],
            parent: provenance.parent,
            depth: provenance.depth,
            cause: provenance.cause().cloned().map(Box::new),
            decision: None,
            version: 0,
        }
    }

    fn resolve(
        &self,
        registered: &Registered,
        request: &Request,
        context: &Object,
    ) -> Result<Object, params::Error> {
        let literal = request.templates == Templates::Literal;
        let action_context = Value::Object(context.clone());
        let set = Parameters {
            runner_parameters: &registered.snapshot.runner.runner_parameters,
            action_parameters: &registered.parameters,
            params: &request.parameters,
            action_context: &action_context,
            config: &Value::Object(Object::new()),
            additional_contexts: request.variables.as_ref(),
        };
        if literal || !needs_rendering(&registered.parameters, &request.parameters) {
            return cast(&registered.parameters, &request.parameters, literal);
        }
        let datastore = Datastore;
        let options = Options { lookup: Some(&datastore), ..Options::default() };
        params::render_live(&set, &options)
    }

    fn fail(&self, execution: &mut Execution, parameters: &Object, message: &str) {
        let now = self.now();
        let result = json!({"error": message, "traceback": message});
        execution.parameters = parameters.clone();
        execution.status = Status::Failed;
        execution.end_timestamp = Some(now);
        execution.log.push(LogEntry { timestamp: now, status: Status::Failed });
        execution.result_size = result.to_string().len() as u64;
        execution.result = Some(Arc::new(result));
    }
}

fn check_runnable(registered: &Registered) -> Result<(), Refusal> {
    let action = registered.action();
    let reference = action.reference();
    if !action.enabled {
        return Err(Refusal::invalid(format!(
            "Unable to execute. Action \"{reference}\" is disabled."
        )));
    }
    if !registered.is_runnable {
        let runner = &action.runner_type;
        return Err(Refusal::invalid(format!(
            "Action \"{reference}\" cannot run: the runner type \"{runner}\" does not exist here. \
             `squall doctor` lists what the installed packs need"
        )));
    }
    if !registered.snapshot.runner.enabled {
        let runner = &action.runner_type;
        let text = format!("Runner \"{runner}\" has been disabled by the administrator.");
        return Err(Refusal::invalid(text));
    }
    Ok(())
}

fn check_parameters(registered: &Registered, parameters: &Object) -> Result<(), Refusal> {
    let check = registered.check.as_ref().map_err(|error| {
        Refusal::invalid(format!(
            "the parameters of action \"{}\" have a schema that cannot be used: {error}",
            registered.action().reference()
        ))
    })?;
    check.check(parameters).map_err(|error| Refusal::invalid(error.dump()))?;
    let is_immutable = |name: &&String| {
        let schema = registered.parameters.get(*name).and_then(model::parameter::Parameter::of);
        schema.is_some_and(model::parameter::Parameter::is_immutable)
    };
    let immutable: Vec<String> =
        parameters.keys().filter(is_immutable).map(|name| format!("'{name}'")).collect();
    if immutable.is_empty() {
        return Ok(());
    }
    let list = immutable.join(", ");
    Err(Refusal::invalid(format!("Override of immutable parameter(s) [{list}] is unsupported.")))
}

/// Returns the notifications of an execution. Those of the action take precedence over those of
/// the request, but a request from chat always keeps its own `on_complete`.
fn notify(action: &model::Action, request: &Request) -> Option<Notify> {
    if action.notify.is_empty() {
        return request.notify.clone();
    }
    let mut notify = action.notify.clone();
    let asked = request.notify.as_ref().and_then(|notify| notify.on_complete.as_ref());
    if matches!(request.principal.origin, Origin::Chat { .. }) && notify.on_complete.is_none() {
        notify.on_complete = asked.cloned();
    }
    Some(notify)
}

fn needs_rendering(schemas: &Object, parameters: &Object) -> bool {
    let default_is_template = |schema: &Value| match schema.get("default") {
        Some(Value::String(text)) => expr::jinja::is_template(text),
        _ => false,
    };
    parameters.values().any(holds_template) || schemas.values().any(default_is_template)
}

fn holds_template(value: &Value) -> bool {
    match value {
        Value::String(text) => expr::jinja::is_template(text),
        Value::Array(items) => items.iter().any(holds_template),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| expr::jinja::is_template(key) || holds_template(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Casts the given parameters by their schemas; nothing is rendered.
fn cast(schemas: &Object, parameters: &Object, literal: bool) -> Result<Object, params::Error> {
    let mut done = Object::with_capacity(parameters.len());
    for (name, value) in parameters {
        let schema = schemas.get(name).and_then(model::parameter::Parameter::of);
        let default = schema.and_then(model::parameter::Parameter::default);
        if value.is_null() && !literal && default.is_some() {
            done.insert(name.clone(), default.cloned().unwrap_or_default());
            continue;
        }
        done.insert(name.clone(), params::cast(name, value, schemas.get(name))?);
    }
    Ok(done)
}
