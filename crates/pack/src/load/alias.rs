//! Aliases: their shape and the action that they stand for.

use std::path::Path;

use alias::format;
use model::{ActionAlias, Object, Ref};
use python::place::Step;
use serde_json::Value;

use super::{
    Kind, Loader, action,
    discover::{self, Found},
    shape,
    source::{self, Source},
};
use crate::suggest;

impl Loader<'_, '_> {
    pub(super) fn aliases(&mut self, found: &Found) {
        for path in discover::files(found, "aliases") {
            self.alias(&path, found);
        }
    }

    fn alias(&mut self, path: &Path, found: &Found) {
        let mut source = Source::read(path, Kind::Alias);
        let Some(mut object) = source.object() else {
            self.finish(source, None);
            return;
        };
        source.check_keys(&[]);
        source.check_pack(&mut object, &found.name);
        source.check_shape(&object, shape::alias());
        if !object.get("formats").is_some_and(Value::is_array) {
            let message = "'formats' is a required property: an alias needs it; add a list of the \
                           sentences that it matches";
            source.error_at_value(&["formats".into()], message.to_owned());
        }
        let action_ref = source::text(&object, "action_ref");
        if !action_ref.is_empty() {
            source.check_reference(&["action_ref".into()], &action_ref, "an action");
        }
        self.warn_of_missing_action(&mut source, &action_ref);
        warn_of_broken_formats(&mut source, &object);
        let reference = super::reference_of(&object, "name", &found.name);
        if let Some(reference) = &reference {
            self.warn_of_twin(&mut source, &object, reference);
        }
        if !self.finish(source, reference) {
            return;
        }
        let mut alias = alias_of(&object, path);
        alias.enabled = self.overrides.enabled(alias.enabled, "aliases", &found.name, &alias.name);
        let reference = alias.reference().to_string();
        alias.id = self.id(Kind::Alias, &reference);
        let was_taken = self.take(Kind::Alias, &reference, path);
        super::put(&mut self.loaded.aliases, alias, was_taken, ActionAlias::reference);
    }

    fn warn_of_missing_action(&self, source: &mut Source, action_ref: &str) {
        let Ok(wanted) = action_ref.parse::<Ref>() else { return };
        if self.taken.contains_key(&(Kind::Action, action_ref.to_owned())) {
            return;
        }
        // Whole packs may come later; a name that is missing in a loaded pack is a slip.
        let siblings = self.loaded.actions.iter().filter(|action| action.pack == wanted.pack);
        let names: Vec<&str> = siblings.map(|action| action.name.as_str()).collect();
        let hint = match suggest::closest(&wanted.name, names.iter().copied()) {
            Some(name) => format!("did you mean `{}.{name}`?", wanted.pack),
            None if names.is_empty() => format!("install the pack `{}`", wanted.pack),
            None => "add the action, or correct `action_ref`".to_owned(),
        };
        let message = format!("there is no action `{action_ref}`: {hint}");
        source.warn_at_value(&["action_ref".into()], message);
    }
}

/// StackStorm registers a format that cannot be compiled, and from then on fails to match
/// anything; here the alias is registered, but kept out of matching.
fn warn_of_broken_formats(source: &mut Source, object: &Object) {
    let formats = object.get("formats").and_then(Value::as_array).cloned().unwrap_or_default();
    for (index, format) in formats.iter().enumerate() {
        let at = vec![Step::key("formats"), Step::Index(index)];
        let check = |source: &mut Source, at: &[Step], text: &str| {
            if let Err(error) = format::check(text) {
                let message = format!(
                    "the format `{text}` cannot be compiled, so it never matches: {error}; in a \
                     format, `( ) [ ] {{ }} . * + ? | ^ $ \\` have the meaning of regular \
                     expressions"
                );
                source.warn_at_value(at, message);
            }
        };
        match format {
            Value::String(text) => check(source, &at, text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                let texts = format.get("representation").and_then(Value::as_array);
                for (index, text) in texts.into_iter().flatten().enumerate() {
                    let at = [at.clone(), vec!["representation".into(), index.into()]].concat();
                    check(source, &at, text.as_str().unwrap_or_default());
                }
            }
        }
    }
}

fn alias_of(object: &Object, path: &Path) -> ActionAlias {
    let formats = object.get("formats").and_then(Value::as_array).cloned().unwrap_or_default();
    ActionAlias {
        id: model::Id::from_bytes([0; 12]),
        name: source::text(object, "name"),
        pack: source::text(object, "pack"),
        description: object.get("description").and_then(Value::as_str).map(str::to_owned),
        enabled: source::flag(object, "enabled", true),
        action_ref: source::text(object, "action_ref"),
        formats,
        ack: source::inner(object, "ack"),
        result: source::inner(object, "result"),
        extra: source::inner(object, "extra"),
        immutable_parameters: source::inner(object, "immutable_parameters"),
        metadata_file: action::metadata_file("aliases", path),
    }
}
