//! Reads a definition: the short forms of Orquesta's language are written out here.
//!
//! What Orquesta's conductor runs is read, even where an inspection would complain; what it
//! could not run is refused with the place where it stands.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Items, Join, Retry, Task, Transition, Variable, Workflow, inline};

/// A definition that is no workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong.
    pub message: String,
    /// Where it stands, such as `tasks.task1.join`.
    pub path: String,
}

impl Error {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), path: path.into() }
    }
}

/// Reads a workflow from the value of its document.
///
/// It does not inspect: what the schema refuses is refused here only where it cannot be understood.
pub fn parse(definition: &Value) -> Result<Workflow, Error> {
    let Some(definition) = definition.as_object().filter(|map| !map.is_empty()) else {
        return Err(Error::new("", "the definition of a workflow is a mapping with `tasks`"));
    };
    let tasks = match definition.get("tasks") {
        None | Some(Value::Null) => {
            return Err(Error::new("", "'tasks' is a required property"));
        }
        Some(Value::Object(tasks)) if !tasks.is_empty() => tasks,
        Some(_) => {
            return Err(Error::new("tasks", "`tasks` is a mapping of at least one name to a task"));
        }
    };
    let mut workflow = Workflow {
        input: input(definition.get("input"))?,
        vars: variables(definition.get("vars"), "vars")?,
        output: variables(definition.get("output"), "output")?,
        tasks: IndexMap::with_capacity(tasks.len()),
    };
    for (name, value) in tasks {
        workflow.tasks.insert(name.clone(), task(name, value)?);
    }
    Ok(workflow)
}

/// Tells whether Python takes a value for false.
pub(crate) fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Tells whether a name is made of letters, digits and underscores.
pub(crate) fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Returns the names in the text of a `do`.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !is_falsy(value))
}

fn input(value: Option<&Value>) -> Result<Vec<Variable>, Error> {
    let Some(value) = present(value) else { return Ok(Vec::new()) };
    if let Value::Object(map) = value {
        return Ok(map.keys().map(|name| variable(name, &Value::Null)).collect());
    }
    let Some(items) = value.as_array() else {
        return Err(Error::new("input", "`input` is a list of names, or of names with a default"));
    };
    let read = |(index, item): (usize, &Value)| match item.as_str() {
        Some(name) => Ok(variable(name, &Value::Null)),
        None => pair(item, &format!("input[{index}]")),
    };
    items.iter().enumerate().map(read).collect()
}

fn variables(value: Option<&Value>, path: &str) -> Result<Vec<Variable>, Error> {
    let Some(value) = present(value) else { return Ok(Vec::new()) };
    let Some(items) = value.as_array() else {
        return Err(Error::new(
            path,
            "this is a list of mappings with one name each: `- name: value`",
        ));
    };
    items.iter().enumerate().map(|(index, item)| pair(item, &format!("{path}[{index}]"))).collect()
}

/// Reads a mapping of one name; of several, the first counts.
fn pair(item: &Value, path: &str) -> Result<Variable, Error> {
    let first = item.as_object().and_then(|map| map.iter().next());
    match first {
        Some((name, value)) => Ok(variable(name, value)),
        None => Err(Error::new(path, "this is a name with a value: `name: value`")),
    }
}

fn variable(name: &str, value: &Value) -> Variable {
    Variable { name: name.to_owned(), value: value.clone() }
}

fn task(name: &str, value: &Value) -> Result<Task, Error> {
    let path = format!("tasks.{name}");
    if !is_word(name) {
        let message =
            format!("the task name `{name}` may have letters, digits and underscores only");
        return Err(Error::new(path, message));
    }
    let Some(map) = value.as_object().filter(|map| !map.is_empty()) else {
        return Err(Error::new(
            path,
            format!("the task `{name}` is a mapping, such as `action: core.noop`"),
        ));
    };
    let (action, inline) = action(map.get("action"), &path)?;
    let given = map.get("input").filter(|input| !input.is_null()).cloned();
    Ok(Task {
        delay: some(map.get("delay")),
        join: join(map.get("join"), &path)?,
        with: items(map.get("with"), &path)?,
        action,
        input: inline.map(Value::Object).or(given),
        retry: retry(map.get("retry"), &path)?,
        next: transitions(map.get("next"), &path)?,
    })
}

