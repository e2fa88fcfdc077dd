//! Measures agreement with recorded verdicts: `corpus yaml DIR` prints one JSON line per YAML
//! file with its value or its error, `corpus verdicts DIR CORPUS.json` compares the verdicts of
//! `lint` with those recorded and lists every difference.

#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use python::yaml::{self, Duplicates};
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["yaml", folder] => print_values(Path::new(folder)),
        ["check"] => check_lines(),
        ["lint", folder] => lint(Path::new(folder)),
        ["verdicts", folder, corpus] => compare(Path::new(folder), Path::new(corpus)),
        _ => println!("usage: corpus yaml DIR | corpus verdicts DIR CORPUS.json"),
    }
}

fn print_values(folder: &Path) {
    let mut files = Vec::new();
    walk(folder, &mut files);
    files.sort();
    for file in files {
        let text = fs::read(&file).unwrap_or_default();
        let path = file.display().to_string();
        match yaml::read(&text, Duplicates::KeepLast) {
            Ok(document) => println!("{}", json!({"path": path, "value": document.value})),
            Err(error) => println!("{}", json!({"path": path, "error": error.to_string()})),
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            files.push(path);
        }
    }
}

fn compare(folder: &Path, corpus: &Path) {
    let text = fs::read_to_string(corpus).unwrap_or_default();
    let recorded: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let report = pack::lint::lint(folder);
    let mut verdicts: BTreeMap<String, Value> = BTreeMap::new();
    for line in report.json_lines(folder) {
        verdicts.insert(line["path"].as_str().unwrap_or_default().to_owned(), line);
    }
    let (mut agreed, mut digests) = (0, 0);
    for entry in &recorded {
        let path = entry["path"].as_str().unwrap_or_default();
        let Some(verdict) = verdicts.get(path) else {
            println!("{path}: not looked at; recorded {}", entry["error"]);
            continue;
        };
        let same_ref = entry["valid"] == false || entry["ref"] == verdict["ref"];
        if entry["valid"] != verdict["valid"] || entry["kind"] != verdict["kind"] || !same_ref {
            println!("{path}: recorded {} {}, here {verdict}", entry["valid"], entry["error"]);
            continue;
        }
        agreed += 1;
        if let Some(difference) = digest_difference(&folder.join(path), &entry["digest"]) {
            println!("{path}: {difference}");
            digests += 1;
        }
    }
    println!("{agreed} of {} verdicts agree, {digests} digests differ", recorded.len());
}

/// Compares what was registered with what the file says.
fn digest_difference(file: &Path, digest: &Value) -> Option<String> {
    let digest = digest.as_object()?;
    let text = fs::read(file).ok()?;
    let value = yaml::read(&text, Duplicates::KeepLast).ok()?.value;
    let parameters = value["parameters"].as_object().cloned().unwrap_or_default();
    let names: BTreeSet<&String> = parameters.keys().collect();
    let required = parameters.iter().filter(|(_, schema)| schema["required"] == true);
    let required: BTreeSet<&String> = required.map(|(name, _)| name).collect();
    let here = json!({
        "enabled": value.get("enabled").cloned().unwrap_or(json!(true)),
        "entry_point": value.get("entry_point").cloned().unwrap_or(json!("")),
        "params": names,
        "required": required,
        "runner_type": value["runner_type"],
    });
    (here != Value::Object(digest.clone())).then(|| format!("{} is not {here}", json!(digest)))
}

fn lint(folder: &Path) {
    let report = pack::lint::lint(folder);
    for line in report.json_lines(folder) {
        println!("{line}");
    }
    for complaint in report.complaints {
        println!("{complaint}");
    }
}

/// Answers lines of `{"schemas", "parameters"}` with the parameters or the error.
fn check_lines() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let case: Value = serde_json::from_str(&line).unwrap_or_default();
        let empty = serde_json::Map::new();
        let schemas = case["schemas"].as_object().unwrap_or(&empty);
        let parameters = case["parameters"].as_object().unwrap_or(&empty);
        match python::schema::check_parameters(schemas, parameters) {
            Ok(object) => println!("{}", json!({"ok": object})),
            Err(error) => println!("{}", json!({"error": error.message, "dump": error.dump()})),
        }
    }
}
