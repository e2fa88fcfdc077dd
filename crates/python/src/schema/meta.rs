//! The schema of schemas: draft 4 with StackStorm's additions (`required` as a boolean,
//! `immutable`, `secret`, `position`), in the three forms that StackStorm uses.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::pattern::Patterns;

/// The name of the schema of schemas.
pub(super) const URI: &str = "http://json-schema.org/draft-04/schema#";

/// A schema with its patterns, and the document that its `#` means.
#[derive(Debug)]
pub(crate) struct Document {
    pub(super) root: Value,
    pub(super) patterns: Patterns,
}

impl Document {
    pub(super) fn new(root: Value) -> Self {
        let patterns = Patterns::of(&root);
        Self { root, patterns }
    }
}

static OPEN: LazyLock<Document> = LazyLock::new(|| Document::new(schema(Form::Open)));
static CLOSED: LazyLock<Document> = LazyLock::new(|| Document::new(schema(Form::Closed)));

/// Returns the schema that any schema must meet before it is used.
pub(super) fn open() -> &'static Document {
    &OPEN
}

/// Returns what `#` means inside the schema of a parameter: no unknown keywords.
pub(super) fn closed() -> &'static Document {
    &CLOSED
}

/// Returns the schema of a parameter: one type, no format, no unknown keywords.
pub fn parameter() -> Value {
    schema(Form::Parameter)
}

/// Returns the schema of an output schema: it may hold anything that it does not know.
pub fn output() -> Value {
    let mut schema = schema(Form::Parameter);
    if let Some(object) = schema.as_object_mut() {
        object.shift_remove("additionalProperties");
    }
    schema
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Open,
    Closed,
    Parameter,
}

fn schema(form: Form) -> Value {
    let mut schema = json!({
        "id": URI,
        "$schema": URI,
        "definitions": definitions(),
        "type": "object",
        "properties": properties(form),
        "dependencies": {"exclusiveMaximum": ["maximum"], "exclusiveMinimum": ["minimum"]},
        "default": {},
        "additionalProperties": false,
    });
    if form == Form::Open
        && let Some(object) = schema.as_object_mut()
    {
        object.shift_remove("additionalProperties");
    }
    schema
}

fn properties(form: Form) -> Value {
    let any = json!({"$ref": "#"});
    let list = json!({"$ref": "#/definitions/schemaArray"});
    let count = json!({"$ref": "#/definitions/positiveInteger"});
    let count0 = json!({"$ref": "#/definitions/positiveIntegerDefault0"});
    let flag = json!({"type": "boolean", "default": false});
    let named = json!({"type": "object", "additionalProperties": any, "default": {}});
    let flag_or_any = json!({"anyOf": [{"type": "boolean"}, any], "default": {}});
    let mut types = vec![json!({"$ref": "#/definitions/simpleTypes"})];
    if form != Form::Parameter {
        types.push(json!({
            "type": "array", "items": {"$ref": "#/definitions/simpleTypes"},
            "minItems": 1, "uniqueItems": true,
        }));
    }
    let mut properties = json!({
    "id": {"type": "string"},
    "$schema": {"type": "string"},
    "title": {"type": "string"},
    "description": {"type": "string"},
    "default": {},
    "multipleOf": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
    "maximum": {"type": "number"},
    "exclusiveMaximum": flag,
    "minimum": {"type": "number"},
    "exclusiveMinimum": flag,
    "maxLength": count,
    "minLength": count0,
    "pattern": {"type": "string"},
    "additionalItems": flag_or_any,
    "items": {"anyOf": [any, list], "default": {}},
    "maxItems": count,
    "minItems": count0,
    "uniqueItems": flag,
    "maxProperties": count,
    "minProperties": count0,
    "required": flag,
    "secret": flag,
    "additionalProperties": flag_or_any,
    "definitions": named,
    "properties": named,
    "patternProperties": named,
    "dependencies": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [any, {"$ref": "#/definitions/stringArray"}],
        },
    },
    "enum": {"type": "array", "minItems": 1, "uniqueItems": true},
    "type": {"anyOf": types},
    "position": {"type": "number", "minimum": 0},
    "immutable": flag,
    });
    let format = json!({"format": {"type": "string"}});
    let more = json!({"allOf": list, "anyOf": list, "oneOf": list, "not": any});
    for more in [format, more].into_iter().skip(usize::from(form == Form::Parameter)) {
        if let (Value::Object(more), Value::Object(properties)) = (more, &mut properties) {
            properties.extend(more);
        }
    }
    properties
}

fn definitions() -> Value {
    json!({
        "schemaArray": {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
        "positiveInteger": {"type": "integer", "minimum": 0},
        "positiveIntegerDefault0": {
            "allOf": [{"$ref": "#/definitions/positiveInteger"}, {"default": 0}],
        },
        "simpleTypes": {
            "enum": ["array", "boolean", "integer", "null", "number", "object", "string"],
        },
        "stringArray": {
            "type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true,
        },
    })
}
