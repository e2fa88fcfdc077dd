//! Executions: one record for each request to run an action.
//!
//! StackStorm keeps two records, an execution and a live action; here there is one, and the
//! API's documents of both are views on it.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Action, Id, Notify, Object, Principal, Runner, RunnerType, Status, Timestamp,
    decision::Why,
    mask,
    principal::Origin,
    runner::{Leader, Shape, Traits},
};

/// One request to run an action, with its status and result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// The id.
    pub id: Id,
    /// The id of the view that StackStorm calls live action.
    pub liveaction_id: Id,
    /// The action as it was when it was requested. The store keeps it once for all executions.
    #[serde(skip)]
    pub snapshot: Arc<Snapshot>,
    /// Who requested it.
    pub principal: Principal,
    /// The parameters that were given, and the rendered defaults.
    pub parameters: Object,
    /// StackStorm's context of the request: user, pack, alias, rule, parent.
    pub context: Object,
    /// The status.
    pub status: Status,
    /// The result. Stored separately when it is large.
    #[serde(skip)]
    pub result: Option<Arc<Value>>,
    /// The size of the result as text, in bytes.
    #[serde(default)]
    pub result_size: u64,
    /// The notifications to send when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// The host and process that run it.
    #[serde(default)]
    pub runner_info: Object,
    /// When it was requested.
    pub start_timestamp: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<Timestamp>,
    /// The requested delay, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<i64>,
    /// Each status with its time.
    pub log: Vec<LogEntry>,
    /// The workflow that requested it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// The rule and event that requested it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
    /// How many rules led from one execution to the next before this one.
    #[serde(default)]
    pub depth: u32,
    /// The rule by which the request was allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Why>,
    /// The number of changes so far. A change is refused unless its version follows the stored one.
    pub version: i64,
}

/// An action and its runner, as they were when an execution was requested.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// The action.
    pub action: Action,
    /// The runner.
    pub runner: RunnerType,
    #[serde(skip)]
    digest: OnceLock<u64>,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.action == other.action && self.runner == other.runner
    }
}

impl Snapshot {
    /// Returns a snapshot of the two.
    pub const fn new(action: Action, runner: RunnerType) -> Self {
        Self { action, runner, digest: OnceLock::new() }
    }

    /// Returns an FNV-1a digest of the snapshot's JSON, which finds equal snapshots.
    pub fn digest(&self) -> u64 {
        *self.digest.get_or_init(|| {
            let text = serde_json::to_string(self).unwrap_or_default();
            text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        })
    }
}

/// The rule and the event that led to an execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The rule's document.
    pub rule: Value,
    /// The trigger's document.
    pub trigger: Value,
    /// The trigger type's document.
    pub trigger_type: Value,
    /// The event's document, without its payload where that is large.
    pub trigger_instance: Value,
    /// How many rules led to the event.
    #[serde(default)]
    pub depth: u32,
}

/// A status and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The time.
    pub timestamp: Timestamp,
    /// The status.
    pub status: Status,
}

/// Whether a view shows secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Secrets are masked.
    Masked,
    /// Secrets are shown.
    Shown,
}

impl Execution {
    /// Returns the action's reference.
    pub fn action_ref(&self) -> String {
        format!("{}.{}", self.snapshot.action.pack, self.snapshot.action.name)
    }

