//! The functions of workflows, for both languages: Orquesta's and StackStorm's.

use std::sync::Arc;

use python::arguments::Arguments;
use python::json;
use python::object::Object;
use python::operators::{iterate, truth};
use python::raise::{Class, Outcome, Raise, type_error};
use python::text;

use crate::crypto::Key;
use crate::filters;

use super::context::{Context, CurrentTask, Entry, is_private};

/// The names of all functions.
pub(crate) const NAMES: [&str; 40] = [
    "basename",
    "completed",
    "ctx",
    "dirname",
    "failed",
    "from_json_string",
    "from_yaml_string",
    "item",
    "json",
    "json_dump",
    "json_escape",
    "json_parse",
    "jsonpath_query",
    "regex_match",
    "regex_replace",
    "regex_search",
    "regex_substring",
    "result",
    "st2kv",
    "succeeded",
    "task",
    "task_status",
    "to_human_time_from_seconds",
    "to_json_string",
    "to_yaml_string",
    "use_none",
    "version_bump_major",
    "version_bump_minor",
    "version_bump_patch",
    "version_compare",
    "version_equal",
    "version_less_than",
    "version_match",
    "version_more_than",
    "version_strip_patch",
    "yaml_dump",
    "yaml_parse",
    "zip",
    // Names that templates elsewhere have, but not those in workflows.
    "decrypt_kv",
    "to_complex",
];

/// How many of the names are functions.
const COUNT: usize = 38;

/// Returns whether there is a function called `name`.
pub(crate) fn exists(name: &str) -> bool {
    NAMES[..COUNT].contains(&name)
}

/// Returns whether a filter of templates elsewhere does not exist in workflows.
pub(crate) fn hides(name: &str) -> bool {
    NAMES[COUNT..].contains(&name)
}

/// Returns whether a function reads the context, so that it is no filter.
pub(crate) fn reads_context(name: &str) -> bool {
    matches!(
        name,
        "ctx"
            | "item"
            | "task"
            | "task_status"
            | "succeeded"
            | "failed"
            | "completed"
            | "result"
            | "st2kv"
    )
}

/// How values of the context are turned into objects.
pub(crate) type Convert<'c> = &'c dyn Fn(&serde_json::Value) -> Object;

/// Calls a function.
pub(crate) fn call(
    context: &Context<'_>,
    name: &str,
    mut arguments: Arguments,
    convert: Convert<'_>,
) -> Outcome<Object> {
    match name {
        "ctx" => variable(context, &arguments, convert),
        "item" => item(context, &arguments, convert),
        "result" => {
            arguments.bind::<0>(name, [], 0)?;
            Ok(current_task(context)?.result.map_or(Object::None, convert))
        }
        "succeeded" | "failed" | "completed" => {
            arguments.bind::<0>(name, [], 0)?;
            let task = current_task(context)?;
            let status = status(context, task.id, task.route)?;
            Ok(Object::Bool(match name {
                "succeeded" => status == "succeeded",
                "failed" => status == "failed",
                _ => {
                    matches!(status, "succeeded" | "failed" | "timeout" | "abandoned" | "canceled")
                }
            }))
        }
        "task_status" => task_status(context, &arguments),
        "task" => task(context, &arguments, convert),
        "st2kv" => datastore(context, arguments),
        "zip" => zip(arguments),
        "json" => parse(&arguments),
        _ => {
            if arguments.positional.is_empty() {
                let first = if matches!(name, "basename" | "dirname") { "path" } else { "value" };
                let first = if name == "to_human_time_from_seconds" { "seconds" } else { first };
                match arguments.take_named(first) {
                    Some(value) => arguments.positional.push(value),
                    None => {
                        return type_error(format!(
                            "{name}() missing 1 required positional argument: '{first}'"
                        ));
                    }
                }
            }
            let value = arguments.positional.remove(0);
            of_filters(name, &value, &arguments)
        }
    }
}

fn of_filters(name: &str, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let (name, value) = match name {
        "json_parse" => ("from_json_string", value.clone()),
        "yaml_parse" => ("from_yaml_string", value.clone()),
        "json_dump" | "to_json_string" => ("to_json_string", thawed(value, 0)?),
        "yaml_dump" | "to_yaml_string" => ("to_yaml_string", thawed(value, 0)?),
        name => (name, value.clone()),
    };
    match filters::functions::call(name, &value, arguments) {
        Some(result) => result,
        None => Err(Raise::new(Class::NoFunction, format!("Unknown function \"{name}\""))),
    }
}

