//! Checks a definition against Orquesta's schema.
//!
//! The schema is small and never changes, so it is written out as checks. The messages and locations
//! are those of Python's `jsonschema`, draft 4.

use std::{collections::HashSet, sync::LazyLock};

use python::repr_of_json;
use regex::Regex;
use serde_json::{Map, Value};

use crate::spec::is_word;

use super::{Finding, location::Location};

/// How many characters of a value a message shows.
const SHOWN_MAX: usize = 1_000;

/// The form of `items`: an expression, or names before ` in ` and one.
const ITEMS: &str = r"^(\s+)?({{.*?}}|<%.*?%>)(\s+)?$|^(\s+)?((\w+,\s?|\s+)+)?(\w+)\s+in\s+({{.*?}}|<%.*?%>)(\s+)?$";

static ITEMS_FORM: LazyLock<Regex> = LazyLock::new(|| {
    let form = ITEMS.replace("{{", r"\{\{").replace("}}", r"\}\}");
    Regex::new(&form).expect("the pattern is well-formed")
});

/// Returns what the schema refuses.
pub(super) fn check(definition: &Value) -> Vec<Finding> {
    let mut check = Check::default();
    check.workflow(definition, &Location::default());
    check.findings
}

#[derive(Default)]
struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn workflow(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        let known = ["vars", "input", "output", "tasks", "name", "version", "description", "tags"];
        self.only(map, &known, location);
        self.required(map, "tasks", location);
        for (name, value) in map {
            let location = location.property(name);
            match name.as_str() {
                "vars" | "output" => self.pairs(value, &location),
                "input" => self.list(value, &location, Self::name_or_pair),
                "tasks" => self.tasks(value, &location),
                "name" | "description" => self.text(value, &location),
                "version" => self.version(value, &location),
                "tags" => self.list(value, &location, Self::text),
                _ => {}
            }
        }
    }

    fn version(&mut self, value: &Value, location: &Location) {
        if !is_text(value) && value.as_f64().is_none_or(|number| number < 0.0) {
            self.of_none(value, location, "anyOf");
        }
        if value != "1.0" && value.as_f64() != Some(1.0) {
            self.refuse(location, "enum", format!("{} is not one of ['1.0', 1.0]", shown(value)));
        }
    }

    fn tasks(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        self.some(value, map.is_empty(), location, "minProperties");
        for (name, task) in map.iter().filter(|(name, _)| is_word(name)) {
            self.task(task, &location.named(name));
        }
    }

    fn task(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        self.only(map, &["delay", "join", "with", "action", "input", "retry", "next"], location);
        for (name, value) in map {
            let location = location.property(name);
            match name.as_str() {
                "delay" => self.text_or_count(value, &location),
                "join" if value != "all" && !is_count(value) => {
                    self.of_none(value, &location, "oneOf");
                }
                "with" if value.is_string() => self.items(value, &location.property("items")),
                "with" => self.with(value, &location),
                "action" => self.text(value, &location),
                "input" if !is_text(value) && !is_filled_mapping(value) => {
                    self.of_none(value, &location, "oneOf");
                }
                "retry" => self.retry(value, &location),
                "next" => self.next(value, &location),
                _ => {}
            }
        }
    }

    fn with(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        self.only(map, &["items", "concurrency"], location);
        if let Some(items) = map.get("items") {
            self.items(items, &location.property("items"));
        }
        if let Some(concurrency) = map.get("concurrency") {
            self.text_or_count(concurrency, &location.property("concurrency"));
        }
    }

    fn items(&mut self, value: &Value, location: &Location) {
        self.text(value, location);
        if let Some(text) = value.as_str()
            && !ITEMS_FORM.is_match(text)
        {
            self.refuse(location, "pattern", format!("{} does not match '{ITEMS}'", shown(value)));
        }
    }

    fn retry(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        self.only(map, &["when", "count", "delay"], location);
        self.required(map, "count", location);
        for (name, value) in map {
            match name.as_str() {
                "when" => self.text(value, &location.property(name)),
                "count" | "delay" => self.text_or_count(value, &location.property(name)),
                _ => {}
            }
        }
    }

    fn next(&mut self, value: &Value, location: &Location) {
        let Some(items) = value.as_array() else { return self.of_type(value, location, "array") };
        for (index, item) in items.iter().enumerate() {
            self.transition(item, &location.item(index));
        }
    }

    fn transition(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        self.only(map, &["when", "publish", "do"], location);
        for (name, value) in map {
            let location = location.property(name);
            match name.as_str() {
                "when" => self.text(value, &location),
                "publish" if !is_text(value) && !holds(|check| check.pairs(value, &location)) => {
                    self.of_none(value, &location, "oneOf");
                }
                "do" if !is_text(value)
                    && !holds(|check| check.list(value, &location, Self::text)) =>
                {
                    self.of_none(value, &location, "oneOf");
                }
                _ => {}
            }
        }
    }

    fn pairs(&mut self, value: &Value, location: &Location) {
        self.list(value, location, Self::pair);
    }

    fn pair(&mut self, value: &Value, location: &Location) {
        let Some(map) = self.mapping(value, location) else { return };
        self.some(value, map.is_empty(), location, "minProperties");
        if map.len() > 1 {
            let message = format!("{} has too many properties", shown(value));
            self.refuse(location, "maxProperties", message);
        }
    }

    fn name_or_pair(&mut self, value: &Value, location: &Location) {
        let is_pair = value.as_object().is_some_and(|map| map.len() == 1);
        if !is_text(value) && !is_pair {
            self.of_none(value, location, "oneOf");
        }
    }

    fn list(&mut self, value: &Value, location: &Location, item: fn(&mut Self, &Value, &Location)) {
        let Some(items) = value.as_array() else { return self.of_type(value, location, "array") };
        for (index, value) in items.iter().enumerate() {
            item(self, value, &location.item(index));
        }
        self.some(value, items.is_empty(), location, "minItems");
        if !are_unique(items) {
            let message = format!("{} has non-unique elements", shown(value));
            self.refuse(location, "uniqueItems", message);
        }
    }

    fn text(&mut self, value: &Value, location: &Location) {
        match value.as_str() {
            Some(text) => self.some(value, text.is_empty(), location, "minLength"),
            None => self.of_type(value, location, "string"),
        }
    }

    fn text_or_count(&mut self, value: &Value, location: &Location) {
        if !is_text(value) && !is_count(value) {
            self.of_none(value, location, "oneOf");
        }
    }

    fn mapping<'v>(
        &mut self,
        value: &'v Value,
        location: &Location,
    ) -> Option<&'v Map<String, Value>> {
        if !value.is_object() {
            self.of_type(value, location, "object");
        }
        value.as_object()
    }

    fn only(&mut self, map: &Map<String, Value>, known: &[&str], location: &Location) {
        let mut extra: Vec<&String> =
            map.keys().filter(|name| !known.contains(&name.as_str())).collect();
        if extra.is_empty() {
            return;
        }
        extra.sort();
        let verb = if extra.len() == 1 { "was" } else { "were" };
        let names: Vec<String> =
            extra.into_iter().map(|name| shown(&Value::String(name.clone()))).collect();
        let names = cut(names.join(", "));
        let message = format!("Additional properties are not allowed ({names} {verb} unexpected)");
        let hint = format!("what may stand here is {}", known.join(", "));
        let finding =
            Finding::new(&location.spec, &location.keyword("additionalProperties"), message);
        self.findings.push(finding.hint(hint));
    }

    fn required(&mut self, map: &Map<String, Value>, name: &str, location: &Location) {
        if !map.contains_key(name) {
            self.refuse(location, "required", format!("'{name}' is a required property"));
        }
    }

    fn some(&mut self, value: &Value, is_empty: bool, location: &Location, keyword: &str) {
        if is_empty {
            self.refuse(location, keyword, format!("{} should be non-empty", shown(value)));
        }
    }

    fn of_type(&mut self, value: &Value, location: &Location, name: &str) {
        self.refuse(location, "type", format!("{} is not of type '{name}'", shown(value)));
    }

    fn of_none(&mut self, value: &Value, location: &Location, keyword: &str) {
        let message = format!("{} is not valid under any of the given schemas", shown(value));
        self.refuse(location, keyword, message);
    }

    fn refuse(&mut self, location: &Location, keyword: &str, message: String) {
        self.findings.push(Finding::new(&location.spec, &location.keyword(keyword), message));
    }
}