    /// Returns the traits of its runner; none when the runner does not exist here.
    pub fn traits(&self) -> Option<&'static Traits> {
        self.snapshot.action.runner().map(Runner::traits)
    }

    /// Returns who leads it; none when its runner runs it, or does not exist here.
    pub fn leader(&self) -> Option<Leader> {
        self.traits().and_then(|traits| traits.leader)
    }

    /// Tells whether it runs other actions.
    pub fn is_workflow(&self) -> bool {
        self.snapshot.action.runner().is_some_and(Runner::is_workflow)
    }

    /// Tells whether it is an inquiry.
    pub fn is_question(&self) -> bool {
        self.leader() == Some(Leader::Question)
    }

    /// Returns the principal under which the action itself makes requests.
    pub fn acting_principal(&self) -> Principal {
        let name = self.context.get("user").and_then(Value::as_str).unwrap_or_default();
        Principal {
            name: name.to_owned(),
            is_admin: self.principal.is_admin,
            origin: Origin::Action { execution: self.id },
        }
    }

    /// Returns the seconds from request to end.
    pub fn elapsed_seconds(&self) -> Option<f64> {
        self.end_timestamp.map(|end| end.seconds_since(self.start_timestamp))
    }

    /// Returns the document of the API. Attributes at the top that are empty, zero, false or null
    /// are left out, as StackStorm does.
    pub fn to_json(&self, secrets: Secrets, web_url: &str) -> Value {
        let mut document = Object::new();
        let mut put = |key: &str, value: Value| {
            if !is_falsy(&value) {
                document.insert(key.to_owned(), value);
            }
        };
        put("action", self.snapshot.action.to_json());
        put("runner", self.snapshot.runner.to_json());
        put("liveaction", self.embedded_liveaction(secrets));
        put("status", json!(self.status));
        put("start_timestamp", json!(self.start_timestamp));
        put("end_timestamp", json!(self.end_timestamp));
        put("elapsed_seconds", json!(self.elapsed_seconds()));
        put("parameters", Value::Object(self.shown_parameters(secrets)));
        put("result", self.shown_result(secrets));
        put("result_size", json!(self.result_size));
        put("context", Value::Object(self.context.clone()));
        put("parent", json!(self.parent));
        if let Some(place) = self.context.get("orquesta") {
            for (key, name) in [
                ("workflow_execution", "workflow_execution_id"),
                ("task_execution", "task_execution_id"),
            ] {
                put(key, place.get(name).cloned().unwrap_or_default());
            }
        }
        if let Some(cause) = &self.cause {
            put("rule", cause.rule.clone());
            put("trigger", cause.trigger.clone());
            put("trigger_type", cause.trigger_type.clone());
            put("trigger_instance", cause.trigger_instance.clone());
        }
        put("log", json!(self.log));
        put("delay", json!(self.delay_ms));
        put("web_url", json!(format!("{web_url}/#/history/{}/general", self.id)));
        put("id", json!(self.id));
        Value::Object(document)
    }

    /// Returns the document of the live action, as on the stream.
    pub fn liveaction_json(&self, secrets: Secrets) -> Value {
        let mut document = json!({
            "status": self.status,
            "start_timestamp": self.start_timestamp,
            "action": self.action_ref(),
            "action_is_workflow": self.is_workflow(),
            "parameters": self.shown_parameters(secrets),
            "result": self.shown_result(secrets),
            "context": self.context,
            "callback": {},
            "runner_info": self.runner_info,
            "id": self.liveaction_id,
        });
        if let Some(object) = document.as_object_mut() {
            let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
            if let Some(end) = self.end_timestamp {
                put("end_timestamp", json!(end));
            }
            if let Some(notify) = &self.notify {
                put("notify", json!(notify));
            }
            if let Some(delay) = self.delay_ms {
                put("delay", json!(delay));
            }
        }
        document
    }

    fn embedded_liveaction(&self, secrets: Secrets) -> Value {
        let mut document = json!({
            "action": self.action_ref(),
            "action_is_workflow": self.is_workflow(),
            "parameters": self.shown_parameters(secrets),
            "callback": {},
            "runner_info": self.runner_info,
        });
        if let Some(object) = document.as_object_mut() {
            if let Some(notify) = &self.notify {
                object.insert("notify".to_owned(), json!(notify));
            }
            object.insert("id".to_owned(), json!(self.liveaction_id));
        }
        document
    }

    /// Returns the parameters as a reader may see them.
    pub fn shown_parameters(&self, secrets: Secrets) -> Object {
        match secrets {
            Secrets::Shown => self.parameters.clone(),
            Secrets::Masked => {
                let masked =
                    mask::parameters(&self.parameters, &self.snapshot.runner.runner_parameters);
                mask::parameters(&masked, &self.snapshot.action.parameters)
            }
        }
    }

    /// Returns the result as a reader may see it; null where there is none.
    pub fn shown_result(&self, secrets: Secrets) -> Value {
        let Some(result) = &self.result else { return Value::Null };
        match secrets {
            Secrets::Shown => Value::clone(result),
            Secrets::Masked => {
                let Snapshot { action, runner, .. } = &*self.snapshot;
                let masked =
                    mask::result(result, &action.output_schema, runner.output_key.as_deref());
                let is_answer = self.traits().is_some_and(|traits| traits.result == Shape::Answer);
                match result.get("schema").and_then(Value::as_object) {
                    // The schema of an answer says what of it is secret.
                    Some(schema) if is_answer => mask::result(&masked, schema, Some("response")),
                    Some(_) | None => masked,
                }
            }
        }
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

impl Default for Snapshot {
    /// Returns a placeholder for a record whose snapshot is not read yet.
    fn default() -> Self {
        let id = Id::from_bytes([0; 12]);
        let action = Action {
            id,
            name: String::new(),
            pack: String::new(),
            description: String::new(),
            enabled: true,
            runner_type: String::new(),
            entry_point: String::new(),
            parameters: Object::new(),
            output_schema: Object::new(),
            notify: Notify::default(),
            tags: Vec::new(),
            metadata_file: String::new(),
        };
        Self::new(action, RunnerType::shipped(Runner::Noop, id))
    }
}
