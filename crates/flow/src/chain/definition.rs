//! The file of a chain: its nodes, the first of them, its variables.

use std::collections::{HashMap, HashSet};

use expr::jinja;
use serde_json::{Map, Value};

use super::check::{self, Error, Flaw, Flaws};

/// How many nodes a chain may have.
const NODES_MAX: usize = 10_000;

/// The keys of a node, in the order in which a child's context shows them.
const NODE_KEYS: [&str; 8] =
    ["name", "ref", "params", "parameters", "on-success", "on-failure", "publish", "notify"];

/// The definition of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    nodes: Vec<Node>,
    /// The first node of each name.
    indices: HashMap<String, usize>,
    first: Option<usize>,
    vars: Map<String, Value>,
    warnings: Vec<Flaw>,
}

/// A node: an action and what follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The name of the task.
    pub name: String,
    /// The action.
    pub action: String,
    /// The parameters, not rendered.
    pub parameters: Map<String, Value>,
    /// The node after success.
    pub on_success: Option<String>,
    /// The node after a failure.
    pub on_failure: Option<String>,
    /// The variables to publish, not rendered.
    pub publish: Map<String, Value>,
    /// Whom to notify of its end.
    pub notify: Option<Value>,
    /// The node as it goes into the context of its execution, under `chain`.
    pub context: Map<String, Value>,
}

impl Definition {
    /// Reads a definition.
    ///
    /// All nodes are checked, where StackStorm checks the types of the first one only. Unknown keys
    /// are a warning, except at the top and in the first node, where StackStorm refuses them too.
    ///
    /// # Errors
    /// Fails with all flaws, in StackStorm's words where it has some.
    pub fn parse(value: &Value) -> Result<Self, Error> {
        let mut flaws = Flaws::default();
        let Value::Object(file) = value else {
            flaws.add_type("", value, "object");
            return Err(flaws.into_error());
        };
        flaws.unknown_keys("", file, &["chain", "default", "vars"], true);
        let nodes = nodes(file, &mut flaws);
        let vars = check::object(&mut flaws, "vars", file.get("vars")).cloned();
        let default = check::text(&mut flaws, "default", file.get("default"));
        check_edges(&nodes, &mut flaws);
        check_names(&nodes, &mut flaws);
        let first = first(&nodes, default, &mut flaws);
        if flaws.is_fatal() {
            return Err(flaws.into_error());
        }
        let nodes: Vec<Node> = nodes.into_iter().flatten().collect();
        let mut indices = HashMap::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            indices.entry(node.name.clone()).or_insert(index);
        }
        let vars = vars.unwrap_or_default();
        Ok(Self { nodes, indices, first, vars, warnings: flaws.into_warnings() })
    }

    /// Returns the nodes, in their order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the node where the chain begins; an empty chain has none.
    #[must_use]
    pub fn first(&self) -> Option<&Node> {
        self.nodes.get(self.first?)
    }

    /// Returns the variables, not rendered.
    #[must_use]
    pub fn vars(&self) -> &Map<String, Value> {
        &self.vars
    }

    /// Returns what looks like a mistake but does not keep the chain from running.
    #[must_use]
    pub fn warnings(&self) -> &[Flaw] {
        &self.warnings
    }

    /// Returns the index of a node: of the first one, if several have this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.indices.get(name).copied()
    }

    pub(super) fn first_index(&self) -> Option<usize> {
        self.first
    }
}

/// Reads the nodes; one that cannot be read is none.
fn nodes(file: &Map<String, Value>, flaws: &mut Flaws) -> Vec<Option<Node>> {
    match file.get("chain") {
        None | Some(Value::Null) => {
            flaws.add("", "'chain' is a required property");
            Vec::new()
        }
        Some(Value::Array(items)) if items.len() > NODES_MAX => {
            let count = items.len();
            flaws.add("chain", format!("the chain has {count} tasks; at most {NODES_MAX} may be"));
            Vec::new()
        }
        Some(Value::Array(items)) => {
            items.iter().enumerate().map(|(index, item)| node(index, item, flaws)).collect()
        }
        Some(other) => {
            flaws.add_type("chain", other, "array");
            Vec::new()
        }
    }
}

