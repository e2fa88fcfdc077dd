//! Which trigger types exist: those of packs, and those that need none.

use std::collections::BTreeMap;

use model::Object;
use serde_json::{Value, json};

/// The trigger types that exist without any pack: by reference, the schema of the parameters.
const INTERNAL: [&str; 10] = [
    "core.st2.generic.actiontrigger",
    "core.st2.generic.notifytrigger",
    "core.st2.action.file_written",
    "core.st2.generic.inquiry",
    "core.st2.sensor.process_spawn",
    "core.st2.sensor.process_exit",
    "core.st2.key_value_pair.create",
    "core.st2.key_value_pair.update",
    "core.st2.key_value_pair.value_change",
    "core.st2.key_value_pair.delete",
];

/// The schemas of the parameters of every trigger type that exists.
#[derive(Debug)]
pub(super) struct Types(BTreeMap<String, Object>);

impl Default for Types {
    fn default() -> Self {
        let mut types = Self(BTreeMap::new());
        for reference in INTERNAL {
            types.0.insert(reference.to_owned(), Object::new());
        }
        for (reference, schema) in system() {
            if let Value::Object(schema) = schema {
                types.0.insert(reference.to_owned(), schema);
            }
        }
        types
    }
}

impl Types {
    pub(super) fn add(&mut self, reference: String, parameters: Object) {
        self.0.insert(reference, parameters);
    }

    /// Returns the schema of the parameters of a type, when it exists.
    pub(super) fn parameters(&self, reference: &str) -> Option<&Object> {
        self.0.get(reference)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn system() -> [(&'static str, Value); 4] {
    let closed = |properties: Value| json!({"type": "object", "properties": properties, "additionalProperties": false});
    let either = |range: Option<(i64, i64)>| {
        let mut schema = json!({"anyOf": [{"type": "string"}, {"type": "integer"}]});
        if let Some((min, max)) = range {
            schema["minimum"] = json!(min);
            schema["maximum"] = json!(max);
        }
        schema
    };
    let zone = json!({"type": "string"});
    [
        ("core.st2.webhook", closed(json!({"url": {"type": "string", "required": true}}))),
        (
            "core.st2.IntervalTimer",
            closed(json!({
                "timezone": zone,
                "unit": {
                    "enum": ["weeks", "days", "hours", "minutes", "seconds"], "required": true,
                },
                "delta": {"type": "integer", "required": true},
            })),
        ),
        (
            "core.st2.DateTimer",
            closed(json!({
                "timezone": zone,
                "date": {"type": "string", "format": "date-time", "required": true},
            })),
        ),
        (
            "core.st2.CronTimer",
            closed(json!({
                "timezone": zone,
                "year": either(None),
                "month": either(Some((1, 12))),
                "day": either(Some((1, 31))),
                "week": either(Some((1, 53))),
                "day_of_week": either(Some((0, 6))),
                "hour": either(Some((0, 23))),
                "minute": either(Some((0, 59))),
                "second": either(Some((0, 59))),
            })),
        ),
    ]
}
