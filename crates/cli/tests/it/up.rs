//! `squall up`.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use rustix::process::Signal;

use crate::squall::{Squall, run, stderr, stdout};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn fresh_start_makes_a_key_for_its_owner_only() {
    let squall = Squall::start();
    let data = squall.data();
    assert_eq!(mode(&data), 0o700);
    for file in ["admin.key", "run.json", "squall.db"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    let key = fs::read_to_string(data.join("admin.key")).unwrap();
    let run = fs::read_to_string(data.join("run.json")).unwrap();
    assert!(key.trim().len() > 40 && !run.contains(key.trim()));
    assert!(squall.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(squall.get("/api/v1/actions").starts_with("HTTP/1.1 401"));
}

#[test]
fn term_stops_cleanly_and_the_records_stay() {
    let squall = Squall::start();
    let ran = squall.run(&["run", "core.noop", "--json"]);
    assert!(ran.status.success(), "{}", stderr(&ran));
    let id = serde_json::from_str::<serde_json::Value>(&stdout(&ran)).unwrap()["id"].clone();
    let (folder, status) = squall.stop();
    assert_eq!(status.code(), Some(0));
    assert!(!folder.path().join("data/run.json").exists());
    let squall = Squall::start_in(folder);
    let shown = squall.run(&["execution", "get", id.as_str().unwrap()]);
    assert!(stderr(&shown).contains("succeeded"), "{}", stderr(&shown));
}

#[test]
fn second_start_on_the_same_directory_is_refused() {
    let squall = Squall::start();
    let second = squall.run(&["up", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(6));
    assert!(stderr(&second).contains("another Squall already runs"), "{}", stderr(&second));
    assert!(squall.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn start_after_a_crash_takes_the_directory_again() {
    let folder = Squall::start().kill();
    assert!(folder.path().join("data/run.json").exists());
    let squall = Squall::start_in(folder);
    assert!(squall.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn missing_key_is_replaced_and_the_old_one_opens_nothing() {
    let squall = Squall::start();
    let file = squall.data().join("admin.key");
    let old = fs::read_to_string(&file).unwrap();
    let (folder, _) = squall.stop();
    fs::remove_file(folder.path().join("data/admin.key")).unwrap();
    let squall = Squall::start_in(folder);
    let new = fs::read_to_string(squall.data().join("admin.key")).unwrap();
    assert_ne!(old, new);
    assert_eq!(squall.run(&["run", "core.noop"]).status.code(), Some(0));
    let refused = squall.run(&["run", "core.noop", "--key", old.trim()]);
    assert_eq!(refused.status.code(), Some(5), "{}", stderr(&refused));
}

#[test]
fn hangup_reads_the_packs_again() {
    let squall = Squall::start();
    let pack = squall.data().join("packs/mine");
    fs::create_dir_all(pack.join("actions")).unwrap();
    let about = "name: mine\nref: mine\nversion: 1.0.0\ndescription: Mine.\nauthor: me\nemail: me@example.com\n";
    fs::write(pack.join("pack.yaml"), about).unwrap();
    let action = "name: hello\nrunner_type: local-shell-cmd\nenabled: true\nentry_point: ''\nparameters:\n  cmd:\n    default: echo hello\n";
    fs::write(pack.join("actions/hello.yaml"), action).unwrap();
    squall.signal(Signal::HUP);
    squall.logs("read again: 5 packs");
    assert_eq!(stdout(&squall.run(&["run", "mine.hello"])), "hello\n");
}

#[test]
fn misspelt_key_has_its_line_and_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("squall.toml");
    fs::write(&file, "st2_ports = true\nlisen = \"127.0.0.1:0\"\n").unwrap();
    let failed = run(folder.path(), &["up", "--config", file.to_str().unwrap()], "");
    assert_eq!(failed.status.code(), Some(2));
    let said = stderr(&failed);
    assert!(
        said.contains("squall.toml:2:1: unknown key `lisen`: did you mean `listen`?"),
        "{said}"
    );
}
