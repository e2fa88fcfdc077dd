//! The walk over a value and its schema: every keyword in the schema's order, each failure with
//! its message.

use serde_json::{Map, Value};

use super::{
    failure::{Failure, plain},
    meta::{self, Document},
    values::{is_equal, is_type, is_unique},
};
use crate::{
    place::Step,
    text::{quote, repr_of_json},
    value::truth,
};

/// How deep values and schemas are followed.
const DEPTH_MAX: usize = 200;

/// A walk inside one document.
#[derive(Clone, Copy)]
pub(super) struct Walker<'a> {
    document: &'a Document,
    /// What `#` means.
    base: &'a Document,
    depth: usize,
}

type Failures<'a> = Vec<Failure<'a>>;

/// A keyword and its argument, with the value and the schema that it stands in.
#[derive(Clone, Copy)]
struct Here<'a> {
    keyword: &'a str,
    argument: &'a Value,
    instance: &'a Value,
    schema: &'a Value,
    keys: &'a Map<String, Value>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, base: document, depth: 0 }
    }

    /// Returns every failure of the value.
    pub(super) fn walk(&self, instance: &'a Value, schema: &'a Value) -> Failures<'a> {
        let mut failures = Vec::new();
        if self.depth > DEPTH_MAX {
            failures.push(plain("the value is nested too deep".to_owned(), instance, schema));
            return failures;
        }
        let mut inner = Self { depth: self.depth + 1, ..*self };
        let keys = match schema {
            Value::Object(keys) => keys,
            Value::Bool(false) => {
                let message = format!("False schema does not allow {}", repr_of_json(instance));
                failures.push(plain(message, instance, schema));
                return failures;
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                return failures;
            }
        };
        if keys.get("id").and_then(Value::as_str) == Some(meta::URI) {
            let is_own = std::ptr::eq(schema, &self.base.root);
            inner.base = if is_own { self.base } else { meta::closed() };
        }
        for (keyword, argument) in keys {
            let found = failures.len();
            inner.keyword(Here { keyword, argument, instance, schema, keys }, &mut failures);
            for failure in &mut failures[found..] {
                if failure.keyword.is_empty() {
                    failure.keyword = keyword;
                }
                if keyword != "$ref" {
                    failure.schema_path.push_front(Step::key(keyword));
                }
            }
        }
        failures
    }

    fn keyword(&self, here: Here<'a>, out: &mut Failures<'a>) {
        match here.keyword {
            "$ref" => self.reference(here, out),
            "allOf" => self.all_of(here, out),
            "anyOf" | "oneOf" => self.alternatives(here, out),
            "not" => self.not(here, out),
            "type" => kind(here, out),
            "enum" => choice(here, out),
            _ => match here.instance {
                Value::Object(object) => self.object(here, object, out),
                Value::Array(items) => self.array(here, items, out),
                Value::String(text) => self.text(here, text, out),
                Value::Number(_) => number(here, out),
                Value::Null | Value::Bool(_) => {}
            },
        }
    }

    /// Walks into a part and notes the steps that lead there.
    fn descend(
        &self,
        instance: &'a Value,
        schema: &'a Value,
        steps: (Option<Step>, Option<Step>),
        out: &mut Failures<'a>,
    ) {
        for mut failure in self.walk(instance, schema) {
            if let Some(step) = &steps.0 {
                failure.path.push_front(step.clone());
            }
            if let Some(step) = &steps.1 {
                failure.schema_path.push_front(step.clone());
            }
            out.push(failure);
        }
    }

    fn reference(&self, here: Here<'a>, out: &mut Failures<'a>) {
        let reference = here.argument.as_str().unwrap_or_default();
        let (base, pointer) = match reference.strip_prefix(meta::URI) {
            Some(pointer) => (meta::closed(), pointer),
            None => (self.base, reference.strip_prefix('#').unwrap_or("?")),
        };
        match base.root.pointer(pointer) {
            Some(schema) => {
                let document = if std::ptr::eq(base, self.base) { self.document } else { base };
                let walker = Self { document, base, depth: self.depth };
                walker.descend(here.instance, schema, (None, None), out);
            }
            None => {
                out.push(plain(format!("Unresolvable: {reference}"), here.instance, here.schema));
            }
        }
    }

    fn all_of(&self, here: Here<'a>, out: &mut Failures<'a>) {
        for (index, schema) in here.argument.as_array().into_iter().flatten().enumerate() {
            self.descend(here.instance, schema, (None, Some(index.into())), out);
        }
    }

    fn alternatives(&self, here: Here<'a>, out: &mut Failures<'a>) {
        let mut context = Vec::new();
        let mut fitting: Vec<&Value> = Vec::new();
        for (index, schema) in here.argument.as_array().into_iter().flatten().enumerate() {
            let found = context.len();
            self.descend(here.instance, schema, (None, Some(index.into())), &mut context);
            if context.len() == found {
                fitting.push(schema);
                if here.keyword == "anyOf" {
                    return;
                }
            }
        }
        let shown = repr_of_json(here.instance);
        if fitting.is_empty() {
            let message = format!("{shown} is not valid under any of the given schemas");
            out.push(Failure { context, ..plain(message, here.instance, here.schema) });
        } else if fitting.len() > 1 {
            // Python names the first one last.
            fitting.rotate_left(1);
            let reprs: Vec<String> = fitting.into_iter().map(repr_of_json).collect();
            let message = format!("{shown} is valid under each of {}", reprs.join(", "));
            out.push(plain(message, here.instance, here.schema));
        }
    }

    fn not(&self, here: Here<'a>, out: &mut Failures<'a>) {
        if self.walk(here.instance, here.argument).is_empty() {
            let (shown, schema) = (repr_of_json(here.instance), repr_of_json(here.argument));
            let message = format!("{shown} should not be valid under {schema}");
            out.push(plain(message, here.instance, here.schema));
        }
    }

    fn object(&self, here: Here<'a>, object: &'a Map<String, Value>, out: &mut Failures<'a>) {
        let shown = || repr_of_json(here.instance);
        let size = object.len() as u64;
        match here.keyword {
            "properties" => self.properties(here, object, out),
            "patternProperties" => {
                for (pattern, schema) in here.argument.as_object().into_iter().flatten() {
                    for (key, value) in object {
                        if self.document.patterns.is_found(pattern, key) {
                            let steps = (Some(Step::key(key)), Some(Step::key(pattern)));
                            self.descend(value, schema, steps, out);
                        }
                    }
                }
            }
            "additionalProperties" => self.additional(here, object, out),
            "dependencies" => self.dependencies(here, object, out),
            "minProperties" if here.argument.as_u64().is_some_and(|min| size < min) => {
                let one = here.argument.as_u64() == Some(1);
                let what =
                    if one { "should be non-empty" } else { "does not have enough properties" };
                out.push(plain(format!("{} {what}", shown()), here.instance, here.schema));
            }
            "maxProperties" if here.argument.as_u64().is_some_and(|max| size > max) => {
                let none = here.argument.as_u64() == Some(0);
                let what = if none { "is expected to be empty" } else { "has too many properties" };
                out.push(plain(format!("{} {what}", shown()), here.instance, here.schema));
            }
            _ => {}
        }
    }

    fn properties(&self, here: Here<'a>, object: &'a Map<String, Value>, out: &mut Failures<'a>) {
        for (name, schema) in here.argument.as_object().into_iter().flatten() {
            if let Some(value) = object.get(name) {
                let steps = (Some(Step::key(name)), Some(Step::key(name)));
                self.descend(value, schema, steps, out);
            } else if schema.get("required").is_some_and(truth) {
                let message = format!("{} is a required property", quote(name));
                let mut failure = plain(message, here.instance, here.schema);
                failure.keyword = "required";
                failure.path.push_back(Step::key(name));
                failure.schema_path.extend([Step::key(name), Step::key("required")]);
                out.push(failure);
            }
        }
    }

    fn additional(&self, here: Here<'a>, object: &'a Map<String, Value>, out: &mut Failures<'a>) {
        let properties = here.keys.get("properties").and_then(Value::as_object);
        let patterns = here.keys.get("patternProperties").and_then(Value::as_object);
        let is_known = |key: &str| {
            properties.is_some_and(|properties| properties.contains_key(key))
                || patterns.is_some_and(|patterns| matches_any(self.document, patterns, key))
        };
        let mut extras: Vec<&String> = object.keys().filter(|key| !is_known(key)).collect();
        if here.argument.is_object() {
            for extra in extras {
                self.descend(&object[extra], here.argument, (Some(Step::key(extra)), None), out);
            }
            return;
        }
        if truth(here.argument) || extras.is_empty() {
            return;
        }
        extras.sort();
        let one = extras.len() == 1;
        let joined = extras.iter().map(|extra| quote(extra)).collect::<Vec<_>>();
        let joined = joined.join(", ");
        let message = match patterns {
            Some(patterns) => {
                let mut patterns: Vec<&String> = patterns.keys().collect();
                patterns.sort();
                let patterns: Vec<_> = patterns.into_iter().map(|pattern| quote(pattern)).collect();
                let verb = if one { "does" } else { "do" };
                format!("{joined} {verb} not match any of the regexes: {}", patterns.join(", "))
            }
            None => {
                let verb = if one { "was" } else { "were" };
                format!("Additional properties are not allowed ({joined} {verb} unexpected)")
            }
        };
        out.push(plain(message, here.instance, here.schema));
    }

    fn dependencies(&self, here: Here<'a>, object: &'a Map<String, Value>, out: &mut Failures<'a>) {
        for (name, needed) in here.argument.as_object().into_iter().flatten() {
            if !object.contains_key(name) {
                continue;
            }
            let Value::Array(needed) = needed else {
                self.descend(here.instance, needed, (None, Some(Step::key(name))), out);
                continue;
            };
            for needed in needed.iter().filter_map(Value::as_str) {
                if !object.contains_key(needed) {
                    let (needed, name) = (quote(needed), quote(name));
                    let message = format!("{needed} is a dependency of {name}");
                    out.push(plain(message, here.instance, here.schema));
                }
            }
        }
    }

    fn array(&self, here: Here<'a>, items: &'a [Value], out: &mut Failures<'a>) {
        let fail = |what: &str| {
            plain(format!("{} {what}", repr_of_json(here.instance)), here.instance, here.schema)
        };
        let size = items.len() as u64;
        match (here.keyword, here.argument) {
            ("items", Value::Array(schemas)) => {
                for (index, (item, schema)) in items.iter().zip(schemas).enumerate() {
                    self.descend(item, schema, (Some(index.into()), Some(index.into())), out);
                }
            }
            ("items", schema) => {
                for (index, item) in items.iter().enumerate() {
                    self.descend(item, schema, (Some(index.into()), None), out);
                }
            }
            ("additionalItems", _) => self.additional_items(here, items, out),
            ("minItems", _) if here.argument.as_u64().is_some_and(|min| size < min) => {
                let one = here.argument.as_u64() == Some(1);
                out.push(fail(if one { "should be non-empty" } else { "is too short" }));
            }
            ("maxItems", _) if here.argument.as_u64().is_some_and(|max| size > max) => {
                let none = here.argument.as_u64() == Some(0);
                out.push(fail(if none { "is expected to be empty" } else { "is too long" }));
            }
            ("uniqueItems", _) if truth(here.argument) && !is_unique(items) => {
                out.push(fail("has non-unique elements"));
            }
            _ => {}
        }
    }

    fn additional_items(&self, here: Here<'a>, items: &'a [Value], out: &mut Failures<'a>) {
        let known = match here.keys.get("items") {
            Some(Value::Array(schemas)) => schemas.len(),
            _ => return,
        };
        let extras = items.get(known..).unwrap_or_default();
        if here.argument.is_object() {
            for (index, item) in extras.iter().enumerate() {
                self.descend(item, here.argument, (Some((known + index).into()), None), out);
            }
        } else if !truth(here.argument) && !extras.is_empty() {
            let verb = if extras.len() == 1 { "was" } else { "were" };
            let extras = extras.iter().map(repr_of_json).collect::<Vec<_>>().join(", ");
            let message = format!("Additional items are not allowed ({extras} {verb} unexpected)");
            out.push(plain(message, here.instance, here.schema));
        }
    }

    fn text(&self, here: Here<'a>, text: &str, out: &mut Failures<'a>) {
        let fail =
            |what: &str| plain(format!("{} {what}", quote(text)), here.instance, here.schema);
        let size = || text.chars().count() as u64;
        match (here.keyword, here.argument) {
            ("pattern", Value::String(pattern))
                if !self.document.patterns.is_found(pattern, text) =>
            {
                out.push(fail(&format!("does not match {}", quote(pattern))));
            }
            ("minLength", _) if here.argument.as_u64().is_some_and(|min| size() < min) => {
                let one = here.argument.as_u64() == Some(1);
                out.push(fail(if one { "should be non-empty" } else { "is too short" }));
            }
            ("maxLength", _) if here.argument.as_u64().is_some_and(|max| size() > max) => {
                let none = here.argument.as_u64() == Some(0);
                out.push(fail(if none { "is expected to be empty" } else { "is too long" }));
            }
            _ => {}
        }
    }
}

