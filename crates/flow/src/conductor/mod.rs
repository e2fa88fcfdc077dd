//! The conductor: events of tasks go in, the tasks that are ready come out.
//!
//! It follows Orquesta's conductor event by event, since recorded runs judge it. The cost differs:
//! nothing here grows with the number of tasks that have ended.

mod cells;
mod error;
mod event;
mod follow;
mod next;
mod output;
mod rerun;
mod settle;
mod view;

use std::sync::Arc;

use expr::document;
use serde_json::Value;

pub use cells::Unreadable;
pub use error::Error;
pub use event::Event;
pub use next::{Action, Ready};
pub use rerun::Rerun;

use self::view::{View, bare, rolling};
use crate::{
    complaints::Complaint,
    contexts::{self, Object, ROOT, Sum},
    env::Env,
    graph::{Graph, Node},
    machine::{self, TaskEvent},
    route::TaskRoute,
    spec::{COMMANDS, Task, Variable, Workflow},
    stage::Staged,
    state::State,
    status::Status,
};

/// A workflow's definition, ready to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    workflow: Workflow,
    graph: Graph,
    command: Task,
}

impl Plan {
    /// Makes the plan of a workflow.
    ///
    /// # Errors
    /// Fails when a task leads to one that does not exist.
    pub fn new(workflow: Workflow) -> Result<Self, crate::graph::UndefinedTask> {
        let graph = Graph::new(&workflow)?;
        Ok(Self { workflow, graph, command: Task::default() })
    }

    /// Returns the definition.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    /// Returns the graph.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the task of a node; a command is a task without anything.
    fn task(&self, node: Node) -> Option<&Task> {
        let name = self.graph.name(node);
        if COMMANDS.contains(&name) {
            return Some(&self.command);
        }
        self.workflow.tasks.get(name)
    }

    fn has_items(&self, node: Node) -> bool {
        self.task(node).is_some_and(|task| task.with.is_some())
    }
}

/// The conductor of a workflow.
#[derive(Debug)]
pub struct Conductor {
    plan: Arc<Plan>,
    state: State,
}

/// An entry in the sequence: a task or a command that was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceEntry<'a> {
    /// The task or command.
    pub task: &'a str,
    /// Its route.
    pub route: usize,
    /// Its status, once it has one.
    pub status: Option<Status>,
    /// Whether nothing follows it.
    pub is_terminal: bool,
}

impl Conductor {
    /// Begins a workflow: sets the variables and stages the first tasks.
    ///
    /// `context` holds the variables from outside, such as `st2` and `parent`. Variables that cannot be
    /// evaluated fail the workflow: see [`Self::status`] and [`Self::errors`].
    #[must_use]
    pub fn new(plan: Arc<Plan>, inputs: &Object, context: Object, env: &Env<'_>) -> Self {
        let mut conductor = Self { plan, state: State::default() };
        conductor.begin(inputs, context, env);
        conductor
    }

    fn begin(&mut self, inputs: &Object, context: Object, env: &Env<'_>) {
        let plan = Arc::clone(&self.plan);
        let workflow = &plan.workflow;
        let mut initial = Sum::from(contexts::shared(context));
        let given: Vec<Variable> = workflow.input.iter().map(|it| given(it, inputs)).collect();
        let mut index = 0;
        let (values, mut errors) = rolling(&given, initial.to_variables(), |value, seen| {
            let name = &given[index].name;
            index += 1;
            if inputs.contains_key(name) && !env.again {
                return Ok(value.clone());
            }
            Ok(document::evaluate(value, &bare(env, seen))?)
        });
        initial.add(&values);
        let (values, more) = rolling(&workflow.vars, initial.to_variables(), |value, seen| {
            Ok(document::evaluate(value, &bare(env, seen))?)
        });
        errors.extend(more);
        initial.add(&values);
        if !errors.is_empty() {
            for error in errors {
                self.state.complain(Complaint::new(error.entry()));
            }
            self.state.set_status(Status::Failed);
            return;
        }
        self.state.contexts.begin(initial.published());
        self.state.dirty.insert(crate::state::Cell::Link(ROOT));
        self.state.routes.push(Arc::default());
        self.state.dirty.insert(crate::state::Cell::Route(0));
        for node in plan.graph.roots() {
            self.state.stage(Staged { is_ready: true, ..Staged::new((*node, 0), ROOT) });
        }
        self.state.dirty.insert(crate::state::Cell::Workflow);
    }

    /// Returns the plan that it follows.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Returns the status of the workflow.
    #[must_use]
    pub fn status(&self) -> Status {
        self.state.status
    }

    /// Returns the status of the latest run of a task in a route.
    #[must_use]
    pub fn task_status(&self, task: &str, route: usize) -> Option<Status> {
        let node = self.plan.graph.node(task)?;
        self.state.entry((node, route))?.status
    }

