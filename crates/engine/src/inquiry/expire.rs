//! The end of an inquiry's time: a moment on record, kept by every process that comes after.

use std::{sync::Arc, time::Duration};

use model::{Id, Outcome, Status, Timestamp};
use serde_json::{Value, json};
use store::Transaction;

use super::{Inquiry, object};
use crate::{commit, engine::Engine, finish::End, live::Slot};

/// How often the clock is looked at: it may be set, or the machine may sleep.
const LOOK: Duration = Duration::from_mins(1);

impl Engine {
    /// Lets a pending inquiry wait on, in this process.
    pub(crate) fn await_answer(&self, slot: &Arc<Slot>) {
        let inquiry = Inquiry { execution: Arc::clone(&slot.seen.borrow()) };
        if let Some(deadline) = inquiry.deadline() {
            self.deadlines.0.add(deadline, slot.id);
        }
    }

    /// Ends the inquiries whose time is over, and returns when the next one's is.
    pub async fn expire_inquiries(&self) -> Option<Timestamp> {
        let tick = self.deadlines.0.tick(self.now());
        futures_util::future::join_all(tick.due.into_iter().map(|id| self.expire(id))).await;
        tick.next
    }

    pub(crate) async fn keep_deadlines(&self) {
        loop {
            let next = self.expire_inquiries().await;
            let left = next.map_or(LOOK.as_secs_f64(), |next| next.seconds_since(self.now()));
            let wait = left.clamp(0.0, LOOK.as_secs_f64());
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs_f64(wait)) => {}
                () = self.deadlines.0.earlier.notified() => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// Ends an inquiry that nobody answered in time.
    pub(super) async fn expire(&self, id: Id) {
        let Some(slot) = self.live.get(id) else { return };
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
        match self.try_finish(&slot, &end, Transaction::new(), &[]).await {
            // Somebody answered, or canceled it, at the last moment.
            Ok(_) | Err(commit::Error::Illegal(_)) => {}
            Err(commit::Error::Write(error)) => {
                tracing::error!(execution.id = %id, %error, "the end of an inquiry could not be written");
            }
        }
    }
}
