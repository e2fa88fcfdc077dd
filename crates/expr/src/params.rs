//! Parameters of an action: templates resolved in the order of what they need,
//! defaults filled in, values cast to the types of their schemas.
//!
//! Parameters and contexts are the nodes of a graph; a template is joined to
//! each variable that it reads. First the live parameters of a request are
//! rendered; when it runs, the rest is filled in and nothing that came with
//! the request is a template any more.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use indexmap::IndexMap;
use python::{repr_of_json, str_of_json};
use regex::Regex;
use serde_json::{Map, Value};

use crate::cast;
use crate::jinja::{self, Lookup, Options, Variables};
use crate::values::{compact, parse};

const DATASTORE: &str = "st2kv";
const ACTION_CONTEXT: &str = "action_context";
const CONFIG_CONTEXT: &str = "config_context";

/// A set of parameters and what their templates may read.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The schemas of the runner's parameters, by name.
    pub runner_parameters: &'a Map<String, Value>,
    /// The schemas of the action's parameters, by name.
    pub action_parameters: &'a Map<String, Value>,
    /// The values that were given.
    pub params: &'a Map<String, Value>,
    /// What is known about the execution: `action_context`.
    pub action_context: &'a Value,
    /// The configuration of the pack: `config_context`.
    pub config: &'a Value,
    /// Further variables, such as `trigger`; for live parameters only.
    pub additional_contexts: Option<&'a Map<String, Value>>,
}

/// A set of parameters that cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A template reads a variable that does not exist.
    #[error("Dependency unsatisfied in variable \"{name}\"")]
    Unsatisfied {
        /// The variable.
        name: String,
        /// The parameter or context that is nearest to it.
        nearest: Option<String>,
    },
    /// Templates need each other.
    #[error(
        "Cyclic dependency found in the following variables: {}. Likely the variable is \
         referencing itself",
        names.join(", ")
    )]
    Cyclic {
        /// The parameters on cycles.
        names: Vec<String>,
    },
    /// A template failed.
    #[error("Failed to render parameter \"{name}\": {error}")]
    Render {
        /// The parameter.
        name: String,
        /// What went wrong.
        error: Box<jinja::Error>,
    },
    /// A value does not fit the type of its schema.
    #[error("{error}")]
    Cast {
        /// The parameter.
        name: String,
        /// What went wrong.
        error: cast::Error,
    },
}

impl Error {
    /// Returns the name of the class of the exception that StackStorm raises.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::Unsatisfied { .. } | Self::Cyclic { .. } | Self::Render { .. } => {
                "ParamException"
            }
            Self::Cast { error, .. } => error.class.name(),
        }
    }
}

/// The parameters of an action that is about to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Final {
    /// The runner's parameters.
    pub runner: Map<String, Value>,
    /// The action's parameters.
    pub action: Map<String, Value>,
}

/// Renders the parameters of a request: those that were given, and those whose
/// default is a template.
pub fn render_live(
    request: &Request<'_>,
    options: &Options<'_>,
) -> Result<Map<String, Value>, Error> {
    let mut graph = Graph::new(request);
    for (name, value) in request.additional_contexts.into_iter().flatten() {
        graph.set_value(name, value);
    }
    for (name, value) in request.params {
        graph.process(name, value);
    }
    graph.process_defaults(request);
    let resolved = graph.resolve(options)?;
    let mut live = Map::new();
    for name in request.params.keys() {
        let value = resolved.get(name.as_str()).map_or(&Value::Null, |value| value);
        live.insert(name.clone(), cast(name, value, schema(request, name))?);
    }
    for (name, details) in request.action_parameters.iter().chain(request.runner_parameters) {
        let Some(default) = details.get("default") else { continue };
        let is_template = matches!(default, Value::String(text) if jinja::is_template(text));
        if !is_template || is_immutable(details) || request.params.contains_key(name) {
            continue;
        }
        let Some(value) = resolved.get(name.as_str()).filter(|value| &***value != default) else {
            continue;
        };
        live.insert(name.clone(), cast(name, value, Some(details))?);
    }
    Ok(live)
}

