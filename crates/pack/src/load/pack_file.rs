//! `pack.yaml`: who a pack is.

use model::{Object, Pack};
use python::place::Position;
use serde_json::Value;

use super::{
    Kind, Loader,
    discover::{self, Found},
    shape,
    source::{self, Source},
};

/// The names that no pack may have.
const RESERVED: &str = "_global";

impl Loader<'_, '_> {
    pub(super) fn pack(&mut self, found: &Found) {
        let path = found.directory.join("pack.yaml");
        if !path.is_file() {
            let mut source =
                Source { path, kind: Kind::Pack, document: None, complaints: Vec::new() };
            let message = format!(
                "Pack \"{}\" is missing pack.yaml file: add one with `name`, `description`, \
                 `version` and `author`",
                found.name
            );
            source.error(Position::START, message);
            self.finish(source, None);
            return;
        }
        let mut source = Source::read(&path, Kind::Pack);
        let pack = source.object().and_then(|object| read(&mut source, object, found));
        let is_used = self.finish(source, None);
        let config_schema = self.config_schema(found);
        if let Some(mut pack) = pack.filter(|_| is_used) {
            pack.id = self.id(Kind::Pack, &pack.reference);
            pack.config_schema = config_schema;
            self.loaded.packs.push(pack);
        }
    }
}

/// Returns the reference that `pack.yaml` gives, as far as it can be read.
pub(super) fn own_reference(found: &Found) -> Option<String> {
    let mut source = Source::read(&found.directory.join("pack.yaml"), Kind::Pack);
    let object = source.object()?;
    reference(&object, &found.name, true).filter(|reference| is_reference(reference))
}

/// Returns the reference of a pack by StackStorm's rules: what it says itself, else the
/// directory's name, else its name.
fn reference(object: &Object, directory: &str, is_alone: bool) -> Option<String> {
    let own = object.get("ref").and_then(Value::as_str).filter(|own| !own.is_empty());
    let name = object.get("name").and_then(Value::as_str).filter(|name| is_reference(name));
    let directory = Some(directory).filter(|directory| is_reference(directory));
    let fallback = if is_alone { name.or(directory) } else { directory.or(name) };
    own.or(fallback).map(str::to_owned)
}

fn is_reference(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_word)
}

fn read(source: &mut Source, mut object: Object, found: &Found) -> Option<Pack> {
    source.check_keys(&[]);
    let written_ref = object.get("ref").cloned();
    match reference(&object, &found.name, found.is_alone) {
        Some(reference) => {
            check_reference(source, &reference, found, written_ref.as_ref());
            object.insert("ref".to_owned(), Value::from(reference));
        }
        None => {
            let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
            let message = format!(
                "Pack name \"{name}\" contains invalid characters and \"ref\" attribute is not \
                 available. You either need to add \"ref\" attribute which contains only word \
                 characters to the pack metadata file or update name attribute to contain only \
                 word characters."
            );
            source.error_at_value(&["name".into()], message);
            object.insert("ref".to_owned(), Value::from("unknown"));
        }
    }
    cast_version(&mut object);
    source.check_shape(&object, shape::pack());
    Some(pack(&object, found)).filter(|_| !source.is_refused())
}

fn check_reference(source: &mut Source, reference: &str, found: &Found, written: Option<&Value>) {
    if reference == RESERVED {
        let message = format!("{reference} is a reserved name, and cannot be used as a pack name");
        source.error_at_value(&["ref".into()], message);
    } else if written.is_some()
        && is_reference(reference)
        && reference != found.name
        && !found.is_alone
    {
        let message = format!(
            "the directory is called `{}`, the pack `{reference}`: its content is registered under \
             the name of the directory; rename the directory to `{reference}`",
            found.name
        );
        source.warn_at_value(&["ref".into()], message);
    }
}

/// A version that YAML reads as a number is meant as a text.
fn cast_version(object: &mut Object) {
    if let Some(version) = object.get_mut("version")
        && matches!(version, Value::Number(_) | Value::Bool(true))
    {
        *version = Value::String(python::repr_of_json(version));
    }
}

fn pack(object: &Object, found: &Found) -> Pack {
    let optional = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    Pack {
        id: model::Id::from_bytes([0; 12]),
        reference: source::text(object, "ref"),
        name: source::text(object, "name"),
        description: source::text(object, "description"),
        version: source::text(object, "version"),
        author: source::text(object, "author"),
        email: optional("email"),
        keywords: source::texts(object, "keywords"),
        stackstorm_version: optional("stackstorm_version"),
        python_versions: source::texts(object, "python_versions"),
        contributors: source::texts(object, "contributors"),
        dependencies: source::texts(object, "dependencies"),
        system: source::inner(object, "system"),
        files: discover::all_files(&found.directory),
        path: found.directory.to_string_lossy().into_owned(),
        config_schema: Object::new(),
    }
}
