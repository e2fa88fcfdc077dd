//! What happens here as time passes: questions and workflows come to the end of their time.

use std::sync::Arc;

use execution::Signal;
use futures_util::future::{BoxFuture, join_all};
use model::{Id, Timestamp, Wake};
use tokio::sync::Notify;

use crate::Workflows;

impl Workflows {
    /// Ends the inquiries and workflows whose time is over, and returns when to look again.
    pub fn tick(&self, now: Timestamp) -> BoxFuture<'_, Wake> {
        Box::pin(async move {
            let (due, wake) = self.deadlines().tick(now);
            join_all(due.into_iter().map(|id| self.time_is_up(id))).await;
            wake
        })
    }

    /// Returns the bell of what waits for a moment.
    pub fn bell(&self) -> &Arc<Notify> {
        self.deadlines().bell()
    }

    async fn time_is_up(&self, id: Id) {
        let Some(slot) = self.executions().slot(id) else { return };
        match &slot.inbox {
            // A workflow that has ended does not need it.
            Some(inbox) => drop(inbox.send(Signal::Time)),
            None => self.expire(id).await,
        }
    }
}
