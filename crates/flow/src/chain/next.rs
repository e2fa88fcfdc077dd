//! What a chain does next.

use std::sync::Arc;

use super::{Asked, Cell, Chain, Failure, Node, Options, Progress, render};
use crate::{
    env::Env,
    protocol::{Next, Order, Place, Request},
    status::Status,
};

impl Chain {
    /// Returns what is to be done next.
    ///
    /// A request is returned again until the chain was told what came of it, an order once.
    pub fn next(&mut self, env: &Env<'_>) -> Next {
        match (self.progress, self.asked) {
            (Progress::Over(_) | Progress::Ready(_), Asked::Pause) => Next::Wait,
            (Progress::Over(status), _) => Next::End { status, result: self.result() },
            (Progress::Active(Some(order)), _) => self.tell(order),
            (Progress::Active(None), _) => Next::Wait,
            (Progress::Ready(index), _) => match self.request(index, env) {
                Ok(request) => Next::Request(Box::new(request)),
                Err(failure) => {
                    self.fail(failure);
                    Next::End { status: Status::Failed, result: self.result() }
                }
            },
        }
    }

    fn tell(&mut self, order: Order) -> Next {
        self.progress = Progress::Active(None);
        self.changed.insert(Cell::Chain);
        let Some(index) = self.tasks.len().checked_sub(1) else { return Next::Wait };
        let task = &mut self.tasks[index];
        let Some(child) = &task.child else { return Next::Wait };
        self.changed.insert(Cell::Task(index));
        task.state = match order {
            Order::Pause => Status::Pausing,
            Order::Resume => Status::Resuming,
            Order::Cancel => Status::Canceling,
        };
        Next::Tell { execution_id: Arc::clone(&child.execution), order }
    }

    fn request(&self, index: usize, env: &Env<'_>) -> Result<Request, Failure> {
        let node = &self.definition.nodes()[index];
        let Node { name, action, .. } = node;
        let failed = |reason: String| format!("Failed to run task \"{name}\". {reason}");
        let max = self.options.tasks_max;
        if self.tasks.len() >= max {
            let reason = format!("The chain ran {max} tasks, which is as many as one may run.");
            return Err(Failure::new(failed(reason)));
        }
        if !(env.has_action)(action) {
            let reason = format!("Action with reference \"{action}\" doesn't exist.");
            let detail = format!("Task :: {name} - Action with ref {action} not registered.");
            return Err(Failure::because(&failed(reason), &detail));
        }
        let parameters = self.render_parameters(node, env).map_err(|error| {
            let detail = render::complaint("action", &error, name);
            let failure =
                Failure::because(&failed("Parameter rendering failed.".to_owned()), &detail);
            Failure { traceback: render::traceback(&error), ..failure }
        })?;
        Ok(Request {
            task: name.clone(),
            action: action.clone(),
            parameters,
            place: Place::Chain(node.context.clone()),
            rerun: None,
            delay_s: None,
            notify: self.options.notify_of(node),
        })
    }
}

impl Options {
    fn notify_of(&self, node: &Node) -> Option<serde_json::Value> {
        if self.skip_notify.contains(&node.name) {
            return None;
        }
        node.notify.clone().or_else(|| self.notify.clone())
    }
}
