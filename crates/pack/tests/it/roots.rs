//! Roots, packs and overrides.

use std::{
    fs,
    path::{Path, PathBuf},
};

use model::Id;
use pack::{Kind, Level, Loaded};

const PACK: &str = "name: NAME\ndescription: d\nversion: 0.1.0\nauthor: a\n";

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn pack(root: &Path, name: &str) {
    write(&root.join(name).join("pack.yaml"), &PACK.replace("NAME", name));
}

fn action(root: &Path, pack: &str, name: &str) {
    let path = root.join(pack).join("actions").join(format!("{name}.yaml"));
    write(&path, &format!("name: {name}\nrunner_type: noop\n"));
}

fn load(roots: &[PathBuf]) -> Loaded {
    pack::load(roots, &mut |_, _| Id::from_bytes([0; 12]))
}

fn messages(loaded: &Loaded) -> Vec<(Level, String)> {
    loaded.complaints.iter().map(|one| (one.level, one.message.clone())).collect()
}

#[test]
fn first_root_wins_with_a_warning() {
    let house = tempfile::tempdir().unwrap();
    let (one, two) = (house.path().join("one"), house.path().join("two"));
    for (root, name) in [(&one, "first"), (&two, "second")] {
        pack(root, "demo");
        action(root, "demo", name);
    }
    pack(&two, "only");
    let loaded = load(&[one, two]);
    let names: Vec<&str> = loaded.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(names, ["first"]);
    assert_eq!(loaded.packs.len(), 2);
    let complaints = messages(&loaded);
    assert_eq!(complaints.len(), 1);
    assert_eq!(complaints[0].0, Level::Warning);
    assert!(complaints[0].1.starts_with("Pack \"demo\" already found in"), "{complaints:?}");
}

#[test]
fn missing_root_is_a_complaint_and_hides_nothing() {
    let house = tempfile::tempdir().unwrap();
    let good = house.path().join("good");
    pack(&good, "demo");
    let loaded = load(&[house.path().join("nowhere"), good]);
    assert_eq!(loaded.packs.len(), 1);
    assert_eq!(messages(&loaded)[0].0, Level::Error);
}

#[test]
fn bad_file_hides_no_good_one() {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("packs");
    pack(&root, "demo");
    action(&root, "demo", "good");
    write(&root.join("demo/actions/bad.yaml"), "name: [");
    write(&root.join("demo/actions/worse.yml"), "name: worse\nrunner_type: none\nx: 1\n");
    let loaded = load(&[root]);
    assert_eq!(loaded.actions.len(), 1);
    let files: Vec<_> = loaded.complaints.iter().map(|one| one.file.file_name().unwrap()).collect();
    assert_eq!(files, ["bad.yaml", "worse.yml", "worse.yml"]);
}

#[test]
fn ids_are_asked_by_kind_and_reference() {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("packs");
    pack(&root, "demo");
    action(&root, "demo", "one");
    let mut asked = Vec::new();
    let loaded = pack::load(&[root], &mut |kind, reference| {
        asked.push((kind, reference.to_owned()));
        Id::from_bytes([asked.len() as u8; 12])
    });
    assert_eq!(asked, [(Kind::Pack, "demo".to_owned()), (Kind::Action, "demo.one".to_owned())]);
    assert_eq!(loaded.actions[0].id, Id::from_bytes([2; 12]));
}

#[test]
fn overrides_switch_content_from_outside() {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("packs");
    for name in ["demo", "other"] {
        pack(&root, name);
        action(&root, name, "a");
        action(&root, name, "b");
    }
    let overrides = house.path().join("overrides");
    write(&overrides.join("_global.yaml"), "actions:\n  defaults:\n    enabled: false\n");
    let own =
        "actions:\n  defaults:\n    enabled: true\n  exceptions:\n    b:\n      enabled: false\n";
    write(&overrides.join("demo.yaml"), own);
    write(&overrides.join("other.yaml"), "action:\n  defaults: {enabled: true, name: x}\n");
    let loaded = load(&[root]);
    let enabled: Vec<String> = loaded
        .actions
        .iter()
        .filter(|action| action.enabled)
        .map(|action| action.reference().to_string())
        .collect();
    assert_eq!(enabled, ["demo.a"]);
    let complaints = messages(&loaded);
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].1.contains("did you mean `actions`?"), "{complaints:?}");
}

#[test]
fn later_file_of_one_name_replaces_the_earlier_with_a_warning() {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("packs");
    pack(&root, "demo");
    let text = "name: same\nrunner_type: noop\ndescription: ";
    write(&root.join("demo/actions/a.yaml"), &format!("{text}first\n"));
    write(&root.join("demo/actions/b.yaml"), &format!("{text}second\n"));
    let loaded = load(&[root]);
    assert_eq!(loaded.actions.len(), 1);
    assert_eq!(loaded.actions[0].description, "second");
    assert_eq!(messages(&loaded)[0].0, Level::Warning);
}

#[test]
fn files_below_a_content_folder_are_no_content() {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("packs");
    pack(&root, "demo");
    write(&root.join("demo/actions/workflows/flow.yaml"), "tasks: {}\n");
    write(&root.join("demo/actions/notes.txt"), "x");
    let loaded = load(&[root]);
    assert!(loaded.complaints.is_empty());
    assert_eq!(
        loaded.packs[0].files,
        ["actions/notes.txt", "actions/workflows/flow.yaml", "pack.yaml"]
    );
}

#[test]
fn pack_by_itself_is_called_what_it_says() {
    let house = tempfile::tempdir().unwrap();
    let directory = house.path().join("stackstorm-demo");
    write(&directory.join("pack.yaml"), &PACK.replace("NAME", "demo"));
    write(&directory.join("actions/a.yaml"), "name: a\npack: demo\nrunner_type: noop\n");
    let report = pack::lint::lint(&directory);
    assert!(report.is_clean(), "{:?}", report.complaints);
    let lines: Vec<String> =
        report.json_lines(&directory).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            r#"{"path":"actions/a.yaml","kind":"action","ref":"demo.a","valid":true,"error":null}"#,
            r#"{"path":"pack.yaml","kind":"pack","ref":null,"valid":true,"error":null}"#,
        ]
    );
}

#[test]
fn lint_finds_roots_at_any_depth_and_folders_that_are_no_packs() {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("a/b/packs");
    pack(&root, "demo");
    action(&root, "demo", "x");
    write(&root.join("stray/notes.yaml"), "a: 1\n");
    let report = pack::lint::lint(house.path());
    let verdicts: Vec<(String, bool)> = report
        .json_lines(house.path())
        .iter()
        .map(|line| (line["path"].as_str().unwrap().to_owned(), line["valid"] == true))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("a/b/packs/demo/actions/x.yaml".to_owned(), true),
            ("a/b/packs/demo/pack.yaml".to_owned(), true),
            ("a/b/packs/stray/pack.yaml".to_owned(), false),
        ]
    );
}
