//! Lists: limits, offsets, order and the choice of attributes, with StackStorm's rules and texts.

use std::cmp::Ordering;

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::{
    answer::{Answer, Fault, json_response},
    query::Query,
};

/// How many records are read at once by a caller who may not read all of them.
const PAGE_MAX: i64 = 100;

/// How much of a list a caller may read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All of it.
    All,
    /// A page.
    Page,
}

/// The part of a list that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// How many; none for all.
    pub(crate) limit: Option<i64>,
    pub(crate) offset: i64,
}

/// Reads limit and offset; `default` holds where none is given.
pub(crate) fn page(query: &Query, reach: Reach, default: Option<i64>) -> Result<Page, Fault> {
    let offset = query.integer("offset")?.unwrap_or(0);
    if !(0..=i64::from(i32::MAX)).contains(&offset) {
        return Err(Fault::invalid(format!(
            "Offset \"{offset}\" specified is more than 32 bit int"
        )));
    }
    let limit = match query.integer("limit")? {
        None => default,
        Some(-1) if reach == Reach::All => None,
        Some(-1) => {
            let text = "Administrator access required to be able to specify limit=-1 and retrieve all the records";
            return Err(Fault::new(StatusCode::FORBIDDEN, text));
        }
        Some(0) => {
            let text =
                "Limit, \"0\" specified, must be a positive number or -1 for full result set.";
            return Err(Fault::invalid(text));
        }
        Some(limit) if limit < 0 => {
            return Err(Fault::invalid(format!(
                "Limit, \"{limit}\" specified, must be a positive number."
            )));
        }
        Some(limit) if limit > PAGE_MAX && reach == Reach::Page => {
            let text = format!("Limit \"{limit}\" specified, maximum value is \"{PAGE_MAX}\"");
            return Err(Fault::new(StatusCode::FORBIDDEN, text));
        }
        Some(limit) => Some(limit),
    };
    Ok(Page { limit, offset })
}

/// Which attributes of a document are shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
}

/// Attributes that are always shown.
const ALWAYS: &[&str] = &["id", "ref"];

impl Attributes {
    pub(crate) fn read(query: &Query) -> Result<Self, Fault> {
        let include = query.list("include_attributes");
        let exclude = query.list("exclude_attributes");
        if include.is_some() && exclude.is_some() {
            let text = "exclude.attributes and include.attributes arguments are mutually exclusive. \
                        You need to provide either one or another, but not both.";
            return Err(Fault::invalid(text));
        }
        Ok(Self { include, exclude })
    }

    /// Reads the attributes and refuses to leave out others than `allowed`.
    pub(crate) fn read_allowing(query: &Query, allowed: &[&str]) -> Result<Self, Fault> {
        let attributes = Self::read(query)?;
        let odd =
            attributes.exclude.iter().flatten().find(|name| !allowed.contains(&name.as_str()));
        match odd {
            Some(name) => Err(Fault::invalid(format!(
                "Invalid or unsupported exclude attribute specified: {name}"
            ))),
            None => Ok(attributes),
        }
    }

    /// Tells whether an attribute is shown.
    pub(crate) fn shows(&self, name: &str) -> bool {
        match (&self.include, &self.exclude) {
            (Some(include), _) => {
                include.iter().any(|one| one == name || one.starts_with(&format!("{name}.")))
            }
            (None, Some(exclude)) => !exclude.iter().any(|one| one == name),
            (None, None) => true,
        }
    }

    pub(crate) fn apply(&self, document: &mut Value) {
        let Some(object) = document.as_object_mut() else { return };
        if let Some(include) = &self.include {
            object
                .retain(|key, value| ALWAYS.contains(&key.as_str()) || keeps(include, key, value));
        }
        for name in self.exclude.iter().flatten() {
            object.shift_remove(name);
        }
    }
}

/// Tells whether an attribute is kept, and cuts it to the parts that are: `action.ref` keeps that
/// of an action.
fn keeps(include: &[String], key: &str, value: &mut Value) -> bool {
    if include.iter().any(|name| name == key) {
        return true;
    }
    let below = |name: &String| name.strip_prefix(key)?.strip_prefix('.').map(str::to_owned);
    let parts: Vec<String> = include.iter().filter_map(below).collect();
    if let (false, Some(object)) = (parts.is_empty(), value.as_object_mut()) {
        object.retain(|key, value| keeps(&parts, key, value));
    }
    !parts.is_empty()
}

/// Sorts, cuts and answers with a list that is in memory.
pub(crate) fn answer(
    mut documents: Vec<Value>,
    query: &Query,
    reach: Reach,
    default_limit: Option<i64>,
) -> Answer {
    let page = page(query, reach, default_limit)?;
    let attributes = Attributes::read(query)?;
    sort(&mut documents, query);
    let total = documents.len();
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = page.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let mut shown: Vec<Value> = documents.into_iter().skip(skip).take(take).collect();
    shown.iter_mut().for_each(|document| attributes.apply(document));
    Ok(with_headers(&Value::Array(shown), total, page))
}

pub(crate) fn with_headers(list: &Value, total: usize, page: Page) -> Response {
    let mut response = json_response(StatusCode::OK, list);
    let headers = response.headers_mut();
    headers.insert("x-total-count", HeaderValue::from(total));
    if let Some(limit) = page.limit {
        headers.insert("x-limit", HeaderValue::from(limit));
    }
    response
}

/// Keeps the documents whose attribute `name` is one of those that the query names.
pub(crate) fn keep(documents: &mut Vec<Value>, query: &Query, name: &str, attribute: &str) {
    let Some(wanted) = query.list(name) else { return };
    let value = |document: &Value| -> Option<String> {
        match document.pointer(&format!("/{}", attribute.replace('.', "/")))? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(flag) => Some(flag.to_string()),
            other @ (Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Some(other.to_string())
            }
        }
    };
    documents.retain(|document| {
        value(document).is_some_and(|value| {
            wanted
                .iter()
                .any(|one| one.eq_ignore_ascii_case(&value) && (one == &value || is_flag(one)))
        })
    });
}

fn is_flag(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn sort(documents: &mut [Value], query: &Query) {
    let Some(keys) = query.list("sort") else { return };
    documents.sort_by(|a, b| {
        for key in &keys {
            let (name, descends) = match key.strip_prefix('-') {
                Some(name) => (name, true),
                None => (key.strip_prefix('+').unwrap_or(key), false),
            };
            let order = compare(a.get(name), b.get(name));
            if order != Ordering::Equal {
                return if descends { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    });
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
