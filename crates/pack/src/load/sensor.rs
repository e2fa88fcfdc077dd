//! Sensors: kept as they are written, with the trigger types that they bring.

use std::path::Path;

use model::{Object, Ref};
use serde_json::Value;

use super::{
    Kind, Loader, Raw, action,
    discover::{self, Found},
    shape,
    source::{self, Source},
};

/// The shortest interval of polling, in seconds.
const POLL_INTERVAL_MIN: f64 = 4.0;

impl Loader<'_, '_> {
    pub(super) fn sensors(&mut self, found: &Found) {
        for path in discover::files(found, "sensors") {
            self.sensor(&path, found);
        }
    }

    fn sensor(&mut self, path: &Path, found: &Found) {
        let mut source = Source::read(path, Kind::Sensor);
        let Some(mut object) = source.object() else {
            self.finish(source, None);
            return;
        };
        source.check_keys(&[]);
        source.check_pack(&mut object, &found.name);
        source.check_open_shape(&object, shape::sensor());
        let interval = object.get("poll_interval").and_then(Value::as_f64);
        if interval.is_some_and(|interval| interval != 0.0 && interval < POLL_INTERVAL_MIN) {
            let message = format!("Minimum possible poll_interval is {POLL_INTERVAL_MIN} seconds");
            source.error_at_value(&["poll_interval".into()], message);
        }
        let reference = super::reference_of(&object, "class_name", &found.name);
        if !self.finish(source, reference) {
            return;
        }
        let types = object.get("trigger_types").and_then(Value::as_array).cloned();
        for mut trigger_type in types.into_iter().flatten() {
            if let Value::Object(trigger_type) = &mut trigger_type {
                trigger_type.insert("pack".to_owned(), Value::from(found.name.as_str()));
                self.add_trigger_type(trigger_type, path);
            }
        }
        let sensor = self.raw_sensor(object, path, found);
        let was_taken = self.take(Kind::Sensor, &sensor.reference.to_string(), path);
        super::put(&mut self.loaded.sensors, sensor, was_taken, Raw::reference);
    }

    fn raw_sensor(&mut self, mut object: Object, path: &Path, found: &Found) -> Raw {
        let name = source::text(&object, "class_name");
        let own = source::flag(&object, "enabled", true);
        let enabled = self.overrides.enabled(own, "sensors", &found.name, &name);
        let file = action::metadata_file("sensors", path);
        object.insert("metadata_file".to_owned(), Value::from(file));
        let reference = Ref::new(found.name.as_str(), name);
        let id = self.id(Kind::Sensor, &reference.to_string());
        Raw { id, reference, enabled, document: object }
    }
}
