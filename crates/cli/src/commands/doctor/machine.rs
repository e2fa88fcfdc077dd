//! The machine: the data directory, the disk, and the programs that actions need.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use rustix::fs::statvfs;

use super::{Finding, Level};
use crate::{config::Config, data::Directory, environment};

const MIB: u64 = 1 << 20;
/// Free space, in MiB, below which the check fails.
const DISK_FAIL: u64 = 100;
/// Free space, in MiB, below which the check warns.
const DISK_WARN: u64 = 1_024;

/// Checks the machine.
pub(super) fn look(config: &Config, directory: &Directory) -> Vec<Finding> {
    let mut findings = vec![folder(config, directory.path())];
    if directory.path().is_dir() {
        findings.extend([key(&directory.admin_key()), disk(directory.path())]);
    }
    findings.push(sudo(config));
    findings.push(mail(config));
    findings
}

fn folder(config: &Config, path: &Path) -> Finding {
    let what = "data directory";
    let place = path.display();
    if !path.exists() {
        let says = format!("`{place}` is not there yet: `squall up` makes it");
        return Finding::new(Level::Warn, what, says);
    }
    let probe = path.join(format!(".doctor-{}", std::process::id()));
    if let Err(error) = OpenOptions::new().write(true).create_new(true).open(&probe) {
        let says =
            format!("`{place}` cannot be written: {error}; give it to the user that runs Squall");
        return Finding::new(Level::Fail, what, says);
    }
    drop(fs::remove_file(&probe));
    let open = if config.actions.run_as.is_some() { 0o066 } else { 0o077 };
    let mode = fs::metadata(path).map(|found| found.permissions().mode() & 0o777).unwrap_or(0);
    if mode & open != 0 {
        let says = format!("others may look into `{place}` (mode {mode:o}): `chmod 700 {place}`");
        return Finding::new(Level::Warn, what, says);
    }
    Finding::new(Level::Ok, what, format!("`{place}` can be written, by its owner only"))
}

fn key(path: &Path) -> Finding {
    let what = "administrator's key";
    let place = path.display();
    let Ok(found) = fs::metadata(path) else {
        let says = format!("`{place}` is not there: the next `squall up` makes a new key");
        return Finding::new(Level::Warn, what, says);
    };
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let says = format!("others may read `{place}` (mode {mode:o}): `chmod 600 {place}`");
        return Finding::new(Level::Fail, what, says);
    }
    Finding::new(Level::Ok, what, format!("`{place}` is its owner's alone"))
}

fn disk(path: &Path) -> Finding {
    let what = "disk";
    let free = match statvfs(path) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize) / MIB,
        Err(error) => {
            return Finding::new(Level::Warn, what, format!("cannot look at the disk: {error}"));
        }
    };
    let (level, advice) = match free {
        0..DISK_FAIL => (Level::Fail, ": make room, or nothing can be recorded"),
        DISK_FAIL..DISK_WARN => (Level::Warn, ": make room soon"),
        DISK_WARN.. => (Level::Ok, ""),
    };
    Finding::new(level, what, format!("{free} MiB are free{advice}"))
}

fn sudo(config: &Config) -> Finding {
    let what = "sudo";
    match (has_program("sudo"), &config.actions.run_as) {
        (true, _) => Finding::new(Level::Ok, what, "is installed"),
        (false, Some(user)) => {
            let says = format!("is not installed, and actions run as `{user}`: install it");
            Finding::new(Level::Fail, what, says)
        }
        (false, None) => {
            Finding::new(Level::Warn, what, "is not installed: actions with `sudo` will fail")
        }
    }
}

fn mail(config: &Config) -> Finding {
    let what = "mail";
    if config.smtp.is_some() {
        return Finding::new(Level::Ok, what, "goes to the SMTP server of the configuration");
    }
    if has_program("sendmail") {
        return Finding::new(Level::Ok, what, "goes to the local `sendmail`");
    }
    let says =
        "there is neither `[smtp]` in the configuration nor `sendmail`: `core.sendmail` will fail";
    Finding::new(Level::Warn, what, says)
}

fn has_program(name: &str) -> bool {
    let path = environment::get("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/usr/lib"]);
    folders.map(|folder| Path::new(folder).join(name)).any(|program| {
        fs::metadata(program)
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}
