//! Provenance: where a request comes from and on whose behalf it is made.
//!
//! It is typed, and made by those who request: the API, an alias, a rule, a workflow, a policy. Its
//! JSON is the `context` that StackStorm's clients read. What a caller says about itself is kept
//! beside it in [`Provenance::given`]: it is shown, and never decides anything.

use serde_json::{Value, json};

use crate::{Execution, Id, Object, execution::Cause};

/// The keys of a context that Squall writes itself. A caller cannot give them.
pub const RESERVED: &[&str] = &[
    "user",
    "pack",
    "parent",
    "orquesta",
    "chain",
    "re-run",
    "policies",
    "rule",
    "trigger_instance",
    "action_alias_ref",
    "workflow_execution",
    "paused_by",
    "resumed_by",
    "cancelled_by",
    "responded_by",
    "responded_through",
];

/// What an execution takes over from the chat of the one that led to it.
const OF_CHAT: [&str; 2] = ["api_user", "source_channel"];

/// Where a request comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Provenance {
    /// What made the request.
    pub source: Source,
    /// The user it is made for; none for the principal itself.
    pub on_behalf_of: Option<String>,
    /// The execution that it is part of.
    pub parent: Option<Id>,
    /// How deep the chain of rules is that led to it, or to what it is part of.
    pub depth: u32,
    /// What the caller says: shown, and not read.
    pub given: Object,
}

/// What made a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Source {
    /// A caller, by itself.
    #[default]
    Request,
    /// A sentence that an alias matched.
    Alias(Sentence),
    /// A rule.
    Rule(Box<Cause>),
    /// A task of a workflow.
    Task(Task),
    /// A policy that runs again what failed.
    Retry(Box<Retry>),
    /// A caller who wants an execution again.
    Rerun {
        /// The execution, or tasks of it.
        rerun: Rerun,
        /// What is kept of its context.
        kept: Object,
    },
}

/// A sentence that an alias matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// The alias.
    pub alias: Id,
    /// The name of the alias.
    pub name: String,
    /// The account in the chat, as the bot gives it.
    pub account: Value,
    /// The room.
    pub channel: String,
    /// The user of the bot.
    pub user: String,
}

/// A task of a workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What the task tells of the execution of the workflow.
    pub parent: Object,
    /// The task in its workflow.
    pub place: Place,
    /// The tasks that run again, where the task is itself a workflow.
    pub rerun: Option<Rerun>,
}

/// A task, as its language describes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A task of Orquesta.
    Orquesta(Value),
    /// A task of an action chain.
    Chain(Object),
}

/// A run that follows one that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// The context of the run that failed.
    pub context: Object,
    /// The live action of the run that failed.
    pub liveaction: Id,
    /// What led to it, when a rule did.
    pub cause: Option<Box<Cause>>,
    /// The policy.
    pub policy: String,
    /// The number of this run; the first retry is 1.
    pub count: i64,
}

/// An execution that runs again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// The execution that ran before.
    pub execution: Id,
    /// The tasks that run again, for a workflow; none for all of it. One inside a workflow that a
    /// task ran is named `task.inner`.
    pub tasks: Vec<String>,
    /// Those of which all items run again, and not only those that failed.
    pub reset: Vec<String>,
}

impl Provenance {
    /// Returns the provenance of a request that comes from this source alone.
    pub fn new(source: Source) -> Self {
        Self { source, ..Self::default() }
    }

    /// Returns the provenance of a request that a rule makes.
    pub fn of_rule(cause: Cause) -> Self {
        let depth = cause.depth;
        Self { depth, ..Self::new(Source::Rule(Box::new(cause))) }
    }

    /// Returns the provenance of a request that a task of a running workflow makes.
    pub fn of_task(workflow: &Execution, place: Place, rerun: Option<Rerun>) -> Self {
        let mut parent = Object::new();
        parent.insert("execution_id".to_owned(), json!(workflow.id));
        let keys: &[&str] = match place {
            Place::Orquesta(_) => &["user", "pack", "api_user", "source_channel"],
            Place::Chain(_) => &["user", "pack", "api_user", "source_channel", "trace_context"],
        };
        copy(&mut parent, &workflow.context, keys);
        let user = parent.get("user").and_then(Value::as_str);
        Self {
            on_behalf_of: user.map(str::to_owned),
            parent: Some(workflow.id),
            depth: workflow.depth,
            ..Self::new(Source::Task(Task { parent, place, rerun }))
        }
    }