fn node(index: usize, value: &Value, flaws: &mut Flaws) -> Option<Node> {
    let path = format!("chain[{index}]");
    let Value::Object(given) = value else {
        flaws.add_type(&path, value, "object");
        return None;
    };
    let at = |key: &str| format!("{path}.{key}");
    flaws.unknown_keys(&path, given, &NODE_KEYS, index == 0);
    let name = required(flaws, &path, given, "name");
    let action = required(flaws, &path, given, "ref");
    let params = check::object(flaws, &at("params"), given.get("params"));
    let parameters = check::object(flaws, &at("parameters"), given.get("parameters"));
    if params.is_some() && parameters.is_some() {
        flaws.add(&at("parameters"), check::BOTH_PARAMETERS);
    }
    let parameters = parameters.or(params).cloned().unwrap_or_default();
    let on_success = check::text(flaws, &at("on-success"), given.get("on-success"));
    let on_failure = check::text(flaws, &at("on-failure"), given.get("on-failure"));
    let publish = check::object(flaws, &at("publish"), given.get("publish"));
    let notify = check::notify(flaws, &at("notify"), (given.get("notify"), index == 0));
    let context = NODE_KEYS.iter().map(|key| {
        let value = given.get(*key).cloned().unwrap_or_default();
        (key.replace('-', "_"), value)
    });
    Some(Node {
        name: name?.to_owned(),
        action: action?.to_owned(),
        parameters,
        on_success: on_success.map(str::to_owned),
        on_failure: on_failure.map(str::to_owned),
        publish: publish.cloned().unwrap_or_default(),
        notify: notify.cloned(),
        context: context.collect(),
    })
}

fn required<'v>(
    flaws: &mut Flaws,
    path: &str,
    given: &'v Map<String, Value>,
    key: &str,
) -> Option<&'v str> {
    match given.get(key) {
        None | Some(Value::Null) => {
            flaws.add(path, format!("'{key}' is a required property"));
            None
        }
        Some(Value::String(text)) if text.is_empty() => {
            flaws.add(&format!("{path}.{key}"), format!("'{key}' is empty"));
            None
        }
        value => check::text(flaws, &format!("{path}.{key}"), value),
    }
}

/// Checks that each node that follows another exists.
fn check_edges(nodes: &[Option<Node>], flaws: &mut Flaws) {
    let names: HashSet<&str> = nodes.iter().flatten().map(|node| &*node.name).collect();
    for (index, node) in nodes.iter().enumerate() {
        let Some(node) = node else { continue };
        for (key, target) in [("on-success", &node.on_success), ("on-failure", &node.on_failure)] {
            let Some(target) = target else { continue };
            let path = format!("chain[{index}].{key}");
            if names.contains(&**target) {
                continue;
            }
            if jinja::is_template(target) {
                flaws.warn(&path, "names of tasks are not rendered, so this one is never found");
                continue;
            }
            let task = &node.name;
            flaws.add(
                &path,
                format!(
                    "Unable to find node with name \"{target}\" referenced in \"{key}\" in task \
                     \"{task}\"."
                ),
            );
        }
    }
}

/// Warns about names that several nodes have.
fn check_names(nodes: &[Option<Node>], flaws: &mut Flaws) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let Some(node) = node else { continue };
        if let Some(first) = seen.get(&*node.name) {
            let name = &node.name;
            let message = format!("`{name}` is the name of chain[{first}], too: this never runs");
            flaws.warn(&format!("chain[{index}].name"), message);
        } else {
            seen.insert(&node.name, index);
        }
    }
}

/// Returns the first node: the default, or the first in order that follows no other.
fn first(nodes: &[Option<Node>], default: Option<&str>, flaws: &mut Flaws) -> Option<usize> {
    let index_of =
        |name: &str| nodes.iter().position(|node| node.as_ref().is_some_and(|it| it.name == name));
    if let Some(default) = default {
        let found = index_of(default);
        if found.is_none() {
            let message =
                format!("Unable to find node with name \"{default}\" referenced in \"default\".");
            flaws.add("default", message);
        }
        return found;
    }
    let all = || nodes.iter().flatten();
    let followers: HashSet<&str> = all()
        .flat_map(|node| [&node.on_success, &node.on_failure])
        .flatten()
        .map(|it| &**it)
        .collect();
    let free = nodes.iter().flatten().find(|node| !followers.contains(&*node.name));
    match free {
        Some(node) => index_of(&node.name),
        None => nodes.iter().position(Option::is_some),
    }
}
