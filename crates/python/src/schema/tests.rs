//! Values against schemas, and what is said about them.

use serde_json::{Value, json};

use super::*;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn refused(schemas: Value, parameters: Value, expected: &str) {
    let error = check_parameters(&object(schemas), &object(parameters)).unwrap_err();
    assert_eq!(error.message, expected);
}

#[test]
fn parameters_are_refused_in_pythons_words() {
    let schemas = || {
        json!({
            "cmd": {"type": "string", "required": true},
            "count": {"type": "integer", "minimum": 1, "maximum": 5},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "name": {"type": "string", "pattern": "^a", "minLength": 2},
            "list": {"type": "array", "uniqueItems": true, "items": {"type": "string"}},
        })
    };
    refused(schemas(), json!({}), "'cmd' is a required property");
    refused(schemas(), json!({"cmd": 5}), "5 is not of type 'string'");
    refused(schemas(), json!({"cmd": "x", "count": "y"}), "'y' is not of type 'integer', 'null'");
    refused(schemas(), json!({"cmd": "x", "count": 2.0}), "2.0 is not of type 'integer', 'null'");
    refused(schemas(), json!({"cmd": "x", "count": 0}), "0 is less than the minimum of 1");
    refused(schemas(), json!({"cmd": "x", "count": 6}), "6 is greater than the maximum of 5");
    refused(schemas(), json!({"cmd": "x", "mode": "c"}), "'c' is not one of ['a', 'b']");
    refused(schemas(), json!({"cmd": "x", "name": "bb"}), "'bb' does not match '^a'");
    refused(schemas(), json!({"cmd": "x", "name": "a"}), "'a' is too short");
    refused(schemas(), json!({"cmd": "x", "list": [1]}), "1 is not of type 'string'");
    refused(
        schemas(),
        json!({"cmd": "x", "list": ["a", "a"]}),
        "['a', 'a'] has non-unique elements",
    );
    refused(
        schemas(),
        json!({"cmd": "x", "foo": 1}),
        "Additional properties are not allowed ('foo' was unexpected)",
    );
    refused(
        schemas(),
        json!({"cmd": "x", "b": 1, "a": 2}),
        "Additional properties are not allowed ('a', 'b' were unexpected)",
    );
}

#[test]
fn defaults_come_first_and_optional_values_may_be_null() {
    let schemas = object(json!({
        "a": {"type": "string", "required": true, "default": "x"},
        "b": {"type": "integer"},
        "c": {"type": "object", "properties": {"d": {"type": "integer", "default": 1}}},
    }));
    let given = object(json!({"b": null, "c": {}}));
    let checked = check_parameters(&schemas, &given).unwrap();
    assert_eq!(Value::Object(checked), json!({"b": null, "c": {"d": 1}, "a": "x"}));
}

#[test]
fn action_without_parameters_takes_any() {
    assert!(check_parameters(&Map::new(), &object(json!({"x": 1}))).is_ok());
}

#[test]
fn dump_is_that_of_python() {
    let schemas = object(json!({
        "param1": {"type": "string"},
        "param2": {"type": "string"},
        "param3": {"type": "array"},
        "param4": {"type": "string", "secret": true},
        "hosts": {"type": "string"},
        "cmd": {"type": "string"},
    }));
    let check = Compiled::of_action("action1", None, &schemas).unwrap();
    let given = object(json!({"cmd": "date", "hosts": "localhost", "nosuch": "1"}));
    let expected = "Additional properties are not allowed ('nosuch' was unexpected)\n\nFailed validating \
        'additionalProperties' in schema:\n    {'type': 'object',\n     'properties': {'param1': {'type': \
        ['string', 'null']},\n                    'param2': {'type': ['string', 'null']},\n                    \
        'param3': {'type': ['array', 'null']},\n                    'param4': {'type': ['string', 'null'], \
        'secret': True},\n                    'hosts': {'type': ['string', 'null']},\n                    \
        'cmd': {'type': ['string', 'null']}},\n     'additionalProperties': False,\n     'title': \
        'action1'}\n\nOn instance:\n    {'cmd': 'date', 'hosts': 'localhost', 'nosuch': '1'}";
    assert_eq!(check.check(&given).unwrap_err().dump(), expected);
}

#[test]
fn schema_that_is_wrong_itself_is_refused() {
    let message = |schema: Value| Compiled::new(&schema).unwrap_err().message;
    assert_eq!(
        message(json!({"properties": {"a": {"type": "object", "required": ["b"]}}})),
        "['b'] is not of type 'boolean'"
    );
    assert_eq!(
        message(json!({"type": "strng"})),
        "'strng' is not valid under any of the given schemas"
    );
    assert_eq!(message(json!({"pattern": "("})), "'(' is not a 'regex'");
}

#[test]
fn references_that_turn_in_circles_end() {
    let schema = json!({"$ref": "#"});
    assert!(check(&schema, &json!(1)).is_err());
    assert!(check(&json!({"$ref": "#/nowhere"}), &json!(1)).is_err());
}

#[test]
fn bodies_are_checked_in_place() {
    let schema = json!({
        "type": "object",
        "properties": {"source_context": {"type": "object"}},
        "additionalProperties": false,
    });
    let error = check(&schema, &json!({"source_context": "str"})).unwrap_err();
    assert_eq!(error.to_string(), "'str' is not of type 'object', 'null'");
    assert_eq!(error.path, ["source_context".into()]);
}
