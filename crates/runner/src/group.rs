//! A process with all that it started: its process group, and descendants that left the group.
//!
//! Dropped while armed it kills the group at once, so that a run that is abandoned in the middle
//! leaves nothing behind.

use std::{collections::HashSet, fs};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group},
};

/// A process group that we lead.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Option<Pid>,
    /// Descendants that have been seen outside the group.
    strays: HashSet<Process>,
}

/// A process; its start tells it from a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Process {
    pid: Pid,
    started: u64,
}

struct Entry {
    process: Process,
    parent: i32,
    group: i32,
}

impl Group {
    /// Returns the group that the process `leader` leads.
    pub(crate) fn of(leader: Option<u32>) -> Self {
        let leader = leader.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { leader, strays: HashSet::new() }
    }

    /// Returns the number of the group, 0 when it is disarmed.
    pub(crate) fn id(&self) -> u32 {
        self.leader.map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// Lets the processes live when this is dropped.
    pub(crate) fn disarm(&mut self) {
        self.leader = None;
    }

    /// Looks for descendants outside the group; reads the process table.
    pub(crate) fn look(&mut self) {
        let Some(leader) = self.leader else { return };
        let leader = leader.as_raw_nonzero().get();
        let table = table();
        let mut family = HashSet::from([leader]);
        family.extend(self.strays.iter().map(|stray| stray.pid.as_raw_nonzero().get()));
        loop {
            let before = family.len();
            for entry in &table {
                if entry.group == leader || family.contains(&entry.parent) {
                    family.insert(entry.process.pid.as_raw_nonzero().get());
                }
            }
            if family.len() == before {
                break;
            }
        }
        let outside = table.iter().filter(|entry| entry.group != leader);
        let outside = outside.map(|entry| entry.process);
        self.strays
            .extend(outside.filter(|process| family.contains(&process.pid.as_raw_nonzero().get())));
        self.strays.retain(|stray| table.iter().any(|entry| entry.process == *stray));
    }

    /// Sends `signal` to the group and to the strays.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Errno> {
        for stray in self.strays.iter().filter(|stray| stray.lives()) {
            // One that is gone needs no signal.
            let _ = kill_process(stray.pid, signal);
        }
        match self.leader.map(|leader| kill_process_group(leader, signal)) {
            Some(Err(error)) if error != Errno::SRCH => Err(error),
            _ => Ok(()),
        }
    }

    /// Tells whether any process of it is left.
    pub(crate) fn lives(&self) -> bool {
        let group = self
            .leader
            .is_some_and(|leader| !matches!(test_kill_process_group(leader), Err(Errno::SRCH)));
        group || self.strays.iter().any(Process::lives)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.leader.is_some() {
            let _ = self.signal(Signal::KILL);
        }
    }
}

impl Process {
    fn lives(&self) -> bool {
        entry(&self.pid.as_raw_nonzero().to_string())
            .is_some_and(|entry| entry.process.started == self.started)
    }
}

fn table() -> Vec<Entry> {
    let Ok(directory) = fs::read_dir("/proc") else { return Vec::new() };
    let names = directory.flatten().map(|item| item.file_name());
    names.filter_map(|name| entry(name.to_str()?)).collect()
}

/// Reads `/proc/<pid>/stat`. The name in it is in parentheses and may contain anything; zombies
/// are left out.
fn entry(name: &str) -> Option<Entry> {
    let pid = Pid::from_raw(name.parse().ok()?)?;
    let stat = fs::read(format!("/proc/{name}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    let parent = fields.get(1)?.parse().ok()?;
    let group = fields.get(2)?.parse().ok()?;
    let started = fields.get(19)?.parse().ok()?;
    Some(Entry { process: Process { pid, started }, parent, group })
}