/// Fills in the parameters that an action needs to run; those that were given
/// are taken as they are.
pub fn finish(request: &Request<'_>, options: &Options<'_>) -> Result<Final, Error> {
    let mut graph = Graph::new(request);
    for (name, value) in request.params {
        graph.set_value(name, value);
    }
    graph.process_defaults(request);
    let resolved = graph.resolve(options)?;
    let mut done = Final { runner: Map::new(), action: Map::new() };
    for (name, value) in &resolved {
        let into = if request.runner_parameters.contains_key(*name) {
            &mut done.runner
        } else if request.action_parameters.contains_key(*name) {
            &mut done.action
        } else {
            continue;
        };
        into.insert((*name).to_owned(), cast(name, value, schema(request, name))?);
    }
    Ok(done)
}

fn schema<'a>(request: &Request<'a>, name: &str) -> Option<&'a Value> {
    request.runner_parameters.get(name).or_else(|| request.action_parameters.get(name))
}

fn is_immutable(details: &Value) -> bool {
    details.get("immutable").is_some_and(|flag| flag.as_bool() == Some(true))
}

/// Casts the value of a parameter to the type of its schema; null stays null.
pub fn cast(name: &str, value: &Value, schema: Option<&Value>) -> Result<Value, Error> {
    let type_name = schema.and_then(|schema| schema.get("type")).and_then(Value::as_str);
    match type_name {
        Some(type_name) if !value.is_null() => cast::cast(type_name, value)
            .map_err(|error| Error::Cast { name: name.to_owned(), error }),
        _ => Ok(value.clone()),
    }
}

#[derive(Default)]
struct Node<'a> {
    value: Option<&'a Value>,
    template: Option<&'a Value>,
    /// The variables that its templates read.
    needs: BTreeSet<String>,
}

impl Node<'_> {
    fn is_filled(&self) -> bool {
        self.value.is_some_and(|value| !value.is_null())
    }
}

struct Graph<'a> {
    nodes: IndexMap<Cow<'a, str>, Node<'a>>,
}

type Resolved<'a> = IndexMap<&'a str, Cow<'a, Value>>;

impl<'a> Graph<'a> {
    fn new(request: &Request<'a>) -> Self {
        let mut graph = Self { nodes: IndexMap::new() };
        graph.set_value(DATASTORE, &Value::Null);
        graph.set_value(ACTION_CONTEXT, request.action_context);
        graph.set_value(CONFIG_CONTEXT, request.config);
        graph
    }

    fn set_value(&mut self, name: &'a str, value: &'a Value) {
        self.nodes.entry(Cow::Borrowed(name)).or_default().value = Some(value);
    }

    /// Adds a parameter: a template when it reads as one, else a value.
    fn process(&mut self, name: &'a str, value: &'a Value) {
        let source = match value {
            Value::String(text) if jinja::is_template(text) => Cow::Borrowed(text.as_str()),
            Value::Array(_) | Value::Object(_) if mentions_template(value) => {
                Cow::Owned(repr_of_json(value))
            }
            _ => return self.set_value(name, value),
        };
        let Ok(needs) = jinja::variables(&source) else { return self.set_value(name, value) };
        let node = self.nodes.entry(Cow::Borrowed(name)).or_default();
        node.template = Some(value);
        node.needs.extend(needs.iter().cloned());
        for need in needs {
            self.nodes.entry(Cow::Owned(need)).or_default();
        }
    }

    fn process_defaults(&mut self, request: &Request<'a>) {
        // What was given must not reach an immutable parameter, not even as a template.
        for name in request.params.keys() {
            let schemas =
                [request.action_parameters.get(name), request.runner_parameters.get(name)];
            if schemas.into_iter().flatten().any(is_immutable) {
                self.nodes.insert(Cow::Borrowed(name), Node::default());
            }
        }
        for (name, details) in request.action_parameters.iter().chain(request.runner_parameters) {
            let immutable = is_immutable(details);
            let filled = self.nodes.get(name.as_str()).is_some_and(Node::is_filled);
            if filled && !immutable {
                continue;
            }
            self.process(name, details.get("default").unwrap_or(&Value::Null));
        }
    }

