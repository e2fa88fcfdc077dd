//! What `/proc` says about a process: memory and time on the processors.

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

/// Returns the memory of a process.
pub(crate) fn memory(pid: Pid) -> anyhow::Result<Memory> {
    let file = format!("/proc/{}/smaps_rollup", pid.as_raw_pid());
    let text = std::fs::read_to_string(&file).with_context(|| format!("failed to read {file}"))?;
    parse_memory(&text).with_context(|| format!("`{file}` has no Rss and Pss"))
}

/// Returns the processor time of a process and of its children that have ended.
pub(crate) fn cpu(pid: Pid) -> anyhow::Result<Duration> {
    read_cpu(&format!("/proc/{}/stat", pid.as_raw_pid()))
}

/// Returns the processor time of this process itself.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    read_cpu("/proc/self/stat")
}

fn read_cpu(file: &str) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(file).with_context(|| format!("failed to read {file}"))?;
    parse_cpu(&text).with_context(|| format!("`{file}` has no times"))
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
    fn this_process_can_be_looked_at() {
        assert!(memory(rustix::process::getpid()).unwrap().rss_mb > 0.5);
        own_cpu().unwrap();
    }
}
