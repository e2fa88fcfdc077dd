//! Lists the packs that ship, so that the binary carries them, and leaves out symbols.

use std::{
    env, fs, io,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// Set where the program is to keep the names of its functions, for backtraces.
const SYMBOLS: &str = "SQUALL_KEEP_SYMBOLS";

fn main() -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is how cargo speaks to a build script")]
    let [root, out, profile, system, symbols] =
        ["CARGO_MANIFEST_DIR", "OUT_DIR", "PROFILE", "CARGO_CFG_TARGET_OS", SYMBOLS].map(env::var);
    let is_release = profile.is_ok_and(|it| it == "release");
    let is_linux = system.is_ok_and(|it| it == "linux");
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
    let mut cargo = io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed={}", root.display())?;
    writeln!(cargo, "cargo::rerun-if-env-changed={SYMBOLS}")?;
    // A package with an `opt-level` of its own loses the profile's `strip` (cargo 1.95).
    if is_release && is_linux && symbols.is_err() {
        writeln!(cargo, "cargo::rustc-link-arg-bins=-Wl,--strip-all")?;
    }
    Ok(())
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
