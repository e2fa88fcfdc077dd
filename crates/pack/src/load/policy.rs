//! Policies: kept as they are written.

use std::path::Path;

use model::{Object, Ref, policy::Kind as PolicyKind};
use python::{place::Step, schema::Compiled};
use serde_json::Value;

use super::{
    Kind, Loader, Raw, action,
    discover::{self, Found},
    shape,
    source::{self, Source},
};
use crate::suggest;

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
    let kind = match name.parse::<PolicyKind>() {
        Ok(kind) => kind,
        Err(error) => {
            let types = PolicyKind::ALL.map(PolicyKind::as_str);
            let hint = match suggest::closest(name, types) {
                Some(one) => format!("did you mean `{one}`?"),
                None => format!("the types are {}", types.join(", ")),
            };
            source.error_at_value(&["policy_type".into()], format!("{error}: {hint}"));
            return;
        }
    };
    let Ok(shape) = Compiled::parameters(&kind.parameters()) else { return };
    let given = source::inner(object, "parameters");
    for error in shape.errors(&Value::Object(given)) {
        let path = [vec![Step::key("parameters")], error.path.clone()].concat();
        source.error_at_value(&path, format!("`parameters` of `{name}`: {}", error.message));
    }
}
