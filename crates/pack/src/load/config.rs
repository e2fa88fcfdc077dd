//! `config.schema.yaml`: what a pack wants to be told.

use model::Object;
use python::place::Position;
use serde_json::Value;

use super::{Kind, Loader, discover::Found, shape, source::Source};

impl Loader<'_, '_> {
    /// Returns the schema of the pack's configuration; empty where it has none.
    pub(super) fn config_schema(&mut self, found: &Found) -> Object {
        let path = found.directory.join("config.schema.yaml");
        if !path.is_file() {
            return Object::new();
        }
        let mut source = Source::read(&path, Kind::ConfigSchema);
        let is_empty = source.document.as_ref().is_some_and(|document| match &document.value {
            Value::Null => true,
            Value::Object(object) => object.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
        });
        let mut schema = Object::new();
        if is_empty {
            let message = "Config schema is empty and invalid: describe at least one item, or remove \
                           the file";
            source.error(Position::START, message.to_owned());
        } else if let Some(object) = source.object() {
            source.check_keys(&[]);
            source.check_shape(&object, shape::config_schema());
            schema = object;
        }
        if self.finish(source, None) { schema } else { Object::new() }
    }
}
