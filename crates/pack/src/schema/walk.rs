//! The walk over a value and its schema: every keyword in the schema's order, each failure with
//! its message, and the choice of the one that is told.

use std::{cmp::Reverse, collections::VecDeque};

use serde_json::{Map, Value};

use super::meta::{self, Document};
use crate::{place::Step, python};

/// How deep values and schemas are followed.
const DEPTH_MAX: usize = 200;

/// A failed keyword.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) message: String,
    pub(super) keyword: &'a str,
    pub(super) path: VecDeque<Step>,
    pub(super) schema_path: VecDeque<Step>,
    pub(super) schema: &'a Value,
    pub(super) instance: &'a Value,
    /// The failures of each alternative.
    pub(super) context: Vec<Failure<'a>>,
}

/// A walk inside one document.
#[derive(Clone, Copy)]
pub(super) struct Walker<'a> {
    document: &'a Document,
    /// What `#` means.
    base: &'a Document,
    depth: usize,
}

type Failures<'a> = Vec<Failure<'a>>;

/// The value and the schema of one step.
#[derive(Clone, Copy)]
struct Here<'a> {
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
                let message = format!("False schema does not allow {}", python::repr(instance));
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
        let here = Here { instance, schema, keys };
        for (keyword, argument) in keys {
            let found = failures.len();
            inner.keyword(keyword, argument, here, &mut failures);
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

    fn keyword(&self, keyword: &str, argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
        match keyword {
            "$ref" => self.reference(argument, here, out),
            "allOf" => self.all_of(argument, here, out),
            "anyOf" | "oneOf" => self.alternatives(keyword == "oneOf", argument, here, out),
            "not" => self.not(argument, here, out),
            "type" => kind(argument, here, out),
            "enum" => choice(argument, here, out),
            _ => match here.instance {
                Value::Object(object) => self.object(keyword, argument, here, object, out),
                Value::Array(items) => self.array(keyword, argument, here, items, out),
                Value::String(text) => self.text(keyword, argument, here, text, out),
                Value::Number(_) => number(keyword, argument, here, out),
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

    fn reference(&self, argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
        let reference = argument.as_str().unwrap_or_default();
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
                out.push(plain(format!("Unresolvable: {reference}"), here.instance, here.schema))
            }
        }
    }

    fn all_of(&self, argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
        for (index, schema) in argument.as_array().into_iter().flatten().enumerate() {
            self.descend(here.instance, schema, (None, Some(index.into())), out);
        }
    }

    fn alternatives(
        &self,
        only_one: bool,
        argument: &'a Value,
        here: Here<'a>,
        out: &mut Failures<'a>,
    ) {
        let mut context = Vec::new();
        let mut fitting: Vec<&Value> = Vec::new();
        for (index, schema) in argument.as_array().into_iter().flatten().enumerate() {
            let found = context.len();
            self.descend(here.instance, schema, (None, Some(index.into())), &mut context);
            if context.len() == found {
                fitting.push(schema);
                if !only_one {
                    return;
                }
            }
        }
        let shown = python::repr(here.instance);
        if fitting.is_empty() {
            let message = format!("{shown} is not valid under any of the given schemas");
            out.push(Failure { context, ..plain(message, here.instance, here.schema) });
        } else if fitting.len() > 1 {
            // Python names the first one last.
            fitting.rotate_left(1);
            let reprs: Vec<String> = fitting.into_iter().map(python::repr).collect();
            let message = format!("{shown} is valid under each of {}", reprs.join(", "));
            out.push(plain(message, here.instance, here.schema));
        }
    }

    fn not(&self, argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
        if self.walk(here.instance, argument).is_empty() {
            let (shown, schema) = (python::repr(here.instance), python::repr(argument));
            let message = format!("{shown} should not be valid under {schema}");
            out.push(plain(message, here.instance, here.schema));
        }
    }

    fn object(
        &self,
        keyword: &str,
        argument: &'a Value,
        here: Here<'a>,
        object: &'a Map<String, Value>,
        out: &mut Failures<'a>,
    ) {
        let shown = || python::repr(here.instance);
        let size = object.len() as u64;
        match keyword {
            "properties" => self.properties(argument, here, object, out),
            "patternProperties" => {
                for (pattern, schema) in argument.as_object().into_iter().flatten() {
                    for (key, value) in object {
                        if self.document.patterns.is_found(pattern, key) {
                            let steps = (Some(Step::key(key)), Some(Step::key(pattern)));
                            self.descend(value, schema, steps, out);
                        }
                    }
                }
            }
            "additionalProperties" => self.additional(argument, here, object, out),
            "dependencies" => self.dependencies(argument, here, object, out),
            "minProperties" if argument.as_u64().is_some_and(|min| size < min) => {
                let one = argument.as_u64() == Some(1);
                let what =
                    if one { "should be non-empty" } else { "does not have enough properties" };
                out.push(plain(format!("{} {what}", shown()), here.instance, here.schema));
            }
            "maxProperties" if argument.as_u64().is_some_and(|max| size > max) => {
                let none = argument.as_u64() == Some(0);
                let what = if none { "is expected to be empty" } else { "has too many properties" };
                out.push(plain(format!("{} {what}", shown()), here.instance, here.schema));
            }
            _ => {}
        }
    }

    fn properties(
        &self,
        argument: &'a Value,
        here: Here<'a>,
        object: &'a Map<String, Value>,
        out: &mut Failures<'a>,
    ) {
        for (name, schema) in argument.as_object().into_iter().flatten() {
            if let Some(value) = object.get(name) {
                let steps = (Some(Step::key(name)), Some(Step::key(name)));
                self.descend(value, schema, steps, out);
            } else if schema.get("required").is_some_and(is_truthy) {
                let message = format!("{} is a required property", python::repr_text(name));
                let mut failure = plain(message, here.instance, here.schema);
                failure.keyword = "required";
                failure.path.push_back(Step::key(name));
                failure.schema_path.extend([Step::key(name), Step::key("required")]);
                out.push(failure);
            }
        }
    }

    fn additional(
        &self,
        argument: &'a Value,
        here: Here<'a>,
        object: &'a Map<String, Value>,
        out: &mut Failures<'a>,
    ) {
        let properties = here.keys.get("properties").and_then(Value::as_object);
        let patterns = here.keys.get("patternProperties").and_then(Value::as_object);
        let is_known = |key: &str| {
            properties.is_some_and(|properties| properties.contains_key(key))
                || patterns.is_some_and(|patterns| matches_any(self.document, patterns, key))
        };
        let mut extras: Vec<&String> = object.keys().filter(|key| !is_known(key)).collect();
        if argument.is_object() {
            for extra in extras {
                self.descend(&object[extra], argument, (Some(Step::key(extra)), None), out);
            }
            return;
        }
        if is_truthy(argument) || extras.is_empty() {
            return;
        }
        extras.sort();
        let one = extras.len() == 1;
        let joined = extras.iter().map(|extra| python::repr_text(extra)).collect::<Vec<_>>();
        let joined = joined.join(", ");
        let message = match patterns {
            Some(patterns) => {
                let mut patterns: Vec<&String> = patterns.keys().collect();
                patterns.sort();
                let patterns: Vec<_> =
                    patterns.into_iter().map(|pattern| python::repr_text(pattern)).collect();
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

    fn dependencies(
        &self,
        argument: &'a Value,
        here: Here<'a>,
        object: &'a Map<String, Value>,
        out: &mut Failures<'a>,
    ) {
        for (name, needed) in argument.as_object().into_iter().flatten() {
            if !object.contains_key(name) {
                continue;
            }
            let Value::Array(needed) = needed else {
                self.descend(here.instance, needed, (None, Some(Step::key(name))), out);
                continue;
            };
            for needed in needed.iter().filter_map(Value::as_str) {
                if !object.contains_key(needed) {
                    let (needed, name) = (python::repr_text(needed), python::repr_text(name));
                    let message = format!("{needed} is a dependency of {name}");
                    out.push(plain(message, here.instance, here.schema));
                }
            }
        }
    }

    fn array(
        &self,
        keyword: &str,
        argument: &'a Value,
        here: Here<'a>,
        items: &'a [Value],
        out: &mut Failures<'a>,
    ) {
        let fail = |what: &str| {
            plain(format!("{} {what}", python::repr(here.instance)), here.instance, here.schema)
        };
        let size = items.len() as u64;
        match (keyword, argument) {
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
            ("additionalItems", _) => self.additional_items(argument, here, items, out),
            ("minItems", _) if argument.as_u64().is_some_and(|min| size < min) => {
                let one = argument.as_u64() == Some(1);
                out.push(fail(if one { "should be non-empty" } else { "is too short" }));
            }
            ("maxItems", _) if argument.as_u64().is_some_and(|max| size > max) => {
                let none = argument.as_u64() == Some(0);
                out.push(fail(if none { "is expected to be empty" } else { "is too long" }));
            }
            ("uniqueItems", _) if is_truthy(argument) && !is_unique(items) => {
                out.push(fail("has non-unique elements"));
            }
            _ => {}
        }
    }

    fn additional_items(
        &self,
        argument: &'a Value,
        here: Here<'a>,
        items: &'a [Value],
        out: &mut Failures<'a>,
    ) {
        let known = match here.keys.get("items") {
            Some(Value::Array(schemas)) => schemas.len(),
            _ => return,
        };
        let extras = items.get(known..).unwrap_or_default();
        if argument.is_object() {
            for (index, item) in extras.iter().enumerate() {
                self.descend(item, argument, (Some((known + index).into()), None), out);
            }
        } else if !is_truthy(argument) && !extras.is_empty() {
            let verb = if extras.len() == 1 { "was" } else { "were" };
            let extras = extras.iter().map(python::repr).collect::<Vec<_>>().join(", ");
            let message = format!("Additional items are not allowed ({extras} {verb} unexpected)");
            out.push(plain(message, here.instance, here.schema));
        }
    }

    fn text(
        &self,
        keyword: &str,
        argument: &'a Value,
        here: Here<'a>,
        text: &str,
        out: &mut Failures<'a>,
    ) {
        let fail = |what: &str| {
            plain(format!("{} {what}", python::repr_text(text)), here.instance, here.schema)
        };
        let size = || text.chars().count() as u64;
        match (keyword, argument) {
            ("pattern", Value::String(pattern)) => {
                if !self.document.patterns.is_found(pattern, text) {
                    out.push(fail(&format!("does not match {}", python::repr_text(pattern))));
                }
            }
            ("minLength", _) if argument.as_u64().is_some_and(|min| size() < min) => {
                let one = argument.as_u64() == Some(1);
                out.push(fail(if one { "should be non-empty" } else { "is too short" }));
            }
            ("maxLength", _) if argument.as_u64().is_some_and(|max| size() > max) => {
                let none = argument.as_u64() == Some(0);
                out.push(fail(if none { "is expected to be empty" } else { "is too long" }));
            }
            _ => {}
        }
    }
}

/// Tells whether one of the patterns is found in the key.
pub(crate) fn matches_any(document: &Document, patterns: &Map<String, Value>, key: &str) -> bool {
    patterns.keys().any(|pattern| document.patterns.is_found(pattern, key))
}

fn plain<'a>(message: String, instance: &'a Value, schema: &'a Value) -> Failure<'a> {
    Failure {
        message,
        keyword: "",
        path: VecDeque::new(),
        schema_path: VecDeque::new(),
        schema,
        instance,
        context: Vec::new(),
    }
}

fn kind<'a>(argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
    let names: Vec<&Value> = match argument {
        Value::Array(names) => names.iter().collect(),
        name => vec![name],
    };
    if !names.iter().any(|name| name.as_str().is_some_and(|name| is_type(here.instance, name))) {
        let names: Vec<String> = names.into_iter().map(python::repr).collect();
        let shown = python::repr(here.instance);
        let message = format!("{shown} is not of type {}", names.join(", "));
        out.push(plain(message, here.instance, here.schema));
    }
}

fn choice<'a>(argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
    let choices = argument.as_array().map(Vec::as_slice).unwrap_or_default();
    if !choices.iter().any(|choice| is_equal(choice, here.instance)) {
        let shown = python::repr(here.instance);
        let message = format!("{shown} is not one of {}", python::repr(argument));
        out.push(plain(message, here.instance, here.schema));
    }
}

fn number<'a>(keyword: &str, argument: &'a Value, here: Here<'a>, out: &mut Failures<'a>) {
    let (Some(value), Some(limit)) = (here.instance.as_f64(), argument.as_f64()) else { return };
    let excludes = |keyword: &str| here.keys.get(keyword).is_some_and(is_truthy);
    let comparison = match keyword {
        "minimum" if excludes("exclusiveMinimum") && value <= limit => "less than or equal to",
        "minimum" if value < limit => "less than",
        "maximum" if excludes("exclusiveMaximum") && value >= limit => "greater than or equal to",
        "maximum" if value > limit => "greater than",
        "multipleOf" if limit != 0.0 && (value / limit).fract() != 0.0 => "",
        _ => return,
    };
    let (shown, limit) = (python::repr(here.instance), python::repr(argument));
    let message = if comparison.is_empty() {
        format!("{shown} is not a multiple of {limit}")
    } else {
        format!("{shown} is {comparison} the {keyword} of {limit}")
    };
    out.push(plain(message, here.instance, here.schema));
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

/// Tells whether the value is of the type, as draft 4 means it: a float is never an integer.
pub(crate) fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| is_equal(one, other)))
        }
        _ => one == other,
    }
}