fn some(value: Option<&Value>) -> Option<Value> {
    value.filter(|value| !value.is_null()).cloned()
}

type Action = (Option<String>, Option<Map<String, Value>>);

fn action(value: Option<&Value>, path: &str) -> Result<Action, Error> {
    let Some(value) = present(value) else { return Ok((None, None)) };
    let path = format!("{path}.action");
    let Some(text) = value.as_str() else {
        return Err(Error::new(path, "an action is the text of a reference, such as `core.noop`"));
    };
    match inline::action(text) {
        Some((action, input)) => Ok((Some(action.to_owned()), input)),
        None => Err(Error::new(path, "a space stands between an action and its parameters")),
    }
}

fn join(value: Option<&Value>, path: &str) -> Result<Option<Join>, Error> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text == "all" => Ok(Some(Join::All)),
        Some(value) => match value.as_u64() {
            Some(count) => Ok(Some(Join::Count(count))),
            None => {
                let message = "`join` is `all`, or the number of tasks to wait for";
                Err(Error::new(format!("{path}.join"), message))
            }
        },
    }
}

fn items(value: Option<&Value>, path: &str) -> Result<Option<Items>, Error> {
    let (text, concurrency) = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => (text, None),
        Some(Value::Object(map)) => match map.get("items") {
            Some(Value::String(text)) => (text, some(map.get("concurrency"))),
            _ => {
                let message = "`items` is the text of an expression that gives a list";
                return Err(Error::new(format!("{path}.with.items"), message));
            }
        },
        Some(_) => {
            let message =
                "`with` is a text such as `x in <% ctx().xs %>`, or a mapping with `items`";
            return Err(Error::new(format!("{path}.with"), message));
        }
    };
    let (keys, expression) = keys(text);
    Ok(Some(Items { keys, expression: expression.to_owned(), concurrency }))
}

/// Divides `x, y in <% … %>` into its names and its expression.
fn keys(text: &str) -> (Option<Vec<String>>, &str) {
    let text = text.trim();
    let is_bare = text.starts_with("<%") || text.starts_with("{{");
    match text.split_once(" in ") {
        Some((names, expression)) if !is_bare => {
            let names = names.replace(' ', "").split(',').map(str::to_owned).collect();
            (Some(names), expression.trim())
        }
        _ => (None, text),
    }
}

fn retry(value: Option<&Value>, path: &str) -> Result<Option<Retry>, Error> {
    let Some(value) = present(value) else { return Ok(None) };
    let path = format!("{path}.retry");
    let Some(map) = value.as_object() else {
        return Err(Error::new(path, "`retry` is a mapping with `count`"));
    };
    let Some(count) = some(map.get("count")) else {
        return Err(Error::new(path, "'count' is a required property"));
    };
    let when = match map.get("when") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(if is_falsy(other) { "<% false %>" } else { "<% true %>" }.to_owned()),
    };
    Ok(Some(Retry { when, count, delay: some(map.get("delay")) }))
}

fn transitions(value: Option<&Value>, path: &str) -> Result<Vec<Transition>, Error> {
    let Some(value) = present(value) else { return Ok(Vec::new()) };
    let Some(items) = value.as_array() else {
        let message = "`next` is a list of mappings with `when`, `publish` and `do`";
        return Err(Error::new(format!("{path}.next"), message));
    };
    let read = |(index, item)| transition(item, &format!("{path}.next[{index}]"));
    items.iter().enumerate().map(read).collect()
}

