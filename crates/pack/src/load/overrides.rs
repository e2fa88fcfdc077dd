//! Overrides: what an operator switches on or off without touching a pack.
//! `overrides/_global.yaml` gives defaults for every pack, `overrides/<pack>.yaml` defaults and
//! exceptions for one.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use model::Object;
use python::place::Step;
use serde_json::Value;

use super::{kind::Kind, source::Source};
use crate::{complaint::Complaint, suggest};

/// The sections: each kind of content that can be switched.
const SECTIONS: [&str; 4] = ["actions", "aliases", "rules", "sensors"];
const GLOBAL: &str = "_global";

/// The switches of every file, by pack; `_global` for all.
#[derive(Debug, Default)]
pub(super) struct Overrides(HashMap<String, Object>);

impl Overrides {
    /// Reads the files beside the root, where StackStorm has them, or inside of it. What is
    /// read first stays.
    pub(super) fn read(&mut self, root: &Path, complaints: &mut Vec<Complaint>) {
        let beside = root.parent().map(|parent| parent.join("overrides"));
        for folder in beside.into_iter().chain([root.join("overrides")]) {
            for path in yaml_files(&folder) {
                let pack = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let mut source = Source::read(&path, Kind::Overrides);
                if let Some(object) = source.object() {
                    check(&mut source, &object);
                    if !source.is_refused() {
                        self.0.entry(pack).or_insert(object);
                    }
                }
                complaints.extend(source.complaints);
            }
        }
    }

    /// Returns whether the content is in force; `own` is what its file says.
    pub(super) fn enabled(&self, own: bool, section: &str, pack: &str, name: &str) -> bool {
        let mut enabled = own;
        if let Some(flag) = self.flag(GLOBAL, [section, "defaults"]) {
            enabled = flag;
        }
        if let Some(flag) = self.flag(pack, [section, "defaults"]) {
            enabled = flag;
        }
        let exceptions = self.0.get(pack).and_then(|file| file.get(section)?.get("exceptions"));
        let exception = exceptions.and_then(|all| all.get(name)?.get("enabled")?.as_bool());
        exception.unwrap_or(enabled)
    }

    fn flag(&self, file: &str, [section, part]: [&str; 2]) -> Option<bool> {
        self.0.get(file)?.get(section)?.get(part)?.get("enabled")?.as_bool()
    }
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn check(source: &mut Source, object: &Object) {
    for (section, parts) in object {
        let at = vec![Step::key(section)];
        if !SECTIONS.contains(&section.as_str()) {
            let hint = suggest::hint(section, SECTIONS);
            let message = format!(
                "`{section}` cannot be overridden{hint}; the sections are actions, aliases, rules \
                 and sensors"
            );
            source.error_at_key(&at, message);
            continue;
        }
        let parts = parts.as_object().cloned().unwrap_or_default();
        for (part, values) in &parts {
            let at = [at.clone(), vec![Step::key(part)]].concat();
            match part.as_str() {
                "defaults" => check_switch(source, &at, values),
                "exceptions" => {
                    for (name, values) in values.as_object().into_iter().flatten() {
                        check_switch(source, &[at.clone(), vec![Step::key(name)]].concat(), values);
                    }
                }
                _ => {
                    let hint = suggest::hint(part, ["defaults", "exceptions"]);
                    let message = format!(
                        "`{part}` is no part of a section{hint}; the parts are defaults and exceptions"
                    );
                    source.error_at_key(&at, message);
                }
            }
        }
    }
}

fn check_switch(source: &mut Source, at: &[Step], values: &Value) {
    for (key, value) in values.as_object().into_iter().flatten() {
        let at = [at.to_vec(), vec![Step::key(key)]].concat();
        if key != "enabled" {
            let message = format!(
                "Override attempted with invalid key {key}: only `enabled` can be overridden"
            );
            source.error_at_key(&at, message);
        } else if !value.is_boolean() {
            let message = "`enabled` must be `true` or `false`, without quotes".to_owned();
            source.error_at_value(&at, message);
        }
    }
}
