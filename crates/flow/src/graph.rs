//! The graph of a workflow: its tasks and commands as nodes, its transitions as edges.

use std::collections::HashMap;

use crate::spec::{COMMANDS, Join, Retry, Task, Workflow};

/// How often a task is retried at most when the command `retry` follows it.
const RETRIES_OF_COMMAND: u64 = 3;

/// A definition of which no graph can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The task \"{0}\" is not defined.")]
pub struct UndefinedTask(
    /// The name of the task.
    pub String,
);

/// A node, by its index in the graph.
pub type Node = usize;

/// An edge, by its index in the graph.
pub type Edge = usize;

/// The graph of a workflow, as far as the first tasks lead.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<NodeData>,
    edges: Vec<EdgeData>,
    by_name: HashMap<String, Node>,
    /// The edges by where they begin, where they lead, and their numbers.
    by_ends: HashMap<(Node, Node, usize), Edge>,
    roots: Vec<Node>,
}

#[derive(Debug, Clone)]
struct NodeData {
    name: String,
    join: Option<Join>,
    retry: Option<Retry>,
    /// Sorted by the names of the nodes that they lead to.
    out: Vec<Edge>,
    into: Vec<Edge>,
    /// How many different tasks lead here.
    sources: u64,
    is_split: bool,
    is_in_cycle: bool,
}

/// A transition from one node to another.
#[derive(Debug, Clone)]
pub struct EdgeData {
    /// Where it begins.
    pub from: Node,
    /// Where it leads.
    pub to: Node,
    /// Its index among the transitions of the task.
    pub transition: usize,
    /// Its condition.
    pub when: Option<String>,
    /// Its name at the source: where it leads, and its number.
    pub outward: String,
    /// Its name at the target: where it begins, and its number.
    pub inward: String,
}

