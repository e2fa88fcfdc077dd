//! What StackStorm does to a value and its schema before it validates: defaults are filled in,
//! and what is optional and has no default may be null.

use serde_json::{Map, Value, json};

/// Returns the value with the defaults of the schema, where that describes an object or a list.
pub(super) fn assign(value: Value, schema: &Value) -> Value {
    match (value, schema.get("type").and_then(Value::as_str)) {
        (Value::Object(object), Some("object")) => Value::Object(assign_object(object, schema)),
        (Value::Array(items), Some("array")) => Value::Array(assign_array(items, schema)),
        (value, _) => value,
    }
}

fn assign_object(mut object: Map<String, Value>, schema: &Value) -> Map<String, Value> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return object;
    };
    for (name, property) in properties {
        let is_absent = object.get(name).is_none_or(Value::is_null);
        if let Some(default) = property.get("default")
            && is_absent
            && dependencies_are_met(name, schema, &object)
        {
            object.insert(name.clone(), default.clone());
        }
        if let Some(value) = object.get_mut(name)
            && !value.is_null()
        {
            *value = assign_inside(value.take(), property);
        }
    }
    object
}

/// Tells whether the properties that this one depends on are there, or will be by default.
fn dependencies_are_met(name: &str, schema: &Value, object: &Map<String, Value>) -> bool {
    let needed = schema.get("dependencies").and_then(|all| all.get(name)).and_then(Value::as_array);
    needed.into_iter().flatten().filter_map(Value::as_str).all(|needed| {
        object.contains_key(needed)
            || schema["properties"].get(needed).is_some_and(|other| other.get("default").is_some())
    })
}

fn assign_inside(value: Value, schema: &Value) -> Value {
    match value {
        Value::Object(object) if has_type(schema, "object") => {
            Value::Object(assign_object(object, schema))
        }
        Value::Array(items) if has_type(schema, "array") => {
            Value::Array(assign_array(items, schema))
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value,
    }
}

fn assign_array(mut items: Vec<Value>, schema: &Value) -> Vec<Value> {
    for (index, item) in items.iter_mut().enumerate() {
        let schema = match schema.get("items") {
            Some(schema @ Value::Object(_)) => schema,
            Some(Value::Array(schemas)) => match schemas.get(index) {
                Some(schema) => schema,
                None => break,
            },
            _ => break,
        };
        if let (Value::Null, Some(default)) = (&*item, schema.get("default")) {
            *item = default.clone();
        }
        *item = assign_inside(item.take(), schema);
    }
    items
}

fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(own)) => own == name,
        Some(Value::Array(names)) => names.iter().any(|own| own == name),
        _ => false,
    }
}

/// Returns the schema under which every property may be null that is optional or whose default
/// is null.
pub(super) fn allow_none(mut schema: Value) -> Value {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return schema;
    };
    for property in properties.values_mut() {
        if !property.is_object() {
            continue;
        }
        let is_optional = !is_true(property.get("required"));
        let default = property.get("default");
        if (default.is_some() || is_optional) && default.is_none_or(Value::is_null) {
            allow_null(property);
        }
        let has_items = property.get("items").and_then(|items| items.get("properties"));
        if has_type(property, "array") && has_items.is_some() {
            property["items"] = allow_none(property["items"].take());
        }
        if has_type(property, "object") && property.get("properties").is_some() {
            *property = allow_none(property.take());
        }
    }
    schema
}

fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool).unwrap_or(false)
}

/// Adds null to the types of a property. One without a type is taken for a text.
fn allow_null(property: &mut Value) {
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(list) = property.get_mut(alternatives).and_then(Value::as_array_mut) {
            if !list.iter().any(|one| one["type"] == "null") {
                list.push(json!({"type": "null"}));
            }
            return;
        }
    }
    match property.get_mut("type") {
        Some(Value::Array(names)) => {
            if !names.iter().any(|name| name == "null") {
                names.push(json!("null"));
            }
        }
        Some(name) if name == "null" => {}
        Some(name) => *name = json!([name.take(), "null"]),
        None => property["type"] = json!(["string", "null"]),
    }
}