/// Tells whether one of the patterns is found in the key.
fn matches_any(document: &Document, patterns: &Map<String, Value>, key: &str) -> bool {
    patterns.keys().any(|pattern| document.patterns.is_found(pattern, key))
}

fn kind<'a>(here: Here<'a>, out: &mut Failures<'a>) {
    let names: Vec<&Value> = match here.argument.as_array() {
        Some(names) => names.iter().collect(),
        None => vec![here.argument],
    };
    if !names.iter().any(|name| name.as_str().is_some_and(|name| is_type(here.instance, name))) {
        let names: Vec<String> = names.into_iter().map(repr_of_json).collect();
        let shown = repr_of_json(here.instance);
        let message = format!("{shown} is not of type {}", names.join(", "));
        out.push(plain(message, here.instance, here.schema));
    }
}

fn choice<'a>(here: Here<'a>, out: &mut Failures<'a>) {
    let choices = here.argument.as_array().map(Vec::as_slice).unwrap_or_default();
    if !choices.iter().any(|choice| is_equal(choice, here.instance)) {
        let shown = repr_of_json(here.instance);
        let message = format!("{shown} is not one of {}", repr_of_json(here.argument));
        out.push(plain(message, here.instance, here.schema));
    }
}

fn number<'a>(here: Here<'a>, out: &mut Failures<'a>) {
    let (Some(value), Some(limit)) = (here.instance.as_f64(), here.argument.as_f64()) else {
        return;
    };
    let excludes = |keyword: &str| here.keys.get(keyword).is_some_and(truth);
    let comparison = match here.keyword {
        "minimum" if excludes("exclusiveMinimum") && value <= limit => "less than or equal to",
        "minimum" if value < limit => "less than",
        "maximum" if excludes("exclusiveMaximum") && value >= limit => "greater than or equal to",
        "maximum" if value > limit => "greater than",
        "multipleOf" if limit != 0.0 && !is_multiple(value, limit, here.argument.is_f64()) => "",
        _ => return,
    };
    let (shown, limit) = (repr_of_json(here.instance), repr_of_json(here.argument));
    let message = if comparison.is_empty() {
        format!("{shown} is not a multiple of {limit}")
    } else {
        format!("{shown} is {comparison} the {} of {limit}", here.keyword)
    };
    out.push(plain(message, here.instance, here.schema));
}

fn is_multiple(value: f64, unit: f64, unit_is_float: bool) -> bool {
    if unit_is_float { (value / unit).fract() == 0.0 } else { value % unit == 0.0 }
}
