//! Checks the tasks and the transitions between them.

use std::collections::{HashSet, VecDeque};

use super::{Finding, graph::Graph, location::Location, reach};
use crate::spec::{COMMANDS, is_falsy};

/// Returns the findings, and whether Orquesta would end with an exception instead.
pub(super) fn check(graph: &Graph<'_>) -> (Vec<Finding>, bool) {
    let mut findings = tasks(graph);
    if !graph.view.tasks.is_empty() && graph.starts.is_empty() {
        let location = Location::tasks();
        let message = "Unable to identify any tasks to start the workflow. If the workflow has a \
                       loop, please add a task that serves as an entry point (or lead) into the \
                       loop.";
        findings.push(Finding::new(&location.spec, &location.schema, message));
    }
    findings.extend(undefined(graph));
    let reach = reach::examine(graph);
    for node in reach.unreachable {
        let name = graph.names[node];
        let message = format!(
            "The join task \"{name}\" is unreachable. A join task is determined to be \
             unreachable if there are nested forks from multi-referenced tasks that join on the \
             said task. This is ambiguous to the workflow engine because it does not know at \
             which level should the join occurs."
        );
        let location = Location::tasks().named(name);
        let hint = "let the branches meet at a `join` where they first come together";
        findings.push(Finding::new(&location.spec, &location.schema, message).hint(hint));
    }
    (findings, reach.raises)
}

/// Checks each task by itself.
fn tasks(graph: &Graph<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for task in &graph.view.tasks {
        let location = || Location::tasks().named(task.name);
        if COMMANDS.contains(&task.name) {
            let message =
                format!("The task name \"{}\" is reserved with special function.", task.name);
            let finding = Finding::new(&location().spec, &location().schema, message);
            findings.push(finding.hint("give the task another name"));
        }
        if task.has_items && is_falsy(&task.action) {
            let message = "The action property is required for with items task.";
            findings.push(Finding::new(&location().spec, &location().schema, message));
        }
    }
    findings
}

/// Finds the names without a task, as far as the first tasks lead.
fn undefined(graph: &Graph<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut told = HashSet::new();
    let mut is_queued = vec![false; graph.names.len()];
    let mut queue: VecDeque<_> = graph.starts.iter().copied().collect();
    while let Some(node) = queue.pop_front() {
        for exit in &graph.exits[node] {
            match exit.to {
                Some(to) if !is_queued[to] => {
                    is_queued[to] = true;
                    queue.push_back(to);
                }
                Some(_) => {}
                None if told.insert((node, exit.transition, exit.name)) => {
                    let location = Location::tasks().named(graph.names[node]);
                    let location = location.property("next").item(exit.transition).property("do");
                    let message = format!("The task \"{}\" is not defined.", exit.name);
                    let finding = Finding::new(&location.spec, &location.schema, message);
                    findings.push(finding.hint("correct the name, or add the task"));
                }
                None => {}
            }
        }
    }
    findings
}
