//! Policies: kept as they are written.

use std::path::Path;

use model::{Object, Ref};
use serde_json::{Value, json};

use super::{
    Kind, Loader, Raw, action,
    discover::{self, Found},
    shape,
    source::{self, Source},
};
use crate::{place::Step, schema::Compiled, suggest};

const TYPES: [&str; 3] = ["action.concurrency", "action.concurrency.attr", "action.retry"];

impl Loader<'_, '_> {
    pub(super) fn policies(&mut self, found: &Found) {
        for path in discover::files(found, "policies") {
            self.policy(&path, found);
        }
    }

    fn policy(&mut self, path: &Path, found: &Found) {
        let mut source = Source::read(path, Kind::Policy);
        let Some(mut object) = source.object() else {
            self.finish(source, None);
            return;
        };
        source.check_keys(&["parameters"]);
        source.check_pack(&mut object, &found.name);
        source.check_shape(&object, shape::policy());
        check_type(&mut source, &object);
        let reference = super::reference_of(&object, "name", &found.name);
        if !self.finish(source, reference) {
            return;
        }
        let file = action::metadata_file("policies", path);
        object.insert("metadata_file".to_owned(), Value::from(file));
        let enabled = source::flag(&object, "enabled", true);
        let reference = Ref::new(found.name.as_str(), source::text(&object, "name"));
        let id = self.id(Kind::Policy, &reference.to_string());
        let policy = Raw { id, reference, enabled, document: object };
        let was_taken = self.take(Kind::Policy, &policy.reference.to_string(), path);
        super::put(&mut self.loaded.policies, policy, was_taken, Raw::reference);
    }
}

fn check_type(source: &mut Source, object: &Object) {
    let Some(name) = object.get("policy_type").and_then(Value::as_str) else { return };
    let Some(schemas) = parameters(name) else {
        let hint = match suggest::closest(name, TYPES) {
            Some(one) => format!("did you mean `{one}`?"),
            None => format!("the types are {}", TYPES.join(", ")),
        };
        let message = format!("Referenced policy_type \"{name}\" doesnt exist: {hint}");
        source.error_at_value(&["policy_type".into()], message);
        return;
    };
    let Ok(shape) = Compiled::parameters(&schemas) else { return };
    let given = source::inner(object, "parameters");
    for error in shape.errors(&Value::Object(given)) {
        let path = [vec![Step::key("parameters")], error.path.clone()].concat();
        source.error_at_value(&path, format!("`parameters` of `{name}`: {}", error.message));
    }
}

/// Returns the schemas of the parameters of a policy type.
fn parameters(name: &str) -> Option<Object> {
    let threshold = json!({"type": "integer", "required": true});
    let action = json!({"type": "string", "default": "delay", "enum": ["delay", "cancel"]});
    let schemas = match name {
        "action.concurrency" => json!({"threshold": threshold, "action": action}),
        "action.concurrency.attr" => json!({
            "threshold": threshold,
            "action": action,
            "attributes": {
                "type": "array", "uniqueItems": true, "items": {"type": "string", "minLength": 1},
            },
        }),
        "action.retry" => json!({
            "retry_on": {"type": "string", "required": true, "enum": ["failure", "timeout"]},
            "max_retry_count": {
                "type": "integer", "required": true, "minimum": 1, "maximum": 5, "default": 2,
            },
            "delay": {"type": "number", "required": false, "minimum": 0, "maximum": 120},
        }),
        _ => return None,
    };
    schemas.as_object().cloned()
}
