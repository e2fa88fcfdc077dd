//! The beginning of an inquiry: checked with its request, asked in one transaction with all that
//! makes people hear of it.

use std::sync::Arc;

use access::Refusal;
use model::{Execution, Object, Outcome, Status, TriggerInstance};
use python::{place::Step as Place, schema::Compiled};
use serde_json::{Value, json};
use store::Transaction;

use super::post::Post;
use crate::{engine::Engine, live::Slot, rules::Happened, work::final_parameters};

/// The trigger of a question that waits.
const INQUIRY_TRIGGER: &str = "core.st2.generic.inquiry";
/// What an inquiry says of itself, in the order of StackStorm's results.
const FIELDS: [&str; 5] = ["schema", "roles", "users", "route", "ttl"];

/// Checks that a request for an inquiry asks something that can be answered.
pub(crate) fn check(execution: &Execution) -> Result<(), Refusal> {
    if !execution.is_question() {
        return Ok(());
    }
    // What cannot be rendered is told by the run, as with every other action.
    let Ok(parameters) = final_parameters(execution) else { return Ok(()) };
    let schema = parameters.runner.get("schema").unwrap_or(&Value::Null);
    let refuse = |why: &str| Refusal::invalid(format!("the parameter \"schema\" {why}"));
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("object");
    if !schema.is_object() || kind != "object" {
        return Err(refuse("must describe an object: an answer is one"));
    }
    Compiled::new(schema).map_err(|error| {
        let place = place(&error.path);
        refuse(&format!("is no JSON schema: {}{place}", error.message))
    })?;
    Ok(())
}

fn place(path: &[Place]) -> String {
    let path: Vec<String> = path.iter().map(ToString::to_string).collect();
    if path.is_empty() { String::new() } else { format!(" (at `{}`)", path.join(".")) }
}

impl Engine {
    /// Asks, and lets the question wait.
    pub(crate) async fn begin_inquiry(&self, slot: &Arc<Slot>, requested: &Execution) {
        let parameters = match final_parameters(requested) {
            Ok(parameters) => parameters.runner,
            Err(message) => {
                let result = json!({"error": message, "traceback": message});
                let through = [Status::Scheduled, Status::Running];
                let outcome = Outcome::new(Status::Failed, result);
                self.finish(slot, &through, outcome, Vec::new()).await;
                return;
            }
        };
        let field = |name: &str| parameters.get(name).cloned().unwrap_or_default();
        let result: Object =
            FIELDS.map(|name| (name.to_owned(), field(name))).into_iter().collect();
        let post = self.post_of(requested, &result);
        let payload = Object::from_iter([
            ("id".to_owned(), json!(slot.id)),
            ("route".to_owned(), field("route")),
        ]);
        self.ask_people(slot, &Arc::new(Value::Object(result)), payload, &post).await;
    }

    async fn ask_people(
        &self,
        slot: &Arc<Slot>,
        result: &Arc<Value>,
        payload: Object,
        post: &Post,
    ) {
        let info = self.runner_info();
        let edit = |execution: &mut Execution| {
            execution.result_size = result.to_string().len() as u64;
            execution.result = Some(Arc::clone(result));
            execution.runner_info.clone_from(&info);
        };
        let to = [Status::Scheduled, Status::Running, Status::Pending];
        let plan = |rows| {
            let mut commit = self.step(slot, &to, edit, rows)?;
            let Some(next) = commit.next().cloned() else { return Ok(commit) };
            self.post_into(&mut commit, &next, post);
            let instance = TriggerInstance {
                id: self.make_id(),
                trigger: INQUIRY_TRIGGER.to_owned(),
                payload: payload.clone(),
                occurrence_time: self.now(),
                depth: next.depth,
            };
            commit.follow(self.follow(&Happened::Event(&instance)));
            Ok(commit)
        };
        // A request that was canceled in the meantime asks nobody.
        if self.change_surely(Transaction::new(), plan).await.is_ok() {
            self.await_answer(slot);
        }
    }
}
