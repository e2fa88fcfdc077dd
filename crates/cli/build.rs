//! Lists the packs that ship, so that the binary carries them.

use std::{
    env, fs, io,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is how cargo speaks to a build script")]
    let (root, out) = (env::var("CARGO_MANIFEST_DIR"), env::var("OUT_DIR"));
    let root = PathBuf::from(root.map_err(io::Error::other)?).join("../../packs").canonicalize()?;
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut text = String::from("&[");
    for file in &files {
        let relative = file.strip_prefix(&root).map_err(io::Error::other)?;
        let is_program = fs::metadata(file)?.permissions().mode() & 0o100 != 0;
        let entry = format!(
            "File {{ path: {relative:?}, is_program: {is_program}, bytes: include_bytes!({file:?}) }}, "
        );
        text.push_str(&entry);
    }
    text.push(']');
    fs::write(PathBuf::from(out.map_err(io::Error::other)?).join("shipped.rs"), text)?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", root.display())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
