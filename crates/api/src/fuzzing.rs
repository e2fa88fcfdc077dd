//! What the fuzz targets call: query strings and lists without a server.

use serde_json::Value;

use crate::{
    listing::{self, Attributes, Reach},
    query::Query,
};

/// Returns a parameter of a query string, and its parts between commas.
pub fn query(text: &str, name: &str) -> (Option<String>, Option<Vec<String>>) {
    let query = Query::parse(text);
    let _integer = query.integer(name);
    let _flag = query.flag(name);
    (query.get(name).map(str::to_owned), query.list(name))
}

/// Answers with the part of a list that a query string asks for; none where it is refused.
pub fn list(mut documents: Vec<Value>, text: &str, is_admin: bool) -> Option<usize> {
    let query = Query::parse(text);
    let reach = if is_admin { Reach::All } else { Reach::Page };
    listing::keep(&mut documents, &query, "name", "name");
    listing::keep(&mut documents, &query, "part", "parts.name");
    let page = listing::page(&query, reach, Some(50));
    let _attributes = Attributes::read_allowing(&query, &["result"]);
    let answered = listing::answer(documents, &query, reach, Some(50)).is_ok();
    assert!(!answered || page.is_ok(), "an answer to what is no page");
    let limit = page.ok()?.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(0));
    answered.then_some(limit)
}
