//! The packs of a root and the content files of a pack.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use python::place::Position;

use crate::complaint::{Complaint, Level};

/// The directories of a pack that hold content.
pub(crate) const CONTENT: [&str; 6] =
    ["actions", "aliases", "policies", "rules", "sensors", "triggers"];
/// How many files of a pack are listed.
const FILES_MAX: usize = 20_000;
/// How deep a pack is searched for files.
const DEPTH_MAX: usize = 32;

/// A pack that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The name that its content carries: the directory's, or, for a pack that stands by
    /// itself, its own.
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    /// Whether the directory may have another name than the pack.
    pub(crate) is_alone: bool,
}

/// Returns the packs of a root, sorted by name.
pub(crate) fn packs(root: &Path) -> Result<Vec<Found>, Complaint> {
    let mut found = Vec::new();
    for directory in folders(root).map_err(|error| missing(root, &error))? {
        if is_pack(&directory) {
            found.push(pack(&directory, false));
        }
    }
    Ok(found)
}

fn missing(root: &Path, error: &io::Error) -> Complaint {
    let message = format!(
        "the folder of packs cannot be read: {error}; create it, or correct the configuration"
    );
    Complaint::new(Level::Error, root.to_owned(), Position::START, message)
}

/// Returns the folders in a folder that are not hidden, sorted.
pub(crate) fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "__pycache__" {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Tells whether a folder holds a pack, if only a broken one.
pub(crate) fn is_pack(directory: &Path) -> bool {
    directory.join("pack.yaml").is_file()
        || CONTENT.iter().any(|kind| directory.join(kind).is_dir())
}

/// Returns the pack in a directory.
pub(crate) fn pack(directory: &Path, is_alone: bool) -> Found {
    let whole = if is_alone { fs::canonicalize(directory).ok() } else { None };
    let named = whole.as_deref().unwrap_or(directory);
    let name = named.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Found { name, directory: directory.to_owned(), is_alone }
}

/// Returns the content files of one kind, sorted: `.yaml` and `.yml`, not those in folders
/// below.
pub(crate) fn files(pack: &Found, kind: &str) -> Vec<PathBuf> {
    debug_assert!(CONTENT.contains(&kind), "`CONTENT` lacks `{kind}`");
    let Ok(entries) = fs::read_dir(pack.directory.join(kind)) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_content = name.ends_with(".yaml") || name.ends_with(".yml");
        if is_content && !name.starts_with('.') && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns every file of a pack, relative to its directory, without what git and Python leave.
pub(crate) fn all_files(directory: &Path) -> Vec<String> {
    let mut files = Vec::new();
    list(directory, directory, 0, &mut files);
    files.sort();
    files
}

fn list(directory: &Path, base: &Path, depth: usize, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if files.len() >= FILES_MAX || depth > DEPTH_MAX || name == ".git" {
            continue;
        }
        if path.is_dir() {
            if !is_link {
                list(&path, base, depth + 1, files);
            }
        } else if path.extension().is_none_or(|extension| extension != "pyc")
            && let Ok(relative) = path.strip_prefix(base)
        {
            files.push(relative.to_string_lossy().into_owned());
        }
    }
}
