//! The end of an inquiry's time: a moment on record, kept by every process that comes after.

use std::sync::Arc;

use model::{Id, Outcome, Status};
use serde_json::{Value, json};
use store::Transaction;

use super::{Inquiry, object};
use crate::Workflows;
use execution::{self, End, Slot};

impl Workflows {
    /// Lets a pending inquiry wait on, in this process.
    pub(crate) fn await_answer(&self, slot: &Arc<Slot>) {
        let inquiry = Inquiry { execution: Arc::clone(&slot.seen.borrow()) };
        if let Some(deadline) = inquiry.deadline() {
            self.deadlines().add(deadline, slot.id);
        }
    }

    /// Ends an inquiry that nobody answered in time.
    pub(crate) async fn expire(&self, id: Id) {
        let Some(slot) = self.executions().slot(id) else { return };
        let execution = Arc::clone(&slot.seen.borrow());
        let Ok(inquiry) = Inquiry::of(execution) else { return };
        self.resume_for_answer(&inquiry.execution).await;
        let minutes = inquiry.ttl_minutes().unwrap_or_default();
        let unit = if minutes == 1 { "minute" } else { "minutes" };
        let mut result = object(inquiry.execution.result.as_deref().unwrap_or(&Value::Null));
        let why = format!("nobody answered within {minutes} {unit}");
        result.insert("error".to_owned(), json!(why));
        let outcome = Outcome::new(Status::Timeout, Value::Object(result));
        let end = End::new(&[], outcome, Vec::new());
        match self.executions().try_finish(&slot, &end, Transaction::new(), &[]).await {
            // Somebody answered, or canceled it, at the last moment.
            Ok(_) | Err(execution::Error::Illegal(_)) => {}
            Err(execution::Error::Write(error)) => {
                tracing::error!(execution.id = %id, %error, "the end of an inquiry could not be written");
            }
        }
    }
}
