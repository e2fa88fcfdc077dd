//! What happens to the executions of tasks, as the conductor learns of it.

use std::sync::Arc;

use serde_json::Value;

use super::{OrquestaScript, child::Target};
use crate::{
    conductor::Event,
    env::Env,
    protocol::{Change, Kind, Report},
    script::{
        is_news, resumes,
        tasks::{self, Ended},
    },
    status::Status,
};

impl OrquestaScript {
    pub(in crate::script) fn heard(&mut self, execution_id: &str, report: Report, env: &Env<'_>) {
        let Some(child) = self.children.get(execution_id).cloned() else { return };
        let Report { status, result, .. } = report;
        let target = child.target;
        let resumes = resumes(self.known(&target), status);
        if resumes {
            self.resume_unless_held();
        } else if !is_news(status) {
            return;
        }
        if !status.is_completed() {
            if self.task_status(&target).is_none_or(|task| !task.is_completed()) {
                let status = if resumes { Status::Running } else { status };
                self.tell(&target, status, (execution_id, result), env);
            }
            // The task failed with another item while this one was paused. To the conductor an
            // execution that starts would be another run of the task.
            return;
        }
        self.children.remove(execution_id);
        self.keep(&target, Ended { status, result: Arc::clone(&result) });
        if child.kind == Kind::Question {
            // The workflow paused for the question. It may have paused again since the answer let
            // it resume, if other questions wait.
            self.resume_unless_held();
        }
        let was_paused = self.conductor.status().is_pause();
        if matches!(self.task_status(&target), Some(Status::Paused | Status::Resuming)) {
            // What ends as it resumes is heard of only then, and the conductor takes in the end of
            // an execution only where its task runs.
            self.event(&target, Event { item: target.item, ..Event::new(Status::Running) }, env);
        }
        self.tell(&target, status, (execution_id, result), env);
        if was_paused && self.is_held && self.conductor.status().is_running() {
            // One that has ended meanwhile cannot pause.
            let _refused = self.conductor.request(Status::Pausing);
        }
    }

    /// Tells the conductor the status of an execution.
    fn tell(
        &mut self,
        target: &Target,
        status: Status,
        (execution_id, result): (&str, Arc<Value>),
        env: &Env<'_>,
    ) {
        let event = Event {
            item: target.item,
            result: Some(result),
            source: Some(Arc::from(execution_id)),
            ..Event::new(status)
        };
        self.event(target, event, env);
    }

    /// Resumes the workflow with an execution that resumed, if no person paused it.
    fn resume_unless_held(&mut self) {
        if self.conductor.status().is_pause() && !self.is_held {
            // What happened to the execution is taken in all the same.
            let _refused = self.conductor.request(Status::Resuming);
        }
    }

    fn task_status(&self, target: &Target) -> Option<Status> {
        self.conductor.task_status(&target.task, target.route)
    }

    /// Returns the status of an execution as far as the conductor knows.
    pub(super) fn known(&self, target: &Target) -> Option<Status> {
        match target.item {
            Some(item) => self.conductor.item_status(&target.task, target.route, item),
            None => self.task_status(target),
        }
    }

    /// Keeps the result of an execution for the expressions that read it later.
    pub(super) fn keep(&mut self, target: &Target, ended: Ended) {
        if let Some(item) = target.item {
            self.history.keep_item(&target.task, target.route, item, ended);
        } else if self.history.keeps_results {
            self.history.ended.insert(target.entry, ended);
        }
    }

    /// Tells the conductor what happened to a task.
    pub(super) fn event(&mut self, target: &Target, event: Event<'_>, env: &Env<'_>) {
        let Target { task, route, .. } = target;
        let env = Env { records: Some(&self.history), ..*env };
        let accumulated = || self.history.accumulated(task, *route);
        let event = Event { accumulated: Some(&accumulated), ..event };
        match self.conductor.event(task, *route, &event, &env) {
            Ok(status) => {
                if status.is_some_and(Status::is_completed) {
                    self.end_task(target, env.now);
                }
            }
            Err(error) => self.conductor.fail(error.entry(), Some((task, *route))),
        }
    }

    fn end_task(&mut self, target: &Target, now: jiff::Timestamp) {
        let Some(entry) = self.conductor.task_entry(&target.task, target.route) else { return };
        if let Some(run) = self.history.runs.get_mut(&entry) {
            run.end = Some(now);
            self.changes.push(Change::Put(tasks::task_key(entry), run.to_cell()));
        }
    }
}
