//! The notifier: what the end of an execution tells the rules.

use expr::{
    jinja::{self, Options},
    values,
};
use model::{
    Execution, Object, TriggerInstance,
    execution::Secrets,
    notify::Notification,
    trigger::{ACTION_TRIGGER, NOTIFY_TRIGGER},
};
use serde_json::{Value, json};

use crate::Rules;
use content::Datastore;
use execution::Executions;

impl Rules {
    /// Returns the events that are due when an execution has ended: one for each route that is to
    /// hear of it, and the one of every action, when a rule listens to that.
    pub(crate) fn events_of_end(
        &self,
        executions: &Executions,
        execution: &Execution,
    ) -> Vec<TriggerInstance> {
        let instance = |trigger: &str, payload: Object| TriggerInstance {
            id: executions.make_id(),
            trigger: trigger.to_owned(),
            payload,
            occurrence_time: executions.now(),
            depth: execution.depth,
        };
        let mut events = Vec::new();
        let due = execution.notify.as_ref().map(|notify| notify.due(execution.status));
        for (verb, notification) in due.into_iter().flatten() {
            let told = told(execution, verb, notification);
            for route in notification.routes() {
                events.push(instance(NOTIFY_TRIGGER, notify_payload(execution, route, &told)));
            }
        }
        if self.catalog().rules_on(ACTION_TRIGGER).is_some() {
            events.push(instance(ACTION_TRIGGER, action_payload(execution)));
        }
        events
    }
}

struct Told {
    message: String,
    data: Object,
}

/// Renders what a notification says; what cannot be rendered is told as it was written.
fn told(execution: &Execution, verb: &str, notification: &Notification) -> Told {
    let context = context(execution);
    let datastore = Datastore;
    let options = Options { lookup: Some(&datastore), ..Options::default() };
    let message = match &notification.message {
        Some(text) if jinja::is_template(text) => {
            jinja::render(text, &context, &options).unwrap_or_else(|error| {
                tracing::warn!(execution.id = %execution.id, %error, "the message of a notification cannot be rendered");
                text.clone()
            })
        }
        Some(text) if !text.is_empty() => text.clone(),
        _ => format!("Action {} {verb}.", execution.action_ref()),
    };
    let raw = notification.data.clone().unwrap_or_default();
    let mut data = render_data(&raw, &context, &options, execution);
    let result = execution.shown_result(Secrets::Masked);
    data.insert("result".to_owned(), Value::String(result.to_string()));
    Told { message, data }
}

/// Renders the data of a notification. What a person typed is data and stays as it is: only
/// what the section itself holds is a template.
fn render_data(
    raw: &Object,
    context: &Object,
    options: &Options<'_>,
    execution: &Execution,
) -> Object {
    const TYPED: &[&str] = &["user", "source_channel", "source_context"];
    let is_from_chat = execution.context.contains_key("source_channel");
    let mut data = Object::with_capacity(raw.len() + 1);
    for (key, value) in raw {
        let one = Object::from_iter([(key.clone(), value.clone())]);
        if is_from_chat && TYPED.contains(&key.as_str()) {
            data.extend(one);
            continue;
        }
        match values::render(&one, context, options) {
            Ok(rendered) => data.extend(rendered),
            Err(error) => {
                tracing::warn!(execution.id = %execution.id, %error, "the data of a notification cannot be rendered");
                data.extend(one);
            }
        }
    }
    data
}

fn context(execution: &Execution) -> Object {
    let mut context = Object::new();
    let parameters = execution.shown_parameters(Secrets::Masked);
    context.insert("action_parameters".to_owned(), Value::Object(parameters));
    context.insert("action_context".to_owned(), Value::Object(execution.context.clone()));
    context.insert("action_results".to_owned(), execution.shown_result(Secrets::Masked));
    context
}

fn notify_payload(execution: &Execution, route: &str, told: &Told) -> Object {
    let payload = json!({
        "execution_id": execution.id,
        "status": execution.status,
        "start_timestamp": execution.start_timestamp,
        "end_timestamp": execution.end_timestamp,
        "action_ref": execution.action_ref(),
        "runner_ref": execution.snapshot.action.runner_type,
        "channel": route,
        "route": route,
        "message": told.message,
        "data": told.data,
    });
    object(payload)
}

fn action_payload(execution: &Execution) -> Object {
    let payload = json!({
        "execution_id": execution.id,
        "status": execution.status,
        "start_timestamp": execution.start_timestamp.python_text(),
        "action_name": execution.action_ref(),
        "action_ref": execution.action_ref(),
        "runner_ref": execution.snapshot.action.runner_type,
        "parameters": execution.shown_parameters(Secrets::Masked),
        "result": execution.shown_result(Secrets::Masked),
    });
    object(payload)
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Object::new()
        }
    }
}
