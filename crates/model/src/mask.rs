//! Masking: secrets are shown as eight asterisks wherever they leave Squall.

use serde_json::Value;

use crate::{Object, parameter::Parameter};

/// The text shown in place of a secret.
pub const MASK: &str = "********";

/// Returns the parameters with every value masked that its schema marks as secret.
pub fn parameters(parameters: &Object, schemas: &Object) -> Object {
    let mut masked = parameters.clone();
    for (name, value) in &mut masked {
        if let Some(schema) = schemas.get(name) {
            mask(value, schema);
        }
    }
    masked
}

/// Returns the result with every value masked that the output schema marks as secret. `output_key`
/// names the part of the result that the schema describes.
pub fn result(result: &Value, schema: &Object, output_key: Option<&str>) -> Value {
    if schema.is_empty() {
        return result.clone();
    }
    let mut masked = result.clone();
    let target = match output_key {
        Some(key) => masked.get_mut(key),
        None => Some(&mut masked),
    };
    let Some(target) = target else { return masked };
    if schema.contains_key("type") || schema.contains_key("properties") {
        mask(target, &Value::Object(schema.clone()));
    } else if let Value::Object(fields) = target {
        for (name, value) in fields {
            if let Some(schema) = schema.get(name) {
                mask(value, schema);
            }
        }
    }
    masked
}

fn mask(value: &mut Value, schema: &Value) {
    let Some(parameter) = Parameter::of(schema) else { return };
    if parameter.is_secret() {
        *value = Value::String(MASK.to_owned());
        return;
    }
    match value {
        Value::Object(fields) => {
            let properties = parameter.0.get("properties").and_then(Value::as_object);
            for (name, value) in fields {
                if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                    mask(value, schema);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = parameter.0.get("items") else { return };
            for item in items {
                mask(item, schema);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, schemas: Value, expected: Value) {
        let masked = parameters(value.as_object().unwrap(), schemas.as_object().unwrap());
        assert_eq!(Value::Object(masked), expected);
    }

    #[test]
    fn secrets_are_masked_at_any_depth() {
        check(
            json!({"a": "x", "b": {"c": 1, "d": 2}, "e": [{"f": 3}], "g": null}),
            json!({
                "a": {"secret": true},
                "b": {"properties": {"c": {"secret": true}}},
                "e": {"items": {"properties": {"f": {"secret": true}}}},
            }),
            json!({"a": MASK, "b": {"c": MASK, "d": 2}, "e": [{"f": MASK}], "g": null}),
        );
    }

    #[test]
    fn results_are_masked_where_the_output_key_points() {
        let schema = json!({"type": "object", "properties": {"token": {"secret": true}}});
        let masked = result(
            &json!({"body": {"token": "t", "n": 1}}),
            schema.as_object().unwrap(),
            Some("body"),
        );
        assert_eq!(masked, json!({"body": {"token": MASK, "n": 1}}));
    }
}
