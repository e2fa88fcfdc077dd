//! Trigger types, and which of them exist.

use std::{collections::BTreeMap, path::Path};

use model::{Object, TriggerType};
use serde_json::{Value, json};

use super::{
    Kind, Loader,
    discover::{self, Found},
    shape,
    source::{self, Source},
};

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

impl Loader<'_, '_> {
    pub(super) fn trigger_types(&mut self, found: &Found) {
        for path in discover::files(found, "triggers") {
            self.trigger_type(&path, found);
        }
    }

    fn trigger_type(&mut self, path: &Path, found: &Found) {
        let mut source = Source::read(path, Kind::TriggerType);
        let Some(mut object) = source.object() else {
            self.finish(source, None);
            return;
        };
        source.check_keys(&[]);
        source.check_pack(&mut object, &found.name);
        source.check_open_shape(&object, shape::trigger_type());
        let reference = super::reference_of(&object, "name", &found.name);
        if let Some(reference) = &reference {
            self.warn_of_twin(&mut source, &object, reference);
        }
        if self.finish(source, reference) {
            self.add_trigger_type(&object, path);
        }
    }

    /// Registers a trigger type that fits its shape.
    pub(super) fn add_trigger_type(&mut self, object: &Object, path: &Path) {
        let mut trigger_type = TriggerType {
            id: model::Id::from_bytes([0; 12]),
            name: source::text(object, "name"),
            pack: source::text(object, "pack"),
            description: source::text(object, "description"),
            payload_schema: source::inner(object, "payload_schema"),
            parameters_schema: source::inner(object, "parameters_schema"),
            tags: source::tags(object),
        };
        let reference = trigger_type.reference().to_string();
        trigger_type.id = self.id(Kind::TriggerType, &reference);
        let was_taken = self.take(Kind::TriggerType, &reference, path);
        self.types.add(reference, trigger_type.parameters_schema.clone());
        let types = &mut self.loaded.trigger_types;
        super::put(types, trigger_type, was_taken, TriggerType::reference);
    }
}
