//! The transitions between the tasks, those to undefined ones included.

use std::collections::HashMap;

use serde_json::Value;

use super::view::{Task, View, field};
use crate::{cycles, spec::COMMANDS};

/// A node: a task, or a command of the conductor.
pub(super) type Node = usize;

/// The transitions between the tasks.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) view: &'a View<'a>,
    /// The tasks in the order of the definition, then the commands that are no tasks.
    pub(super) names: Vec<&'a str>,
    /// What follows each, in the order of the definition.
    pub(super) exits: Vec<Vec<Exit<'a>>>,
    /// How many transitions lead to each.
    pub(super) entries: Vec<usize>,
    /// Those to which nothing leads, by name.
    pub(super) starts: Vec<Node>,
    pub(super) in_cycle: Vec<bool>,
}

/// A transition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit<'a> {
    /// Its number among those of its task.
    pub(super) transition: usize,
    pub(super) name: &'a str,
    /// Where it leads, unless that is not defined.
    pub(super) to: Option<Node>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(view: &'a View<'a>) -> Self {
        let mut names: Vec<&str> = view.tasks.iter().map(|task| task.name).collect();
        let mut nodes: HashMap<&str, Node> =
            names.iter().enumerate().map(|(node, name)| (*name, node)).collect();
        for command in COMMANDS {
            nodes.entry(command).or_insert_with(|| {
                names.push(command);
                names.len() - 1
            });
        }
        let mut exits: Vec<Vec<Exit<'_>>> =
            view.tasks.iter().map(|task| self::exits(task, &nodes)).collect();
        exits.resize(names.len(), Vec::new());
        let mut entries = vec![0; names.len()];
        for to in exits.iter().flatten().filter_map(|exit| exit.to) {
            entries[to] += 1;
        }
        let mut starts: Vec<Node> =
            (0..view.tasks.len()).filter(|node| entries[*node] == 0).collect();
        starts.sort_by_key(|node| names[*node]);
        let out: Vec<Vec<Node>> =
            exits.iter().map(|exits| exits.iter().filter_map(|exit| exit.to).collect()).collect();
        let in_cycle = cycles::nodes_in_cycles(&out);
        Self { view, names, exits, entries, starts, in_cycle }
    }

    /// Returns the task of a node; none for a command, even where a task has its name.
    pub(super) fn task(&self, node: Node) -> Option<&'a Task<'a>> {
        self.view.tasks.get(node).filter(|task| !COMMANDS.contains(&task.name))
    }

    /// Tells whether a node is a task of the definition.
    pub(super) fn is_defined(&self, node: Node) -> bool {
        node < self.view.tasks.len()
    }

    /// Returns what a task waits for; null where it does not.
    pub(super) fn join(&self, node: Node) -> &'a Value {
        self.task(node).map_or(&Value::Null, |task| field(task.fields, "join"))
    }

    /// Returns the transitions of a task, by the names of their targets.
    pub(super) fn sorted_exits(&self, node: Node) -> Vec<Exit<'a>> {
        let mut exits = self.exits[node].clone();
        exits.sort_by_key(|exit| exit.name);
        exits
    }
}

fn exits<'a>(task: &'a Task<'a>, nodes: &HashMap<&str, Node>) -> Vec<Exit<'a>> {
    if COMMANDS.contains(&task.name) {
        return Vec::new();
    }
    let mut exits = Vec::new();
    for (transition, next) in task.next.iter().enumerate() {
        for name in &next.targets {
            exits.push(Exit { transition, name, to: nodes.get(name.as_ref()).copied() });
        }
    }
    exits
}
