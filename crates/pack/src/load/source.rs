//! One content file while it is checked: its document, and what is wrong with it so far.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use model::Object;
use python::{
    place::{Position, Step},
    schema::Compiled,
    yaml::{self, Document, Duplicates},
};
use serde_json::Value;

use super::{explain, kind::Kind};
use crate::{
    complaint::{Complaint, Level},
    suggest,
};

/// A content file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    /// The document; none where the file could not be read.
    pub(super) document: Option<Document>,
    pub(super) complaints: Vec<Complaint>,
}

impl Source {
    /// Reads the file. What cannot be read is complained about.
    pub(super) fn read(path: &Path, kind: Kind) -> Self {
        let mut source =
            Self { path: path.to_owned(), kind, document: None, complaints: Vec::new() };
        let text = match read_text(path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("the file cannot be read: {error}");
                source.error(Position::START, message);
                return source;
            }
        };
        match yaml::read(&text, Duplicates::KeepLast) {
            Ok(document) => {
                source.complain_about_keys(&document);
                source.document = Some(document);
            }
            Err(error) => {
                let at = Position { line: error.line, column: error.column };
                source.error(at, error.message);
            }
        }
        source
    }

    /// StackStorm refuses content with equal keys or merge keys, and so does this.
    fn complain_about_keys(&mut self, document: &Document) {
        for duplicate in &document.duplicates {
            let message = format!(
                "found duplicate key \"{}\": it stands on line {} already; keep one of the two",
                duplicate.key, duplicate.first.line
            );
            self.error(duplicate.second, message);
        }
        let mut merges = document.merges.clone();
        merges.sort_unstable();
        merges.dedup();
        for at in merges {
            let message = "could not determine a constructor for the tag \
                           'tag:yaml.org,2002:merge': StackStorm reads no merge keys (`<<`) in \
                           content; write the keys out, or give a whole value by `*name`";
            self.error(at, message.to_owned());
        }
    }

    /// Returns the outermost object, complaining where there is none.
    pub(super) fn object(&mut self) -> Option<Object> {
        let document = self.document.as_ref()?;
        match &document.value {
            Value::Object(object) => Some(object.clone()),
            Value::Null => {
                let message = format!(
                    "the file is empty: {} is written as `key: value` lines",
                    self.kind.a()
                );
                self.error(Position::START, message);
                None
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let at = document.value_at(&[]);
                let message = format!(
                    "the file holds no mapping: {} is written as `key: value` lines",
                    self.kind.a()
                );
                self.error(at, message);
                None
            }
        }
    }

    /// Complains about keys that are no texts, at the outermost level and below `inside`.
    pub(super) fn check_keys(&mut self, inside: &[&str]) {
        let Some(document) = &self.document else { return };
        let mut found = Vec::new();
        for odd in &document.odd_keys {
            let parent = &odd.path[..odd.path.len() - 1];
            let is_below = |name: &&str| matches!(parent, [Step::Key(key)] if key == *name);
            if parent.is_empty() || inside.iter().any(is_below) {
                let message = format!(
                    "the key `{}` is no text but stands for `{}` in YAML: quote it",
                    odd.written, odd.key
                );
                found.push((odd.position, message));
            }
        }
        for (at, message) in found {
            self.error(at, message);
        }
    }

    /// Fills in the pack, and complains where another one is named.
    pub(super) fn check_pack(&mut self, object: &mut Object, pack: &str) {
        let own = object.get("pack");
        let is_absent = match own {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        };
        if is_absent {
            object.insert("pack".to_owned(), Value::from(pack));
        } else if own.and_then(Value::as_str) != Some(pack) {
            let shown = own.map(|own| own.as_str().map_or_else(|| own.to_string(), str::to_owned));
            let message = format!(
                "Model is in pack \"{pack}\" but field \"pack\" is different: {}: the pack is the \
                 name of the directory, so correct or remove the line",
                shown.unwrap_or_default()
            );
            self.error_at_value(&["pack".into()], message);
            object.insert("pack".to_owned(), Value::from(pack));
        }
    }

    /// Complains about everything that does not fit the shape.
    pub(super) fn check_shape(&mut self, object: &Object, shape: &Compiled) {
        self.check_fit(object, shape, Level::Error);
    }

    /// Complains about everything that does not fit the shape, but only warns of unknown keys:
    /// StackStorm overlooks them.
    pub(super) fn check_open_shape(&mut self, object: &Object, shape: &Compiled) {
        self.check_fit(object, shape, Level::Warning);
    }

    fn check_fit(&mut self, object: &Object, shape: &Compiled, unknown_key: Level) {
        for error in shape.errors(&Value::Object(object.clone())) {
            let is_unknown_key = error.keyword == "additionalProperties";
            let level = if is_unknown_key { unknown_key } else { Level::Error };
            for (at, message) in explain::explain(&error, self.kind, self.document.as_ref()) {
                self.complain(level, at, message);
            }
        }
    }

    /// Says that the content cannot be used.
    pub(super) fn error(&mut self, at: Position, message: String) {
        self.complain(Level::Error, at, message);
    }

    /// Says that the value at `path` cannot be used.
    pub(super) fn error_at_value(&mut self, path: &[Step], message: String) {
        let at = self.value_at(path);
        self.error(at, message);
    }

    /// Says that the key of the value at `path` cannot be used.
    pub(super) fn error_at_key(&mut self, path: &[Step], message: String) {
        let at = self.document.as_ref().map_or(Position::START, |document| document.key_at(path));
        self.error(at, message);
    }

    /// Says that something is probably not meant so.
    pub(super) fn warn_at_value(&mut self, path: &[Step], message: String) {
        let at = self.value_at(path);
        self.complain(Level::Warning, at, message);
    }

    fn value_at(&self, path: &[Step]) -> Position {
        self.document.as_ref().map_or(Position::START, |document| document.value_at(path))
    }

    fn complain(&mut self, level: Level, at: Position, message: String) {
        let complaint = Complaint::new(level, self.path.clone(), at, message);
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    /// Tells whether the content cannot be used.
    pub(super) fn is_refused(&self) -> bool {
        self.complaints.iter().any(|complaint| complaint.level == Level::Error)
    }

    /// Complains where a text is no reference.
    pub(super) fn check_reference(&mut self, path: &[Step], text: &str, what: &str) {
        if text.parse::<model::Ref>().is_err() {
            let message = format!(
                "`{text}` is no reference: {what} is written `pack.name`{}",
                suggest::hint(text, ["core.local", "core.http", "core.noop"])
            );
            self.error_at_value(path, message);
        }
    }
}

fn read_text(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let limit = yaml::BYTES_MAX as u64 + 1;
    File::open(path)?.take(limit).read_to_end(&mut text)?;
    Ok(text)
}

/// Returns the text at `key`, or an empty one.
pub(super) fn text(object: &Object, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Returns the object at `key`, or an empty one.
pub(super) fn inner(object: &Object, key: &str) -> Object {
    object.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Returns the flag at `key`.
pub(super) fn flag(object: &Object, key: &str, default: bool) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(default)
}

/// Returns the texts at `key`.
pub(super) fn texts(object: &Object, key: &str) -> Vec<String> {
    let items = object.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the labels: a name and a value each.
pub(super) fn tags(object: &Object) -> Vec<Value> {
    let tags = object.get("tags").and_then(Value::as_array);
    let one = |tag: &Value| {
        let part = |key: &str| tag.get(key).cloned().unwrap_or_else(|| Value::from(""));
        serde_json::json!({"name": part("name"), "value": part("value")})
    };
    tags.into_iter().flatten().map(one).collect()
}