/// Makes plain dictionaries of frozen ones, as far as StackStorm does: not inside tuples.
fn thawed(object: &Object, depth: usize) -> Outcome<Object> {
    python::guard(depth)?;
    match object {
        Object::Dict(map) => {
            let mut entries = map.entries.borrow().clone();
            for (_, value) in entries.values_mut() {
                *value = thawed(value, depth + 1)?;
            }
            Ok(Object::dict(entries))
        }
        Object::List(seq) => {
            let items: Outcome<Vec<Object>> =
                seq.items.borrow().iter().map(|item| thawed(item, depth + 1)).collect();
            items.map(Object::list)
        }
        other => Ok(other.clone()),
    }
}

/// Returns an argument, unless it counts as false.
fn key_of<'a>(
    arguments: &'a Arguments,
    function: &str,
    parameter: &str,
) -> Outcome<Option<&'a Object>> {
    let [key] = arguments.bind(function, [parameter], 0)?;
    match key {
        Some(key) if truth(key)? => Ok(Some(key)),
        _ => Ok(None),
    }
}

fn variable(context: &Context<'_>, arguments: &Arguments, convert: Convert<'_>) -> Outcome<Object> {
    let Some(key) = key_of(arguments, "ctx", "key")? else {
        let visible = context.visible().into_iter();
        return Ok(Object::named(visible.map(|(name, value)| (Arc::from(name), convert(value)))));
    };
    let name = key.as_str().map_or_else(|| text::str(key), |name| Ok(name.to_owned()))?;
    key.key()?;
    match context.variable(&name).filter(|_| key.as_str().is_some()) {
        None => {
            let message = format!("The variable \"{name}\" is undefined.");
            let mut raise = Raise::new(Class::VariableUndefined, message).about(&name);
            raise.0.nearest = crate::jinja::nearest(&name, context.names());
            Err(raise)
        }
        Some(_) if is_private(&name) => {
            let message = format!("The variable \"{name}\" is for internal use and inaccessible.");
            Err(Raise::new(Class::VariableInaccessible, message).about(&name))
        }
        Some(value) => Ok(convert(value)),
    }
}

fn failed<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Raise::new(Class::Evaluation, message))
}

fn item(context: &Context<'_>, arguments: &Arguments, convert: Convert<'_>) -> Outcome<Object> {
    let item = context.workflow.and_then(|workflow| workflow.current_item());
    let Some(key) = key_of(arguments, "item", "key")? else {
        return Ok(item.map_or(Object::None, convert));
    };
    let Some(map) = item.and_then(serde_json::Value::as_object) else {
        return failed("Item is not type of collections.abc.Mapping.");
    };
    key.key()?;
    match key.as_str().and_then(|key| map.get(key)) {
        Some(value) => Ok(convert(value)),
        None => {
            let key = text::str(key)?;
            let message = format!("Item does not have key \"{key}\".");
            let mut raise = Raise::new(Class::Evaluation, message).about(&key);
            raise.0.nearest = crate::jinja::nearest(&key, map.keys().map(String::as_str));
            Err(raise)
        }
    }
}

fn current_task<'a>(context: &Context<'a>) -> Outcome<CurrentTask<'a>> {
    match context.workflow.and_then(|workflow| workflow.current_task()) {
        Some(task) => Ok(task),
        None => failed("The current task is not set in the context."),
    }
}

/// Finds a task in a route, or in the nearest earlier route that this one goes on from.
fn find<'a>(context: &Context<'a>, task: &str, mut route: usize) -> Outcome<Option<Entry<'a>>> {
    let Some(workflow) = context.workflow else { return Ok(None) };
    loop {
        if let Some(entry) = workflow.entry(task, route) {
            return Ok(Some(entry));
        }
        if route == 0 {
            return Ok(None);
        }
        let Some(current) = workflow.route(route) else {
            return Err(Raise::new(Class::Index, format!("there is no route {route}")));
        };
        let contained = |index: &usize| {
            let earlier = workflow.route(*index).unwrap_or_default();
            earlier.iter().all(|transition| current.contains(transition))
        };
        match (0..route).rev().find(contained) {
            Some(earlier) => route = earlier,
            None => return Ok(None),
        }
    }
}

fn status<'a>(context: &Context<'a>, task: &str, route: usize) -> Outcome<&'a str> {
    let entry = find(context, task, route)?;
    Ok(entry.and_then(|entry| entry.status).unwrap_or("null"))
}

/// Returns the route that an argument names, or else that of the current task.
fn route(context: &Context<'_>, given: Option<&Object>) -> Outcome<Option<usize>> {
    match given {
        None | Some(Object::None) => {
            let current = context.workflow.and_then(|workflow| workflow.current_task());
            Ok(Some(current.map_or(0, |task| task.route)))
        }
        Some(other) => match other.as_int() {
            Some(number) => Ok(usize::try_from(number).ok()),
            None => type_error(format!(
                "'>' not supported between instances of '{}' and 'int'",
                other.type_name()
            )),
        },
    }
}

