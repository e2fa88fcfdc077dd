//! Pairs of names and values: of a query, a form, cookies.

use model::Object;
use serde_json::Value;

/// Returns pairs of names and values, with one pair for each item of a list.
pub(super) fn pairs(object: Option<&Object>) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    for (name, value) in object.into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                let items = items.iter().filter(|item| !item.is_null());
                pairs.extend(items.map(|item| (name.as_str(), python::str_of_json(item))));
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                pairs.push((name.as_str(), python::str_of_json(value)));
            }
        }
    }
    pairs
}
