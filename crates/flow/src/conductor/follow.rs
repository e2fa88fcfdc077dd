//! The transitions of a task that ended: which hold, what they publish, where they lead.

use std::{collections::VecDeque, sync::Arc};

use expr::variables::Variables;
use python::value::truth;
use serde_json::Value;

use super::{Conductor, settle::Inbound, view::rolling};
use crate::{
    contexts::Published,
    env::Env,
    graph::Edge,
    route::{Prev, TaskRoute},
    stage::{Arrival, Staged},
    state::Cell,
};

impl Conductor {
    /// Evaluates the transitions of a task that ended, and returns the commands that follow.
    pub(super) fn follow(
        &mut self,
        at: TaskRoute,
        index: usize,
        result: Option<&Value>,
        env: &Env<'_>,
    ) -> VecDeque<TaskRoute> {
        let plan = Arc::clone(&self.plan);
        let edges = plan.graph.out(at.0);
        if edges.is_empty() {
            self.state.edit_entry(index).is_terminal = true;
        }
        // Publishing does not change the variables of the task itself.
        let variables = self.state.contexts.merged(self.state.sequence[index].context);
        let mut commands = VecDeque::new();
        let mut ready = Vec::new();
        let mut fails = false;
        for edge in edges {
            let data = plan.graph.edge(*edge);
            let holds = match data.when.as_deref() {
                None => Ok(true),
                Some(when) => {
                    let view = self.task_view(at, result, env);
                    view.evaluate_text(when, &variables).map(|value| truth(&value))
                }
            };
            let holds = match holds {
                Ok(holds) => holds,
                Err(error) => {
                    self.complain(&error, at, Some(&data.outward));
                    self.request_failure();
                    continue;
                }
            };
            self.state.set_next(&plan.graph, index, *edge, holds);
            if !holds {
                continue;
            }
            let Some(values) = self.publish(at, *edge, (result, &variables), env) else {
                continue;
            };
            let (next, is_ready) = self.lead(at, index, *edge, values);
            let name = plan.graph.name(next.0);
            if crate::spec::COMMANDS.contains(&name) {
                fails |= name == "fail";
                commands.push_back(next);
            } else if is_ready {
                ready.push(next);
            }
        }
        if fails {
            for next in ready {
                self.state.edit_staged(next, |staged| staged.runs_on_fail = true);
            }
        }
        commands
    }

    /// Evaluates what a transition publishes; none when that fails, which fails the workflow.
    fn publish(
        &mut self,
        at: TaskRoute,
        edge: Edge,
        (result, variables): (Option<&Value>, &Variables),
        env: &Env<'_>,
    ) -> Option<Published> {
        let plan = Arc::clone(&self.plan);
        let data = plan.graph.edge(edge);
        let transition = plan.task(at.0)?.next.get(data.transition)?;
        if transition.publish.is_empty() {
            return Some(Published::new());
        }
        let view = self.task_view(at, result, env);
        let (values, errors) = rolling(&transition.publish, variables.clone(), |value, seen| {
            view.evaluate(value, seen)
        });
        if errors.is_empty() {
            return Some(values);
        }
        for error in errors {
            self.complain(&error, at, Some(&data.outward));
        }
        self.request_failure();
        None
    }

    /// Stages the target of a transition; returns it, and whether it is ready.
    fn lead(
        &mut self,
        at: TaskRoute,
        index: usize,
        edge: Edge,
        values: Published,
    ) -> (TaskRoute, bool) {
        let plan = Arc::clone(&self.plan);
        let mut context = self.state.sequence[index].context;
        if !values.is_empty() {
            let known = self.state.contexts.len();
            context = self.state.contexts.publish(context, values);
            self.state.dirty.extend((known..=context).map(Cell::Link));
        }
        let next = (plan.graph.edge(edge).to, self.route_of(edge, at.1));
        if self.state.arrive(next, Arrival { edge, entry: index, context }) {
            self.state.drop_items(next);
        } else {
            let prev = Prev::from_iter([(edge, index)]);
            self.state.stage(Staged { prev, ..Staged::new(next, context) });
        }
        // The tasks before it ran in the route that it comes from.
        let is_ready = self.inbound((next.0, at.1)) == Inbound::Satisfied;
        let staged = self.state.stage.get(next);
        if staged.is_some_and(|staged| staged.is_ready != is_ready || staged.is_completed) {
            self.state.edit_staged(next, |staged| {
                staged.is_ready = is_ready;
                staged.is_completed = false;
            });
        }
        (next, is_ready)
    }

    /// Returns the route of the target of a transition: a new one at a split.
    fn route_of(&mut self, edge: Edge, route: usize) -> usize {
        let data = self.plan.graph.edge(edge);
        if !self.plan.graph.begins_routes(data.to) {
            return route;
        }
        let known = self.state.routes.get(route).cloned().unwrap_or_default();
        if known.contains(&data.inward) {
            return route;
        }
        let mut longer = Vec::clone(&known);
        longer.push(data.inward.clone());
        self.state.routes.push(Arc::new(longer));
        let last = self.state.routes.len() - 1;
        self.state.dirty.insert(Cell::Route(last));
        last
    }
}
