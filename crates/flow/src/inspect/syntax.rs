//! Holds a definition against Orquesta's schema.
//!
//! The schema is small and never changes, so it is written out as checks. The messages and places
//! are those of Python's `jsonschema`, draft 4.

use std::{collections::HashSet, sync::LazyLock};

use python::repr_of_json;
use regex::Regex;
use serde_json::{Map, Value};

use crate::spec::is_word;

use super::{Finding, place::Place};

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
    check.workflow(definition, &Place::default());
    check.findings
}

#[derive(Default)]
struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn workflow(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        let known = ["vars", "input", "output", "tasks", "name", "version", "description", "tags"];
        self.only(map, &known, place);
        self.required(map, "tasks", place);
        for (name, value) in map {
            let place = place.property(name);
            match name.as_str() {
                "vars" | "output" => self.pairs(value, &place),
                "input" => self.list(value, &place, Self::name_or_pair),
                "tasks" => self.tasks(value, &place),
                "name" | "description" => self.text(value, &place),
                "version" => self.version(value, &place),
                "tags" => self.list(value, &place, Self::text),
                _ => {}
            }
        }
    }

    fn version(&mut self, value: &Value, place: &Place) {
        if !is_text(value) && value.as_f64().is_none_or(|number| number < 0.0) {
            self.of_none(value, place, "anyOf");
        }
        if value != "1.0" && value.as_f64() != Some(1.0) {
            self.refuse(place, "enum", format!("{} is not one of ['1.0', 1.0]", shown(value)));
        }
    }

    fn tasks(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        self.some(value, map.is_empty(), place, "minProperties");
        for (name, task) in map.iter().filter(|(name, _)| is_word(name)) {
            self.task(task, &place.named(name));
        }
    }

    fn task(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        self.only(map, &["delay", "join", "with", "action", "input", "retry", "next"], place);
        for (name, value) in map {
            let place = place.property(name);
            match name.as_str() {
                "delay" => self.text_or_count(value, &place),
                "join" if value != "all" && !is_count(value) => {
                    self.of_none(value, &place, "oneOf");
                }
                "with" if value.is_string() => self.items(value, &place.property("items")),
                "with" => self.with(value, &place),
                "action" => self.text(value, &place),
                "input" if !is_text(value) && !is_filled_mapping(value) => {
                    self.of_none(value, &place, "oneOf");
                }
                "retry" => self.retry(value, &place),
                "next" => self.next(value, &place),
                _ => {}
            }
        }
    }

    fn with(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        self.only(map, &["items", "concurrency"], place);
        if let Some(items) = map.get("items") {
            self.items(items, &place.property("items"));
        }
        if let Some(concurrency) = map.get("concurrency") {
            self.text_or_count(concurrency, &place.property("concurrency"));
        }
    }

    fn items(&mut self, value: &Value, place: &Place) {
        self.text(value, place);
        if let Some(text) = value.as_str()
            && !ITEMS_FORM.is_match(text)
        {
            self.refuse(place, "pattern", format!("{} does not match '{ITEMS}'", shown(value)));
        }
    }

    fn retry(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        self.only(map, &["when", "count", "delay"], place);
        self.required(map, "count", place);
        for (name, value) in map {
            match name.as_str() {
                "when" => self.text(value, &place.property(name)),
                "count" | "delay" => self.text_or_count(value, &place.property(name)),
                _ => {}
            }
        }
    }

    fn next(&mut self, value: &Value, place: &Place) {
        let Some(items) = value.as_array() else { return self.of_type(value, place, "array") };
        for (index, item) in items.iter().enumerate() {
            self.transition(item, &place.item(index));
        }
    }

    fn transition(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        self.only(map, &["when", "publish", "do"], place);
        for (name, value) in map {
            let place = place.property(name);
            match name.as_str() {
                "when" => self.text(value, &place),
                "publish" if !is_text(value) && !holds(|check| check.pairs(value, &place)) => {
                    self.of_none(value, &place, "oneOf");
                }
                "do" if !is_text(value)
                    && !holds(|check| check.list(value, &place, Self::text)) =>
                {
                    self.of_none(value, &place, "oneOf");
                }
                _ => {}
            }
        }
    }

    fn pairs(&mut self, value: &Value, place: &Place) {
        self.list(value, place, Self::pair);
    }

    fn pair(&mut self, value: &Value, place: &Place) {
        let Some(map) = self.mapping(value, place) else { return };
        self.some(value, map.is_empty(), place, "minProperties");
        if map.len() > 1 {
            let message = format!("{} has too many properties", shown(value));
            self.refuse(place, "maxProperties", message);
        }
    }

    fn name_or_pair(&mut self, value: &Value, place: &Place) {
        let is_pair = value.as_object().is_some_and(|map| map.len() == 1);
        if !is_text(value) && !is_pair {
            self.of_none(value, place, "oneOf");
        }
    }

    fn list(&mut self, value: &Value, place: &Place, item: fn(&mut Self, &Value, &Place)) {
        let Some(items) = value.as_array() else { return self.of_type(value, place, "array") };
        for (index, value) in items.iter().enumerate() {
            item(self, value, &place.item(index));
        }
        self.some(value, items.is_empty(), place, "minItems");
        if !are_unique(items) {
            let message = format!("{} has non-unique elements", shown(value));
            self.refuse(place, "uniqueItems", message);
        }
    }

    fn text(&mut self, value: &Value, place: &Place) {
        match value.as_str() {
            Some(text) => self.some(value, text.is_empty(), place, "minLength"),
            None => self.of_type(value, place, "string"),
        }
    }

    fn text_or_count(&mut self, value: &Value, place: &Place) {
        if !is_text(value) && !is_count(value) {
            self.of_none(value, place, "oneOf");
        }
    }

    fn mapping<'v>(&mut self, value: &'v Value, place: &Place) -> Option<&'v Map<String, Value>> {
        if !value.is_object() {
            self.of_type(value, place, "object");
        }
        value.as_object()
    }

    fn only(&mut self, map: &Map<String, Value>, known: &[&str], place: &Place) {
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
        let finding = Finding::new(&place.spec, &place.keyword("additionalProperties"), message);
        self.findings.push(finding.hint(hint));
    }

    fn required(&mut self, map: &Map<String, Value>, name: &str, place: &Place) {
        if !map.contains_key(name) {
            self.refuse(place, "required", format!("'{name}' is a required property"));
        }
    }

    fn some(&mut self, value: &Value, is_empty: bool, place: &Place, keyword: &str) {
        if is_empty {
            self.refuse(place, keyword, format!("{} should be non-empty", shown(value)));
        }
    }

    fn of_type(&mut self, value: &Value, place: &Place, name: &str) {
        self.refuse(place, "type", format!("{} is not of type '{name}'", shown(value)));
    }

    fn of_none(&mut self, value: &Value, place: &Place, keyword: &str) {
        let message = format!("{} is not valid under any of the given schemas", shown(value));
        self.refuse(place, keyword, message);
    }

    fn refuse(&mut self, place: &Place, keyword: &str, message: String) {
        self.findings.push(Finding::new(&place.spec, &place.keyword(keyword), message));
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