    /// Returns the provenance of a run that follows one that failed.
    pub fn of_retry(failed: &Execution, policy: &str, count: i64) -> Self {
        let retry = Retry {
            context: failed.context.clone(),
            liveaction: failed.liveaction_id,
            cause: failed.cause.clone(),
            policy: policy.to_owned(),
            count,
        };
        let user = failed.context.get("user").and_then(Value::as_str);
        Self {
            on_behalf_of: user.map(str::to_owned),
            depth: failed.depth,
            ..Self::new(Source::Retry(Box::new(retry)))
        }
    }

    /// Returns the provenance of a request for an execution again.
    pub fn of_rerun(old: &Execution, tasks: Vec<String>, reset: Vec<String>) -> Self {
        let mut kept = Object::new();
        let keys = ["trace_context", "action_alias_ref", "api_user", "source_channel"];
        copy(&mut kept, &old.context, &keys);
        Self::new(Source::Rerun { rerun: Rerun { execution: old.id, tasks, reset }, kept })
    }

    /// Returns the rule and the event that led to the request.
    pub fn cause(&self) -> Option<&Cause> {
        match &self.source {
            Source::Rule(cause) => Some(cause),
            Source::Retry(retry) => retry.cause.as_deref(),
            Source::Request | Source::Alias(_) | Source::Task(_) | Source::Rerun { .. } => None,
        }
    }

    /// Returns StackStorm's `context`: its keys, in its order.
    pub fn context(&self, user: &str, pack: &str) -> Object {
        let mut context = self.given.clone();
        context.retain(|key, _| !RESERVED.contains(&key.as_str()));
        self.source.put(&mut context);
        context.insert("user".to_owned(), json!(user));
        context.insert("pack".to_owned(), json!(pack));
        context
    }
}

impl Source {
    fn put(&self, context: &mut Object) {
        match self {
            Self::Request => {}
            Self::Alias(sentence) => sentence.put(context),
            Self::Rule(cause) => put_cause(cause, context),
            Self::Task(task) => task.put(context),
            Self::Retry(retry) => retry.put(context),
            Self::Rerun { rerun, kept } => {
                context.insert("re-run".to_owned(), rerun.to_json());
                context.extend(kept.clone());
            }
        }
    }
}

fn put_cause(cause: &Cause, context: &mut Object) {
    let id = &cause.trigger_instance["id"];
    let tag = format!("trigger_instance-{}", id.as_str().unwrap_or_default());
    context.insert("trigger_instance".to_owned(), json!({"id": id, "name": null}));
    let (rule, name) = (&cause.rule["id"], &cause.rule["name"]);
    context.insert("rule".to_owned(), json!({"id": rule, "name": name}));
    context.insert("trace_context".to_owned(), json!({"trace_tag": tag}));
}

impl Sentence {
    /// Returns the context that the templates of the alias see.
    pub fn context(&self) -> Object {
        let mut context = Object::new();
        self.put(&mut context);
        context
    }

    fn put(&self, context: &mut Object) {
        let alias = json!({"id": self.alias, "name": self.name});
        context.insert("action_alias_ref".to_owned(), alias);
        context.insert("api_user".to_owned(), self.account.clone());
        context.insert("user".to_owned(), json!(self.user));
        context.insert("source_channel".to_owned(), json!(self.channel));
    }
}

impl Task {
    fn put(&self, context: &mut Object) {
        copy(context, &self.parent, &OF_CHAT);
        context.insert("parent".to_owned(), Value::Object(self.parent.clone()));
        match &self.place {
            Place::Orquesta(place) => context.insert("orquesta".to_owned(), place.clone()),
            Place::Chain(place) => context.insert("chain".to_owned(), Value::Object(place.clone())),
        };
        if let Some(rerun) = &self.rerun {
            context.insert("re-run".to_owned(), rerun.to_json());
        }
    }
}

impl Retry {
    fn put(&self, context: &mut Object) {
        context.extend(self.context.clone());
        // The records of a workflow belong to the run that made them.
        context.shift_remove("workflow_execution");
        let retry = json!({
            "applied_policy": self.policy,
            "retry_count": self.count,
            "retried_liveaction_id": self.liveaction,
        });
        context.insert("policies".to_owned(), json!({"retry": retry}));
    }
}

impl Rerun {
    /// Returns what an execution runs again, if it does.
    pub fn of(execution: &Execution) -> Option<Self> {
        Self::read(execution.context.get("re-run")?)
    }

