//! The packs: errors in their files, and runners that do not exist here.

use std::collections::BTreeMap;

use model::Id;
use pack::Level as Complained;

use super::{Finding, Level};
use crate::{config::Config, data::Directory};

/// The maximum number of errors that are shown.
const COMPLAINTS_MAX: usize = 50;

/// Checks every folder of packs.
pub(super) fn look(config: &Config, directory: &Directory) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in config.packs.iter().filter(|folder| !folder.is_dir()) {
        let says = format!("there is no folder `{}`", folder.display());
        findings.push(Finding::new(Level::Fail, "packs", says));
    }
    let folders: Vec<_> =
        config.folders(directory).into_iter().filter(|folder| folder.is_dir()).collect();
    let loaded = pack::load(&folders, &mut |_, _| Id::from_bytes([0; 12]));
    let (packs, count) = (loaded.packs.len(), loaded.complaints.len());
    if count == 0 {
        let says = format!("{packs} packs, nothing to complain about");
        findings.push(Finding::new(Level::Ok, "packs", says));
    }
    for complaint in loaded.complaints.iter().take(COMPLAINTS_MAX) {
        let level = match complaint.level {
            Complained::Warning => Level::Warn,
            Complained::Error => Level::Fail,
        };
        findings.push(Finding::new(level, "packs", complaint.to_string()));
    }
    if count > COMPLAINTS_MAX {
        let says =
            format!("{} more complaints: `squall pack lint` lists them", count - COMPLAINTS_MAX);
        findings.push(Finding::new(Level::Warn, "packs", says));
    }
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for action in loaded.actions.iter().filter(|action| action.runner().is_none()) {
        *missing.entry(&action.runner_type).or_default() += 1;
    }
    for (runner, count) in missing {
        let says =
            format!("`{runner}` does not exist here: {count} actions that need it cannot run");
        findings.push(Finding::new(Level::Warn, "runners", says));
    }
    findings
}
