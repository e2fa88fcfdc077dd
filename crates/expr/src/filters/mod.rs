//! The filters: Jinja's own and StackStorm's.

use python::arguments::Arguments;
use python::object::Object;
use python::raise::{Class, Outcome, Raise};

use crate::jinja::machine::Machine;

mod attributes;
mod datastore;
pub mod functions;
pub(crate) mod html;
pub(crate) mod numbers;
mod path;
mod select;
mod sequences;
pub(crate) mod tests;
mod texts;
mod urls;
mod version;
mod wrap;

/// The names of all filters.
pub(crate) const NAMES: [&str; 80] = [
    "abs",
    "attr",
    "basename",
    "batch",
    "capitalize",
    "center",
    "count",
    "d",
    "decrypt_kv",
    "default",
    "dictsort",
    "dirname",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "format",
    "from_json_string",
    "from_yaml_string",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "json_escape",
    "jsonpath_query",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "random",
    "regex_match",
    "regex_replace",
    "regex_search",
    "regex_substring",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "shell_quote",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "to_complex",
    "to_human_time_from_seconds",
    "to_json_string",
    "to_yaml_string",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "urlize",
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
    "wordcount",
    "wordwrap",
    "xmlattr",
];

/// Returns whether there is a filter called `name`.
pub(crate) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Applies a filter.
pub(crate) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: Arguments,
) -> Outcome<Object> {
    match name {
        "d" | "default" => default(value, &arguments),
        "count" | "length" => {
            arguments.bind::<0>(name, [], 0)?;
            python::operators::length(value).map(Object::count)
        }
        "map" | "select" | "reject" | "selectattr" | "rejectattr" => {
            select::call(machine, name, value, arguments)
        }
        "attr" | "groupby" | "max" | "min" | "sort" | "sum" | "unique" => {
            attributes::call(machine, name, value, &arguments)
        }
        "batch" | "dictsort" | "first" | "items" | "join" | "last" | "list" | "random"
        | "reverse" | "slice" => sequences::call(machine, name, value, &arguments),
        "abs" | "filesizeformat" | "float" | "int" | "round" => {
            numbers::call(name, value, &arguments)
        }
        "e" | "escape" | "forceescape" | "safe" | "striptags" | "xmlattr" | "tojson" => {
            html::call(machine, name, value, &arguments)
        }
        "urlencode" | "urlize" => urls::call(machine, name, value, &arguments),
        "wordwrap" => wrap::call(value, &arguments),
        "decrypt_kv" => datastore::decrypt(machine, value, &arguments),
        "capitalize" | "center" | "format" | "indent" | "lower" | "pprint" | "replace"
        | "string" | "title" | "trim" | "truncate" | "upper" | "wordcount" => {
            texts::call(machine, name, value, &arguments)
        }
        _ => match functions::call(name, value, &arguments) {
            Some(result) => result,
            None => Err(unknown(name)),
        },
    }
}

fn unknown(name: &str) -> Raise {
    let message = format!("No filter named '{name}' found.");
    let mut raise = Raise::new(Class::TemplateRuntime, message).about(name);
    raise.0.nearest = crate::jinja::nearest(name, NAMES.iter().copied());
    raise
}

fn default(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [otherwise, boolean] = arguments.bind("default", ["default_value", "boolean"], 0)?;
    let replaces = value.is_undefined()
        || (python::arguments::flag(boolean)? && !python::operators::truth(value)?);
    if !replaces {
        return Ok(value.clone());
    }
    Ok(otherwise.cloned().unwrap_or_else(|| Object::str("")))
}