    /// Reads what runs again.
    pub fn read(rerun: &Value) -> Option<Self> {
        let names = |key: &str| -> Vec<String> {
            let list = rerun.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let execution = rerun.get("ref")?.as_str()?.parse().ok()?;
        Some(Self { execution, tasks: names("tasks"), reset: names("reset") })
    }

    fn to_json(&self) -> Value {
        if self.tasks.is_empty() {
            return json!({"ref": self.execution});
        }
        json!({"ref": self.execution, "tasks": self.tasks, "reset": self.reset})
    }
}

fn copy(to: &mut Object, from: &Object, keys: &[&str]) {
    for key in keys {
        if let Some(value) = from.get(*key) {
            to.insert((*key).to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Id = Id::from_bytes(*b"abcdefghijkl");

    fn check(provenance: &Provenance, expected: &str) {
        let context = provenance.context("ann", "core");
        assert_eq!(Value::Object(context).to_string(), expected);
    }

    #[test]
    fn what_a_caller_gives_is_shown_without_the_keys_that_are_read() {
        let mut given = Object::from_iter([("ticket".to_owned(), json!(1))]);
        given.extend(RESERVED.iter().map(|key| ((*key).to_owned(), json!("eve"))));
        let provenance = Provenance { given, ..Provenance::default() };
        check(&provenance, r#"{"ticket":1,"user":"ann","pack":"core"}"#);
    }

    #[test]
    fn an_alias_tells_of_the_sentence() {
        let sentence = Sentence {
            alias: ID,
            name: "say".to_owned(),
            account: json!("alice"),
            channel: "#ops".to_owned(),
            user: "bot".to_owned(),
        };
        let expected = r##"{"action_alias_ref":{"id":"6162636465666768696a6b6c","name":"say"},"api_user":"alice","user":"ann","source_channel":"#ops","pack":"core"}"##;
        check(&Provenance::new(Source::Alias(sentence)), expected);
    }

    #[test]
    fn a_rule_tells_of_itself_and_of_the_event() {
        let cause = Cause {
            rule: json!({"id": "1", "name": "r", "pack": "p"}),
            trigger: Value::Null,
            trigger_type: Value::Null,
            trigger_instance: json!({"id": "2", "trigger": "p.t"}),
            depth: 3,
        };
        let provenance = Provenance::of_rule(cause);
        assert_eq!(provenance.depth, 3);
        let expected = r#"{"trigger_instance":{"id":"2","name":null},"rule":{"id":"1","name":"r"},"trace_context":{"trace_tag":"trigger_instance-2"},"user":"ann","pack":"core"}"#;
        check(&provenance, expected);
    }

    #[test]
    fn a_task_tells_of_its_workflow_and_keeps_where_the_chat_is() {
        let parent = json!({"execution_id": "1", "user": "ann", "source_channel": "#ops"});
        let parent = parent.as_object().cloned().unwrap();
        let rerun = Rerun { execution: ID, tasks: vec!["a".to_owned()], reset: Vec::new() };
        let place = Place::Orquesta(json!({"task_name": "t"}));
        let task = Task { parent: parent.clone(), place, rerun: Some(rerun) };
        let expected = r##"{"source_channel":"#ops","parent":{"execution_id":"1","user":"ann","source_channel":"#ops"},"orquesta":{"task_name":"t"},"re-run":{"ref":"6162636465666768696a6b6c","tasks":["a"],"reset":[]},"user":"ann","pack":"core"}"##;
        check(&Provenance::new(Source::Task(task)), expected);
        let task = Task { parent, place: Place::Chain(Object::new()), rerun: None };
        let expected = r##"{"source_channel":"#ops","parent":{"execution_id":"1","user":"ann","source_channel":"#ops"},"chain":{},"user":"ann","pack":"core"}"##;
        check(&Provenance::new(Source::Task(task)), expected);
    }

    #[test]
    fn a_retry_tells_what_the_run_before_told_and_of_its_policy() {
        let context =
            json!({"ticket": 1, "workflow_execution": "1", "user": "ann", "pack": "core"});
        let retry = Retry {
            context: context.as_object().cloned().unwrap(),
            liveaction: ID,
            cause: None,
            policy: "p.q".to_owned(),
            count: 2,
        };
        let expected = r#"{"ticket":1,"user":"ann","pack":"core","policies":{"retry":{"applied_policy":"p.q","retry_count":2,"retried_liveaction_id":"6162636465666768696a6b6c"}}}"#;
        check(&Provenance::new(Source::Retry(Box::new(retry))), expected);
    }
}