/// Tells whether checks find nothing.
fn holds(run: impl FnOnce(&mut Check)) -> bool {
    let mut check = Check::default();
    run(&mut check);
    check.findings.is_empty()
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn is_count(value: &Value) -> bool {
    value.is_u64()
}

fn is_filled_mapping(value: &Value) -> bool {
    value.as_object().is_some_and(|map| !map.is_empty())
}

/// Tells whether no two items are equal for Python, where `1` equals `1.0` but not `true`.
fn are_unique(items: &[Value]) -> bool {
    if items.len() < 2 {
        return true;
    }
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().all(|item| {
        let mut text = String::new();
        canonical(item, &mut text);
        seen.insert(text)
    })
}

/// Writes a value so that equal values have equal texts.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => {
            // A float's own text has a point or an exponent, unless it is whole here.
            let whole = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0);
            *out += &whole.map_or_else(|| number.to_string(), |whole| format!("{whole:.0}"));
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                *out += &Value::String(key.clone()).to_string();
                out.push(':');
                canonical(&map[key], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => *out += &value.to_string(),
    }
}

/// Returns a value as Python writes it, texts without escapes.
fn shown(value: &Value) -> String {
    let Some(text) = value.as_str() else { return cut(repr_of_json(value)) };
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    cut(format!("{quote}{text}{quote}"))
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}