impl Graph {
    /// Makes the graph of a workflow.
    ///
    /// # Errors
    /// Fails when a task is reached that does not exist.
    pub fn new(workflow: &Workflow) -> Result<Self, UndefinedTask> {
        let inbound = inbound(workflow);
        let mut graph = Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            by_name: HashMap::new(),
            by_ends: HashMap::new(),
            roots: Vec::new(),
        };
        let mut starts: Vec<&str> = workflow.tasks.keys().map(String::as_str).collect();
        starts.retain(|name| !inbound.contains_key(name));
        starts.sort_unstable();
        for name in starts {
            let node = graph.add_node(workflow, name)?;
            graph.roots.push(node);
        }
        let mut next = 0;
        while next < graph.nodes.len() {
            graph.add_edges(workflow, next)?;
            next += 1;
        }
        graph.finish(&inbound);
        Ok(graph)
    }

    fn add_node(&mut self, workflow: &Workflow, name: &str) -> Result<Node, UndefinedTask> {
        if let Some(node) = self.by_name.get(name) {
            return Ok(*node);
        }
        let command = Task::default();
        let task = match workflow.tasks.get(name) {
            _ if COMMANDS.contains(&name) => &command,
            Some(task) => task,
            None => return Err(UndefinedTask(name.to_owned())),
        };
        self.nodes.push(NodeData {
            name: name.to_owned(),
            join: task.join,
            retry: task.retry.clone(),
            out: Vec::new(),
            into: Vec::new(),
            sources: 0,
            is_split: false,
            is_in_cycle: false,
        });
        let node = self.nodes.len() - 1;
        self.by_name.insert(name.to_owned(), node);
        Ok(node)
    }

    fn add_edges(&mut self, workflow: &Workflow, from: Node) -> Result<(), UndefinedTask> {
        let Some(task) = workflow.tasks.get(self.name(from)) else { return Ok(()) };
        if COMMANDS.contains(&self.name(from)) {
            return Ok(());
        }
        // What follows comes sorted by name, so that what leads to one node stands together.
        let mut seen: (Node, Vec<usize>) = (Node::MAX, Vec::new());
        for (name, transition) in following(task) {
            let when = task.next.get(transition).and_then(|next| next.when.clone());
            if name == "retry" {
                let node = &mut self.nodes[from];
                node.retry = Some(Retry {
                    when: Some(when.unwrap_or_else(|| "<% completed() %>".to_owned())),
                    count: RETRIES_OF_COMMAND.into(),
                    delay: None,
                });
                continue;
            }
            let to = self.add_node(workflow, name)?;
            if seen.0 != to {
                seen = (to, Vec::new());
            }
            if seen.1.contains(&transition) {
                continue;
            }
            let key = seen.1.len();
            seen.1.push(transition);
            let outward = format!("{name}__t{key}");
            let inward = format!("{}__t{key}", self.name(from));
            self.edges.push(EdgeData { from, to, transition, when, outward, inward });
            let edge = self.edges.len() - 1;
            self.by_ends.insert((from, to, key), edge);
            self.nodes[from].out.push(edge);
            self.nodes[to].into.push(edge);
        }
        Ok(())
    }

    fn finish(&mut self, inbound: &HashMap<&str, u64>) {
        let in_cycle = crate::cycles::nodes_in_cycles(
            &self
                .nodes
                .iter()
                .map(|node| node.out.iter().map(|edge| self.edges[*edge].to).collect())
                .collect::<Vec<Vec<Node>>>(),
        );
        for (index, is_in_cycle) in in_cycle.into_iter().enumerate() {
            let mut sources: Vec<Node> =
                self.nodes[index].into.iter().map(|edge| self.edges[*edge].from).collect();
            sources.sort_unstable();
            sources.dedup();
            let node = &mut self.nodes[index];
            node.sources = u64::try_from(sources.len()).unwrap_or(u64::MAX);
            node.is_in_cycle = is_in_cycle;
            let transitions = inbound.get(node.name.as_str()).copied().unwrap_or_default();
            node.is_split = node.join.is_none() && transitions > 1;
        }
    }

    /// Returns the nodes at which the workflow starts, by name.
    #[must_use]
    pub fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// Returns the node of a task or command.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<Node> {
        self.by_name.get(name).copied()
    }

    /// Returns how many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns the name of a node.
    #[must_use]
    pub fn name(&self, node: Node) -> &str {
        &self.nodes[node].name
    }

    /// Returns the edges that leave a node, by the names of where they lead.
    #[must_use]
    pub fn out(&self, node: Node) -> &[Edge] {
        &self.nodes[node].out
    }

    /// Returns the edges that lead to a node.
    #[must_use]
    pub fn into(&self, node: Node) -> &[Edge] {
        &self.nodes[node].into
    }

    /// Returns the edge that leaves a node under its name there.
    pub(crate) fn outward(&self, from: Node, name: &str) -> Option<Edge> {
        let (to, key) = name.rsplit_once("__t")?;
        self.by_ends.get(&(from, self.node(to)?, key.parse().ok()?)).copied()
    }

    /// Returns the edge that leads to a node under its name there.
    pub(crate) fn inward(&self, to: Node, name: &str) -> Option<Edge> {
        let (from, key) = name.rsplit_once("__t")?;
        self.by_ends.get(&(self.node(from)?, to, key.parse().ok()?)).copied()
    }

    /// Returns an edge.
    #[must_use]
    pub fn edge(&self, edge: Edge) -> &EdgeData {
        &self.edges[edge]
    }

    /// Returns whether a node is a join.
    #[must_use]
    pub fn is_join(&self, node: Node) -> bool {
        self.nodes[node].join.is_some()
    }

    /// Returns whether a node may be reached and still have to wait.
    #[must_use]
    pub fn is_barrier(&self, node: Node) -> bool {
        self.nodes[node].join.is_some_and(|join| join != Join::Count(0))
    }

    /// Returns how many different tasks and commands lead to a node.
    #[must_use]
    pub fn sources(&self, node: Node) -> u64 {
        self.nodes[node].sources
    }

    /// Returns how many tasks must lead to a node before it is ready.
    #[must_use]
    pub fn requirement(&self, node: Node) -> u64 {
        match self.nodes[node].join {
            None => 1,
            Some(Join::All) => self.nodes[node].sources,
            Some(Join::Count(count)) => count.max(1),
        }
    }

    /// Returns whether each transition to a node begins a route of its own.
    #[must_use]
    pub fn begins_routes(&self, node: Node) -> bool {
        self.nodes[node].is_split && !self.nodes[node].is_in_cycle
    }

    /// Returns when and how often a task runs again.
    #[must_use]
    pub fn retry(&self, node: Node) -> Option<&Retry> {
        self.nodes[node].retry.as_ref()
    }
}

/// Returns what follows a task, by name, each with the index of its transition.
pub(crate) fn following(task: &Task) -> Vec<(&str, usize)> {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for (index, transition) in task.next.iter().enumerate() {
        all.extend(transition.to.iter().map(|name| (name.as_str(), index)));
    }
    all.sort_by_key(|(name, _)| *name);
    all
}

/// Returns how many transitions lead to each task and command.
fn inbound(workflow: &Workflow) -> HashMap<&str, u64> {
    let mut counts = HashMap::new();
    for (name, task) in &workflow.tasks {
        if COMMANDS.contains(&name.as_str()) {
            continue;
        }
        for to in task.next.iter().flat_map(|transition| &transition.to) {
            *counts.entry(to.as_str()).or_default() += 1;
        }
    }
    counts
}
