//! The data directory: its files, and how other processes find a running Squall.
//!
//! ```text
//! squall.db    the records            packs/      the operator's packs
//! admin.key    the admin's API key    shipped/    the packs that ship
//! run.json     the address of a running Squall
//! ```

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::environment;

/// A data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory(PathBuf);

/// What other processes need to know of a running Squall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The address.
    pub(crate) url: String,
    /// The process id.
    pub(crate) pid: u32,
    /// The start time, in ISO format.
    pub(crate) started: String,
}

impl Directory {
    /// Returns the given directory, or the default one of this user.
    pub(crate) fn choose(given: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(given) = given {
            return Ok(Self(given.to_owned()));
        }
        if let Some(folder) = environment::get("XDG_DATA_HOME") {
            return Ok(Self(PathBuf::from(folder).join("squall")));
        }
        let home = environment::get("HOME")
            .context("there is no home directory: name a data directory with `--data`")?;
        Ok(Self(PathBuf::from(home).join(".local/share/squall")))
    }

    /// Creates missing directories, readable by the owner only. With `is_shared`, other users can
    /// access the packs.
    pub(crate) fn prepare(&self, is_shared: bool) -> anyhow::Result<()> {
        let unusable = || format!("the data directory `{}` cannot be used", self.0.display());
        let mode = if is_shared { 0o711 } else { 0o700 };
        if !self.0.is_dir() {
            DirBuilder::new().recursive(true).mode(mode).create(&self.0).with_context(unusable)?;
        }
        let database = self.0.join("squall.db");
        let options = OpenOptions::new().create(true).append(true).mode(0o600).to_owned();
        drop::<File>(options.open(database).with_context(unusable)?);
        DirBuilder::new().recursive(true).mode(0o755).create(self.packs()).with_context(unusable)
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the folder of the operator's packs.
    pub(crate) fn packs(&self) -> PathBuf {
        self.0.join("packs")
    }

    /// Returns the folder of the packs that ship.
    pub(crate) fn shipped(&self) -> PathBuf {
        self.0.join("shipped")
    }

    /// Returns the file with the admin's API key.
    pub(crate) fn admin_key(&self) -> PathBuf {
        self.0.join("admin.key")
    }

    /// Returns the file with the log of a Squall that has no terminal of its own.
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("squall.log")
    }

    /// Returns the history file of the prompt.
    pub(crate) fn history(&self) -> PathBuf {
        self.0.join("chat.history")
    }

    fn run_file(&self) -> PathBuf {
        self.0.join("run.json")
    }

    /// Writes the address of this Squall for other processes.
    pub(crate) fn write_run(&self, run: &Run) -> anyhow::Result<()> {
        let path = self.run_file();
        let text = serde_json::to_string(run).context("what runs cannot be written down")?;
        write_private(&path, &format!("{text}\n"))
            .with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Returns the address of a Squall that runs, or ran until it was killed.
    pub(crate) fn read_run(&self) -> Option<Run> {
        serde_json::from_slice(&fs::read(self.run_file()).ok()?).ok()
    }

    /// Removes what [`Self::write_run`] wrote.
    pub(crate) fn remove_run(&self) {
        drop(fs::remove_file(self.run_file()));
    }
}

/// Writes a file atomically, readable by the owner only from the start.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_added_extension("part");
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)
}