    fn resolve(&'a self, options: &Options<'_>) -> Result<Resolved<'a>, Error> {
        self.validate()?;
        let order = self.order()?;
        let options = Options {
            lookup: options.lookup.or(Some(&Nothing)),
            undefined: jinja::Undefined::Strict,
            ..*options
        };
        let mut resolved: Resolved<'a> = IndexMap::with_capacity(order.len());
        for (name, node) in order {
            if name == DATASTORE && !node.is_filled() && node.template.is_none() {
                continue;
            }
            let value = match (node.template, node.value) {
                (Some(template), _) => {
                    let rendered = render(template, &resolved, &options);
                    Cow::Owned(rendered.map_err(|error| Error::Render {
                        name: name.to_owned(),
                        error: Box::new(error),
                    })?)
                }
                (None, value) => Cow::Borrowed(value.unwrap_or(&Value::Null)),
            };
            resolved.insert(name, value);
        }
        Ok(resolved)
    }

    fn validate(&self) -> Result<(), Error> {
        let missing =
            self.nodes.iter().find(|(_, node)| node.value.is_none() && node.template.is_none());
        let Some((name, _)) = missing else { return Ok(()) };
        let known = self.nodes.iter().filter(|(_, node)| node.value.is_some());
        let nearest = jinja::nearest(name, known.map(|(name, _)| &**name));
        Err(Error::Unsatisfied { name: name.to_string(), nearest })
    }

    /// Returns the nodes, each behind those that it needs.
    fn order(&'a self) -> Result<Vec<(&'a str, &'a Node<'a>)>, Error> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut done = vec![false; self.nodes.len()];
        loop {
            let ready = |need: &String| {
                self.nodes.get_index_of(need.as_str()).is_some_and(|index| done[index])
            };
            let next: Vec<usize> = self
                .nodes
                .values()
                .enumerate()
                .filter(|(index, node)| !done[*index] && node.needs.iter().all(ready))
                .map(|(index, _)| index)
                .collect();
            if next.is_empty() {
                break;
            }
            for index in next {
                done[index] = true;
                order.extend(self.nodes.get_index(index).map(|(name, node)| (&**name, node)));
            }
        }
        if order.len() == self.nodes.len() {
            return Ok(order);
        }
        let mut names: Vec<String> = self
            .nodes
            .keys()
            .enumerate()
            .filter(|(index, name)| !done[*index] && self.needs_itself(name))
            .map(|(_, name)| name.to_string())
            .collect();
        names.sort();
        Err(Error::Cyclic { names })
    }

    fn needs_itself(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![name];
        while let Some(current) = open.pop() {
            for need in self.nodes.get(current).into_iter().flat_map(|node| &node.needs) {
                if need == name {
                    return true;
                }
                if seen.insert(need.as_str()) {
                    open.push(need);
                }
            }
        }
        false
    }
}

fn mentions_template(value: &Value) -> bool {
    match value {
        Value::String(text) => jinja::is_template(text),
        Value::Array(items) => items.iter().any(mentions_template),
        Value::Object(map) => {
            map.iter().any(|(key, item)| jinja::is_template(key) || mentions_template(item))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

static BARE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""\{\{([A-z0-9_-]+)\}\}""#).expect("the pattern is a constant"));

fn render(
    template: &Value,
    resolved: &Resolved<'_>,
    options: &Options<'_>,
) -> Result<Value, jinja::Error> {
    let variables = Variables::Resolved(resolved);
    if !matches!(template, Value::Array(_) | Value::Object(_)) {
        let text = jinja::render_with(&str_of_json(template), variables, options)?;
        return Ok(Value::String(text));
    }
    // A whole item that is one variable keeps the type of the variable.
    let source = compact(template);
    let source = BARE.replace_all(&source, "{{${1} | to_complex}}");
    parse(&jinja::render_with(&source, variables, options)?)
}

/// A datastore without values.
struct Nothing;

impl Lookup for Nothing {
    fn system(&self, _key: &str) -> Option<String> {
        None
    }

    fn user(&self, _key: &str) -> Option<String> {
        None
    }
}
