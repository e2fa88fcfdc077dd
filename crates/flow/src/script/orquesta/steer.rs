//! What a workflow can be asked for, and what it passes on to the executions that it requested.

use std::sync::Arc;

use super::{OrquestaScript, child::Child};
use crate::{
    protocol::{Kind, Order},
    script::Error,
    status::Status,
};

impl OrquestaScript {
    pub(in crate::script) fn pause(&mut self) -> Result<(), Error> {
        // One that has paused for a question pauses for a person from now on.
        if self.conductor.status() != Status::Paused {
            self.conductor.request(Status::Pausing)?;
        }
        self.is_held = true;
        self.tell_workflows(Order::Pause);
        Ok(())
    }

    pub(in crate::script) fn resume(&mut self) -> Result<(), Error> {
        self.conductor.request(Status::Resuming)?;
        self.is_held = false;
        self.tell_workflows(Order::Resume);
        Ok(())
    }

    pub(in crate::script) fn cancel(&mut self) {
        // One that has ended, or is being canceled, cannot be canceled again.
        let _refused = self.conductor.request(Status::Canceling);
        self.tell_all(Order::Cancel);
    }

    pub(in crate::script) fn time_out(&mut self) {
        self.is_timed_out = true;
        if !self.conductor.status().is_completed() {
            self.conductor.fail("the time of the workflow is up: what it ran is stopped", None);
        }
        // It ends at once and hears of none of them.
        self.orders.extend(self.children.drain().map(|(id, _)| (id, Order::Cancel)));
    }

    /// Cancels what waits for people, or is about to: after the end of the workflow nobody needs it,
    /// and it would wait for ever. What runs comes to its end by itself.
    pub(super) fn cancel_waiting(&mut self) {
        let waits = |child: &Child| match child.kind {
            Kind::Question => true,
            Kind::Workflow => self.is_held || self.known(&child.target) == Some(Status::Paused),
            Kind::Action => false,
        };
        let waiting = self.children.iter().filter(|(_, child)| waits(child));
        let waiting: Vec<Arc<str>> = waiting.map(|(id, _)| Arc::clone(id)).collect();
        for id in waiting {
            self.children.remove(&id);
            self.orders.push_back((id, Order::Cancel));
        }
    }

    fn tell_all(&mut self, order: Order) {
        self.orders.extend(self.children.keys().map(|id| (Arc::clone(id), order)));
    }

    /// Tells the executions that are workflows themselves.
    fn tell_workflows(&mut self, order: Order) {
        let workflows = self.children.iter().filter(|(_, child)| child.kind == Kind::Workflow);
        self.orders.extend(workflows.map(|(id, _)| (Arc::clone(id), order)));
    }
}