fn task_status(context: &Context<'_>, arguments: &Arguments) -> Outcome<Object> {
    let [task, given] = arguments.bind("task_status", ["task_id", "route"], 1)?;
    let task = text::str(task.unwrap_or(&Object::None))?;
    let Some(route) = route(context, given)? else { return Ok(Object::str("null")) };
    status(context, &task, route).map(Object::str)
}

fn task(context: &Context<'_>, arguments: &Arguments, convert: Convert<'_>) -> Outcome<Object> {
    let [task, given] = arguments.bind("task", ["task_id", "route"], 0)?;
    let id = match task {
        Some(task) if !task.is_none() => text::str(task)?,
        _ => match context.workflow.and_then(|workflow| workflow.current_task()) {
            Some(current) => current.id.to_owned(),
            None => return Err(missing_key("id")),
        },
    };
    let found = match route(context, given)? {
        Some(route) => find(context, &id, route)?,
        None => None,
    };
    let execution = match found {
        None => None,
        Some(_) if context.variable("st2").is_none() => return Err(missing_key("st2")),
        Some(entry) => context.workflow.and_then(|workflow| workflow.execution(&id, entry.route)),
    };
    match execution {
        Some(execution) => Ok(convert(&execution)),
        None => failed(format!("Unable to find task execution for \"{id}\".")),
    }
}

fn missing_key(key: &str) -> Raise {
    Raise::new(Class::Key, text::quote(key)).about(key)
}

fn datastore(context: &Context<'_>, mut arguments: Arguments) -> Outcome<Object> {
    let default = arguments.take_named("default");
    let decrypt = arguments.take_named("decrypt");
    arguments.named.retain(|(name, _)| &**name == "key");
    let [key] = arguments.bind("st2kv", ["key"], 1)?;
    let Some(key) = key.and_then(Object::as_str) else {
        return type_error("Given key is not typeof string.");
    };
    let decrypt = match decrypt {
        None => false,
        Some(Object::Bool(flag)) => flag,
        Some(_) => return type_error("Decrypt parameter is not typeof bool."),
    };
    let Some(lookup) = context.lookup else {
        return Err(missing_key("Could not get user from context."));
    };
    let value = match key.strip_prefix("system.") {
        Some(key) => lookup.system(key),
        None => lookup.user(key),
    };
    match (value, default) {
        (Some(value), _) if decrypt => decrypted(context, &value),
        (Some(value), _) => Ok(Object::from(value)),
        (None, Some(default)) => Ok(default),
        (None, None) => {
            let user = context.variable("st2").and_then(|st2| st2.get("user"));
            let user = user.and_then(serde_json::Value::as_str).unwrap_or("stanley");
            let name = match key.strip_prefix("system.") {
                Some(key) => key.to_owned(),
                None => format!("{user}:{key}"),
            };
            let message = format!("The key \"{name}\" does not exist in the StackStorm datastore.");
            Err(Raise::new(Class::Evaluation, message).about(key))
        }
    }
}

fn decrypted(context: &Context<'_>, value: &str) -> Outcome<Object> {
    let Some(key) = context.crypto_key else {
        return failed("no crypto key is configured to decrypt values");
    };
    let plain = Key::parse(key).and_then(|key| key.decrypt(value));
    plain.map(Object::from).map_err(|error| Raise::new(Class::Evaluation, error.to_string()))
}

/// Puts collections side by side, up to the end of the longest.
fn zip(mut arguments: Arguments) -> Outcome<Object> {
    let pad = arguments.take_named("pad").unwrap_or(Object::None);
    let mut columns = Vec::with_capacity(arguments.positional.len());
    if let [single] = arguments.positional.as_slice() {
        let empty = single.is_none();
        return Ok(if empty { Object::list(Vec::new()) } else { single.clone() });
    }
    for argument in &arguments.positional {
        columns.push(if argument.is_none() { Vec::new() } else { iterate(argument)? });
    }
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    python::budget::build(longest.saturating_mul(columns.len()).saturating_mul(32))?;
    let row = |index: usize| {
        let cells = columns.iter().map(|column| column.get(index).unwrap_or(&pad).clone());
        Object::tuple(cells.collect())
    };
    Ok(Object::list((0..longest).map(row).collect()))
}

fn parse(arguments: &Arguments) -> Outcome<Object> {
    let [value] = arguments.bind("json", ["s"], 1)?;
    match value {
        Some(Object::Dict(map)) if !map.frozen => Ok(Object::Dict(std::rc::Rc::clone(map))),
        Some(value) => match value.as_str() {
            Some(text) => json::loads(text).map(|json| json::object(&json)),
            None => type_error("Given object is not typeof string."),
        },
        None => type_error("Given object is not typeof string."),
    }
}
