//! The repository itself: the arrows between the rooms, what may be said only where, and the
//! shape of files. What a compiler cannot refuse is refused here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

/// Each room with the rooms that it imports; arrows point up in this table, never down.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("python", &[]),
    ("expr", &["python"]),
    ("criteria", &["model", "python", "expr"]),
    ("chat", &[]),
    ("alias", &["model", "python"]),
    ("flow", &["python", "expr"]),
    ("pack", &["model", "python", "alias"]),
    ("store", &["model"]),
    ("access", &["model", "store"]),
    ("bus", &["model"]),
    ("runner", &["model", "python"]),
    ("client", &["model"]),
    (
        "content",
        &["model", "python", "expr", "criteria", "alias", "pack", "store", "access", "bus"],
    ),
    ("execution", &["model", "python", "expr", "store", "access", "bus", "runner", "content"]),
    ("workflow", &["model", "python", "expr", "flow", "store", "access", "content", "execution"]),
    ("events", &["model", "expr", "criteria", "store", "access", "content", "execution"]),
    (
        "chatops",
        &[
            "model",
            "expr",
            "chat",
            "alias",
            "store",
            "access",
            "runner",
            "content",
            "execution",
            "workflow",
        ],
    ),
    (
        "engine",
        &[
            "model",
            "chat",
            "store",
            "access",
            "bus",
            "runner",
            "content",
            "execution",
            "workflow",
            "events",
            "chatops",
        ],
    ),
    (
        "api",
        &[
            "model",
            "python",
            "criteria",
            "store",
            "access",
            "bus",
            "content",
            "execution",
            "workflow",
            "chatops",
            "engine",
        ],
    ),
    (
        "testkit",
        &["model", "chat", "store", "access", "bus", "client", "execution", "engine", "api"],
    ),
    (
        "cli",
        &[
            "model",
            "python",
            "expr",
            "criteria",
            "chat",
            "alias",
            "flow",
            "pack",
            "store",
            "access",
            "bus",
            "runner",
            "client",
            "execution",
            "workflow",
            "engine",
            "api",
        ],
    ),
];

/// Dependencies that have a home, and the rooms where it is.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("axum", &["api"]),
    ("clap", &["cli"]),
    ("lettre", &["runner"]),
    ("reqwest", &["runner", "client"]),
    ("anyhow", &["cli", "testkit"]),
    (
        "tokio",
        &[
            "bus",
            "store",
            "access",
            "runner",
            "chat",
            "content",
            "execution",
            "workflow",
            "events",
            "chatops",
            "engine",
            "api",
            "client",
            "cli",
            "testkit",
        ],
    ),
];

/// The longest file, in lines, without its tests.
const LINES_MAX: usize = 500;

#[test]
fn arrows_are_those_of_the_table() {
    let rooms: BTreeSet<&str> = ARROWS.iter().map(|(room, _)| *room).collect();
    assert_eq!(rooms, self::rooms().iter().map(String::as_str).collect());
    let mut wrong = Vec::new();
    for (position, (room, expected)) in ARROWS.iter().enumerate() {
        let manifest = manifest(room);
        let names = manifest["dependencies"].as_table().unwrap().keys();
        let found: BTreeSet<&str> =
            names.map(String::as_str).filter(|name| rooms.contains(name)).collect();
        if found != expected.iter().copied().collect() {
            wrong.push(format!("`{room}` imports {found:?}, the table says {expected:?}"));
        }
        let above: Vec<&str> = ARROWS[..position].iter().map(|(room, _)| *room).collect();
        let downwards = expected.iter().filter(|name| !above.contains(name));
        wrong.extend(downwards.map(|name| format!("`{room}` stands above `{name}`")));
    }
    none(&wrong);
}

