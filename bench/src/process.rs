//! What `/proc` says about a process: memory, time on the processors, bytes written, switches.

use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Pid;

/// The unit of times in `/proc`: `USER_HZ` is 100 on Linux.
const TICK: Duration = Duration::from_millis(10);

/// The memory of a process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Memory {
    /// What is resident.
    pub(crate) rss_mb: f64,
    /// The same, with pages that several processes share divided among them.
    pub(crate) pss_mb: f64,
}

/// What a process has used since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    /// Time on the processors, that of its children that have ended included.
    pub(crate) cpu: Duration,
    /// Bytes that were written to files on a disk.
    pub(crate) bytes_written: u64,
    /// How often it wrote, to whatever.
    pub(crate) writes: u64,
    /// How often its threads left a processor.
    pub(crate) switches: u64,
}

impl Usage {
    /// Returns what was used since an earlier look.
    pub(crate) const fn since(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            bytes_written: self.bytes_written.saturating_sub(earlier.bytes_written),
            writes: self.writes.saturating_sub(earlier.writes),
            // Threads that have ended took their counts with them.
            switches: self.switches.saturating_sub(earlier.switches),
        }
    }
}

/// Returns the memory of a process.
pub(crate) fn memory(pid: Pid) -> anyhow::Result<Memory> {
    let file = format!("/proc/{}/smaps_rollup", pid.as_raw_pid());
    parse_memory(&read(&file)?).with_context(|| format!("`{file}` has no Rss and Pss"))
}

/// Returns what a process has used.
pub(crate) fn usage(pid: Pid) -> anyhow::Result<Usage> {
    let folder = format!("/proc/{}", pid.as_raw_pid());
    let io = read(&format!("{folder}/io"))?;
    let count = |key: &str| field(&io, key).with_context(|| format!("`{folder}/io` has no {key}"));
    let mut switches = 0;
    for task in std::fs::read_dir(format!("{folder}/task"))? {
        // A thread may end while it is looked at.
        let status = std::fs::read_to_string(task?.path().join("status")).unwrap_or_default();
        for key in ["voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"] {
            switches += field(&status, key).unwrap_or_default();
        }
    }
    Ok(Usage {
        cpu: read_cpu(&format!("{folder}/stat"))?,
        bytes_written: count("write_bytes:")?,
        writes: count("syscw:")?,
        switches,
    })
}

/// Returns the processor time of this process itself.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    read_cpu("/proc/self/stat")
}

fn read(file: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("failed to read {file}"))
}

fn read_cpu(file: &str) -> anyhow::Result<Duration> {
    parse_cpu(&read(file)?).with_context(|| format!("`{file}` has no times"))
}

/// Returns the number of a line that begins with a key.
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().parse().ok()
}

fn parse_memory(text: &str) -> Option<Memory> {
    let find = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        let kib: f64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
        Some(kib * 1024.0 / 1e6)
    };
    Some(Memory { rss_mb: find("Rss:")?, pss_mb: find("Pss:")? })
}

fn parse_cpu(text: &str) -> Option<Duration> {
    // The name in parentheses may contain anything; the numbers come after it.
    let (_, numbers) = text.rsplit_once(')')?;
    let times: Vec<u32> =
        numbers.split_whitespace().skip(11).take(4).map_while(|text| text.parse().ok()).collect();
    (times.len() == 4).then(|| TICK * times.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_megabytes() {
        let text = "5500-7ffe [rollup]\nRss:   50000 kB\nPss:     25000 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(parse_memory(text), Some(Memory { rss_mb: 51.2, pss_mb: 25.6 }));
        assert_eq!(parse_memory("Rss: 1 kB"), None);
    }

    #[test]
    fn processor_time_includes_children_whatever_the_name_is() {
        let text = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0";
        assert_eq!(parse_cpu(text), Some(Duration::from_millis(1_270)));
        assert_eq!(parse_cpu("42 (a) S 1 2"), None);
    }

    #[test]
    fn fields_are_found_by_their_whole_key() {
        let text = "wchar: 12\nsyscw: 7\nwrite_bytes: 4096\ncancelled_write_bytes: 1\n";
        assert_eq!(field(text, "write_bytes:"), Some(4096));
        assert_eq!(field(text, "syscw:"), Some(7));
        assert_eq!(field(text, "read_bytes:"), None);
    }

    #[test]
    fn this_process_can_be_looked_at() {
        let pid = rustix::process::getpid();
        assert!(memory(pid).unwrap().rss_mb > 0.5);
        own_cpu().unwrap();
        let before = usage(pid).unwrap();
        std::thread::spawn(std::thread::yield_now).join().unwrap();
        let used = usage(pid).unwrap().since(before);
        assert!(used.switches > 0, "{used:?}");
    }
}