fn transition(value: &Value, path: &str) -> Result<Transition, Error> {
    let Some(map) = value.as_object().filter(|map| !map.is_empty()) else {
        return Err(Error::new(path, "this is a mapping with `when`, `publish` or `do`"));
    };
    let publish = match map.get("publish") {
        Some(Value::String(text)) => {
            let pairs = inline::parameters(text).into_iter();
            pairs.map(|(name, value)| Variable { name, value }).collect()
        }
        other => variables(other, &format!("{path}.publish"))?,
    };
    // A condition that is no text holds where Python takes it for true; a false one is none.
    let when = map.get("when").and_then(Value::as_str).filter(|text| !text.is_empty());
    Ok(Transition {
        when: when.map(str::to_owned),
        publish,
        to: targets(map.get("do"), &format!("{path}.do"))?,
    })
}

fn targets(value: Option<&Value>, path: &str) -> Result<Vec<String>, Error> {
    let refused = || Error::new(path, "`do` is the name of a task, or a list of names");
    match present(value) {
        None => Ok(vec!["continue".to_owned()]),
        Some(Value::String(text)) => Ok(split(text).map(str::to_owned).collect()),
        Some(Value::Array(items)) => {
            let name = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(refused);
            items.iter().map(name).collect()
        }
        Some(_) => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(definition: Value) -> Task {
        parse(&json!({"tasks": {"t": definition}})).unwrap().tasks.swap_remove("t").unwrap()
    }

    #[test]
    fn short_forms_are_written_out() {
        let read = task(json!({
            "action": "core.echo message=<% ctx().x %> n=1",
            "input": {"gone": true},
            "with": "x, y in <% ctx().xs %>",
            "next": [{"publish": "a=1 b=<% result() %>", "do": "t1, t2"}, {"when": "<% true %>"}],
        }));
        assert_eq!(read.action.as_deref(), Some("core.echo"));
        assert_eq!(read.input, Some(json!({"message": "<% ctx().x %>", "n": 1})));
        let items = read.with.unwrap();
        assert_eq!(items.keys, Some(vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(items.expression, "<% ctx().xs %>");
        let names: Vec<&str> = read.next[0].publish.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(read.next[0].to, ["t1", "t2"]);
        assert_eq!(read.next[1].to, ["continue"]);
    }

    #[test]
    fn in_within_an_expression_divides_nothing() {
        let items = task(json!({"action": "a.b", "with": "<% ctx().xs.where($ in [1]) %>"})).with;
        let items = items.unwrap();
        assert_eq!(
            (items.keys, items.expression.as_str()),
            (None, "<% ctx().xs.where($ in [1]) %>")
        );
    }

    #[test]
    fn what_is_false_for_python_is_absent() {
        let read = task(json!({
            "action": "", "input": null, "retry": {}, "with": null, "join": 0,
            "next": [{"when": "", "do": [], "publish": []}],
        }));
        assert_eq!(read.join, Some(Join::Count(0)));
        assert_eq!(
            read.next,
            [Transition { to: vec!["continue".to_owned()], ..Transition::default() }]
        );
        assert_eq!(Task { join: None, next: Vec::new(), ..read }, Task::default());
    }

    #[test]
    fn what_cannot_be_understood_is_refused_where_it_stands() {
        let check = |definition: Value, path: &str| {
            assert_eq!(parse(&definition).unwrap_err().path, path, "{definition}");
        };
        check(json!([]), "");
        check(json!({"version": 1.0}), "");
        check(json!({"tasks": []}), "tasks");
        check(json!({"tasks": {"t": {}}}), "tasks.t");
        check(json!({"tasks": {"t-1": {"action": "a"}}}), "tasks.t-1");
        check(json!({"tasks": {"t": {"join": "1"}}}), "tasks.t.join");
        check(json!({"tasks": {"t": {"with": {}}}}), "tasks.t.with.items");
        check(json!({"tasks": {"t": {"action": "a=1"}}}), "tasks.t.action");
        check(json!({"tasks": {"t": {"retry": {"delay": 1}}}}), "tasks.t.retry");
        check(json!({"tasks": {"t": {"next": [{}]}}}), "tasks.t.next[0]");
        check(json!({"tasks": {"t": {"next": [{"do": [1]}]}}}), "tasks.t.next[0].do");
        check(json!({"vars": {"a": 1}, "tasks": {"t": {"action": "a"}}}), "vars");
    }
}
