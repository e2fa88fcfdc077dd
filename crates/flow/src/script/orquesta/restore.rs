//! A workflow from its cells: they say how far the conductor had come, and its executions what
//! happened since.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    OrquestaScript,
    child::{Child, Target},
};
use crate::{
    conductor::{self, Conductor},
    env::Env,
    protocol::{Known, Report},
    script::{
        Error, Inputs,
        definition::Orquesta,
        tasks::{self, Ended, TaskRun},
    },
    status::Status,
};

/// From where a workflow that ended continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// The tasks; one inside a workflow that a task ran is named `task.inner`.
    pub tasks: Vec<String>,
    /// The tasks of which all items run again, and not only those that failed.
    pub reset: Vec<String>,
}

impl Rerun {
    /// Returns the names of the tasks, without those inside them.
    fn outer(&self) -> Vec<&str> {
        let outer = |name: &str| name.split_once('.').map_or(name.len(), |(outer, _)| outer.len());
        let mut all: Vec<&str> = self.tasks.iter().map(|name| &name[..outer(name)]).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns from where the workflow inside a task continues, where that is asked for.
    fn inner(&self, task: &str, execution_id: &str) -> Option<Value> {
        let below = |names: &[String]| -> Vec<String> {
            let prefix = format!("{task}.");
            names.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
        };
        let tasks = below(&self.tasks);
        if tasks.is_empty() {
            return None;
        }
        Some(json!({"ref": execution_id, "tasks": tasks, "reset": below(&self.reset)}))
    }
}

/// An execution that a cell names, and how it stands.
#[derive(Debug, Clone)]
struct Found {
    id: Arc<str>,
    target: Target,
    known: Known,
}

impl OrquestaScript {
    pub(in crate::script) fn restore(
        program: &Orquesta,
        inputs: Inputs,
        cells: Vec<(String, Value)>,
        known: &dyn Fn(&str) -> Option<Known>,
        env: &Env<'_>,
    ) -> Result<Self, Error> {
        let (mut script, children) = Self::load(program, inputs, cells, known)?;
        script.reconcile(children, env);
        Ok(script)
    }

    pub(in crate::script) fn rerun(
        program: &Orquesta,
        (inputs, rerun): (Inputs, &Rerun),
        cells: Vec<(String, Value)>,
        known: &dyn Fn(&str) -> Option<Known>,
        env: &Env<'_>,
    ) -> Result<Self, Error> {
        let (mut script, children) = Self::load(program, inputs, cells, known)?;
        script.reconcile(children.clone(), env);
        script.children.clear();
        let mut requests = Vec::new();
        for name in rerun.outer() {
            let routes = script.conductor.routes_of(name);
            // A task that was never run is refused with its name.
            let routes = if routes.is_empty() { vec![0] } else { routes };
            let reset_items = rerun.reset.iter().any(|reset| reset == name);
            requests.extend(routes.into_iter().map(|route| conductor::Rerun {
                task: name.to_owned(),
                route,
                reset_items,
            }));
            let last = children.iter().rev().find(|found| found.target.task == name);
            let inner = last.and_then(|found| rerun.inner(name, &found.id));
            script.inner_reruns.extend(inner.map(|inner| (name.to_owned(), inner)));
        }
        script.conductor.rerun(&requests, env)?;
        Ok(script)
    }

    /// Reads the cells; returns the executions that they name in the order of the sequence.
    fn load(
        program: &Orquesta,
        inputs: Inputs,
        cells: Vec<(String, Value)>,
        known: &dyn Fn(&str) -> Option<Known>,
    ) -> Result<(Self, Vec<Found>), Error> {
        let mut runs = Vec::new();
        let mut ids = Vec::new();
        let mut of_conductor = Vec::new();
        for (key, value) in cells {
            if let Some(entry) = tasks::of_task_key(&key) {
                runs.extend(TaskRun::of_cell(&value).map(|run| (entry, run)));
            } else if let Some((entry, item)) = tasks::of_child_key(&key) {
                ids.extend(value.as_str().map(|id| (entry, item, Arc::<str>::from(id))));
            } else {
                of_conductor.push((key, value));
            }
        }
        let fetch = |id: &str| Some(known(id)?.report.result);
        let plan = Arc::clone(&program.plan);
        let conductor = Conductor::restore(plan, of_conductor, &fetch)?;
        let mut script = Self::new(program, conductor, inputs)?;
        script.history.runs.extend(runs);
        ids.sort_unstable();
        let found = |(entry, item, id): (usize, Option<usize>, Arc<str>)| {
            let run = script.history.runs.get(&entry)?;
            let target = Target { entry, task: run.name.clone(), route: run.route, item };
            Some(Found { known: known(&id)?, id, target })
        };
        let children = ids.into_iter().filter_map(found).collect();
        Ok((script, children))
    }

    /// Tells the conductor what happened since its cells were written.
    fn reconcile(&mut self, children: Vec<Found>, env: &Env<'_>) {
        let mut unheard = Vec::new();
        for Found { id, target, known: Known { kind, report } } in children {
            let is_latest =
                self.conductor.task_entry(&target.task, target.route) == Some(target.entry);
            let known = self.known(&target);
            let waits = known.is_some_and(|known| {
                known.is_active() || matches!(known, Status::Pending | Status::Paused)
            });
            if is_latest && waits {
                self.children.insert(Arc::clone(&id), Child { target, kind });
                unheard.push((id, report));
            } else if is_latest && !report.status.is_completed() {
                // Its task ended without it.
                self.children.insert(id, Child { target, kind });
            } else if report.status.is_completed() && known != Some(Status::Unset) {
                let Report { status, result, .. } = report;
                self.keep(&target, Ended { status, result });
            }
        }
        for (id, report) in unheard {
            let known = self.children.get(&id).and_then(|child| self.known(&child.target));
            let is_known = matches!(report.status, Status::Pending | Status::Paused)
                && known == Some(report.status);
            if !is_known {
                self.heard(&id, report, env);
            }
        }
    }
}
