//! Lint: one verdict per content file below a folder, as `squall pack lint` prints it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use model::Id;
use serde_json::{Value, json};

use crate::{
    complaint::Complaint,
    load::{self, File, Loaded, discover},
};

/// How deep folders are searched for packs.
const DEPTH_MAX: usize = 12;

/// The verdicts on everything below a folder.
#[derive(Debug, Default)]
pub struct Report {
    /// Every content file with its verdict, sorted; the paths begin with the folder as it was
    /// given.
    pub files: Vec<File>,
    /// Everything that is wrong.
    pub complaints: Vec<Complaint>,
}

impl Report {
    /// Tells whether every file can be used.
    pub fn is_clean(&self) -> bool {
        self.files.iter().all(|file| file.error.is_none())
    }

    /// Returns one JSON line per file: `path` (relative to `folder`), `kind`, `ref`, `valid` and
    /// `error`.
    pub fn json_lines(&self, folder: &Path) -> Vec<Value> {
        let line = |file: &File| {
            let path = file.path.strip_prefix(folder).unwrap_or(&file.path);
            json!({
                "path": path,
                "kind": file.kind.as_str(),
                "ref": file.reference,
                "valid": file.error.is_none(),
                "error": file.error,
            })
        };
        self.files.iter().map(line).collect()
    }
}

/// Checks every pack below the folder: the folder itself where it is a pack, else every folder
/// of packs in it, however deep.
pub fn lint(folder: &Path) -> Report {
    let mut report = Report::default();
    if discover::is_pack(folder) {
        report.take(load::load_pack(folder, &mut no_id));
    } else {
        let mut roots = Vec::new();
        find_roots(folder, 0, &mut roots);
        for root in roots {
            report.take(load::load(std::slice::from_ref(&root), &mut no_id));
            report.take_empty_folders(&root);
        }
    }
    report.files.sort_by(|one, other| one.path.cmp(&other.path));
    report
}

fn no_id(_: load::Kind, _: &str) -> Id {
    Id::from_bytes([0; 12])
}

impl Report {
    fn take(&mut self, loaded: Loaded) {
        self.files.extend(loaded.files);
        self.complaints.extend(loaded.complaints);
    }

    /// Complains about folders beside packs that hold YAML but are no packs.
    fn take_empty_folders(&mut self, root: &Path) {
        let known: BTreeMap<PathBuf, ()> =
            self.files.iter().map(|file| (file.path.clone(), ())).collect();
        for directory in discover::folders(root).unwrap_or_default() {
            let path = directory.join("pack.yaml");
            let is_overrides = directory.file_name().is_some_and(|name| name == "overrides");
            if known.contains_key(&path) || is_overrides || !holds_yaml(&directory) {
                continue;
            }
            let error = format!("Pack \"{}\" is missing pack.yaml file", directory.display());
            let kind = load::Kind::Pack;
            self.files.push(File { path, kind, reference: None, error: Some(error) });
        }
    }
}

fn holds_yaml(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        path.is_file() && path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml")
    })
}

/// Collects the folders that hold packs.
fn find_roots(folder: &Path, depth: usize, roots: &mut Vec<PathBuf>) {
    if depth > DEPTH_MAX {
        return;
    }
    let folders = discover::folders(folder).unwrap_or_default();
    let is_root = folders.iter().any(|folder| folder.join("pack.yaml").is_file());
    if is_root {
        roots.push(folder.to_owned());
    }
    for folder in folders {
        let is_link = folder.is_symlink();
        let is_taken = is_root && discover::is_pack(&folder);
        if !is_link && !is_taken {
            find_roots(&folder, depth + 1, roots);
        }
    }
}
