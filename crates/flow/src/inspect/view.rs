//! A definition as Orquesta's inspection sees it: short forms written out, everything else as it
//! was written, whatever it is.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::spec::{Error, inline, is_falsy, is_word, split};

/// A definition.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) fields: &'a Map<String, Value>,
    pub(super) tasks: Vec<Task<'a>>,
}

/// A task.
#[derive(Debug)]
pub(super) struct Task<'a> {
    pub(super) name: &'a str,
    pub(super) fields: &'a Map<String, Value>,
    pub(super) action: Cow<'a, Value>,
    pub(super) input: Cow<'a, Value>,
    /// Whether it has items, valid or not.
    pub(super) has_items: bool,
    pub(super) items: Option<Items<'a>>,
    pub(super) retry: Option<&'a Map<String, Value>>,
    pub(super) next: Vec<Transition<'a>>,
}

/// The items of a task.
#[derive(Debug)]
pub(super) struct Items<'a> {
    pub(super) items: &'a Value,
    pub(super) concurrency: &'a Value,
}

/// A transition.
#[derive(Debug)]
pub(super) struct Transition<'a> {
    pub(super) when: &'a Value,
    pub(super) publish: Cow<'a, Value>,
    /// The `do` as it is written.
    pub(super) to: Cow<'a, Value>,
    /// The names in it.
    pub(super) targets: Vec<Cow<'a, str>>,
}

/// Reads a definition, unless Orquesta's inspection could not.
pub(super) fn read(definition: &Value) -> Result<View<'_>, Error> {
    let Some(fields) = definition.as_object().filter(|map| !map.is_empty()) else {
        return Err(Error::new("", "the definition of a workflow is a mapping with `tasks`"));
    };
    let tasks = match fields.get("tasks").filter(|tasks| !is_falsy(tasks)) {
        None => Vec::new(),
        Some(Value::Object(tasks)) => {
            let tasks: Result<_, _> = tasks.iter().map(|(name, value)| task(name, value)).collect();
            tasks?
        }
        Some(_) => return Err(Error::new("tasks", "`tasks` is a mapping of names to tasks")),
    };
    Ok(View { fields, tasks })
}

fn task<'a>(name: &'a str, value: &'a Value) -> Result<Task<'a>, Error> {
    let path = format!("tasks.{name}");
    if !is_word(name) {
        let message =
            format!("the task name `{name}` may have letters, digits and underscores only");
        return Err(Error::new(path, message));
    }
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else {
        let message =
            format!("the task `{name}` is empty: give it an `action`, or what follows as `next`");
        return Err(Error::new(path, message));
    };
    let (action, input) = action(fields, &path)?;
    let retry = fields.get("retry").filter(|retry| !is_falsy(retry));
    if retry.is_some_and(|retry| !retry.is_object()) {
        return Err(Error::new(format!("{path}.retry"), "`retry` is a mapping with `count`"));
    }
    let next = transitions(fields, &path)?;
    let has_items = fields.get("with").is_some_and(|with| !with.is_null());
    let retry = retry.and_then(Value::as_object);
    Ok(Task { name, fields, action, input, has_items, items: items(fields, &path)?, retry, next })
}

/// Returns the value of a field; null where there is none.
pub(super) fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a Value {
    fields.get(name).unwrap_or(&Value::Null)
}

type Action<'a> = (Cow<'a, Value>, Cow<'a, Value>);

fn action<'a>(fields: &'a Map<String, Value>, path: &str) -> Result<Action<'a>, Error> {
    let (action, input) = (field(fields, "action"), field(fields, "input"));
    let Some(text) = action.as_str() else {
        return Ok((Cow::Borrowed(action), Cow::Borrowed(input)));
    };
    match inline::action(text) {
        Some((name, Some(inline))) => {
            let name = Value::String(name.to_owned());
            Ok((Cow::Owned(name), Cow::Owned(Value::Object(inline))))
        }
        Some((_, None)) => Ok((Cow::Borrowed(action), Cow::Borrowed(input))),
        None => {
            let message = "a space stands between an action and its parameters";
            Err(Error::new(format!("{path}.action"), message))
        }
    }
}

fn items<'a>(fields: &'a Map<String, Value>, path: &str) -> Result<Option<Items<'a>>, Error> {
    let with = field(fields, "with");
    if with.is_string() {
        return Ok(Some(Items { items: with, concurrency: &Value::Null }));
    }
    if is_falsy(with) {
        return Ok(None);
    }
    let Some(with) = with.as_object() else {
        let message = "`with` is a text such as `x in <% ctx().xs %>`, or a mapping with `items`";
        return Err(Error::new(format!("{path}.with"), message));
    };
    Ok(Some(Items { items: field(with, "items"), concurrency: field(with, "concurrency") }))
}

fn transitions<'a>(
    fields: &'a Map<String, Value>,
    path: &str,
) -> Result<Vec<Transition<'a>>, Error> {
    let next = field(fields, "next");
    if is_falsy(next) {
        return Ok(Vec::new());
    }
    let Some(items) = next.as_array() else {
        let message = "`next` is a list of mappings with `when`, `publish` and `do`";
        return Err(Error::new(format!("{path}.next"), message));
    };
    let read = |(index, item)| transition(item, || format!("{path}.next[{index}]"));
    items.iter().enumerate().map(read).collect()
}

fn transition(value: &Value, path: impl Fn() -> String) -> Result<Transition<'_>, Error> {
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else {
        return Err(Error::new(path(), "this is a mapping with `when`, `publish` or `do`"));
    };
    let publish = field(fields, "publish");
    let publish = match publish.as_str().filter(|text| !text.is_empty()) {
        Some(text) => {
            let pairs = inline::parameters(text).into_iter();
            Cow::Owned(pairs.map(|(name, value)| json!({name: value})).collect())
        }
        None => Cow::Borrowed(publish),
    };
    let to = field(fields, "do");
    let to = if is_falsy(to) {
        Cow::Owned(Value::String("continue".to_owned()))
    } else {
        Cow::Borrowed(to)
    };
    let targets = targets(field(fields, "do")).ok_or_else(|| {
        let message = "`do` is the name of a task, or a list of names";
        Error::new(format!("{}.do", path()), message)
    })?;
    Ok(Transition { when: field(fields, "when"), publish, to, targets })
}

fn targets(to: &Value) -> Option<Vec<Cow<'_, str>>> {
    match to {
        to if is_falsy(to) => Some(vec![Cow::Borrowed("continue")]),
        Value::String(text) => Some(split(text).map(Cow::Borrowed).collect()),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(Cow::Borrowed)).collect(),
        Value::Object(map) => Some(map.keys().map(|key| Cow::Borrowed(key.as_str())).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
