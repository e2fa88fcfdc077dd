//! The beginning of an inquiry: checked with its request, asked in one transaction with all that
//! makes people hear of it.

use std::sync::Arc;

use model::{Execution, Object, Outcome, Status, TriggerInstance};
use serde_json::{Value, json};
use store::Transaction;

use super::post::Post;
use crate::Workflows;
use execution::{Happened, Slot, final_parameters};

/// The trigger of a question that waits.
const INQUIRY_TRIGGER: &str = "core.st2.generic.inquiry";
/// What an inquiry says of itself, in the order of StackStorm's results.
const FIELDS: [&str; 5] = ["schema", "roles", "users", "route", "ttl"];

impl Workflows {
    /// Asks, and lets the question wait.
    pub(crate) async fn begin_inquiry(&self, slot: &Arc<Slot>, requested: &Execution) {
        let parameters = match final_parameters(requested) {
            Ok(parameters) => parameters.runner,
            Err(message) => {
                let result = json!({"error": message, "traceback": message});
                let through = [Status::Scheduled, Status::Running];
                let outcome = Outcome::new(Status::Failed, result);
                self.executions().finish(slot, &through, outcome, Vec::new()).await;
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
        let info = execution::runner_info();
        let edit = |execution: &mut Execution| {
            execution.result_size = result.to_string().len() as u64;
            execution.result = Some(Arc::clone(result));
            execution.runner_info.clone_from(&info);
        };
        let to = [Status::Scheduled, Status::Running, Status::Pending];
        let plan = |rows| {
            let mut commit = self.executions().step(slot, &to, edit, rows)?;
            let Some(next) = commit.next().cloned() else { return Ok(commit) };
            self.post_into(&mut commit, &next, post);
            let instance = TriggerInstance {
                id: self.make_id(),
                trigger: INQUIRY_TRIGGER.to_owned(),
                payload: payload.clone(),
                occurrence_time: self.now(),
                depth: next.depth,
            };
            commit.follow(self.executions().follow(&Happened::Event(&instance)));
            Ok(commit)
        };
        // A request that was canceled in the meantime asks nobody.
        if self.executions().change_surely(Transaction::new(), plan).await.is_ok() {
            self.await_answer(slot);
        }
    }
}
