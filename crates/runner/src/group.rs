//! A process with its descendants: its process group, and those that left the group.
//!
//! Dropping a [`Group`] that is not disarmed kills the processes, so that a dropped run leaves none
//! behind.

use std::{collections::HashSet, fs};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group},
};

/// A process group, led by a process that was started here.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Option<Pid>,
    /// Descendants that were found outside the group.
    strays: HashSet<Process>,
}

/// A process; its start time tells it from a later one with the same id.
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

    /// Returns the id of the group, 0 when it is disarmed.
    pub(crate) fn id(&self) -> u32 {
        self.leader.map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// Keeps the processes alive when this is dropped.
    pub(crate) fn disarm(&mut self) {
        self.leader = None;
    }

    /// Finds descendants outside the group in the process table.
    pub(crate) fn find_strays(&mut self) {
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
        for stray in self.strays.iter().filter(|stray| stray.is_alive()) {
            // A process that has ended needs no signal.
            let _ = kill_process(stray.pid, signal);
        }
        match self.leader.map(|leader| kill_process_group(leader, signal)) {
            Some(Err(error)) if error != Errno::SRCH => Err(error),
            _ => Ok(()),
        }
    }

    /// Tells whether any of its processes is alive.
    pub(crate) fn is_alive(&self) -> bool {
        let group = self
            .leader
            .is_some_and(|leader| !matches!(test_kill_process_group(leader), Err(Errno::SRCH)));
        group || self.strays.iter().any(Process::is_alive)
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
    fn is_alive(&self) -> bool {
        entry(&self.pid.as_raw_nonzero().to_string())
            .is_some_and(|entry| entry.process.started == self.started)
    }
}

fn table() -> Vec<Entry> {
    let Ok(directory) = fs::read_dir("/proc") else { return Vec::new() };
    let names = directory.flatten().map(|item| item.file_name());
    names.filter_map(|name| entry(name.to_str()?)).collect()
}

/// Parses `/proc/<pid>/stat`, where the name is in parentheses and may contain anything. None for
/// zombies.
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
