//! Trigger types.

use std::path::Path;

use model::{Object, TriggerType};

use super::{
    Kind, Loader,
    discover::{self, Found},
    shape,
    source::{self, Source},
};

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
