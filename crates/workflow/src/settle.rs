//! The end of a step of a workflow.

use flow::Status as FlowStatus;
use model::Status;
use serde_json::{Value, json};

use super::run::{Run, TaskRecords, end_status, env};
use content::Datastore;

impl Run {
    /// Decides what comes next and writes it; returns whether the workflow goes on.
    pub(super) async fn settle(&mut self) -> bool {
        self.advance();
        if self.conductor.status() == FlowStatus::Resuming {
            // Nothing new was started by which it would have become running.
            let _refused = self.conductor.request(FlowStatus::Running);
        }
        let is_over = self.conductor.status().is_completed();
        if is_over {
            self.render_output();
        }
        let changes = self.conductor.changes();
        self.record.put_changes(changes);
        if is_over {
            let (status, result) = self.outcome();
            self.record.end(status, result).await;
        } else if !self.record.write(self.conductor.status()).await {
            return false;
        }
        self.record.release();
        !is_over
    }

    fn outcome(&self) -> (Status, Value) {
        let status =
            if self.is_timed_out { Status::Timeout } else { end_status(self.conductor.status()) };
        let mut result = json!({"output": self.conductor.output()});
        if status.is_failure()
            && let Some(result) = result.as_object_mut()
        {
            result.insert("errors".to_owned(), Value::Array(self.conductor.errors()));
        }
        (status, result)
    }

    fn render_output(&mut self) {
        let datastore = Datastore;
        let records = TaskRecords {
            workflow: self.record.id,
            tasks: &self.tasks,
            ended: &self.ended,
            items: &self.items,
        };
        let env = env(&self.record.workflows, self.record.slot.id, &datastore, Some(&records));
        self.conductor.render_output(&env);
    }
}