#[test]
fn the_page_on_architecture_shows_the_same_table() {
    let page = text(&root().join("docs/ARCHITECTURE.md"));
    let rows: Vec<(&str, Vec<&str>)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| {
            let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
            let [room, _, imports] = cells.as_slice() else { return None };
            let imports = imports.split(", ").filter(|name| *name != "–").collect();
            Some((room.trim_end_matches('`'), imports))
        })
        .collect();
    let expected: Vec<(&str, Vec<&str>)> =
        ARROWS.iter().map(|(room, imports)| (*room, imports.to_vec())).collect();
    assert_eq!(rows, expected);
}

#[test]
fn no_room_has_a_quarter_of_the_code() {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for (path, source) in sources() {
        let room = path.split('/').nth(1).unwrap_or_default().to_owned();
        *lines.entry(room).or_default() += source.lines().count();
    }
    let all: usize = lines.values().sum();
    let large = lines.iter().filter(|(_, count)| **count * 4 > all);
    let wrong: Vec<String> =
        large.map(|(room, count)| format!("`{room}` has {count} of {all} lines")).collect();
    none(&wrong);
    assert!(lines["engine"] < 1_000, "`engine` is the wiring: it has {} lines", lines["engine"]);
}

#[test]
fn dependencies_stay_in_their_homes() {
    let mut wrong = Vec::new();
    for room in rooms() {
        let manifest = manifest(&room);
        for name in manifest["dependencies"].as_table().unwrap().keys() {
            let home = HOMES.iter().find(|(dependency, _)| dependency == name);
            if home.is_some_and(|(_, homes)| !homes.contains(&room.as_str())) {
                wrong.push(format!("`{room}` depends on `{name}`"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_dependency_is_used() {
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    let root = table(&root().join("Cargo.toml"));
    let all = root["workspace"]["dependencies"].as_table().unwrap();
    for folder in rooms().iter().map(|room| format!("crates/{room}")).chain(["bench".to_owned()]) {
        let manifest = table(&self::root().join(&folder).join("Cargo.toml"));
        let sources: String =
            rust_files(&self::root().join(&folder)).iter().map(|file| text(file)).collect();
        for section in ["dependencies", "dev-dependencies"] {
            let Some(names) = manifest.get(section).and_then(Value::as_table) else { continue };
            for name in names.keys() {
                named.insert(name.clone());
                if !mentions(&sources, &name.replace('-', "_")) {
                    wrong.push(format!("`{folder}` names `{name}` and does not use it"));
                }
            }
        }
    }
    let forgotten = all.keys().filter(|name| !named.contains(*name));
    wrong.extend(forgotten.map(|name| format!("no crate names `{name}`")));
    none(&wrong);
}

#[test]
fn files_are_short() {
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        let lines = source.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{path} has {lines} lines without its tests"));
        }
    }
    none(&wrong);
}

#[test]
fn modules_open_with_what_they_are_for() {
    let mut wrong = Vec::new();
    for file in all_files() {
        if !text(&file).starts_with("//!") {
            wrong.push(format!("{} does not open with `//!`", shown(&file)));
        }
    }
    none(&wrong);
}

#[test]
fn no_file_is_forgotten() {
    let mut wrong = Vec::new();
    for room in rooms() {
        let folder = root().join("crates").join(room);
        for file in rust_files(&folder.join("src")).into_iter().chain(tests_of(&folder)) {
            if !is_named(&file) {
                wrong.push(format!("{} is named by no module", shown(&file)));
            }
        }
        let strays = entries(&folder.join("tests"));
        let strays = strays.iter().filter(|path| path.extension().is_some());
        wrong.extend(strays.map(|path| format!("{} is a test binary of its own", shown(path))));
    }
    none(&wrong);
}

#[test]
fn only_the_store_speaks_sql() {
    let words = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE ", "CREATE TABLE "];
    only_in(&["crates/store/"], &words);
}

#[test]
fn only_the_runner_starts_processes() {
    // The test house runs real servers; the self-test runs the binary, as its `expect` says.
    let places = ["crates/runner/", "crates/testkit/", "crates/cli/src/commands/selftest/"];
    only_in(&places, &["Command::new("]);
    for (path, source) in sources() {
        if path.starts_with(places[2]) && source.contains("Command::new(") {
            assert!(source.contains("#[expect(clippy::disallowed_methods, reason"), "{path}");
        }
    }
}

#[test]
fn only_the_api_knows_axum() {
    only_in(&["crates/api/"], &["axum::"]);
}

#[test]
fn only_the_binary_prints_and_reads_its_environment() {
    let words = ["println!(", "print!(", "eprint!(", "std::env", "env::var", "env::args"];
    only_in(&["crates/cli/"], &words);
}

#[test]
fn pure_rooms_read_no_clock_file_or_socket() {
    let words = [
        "SystemTime::",
        "Instant::now",
        "Timestamp::now",
        "std::fs",
        "std::net",
        "thread::spawn",
        "getrandom",
        "async fn",
    ];
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        let is_pure = ["model", "python", "expr", "criteria", "alias", "flow"]
            .iter()
            .any(|room| path.starts_with(&format!("crates/{room}/")));
        let found = words.iter().filter(|word| is_pure && source.contains(**word));
        wrong.extend(found.map(|word| format!("{path} has `{word}`")));
    }
    none(&wrong);
}

fn only_in(places: &[&str], words: &[&str]) {
    let mut wrong = Vec::new();
    let mut is_used = false;
    for (path, source) in sources() {
        let is_home = places.iter().any(|place| path.starts_with(place));
        for (number, line) in source.lines().enumerate() {
            let Some(word) = words.iter().find(|word| line.contains(**word)) else { continue };
            is_used |= is_home;
            if !is_home {
                wrong.push(format!("{path}:{} has `{word}`", number + 1));
            }
        }
    }
    none(&wrong);
    assert!(is_used, "{words:?} are nowhere: the words of this test are out of date");
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn rooms() -> Vec<String> {
    let folders = entries(&root().join("crates"));
    let rooms = folders.iter().filter(|folder| folder.join("Cargo.toml").is_file());
    rooms.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

fn manifest(room: &str) -> Table {
    table(&root().join("crates").join(room).join("Cargo.toml"))
}

fn table(file: &Path) -> Table {
    toml::from_str(&text(file)).unwrap()
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

/// Returns what lies in a folder, sorted; nothing when there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn tests_of(folder: &Path) -> Vec<PathBuf> {
    rust_files(&folder.join("tests").join("it"))
}

fn all_files() -> Vec<PathBuf> {
    [rust_files(&root().join("crates")), rust_files(&root().join("bench"))].concat()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

/// Returns each file of the rooms' sources, by its path, without its tests.
fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    for room in rooms() {
        for file in rust_files(&root().join("crates").join(room).join("src")) {
            if file.ends_with("tests.rs") {
                continue;
            }
            let text = text(&file);
            let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
            sources.insert(shown(&file), text[..end].to_owned());
        }
    }
    assert!(sources.len() > 100, "the sources are not where this test looks for them");
    sources
}

/// Returns whether a name of a crate is used in a text of Rust.
fn mentions(sources: &str, name: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    sources.match_indices(name).any(|(start, _)| {
        let before = sources[..start].chars().next_back();
        let after = &sources[start + name.len()..];
        !before.is_some_and(is_name) && (after.starts_with("::") || after.starts_with('!'))
    })
}

/// Returns whether the module above a file names it.
fn is_named(file: &Path) -> bool {
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let (module, folder) = match stem {
        "main" | "lib" => return true,
        "mod" => (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap()),
        stem => (stem, folder),
    };
    let beside = folder.with_extension("rs");
    let above = ["mod.rs", "lib.rs", "main.rs"].map(|name| folder.join(name));
    let named = format!("mod {module};");
    above
        .iter()
        .chain([&beside])
        .filter(|parent| parent.is_file())
        .any(|parent| text(parent).lines().any(|line| line.trim_end().ends_with(&named)))
}