fn is_unique(items: &[Value]) -> bool {
    let mut rest = items;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| is_equal(first, other)) {
            return false;
        }
        rest = others;
    }
    true
}

type Relevance<'f> = (Reverse<usize>, &'f VecDeque<Step>, bool, bool);

/// How telling a failure is: higher up, not one of alternatives, of another type.
fn relevance<'f>(failure: &'f Failure<'_>) -> Relevance<'f> {
    let is_weak = matches!(failure.keyword, "anyOf" | "oneOf");
    let matches_type = match failure.schema.get("type") {
        Some(Value::String(name)) => is_type(failure.instance, name),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).any(|name| is_type(failure.instance, name))
        }
        _ => false,
    };
    (Reverse(failure.path.len()), &failure.path, !is_weak, !matches_type)
}

/// Returns the failure that is told: the most relevant one, or the one inside its alternatives
/// that is clearly meant.
pub(super) fn best<'f, 'a>(failures: &'f [Failure<'a>]) -> Option<&'f Failure<'a>> {
    let mut best = failures.first()?;
    for failure in &failures[1..] {
        if relevance(failure) > relevance(best) {
            best = failure;
        }
    }
    Some(descend(best))
}

/// Follows the alternatives of a failure to the one that is clearly meant.
pub(super) fn descend<'f, 'a>(failure: &'f Failure<'a>) -> &'f Failure<'a> {
    let mut best = failure;
    loop {
        let mut ordered: Vec<&Failure<'a>> = best.context.iter().collect();
        ordered.sort_by(|one, other| relevance(one).cmp(&relevance(other)));
        match ordered.as_slice() {
            [] => return best,
            [one, other, ..] if relevance(one) == relevance(other) => return best,
            [one, ..] => best = one,
        }
    }
}

/// Returns the whole path to a failure that may lie inside the alternatives of others.
pub(super) fn path_of(failures: &[Failure<'_>], wanted: &Failure<'_>) -> Vec<Step> {
    for failure in failures {
        if std::ptr::eq(failure, wanted) {
            return failure.path.iter().cloned().collect();
        }
        if !failure.context.is_empty() && contains(failure, wanted) {
            let mut path: Vec<Step> = failure.path.iter().cloned().collect();
            path.extend(path_of(&failure.context, wanted));
            return path;
        }
    }
    Vec::new()
}

fn contains(failure: &Failure<'_>, wanted: &Failure<'_>) -> bool {
    failure.context.iter().any(|inner| std::ptr::eq(inner, wanted) || contains(inner, wanted))
}
