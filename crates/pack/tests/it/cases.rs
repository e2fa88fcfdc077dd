//! Every file in `cases` is one content file; the first word of its name says of what kind.
//! What becomes of it, or what is said about it, stands in the snapshot of the same name.

use std::{fs, path::Path};

use model::Id;
use pack::Loaded;
use python::yaml::{self, Duplicates};
use serde_json::{Value, json};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/cases"))
}

/// Returns where a file of the kind stands in a pack.
fn place(kind: &str) -> &'static str {
    match kind {
        "action" => "actions/case.yaml",
        "alias" => "aliases/case.yaml",
        "rule" => "rules/case.yaml",
        "trigger" => "triggers/case.yaml",
        "sensor" => "sensors/case.yaml",
        "policy" => "policies/case.yaml",
        "pack" => "pack.yaml",
        "config" => "config.schema.yaml",
        other => panic!("no kind `{other}`"),
    }
}

fn load(kind: &str, text: &[u8]) -> String {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().join("packs");
    let pack = root.join("demo");
    let write = |path: &str, text: &[u8]| {
        let path = pack.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("pack.yaml", b"name: demo\ndescription: d\nversion: 0.1.0\nauthor: a\n");
    write("actions/present.yaml", b"name: present\nrunner_type: noop\n");
    write(place(kind), text);
    let loaded = pack::load(&[root], &mut |_, _| Id::from_bytes([0; 12]));
    let mut lines: Vec<String> = Vec::new();
    for complaint in &loaded.complaints {
        let file = complaint.file.strip_prefix(&pack).unwrap().display();
        let (line, column, level) = (complaint.line, complaint.column, complaint.level.as_str());
        lines.push(format!("{file}:{line}:{column}: {level}: {}", complaint.message));
    }
    if let Some(value) = registered(kind, &loaded, &pack) {
        lines.push(serde_json::to_string_pretty(&value).unwrap());
    }
    lines.join("\n")
}

/// Returns what became of the file.
fn registered(kind: &str, loaded: &Loaded, directory: &Path) -> Option<Value> {
    let directory = directory.display().to_string();
    let value = match kind {
        "action" => loaded.actions.iter().find(|action| action.name != "present")?.to_json(),
        "alias" => loaded.aliases.first()?.to_json(),
        "rule" => loaded.rules.first()?.to_json(),
        "trigger" => loaded.trigger_types.first()?.to_json(),
        "sensor" => {
            let sensor = loaded.sensors.first()?;
            json!({"document": sensor.document, "trigger_types": loaded.trigger_types})
        }
        "policy" => Value::Object(loaded.policies.first()?.document.clone()),
        "pack" => loaded.packs.first()?.to_json(),
        "config" => Value::Object(loaded.packs.first()?.config_schema.clone()),
        _ => return None,
    };
    let text = value.to_string().replace(&directory, "DIRECTORY");
    serde_json::from_str(&text).ok()
}

fn read(text: &[u8]) -> String {
    let document = match yaml::read(text, Duplicates::KeepLast) {
        Ok(document) => document,
        Err(error) => return error.to_string(),
    };
    let mut lines = vec![serde_json::to_string_pretty(&document.value).unwrap()];
    lines.extend(document.duplicates.iter().map(|one| format!("{one:?}")));
    if let Err(error) = yaml::read(text, Duplicates::Refuse) {
        lines.push(error.to_string());
    }
    lines.join("\n")
}

#[test]
fn every_case_becomes_what_its_snapshot_says() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() > 90, "cases are missing");
    for name in names {
        let text = fs::read(folder().join(format!("{name}.yaml"))).unwrap();
        let kind = name.split('_').next().unwrap_or_default();
        let outcome = if kind == "yaml" { read(&text) } else { load(kind, &text) };
        insta::assert_snapshot!(name, outcome);
    }
}
