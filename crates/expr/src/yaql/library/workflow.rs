//! The functions of workflows, as YAQL calls them.

use std::sync::Arc;

use python::arguments::Arguments;
use python::json;
use python::object::Object;
use python::raise::Outcome;

use crate::document::functions;
use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::Cursor;
use crate::yaql::kinds::Kind::{Any, BoolOrNull, IntOrNull, TupleOrNull};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::Machine;

const NONE: &[Parameter] = &[];
const KEY: &[Parameter] = &[may("key", Any)];
const VALUE: &[Parameter] = &[must("value", Any)];
const PATTERN: &[Parameter] = &[must("value", Any), must("pattern", Any)];
const MATCH: &[Parameter] =
    &[must("value", Any), must("pattern", Any), may("ignorecase", BoolOrNull)];
const PATH: &[Parameter] = &[must("path", Any)];
const JSON: &[Parameter] = &[
    must("value", Any),
    may("indent", Any),
    may("sortKeys", BoolOrNull),
    may("separators", TupleOrNull),
];
const YAML: &[Parameter] =
    &[must("value", Any), may("indent", Any), may("allowUnicode", BoolOrNull)];

/// Declares a function that both languages have.
macro_rules! shared {
    ($name:literal, $parameters:expr) => {
        Function::workflow($name, $parameters, |machine, bound| {
            call(machine, $name, $parameters, bound)
        })
    };
}

pub(super) static FUNCTIONS: &[Function] = &[
    shared!("ctx", KEY),
    shared!("item", KEY),
    shared!("result", NONE),
    shared!("succeeded", NONE),
    shared!("failed", NONE),
    shared!("completed", NONE),
    shared!("task", &[may("taskId", Any), may("route", Any)]),
    shared!("task_status", &[must("taskId", Any), may("route", Any)]),
    shared!("st2kv", &[must("key", Any)]).with_names(),
    shared!("json", &[must("s", Any)]),
    shared!("zip", NONE).with_rest(Any).with_names(),
    shared!("basename", PATH),
    shared!("dirname", PATH),
    shared!("from_json_string", VALUE),
    shared!("from_yaml_string", VALUE),
    shared!("json_parse", VALUE),
    shared!("yaml_parse", VALUE),
    shared!("json_escape", VALUE),
    shared!("use_none", VALUE),
    shared!("jsonpath_query", &[must("value", Any), must("query", Any)]),
    shared!("to_json_string", JSON),
    shared!("json_dump", JSON),
    shared!("to_yaml_string", YAML),
    shared!("yaml_dump", YAML),
    shared!("regex_match", MATCH),
    shared!("regex_search", MATCH),
    shared!(
        "regex_replace",
        &[
            must("value", Any),
            must("pattern", Any),
            must("replacement", Any),
            may("ignorecase", BoolOrNull),
        ]
    ),
    shared!(
        "regex_substring",
        &[
            must("value", Any),
            must("pattern", Any),
            may("resultIndex", IntOrNull),
            may("ignorecase", BoolOrNull),
        ]
    ),
    shared!("to_human_time_from_seconds", &[must("seconds", Any)]),
    shared!("version_compare", PATTERN),
    shared!("version_more_than", PATTERN),
    shared!("version_less_than", PATTERN),
    shared!("version_equal", PATTERN),
    shared!("version_match", PATTERN),
    shared!("version_bump_major", VALUE),
    shared!("version_bump_minor", VALUE),
    shared!("version_bump_patch", VALUE),
    shared!("version_strip_patch", VALUE),
];

fn call(
    machine: &Machine<'_>,
    name: &str,
    parameters: &[Parameter],
    bound: &mut Bound<'_>,
) -> Outcome<Object> {
    let mut arguments = Arguments::default();
    let mut gap = false;
    for (index, parameter) in parameters.iter().enumerate() {
        match bound.given(index) {
            None => gap = true,
            Some(object) if gap => {
                arguments.named.push((snake_case(parameter.name), object));
            }
            Some(object) => arguments.positional.push(object),
        }
    }
    arguments.named.extend(bound.named_objects());
    for object in bound.rest_objects() {
        // With one argument it is handed back as it is.
        let single = bound.rest.len() == 1;
        let read = !single && matches!(Shape::of(&object), Shape::Iterator | Shape::Ordering);
        arguments.positional.push(if read {
            Object::tuple(Cursor::new(&object, machine)?.rest(machine)?)
        } else {
            object
        });
    }
    functions::call(machine.context, name, arguments, &json::frozen)
}

fn snake_case(name: &str) -> Arc<str> {
    let mut out = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        if c.is_uppercase() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out.into()
}
