//! The shipped packs: embedded in the binary, unpacked into the data directory at each start.

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

struct File {
    path: &'static str,
    is_program: bool,
    bytes: &'static [u8],
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Makes `folder` contain the shipped packs and nothing else. Files that are equal are not written.
pub(crate) fn unpack(folder: &Path) -> io::Result<()> {
    let mut known: HashSet<PathBuf> = HashSet::new();
    for file in FILES {
        let path = folder.join(file.path);
        if !is_right(&path, file) {
            write(&path, file)?;
        }
        known.extend(path.ancestors().map(Path::to_owned));
    }
    sweep(folder, &known)
}

fn mode(file: &File) -> u32 {
    if file.is_program { 0o755 } else { 0o644 }
}

fn is_right(path: &Path, file: &File) -> bool {
    let has_mode = fs::symlink_metadata(path)
        .is_ok_and(|found| found.permissions().mode() & 0o777 == mode(file));
    has_mode && fs::read(path).is_ok_and(|bytes| bytes == file.bytes)
}

fn write(path: &Path, file: &File) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o755).create(parent)?;
    }
    let part = path.with_added_extension("part");
    fs::write(&part, file.bytes)?;
    fs::set_permissions(&part, Permissions::from_mode(mode(file)))?;
    fs::rename(&part, path)
}

/// Removes files of older versions.
fn sweep(folder: &Path, known: &HashSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_folder = entry.file_type()?.is_dir();
        match (known.contains(&path), is_folder) {
            (true, true) => sweep(&path, known)?,
            (true, false) => {}
            (false, true) => fs::remove_dir_all(&path)?,
            (false, false) => fs::remove_file(&path)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_put_right_and_what_is_foreign_goes() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("shipped");
        unpack(&root).unwrap();
        let program = root.join("core/actions/uuid.sh");
        assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
        let original = fs::read(&program).unwrap();
        fs::write(&program, "changed").unwrap();
        fs::create_dir(root.join("gone")).unwrap();
        fs::write(root.join("gone/pack.yaml"), "").unwrap();
        unpack(&root).unwrap();
        assert_eq!(fs::read(&program).unwrap(), original);
        assert!(!root.join("gone").exists());
    }
}
