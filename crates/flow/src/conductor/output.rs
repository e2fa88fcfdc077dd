//! The output of a workflow that has ended.

use expr::variables::Variables;

use super::{Conductor, view::rolling};
use crate::{complaints::Complaint, contexts::Sum, env::Env, state::Cell, status::Status};

impl Conductor {
    /// Evaluates the output of a workflow that ended, once.
    ///
    /// A failure fails the workflow, unless it was canceled.
    pub fn render_output(&mut self, env: &Env<'_>) {
        if !self.state.status.is_completed() || self.state.output.is_some() {
            return;
        }
        let plan = std::sync::Arc::clone(&self.plan);
        let variables = self.terminal_context();
        let view = self.view(env);
        let (output, errors) =
            rolling(&plan.workflow.output, variables, |value, seen| view.evaluate(value, seen));
        if !output.is_empty() {
            let owned = |(name, value): (std::sync::Arc<str>, _)| {
                (name.to_string(), std::sync::Arc::unwrap_or_clone(value))
            };
            self.state.output = Some(output.into_iter().map(owned).collect());
            self.state.dirty.insert(Cell::Workflow);
        }
        if errors.is_empty() {
            return;
        }
        for error in errors {
            self.state.complain(Complaint::new(error.entry()));
        }
        if matches!(self.state.status, Status::Succeeded | Status::Failed) {
            self.request_failure();
        }
    }

    /// Returns the variables of the terminal tasks together.
    fn terminal_context(&self) -> Variables {
        let contexts = &self.state.contexts;
        let mut context: Option<Sum> = None;
        for entry in self.state.sequence.iter().filter(|entry| entry.is_terminal) {
            let mut all = contexts.expand(entry.context);
            match &mut context {
                None => context = Some(contexts.sum(&all)),
                Some(context) => {
                    all.retain(|index| *index != 0);
                    context.put_all(&contexts.sum(&all));
                }
            }
        }
        context.unwrap_or_default().into_variables()
    }
}