    /// Returns the index in the sequence of the latest run of a task in a route.
    #[must_use]
    pub fn task_entry(&self, task: &str, route: usize) -> Option<usize> {
        let node = self.plan.graph.node(task)?;
        self.state.latest.get(&(node, route)).copied()
    }

    /// Returns the status of an item of a task that is on the stage.
    #[must_use]
    pub fn item_status(&self, task: &str, route: usize, item: usize) -> Option<Status> {
        let node = self.plan.graph.node(task)?;
        self.state.stage.get((node, route))?.items.as_ref()?.get(item)
    }

    /// Returns the entries in the order in which they came to be.
    pub fn sequence(&self) -> impl Iterator<Item = SequenceEntry<'_>> {
        self.state.sequence.iter().map(|entry| SequenceEntry {
            task: self.plan.graph.name(entry.node),
            route: entry.route,
            status: entry.status,
            is_terminal: entry.is_terminal,
        })
    }

    /// Returns the routes: for each the transitions that make it up.
    pub fn routes(&self) -> impl Iterator<Item = &[String]> {
        self.state.routes.iter().map(|route| route.as_slice())
    }

    /// Returns the list of errors.
    #[must_use]
    pub fn errors(&self) -> Vec<Value> {
        self.state.complaints.iter().map(Complaint::to_value).collect()
    }

    /// Returns the output, once it was rendered.
    #[must_use]
    pub fn output(&self) -> Option<&Object> {
        self.state.output.as_ref()
    }

    /// Asks for a status: `running`, `pausing`, `canceling` and so on.
    ///
    /// # Errors
    /// Fails when the workflow cannot take it.
    pub fn request(&mut self, status: Status) -> Result<(), Error> {
        let event = format!("workflow_{status}");
        if !machine::is_requestable(status) {
            return Err(Error::InvalidEvent(event));
        }
        for index in self.state.active() {
            self.push_request(index, status);
        }
        let from = self.state.status;
        let is_active = self.state.has_active();
        let is_done = !is_active && !self.state.stage.has_ready() && !self.state.has_paused();
        if let Some(to) = machine::workflow_after_request(from, status, is_active, is_done)
            && to != from
        {
            self.state.set_status(to);
        }
        let is_unchanged = self.state.status == from;
        let will_be = matches!(
            (status, from),
            (Status::Paused, Status::Pausing) | (Status::Canceled, Status::Canceling)
        );
        if is_unchanged && status != from && !will_be {
            return Err(Error::InvalidWorkflowStatusTransition { from, event });
        }
        Ok(())
    }

    /// Gives an active task the status that a request to its workflow makes of it.
    fn push_request(&mut self, index: usize, status: Status) {
        let entry = &self.state.sequence[index];
        let at = (entry.node, entry.route);
        let from = entry.status.unwrap_or_default();
        let items = self.state.stage.get(at).and_then(|staged| staged.items.as_ref());
        let items = match items {
            Some(items) if status.is_pause() || status.is_cancel() => {
                if !items.has_incomplete() {
                    return;
                }
                Some(items.has_active())
            }
            _ => None,
        };
        if let Some(to) = machine::task_after(from, TaskEvent::Workflow(status, items)) {
            self.state.set_entry_status(index, to);
        }
    }

    /// Fails the workflow, for a reason outside its tasks.
    pub fn fail(&mut self, message: impl Into<String>, task: Option<(&str, usize)>) {
        let mut complaint = Complaint::new(message);
        complaint.task = task.map(|(task, _)| task.to_owned());
        complaint.route = task.map(|(_, route)| route);
        self.state.complain(complaint);
        if !self.state.status.is_completed() || self.state.status == Status::Succeeded {
            self.state.set_status(Status::Failed);
        }
    }

    fn complain(&mut self, error: &Error, at: TaskRoute, transition: Option<&str>) {
        let mut complaint = Complaint::new(error.entry());
        complaint.task = Some(self.plan.graph.name(at.0).to_owned());
        complaint.route = Some(at.1);
        complaint.transition = transition.map(str::to_owned);
        self.state.complain(complaint);
    }

    /// Fails the workflow, if it can still fail.
    fn request_failure(&mut self) {
        // One that was canceled stays so.
        let _refused = self.request(Status::Failed);
    }

    fn view<'a>(&'a self, env: &'a Env<'a>) -> View<'a> {
        View {
            graph: &self.plan.graph,
            state: &self.state,
            env,
            task: None,
            result: None,
            item: None,
        }
    }
}

fn given(variable: &Variable, inputs: &Object) -> Variable {
    let value = inputs.get(&variable.name).unwrap_or(&variable.value);
    Variable { name: variable.name.clone(), value: value.clone() }
}
