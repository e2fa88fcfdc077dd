//! What the machine itself allows, without Squall: durable writes and starts of processes.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use crate::report::Report;

const LASTING: Duration = Duration::from_secs(1);

/// Measures each limit for a second.
pub(crate) fn measure(directory: &Path, report: &mut Report) -> anyhow::Result<()> {
    eprintln!("  the machine itself");
    let mut add = |name: &str, rate: f64| report.add(name, "per second", rate);
    add("machine: append 100 bytes, fdatasync", durable_appends(directory)?);
    add("machine: fork and exec /bin/true, 1 thread", on_threads(1, run_true)?);
    add("machine: fork and exec /bin/true, 4 threads", on_threads(4, run_true)?);
    add("machine: sh -c 'echo hi' with pipes, 1 thread", on_threads(1, run_shell)?);
    add("machine: sh -c 'echo hi' with pipes, 4 threads", on_threads(4, run_shell)?);
    Ok(())
}

fn durable_appends(directory: &Path) -> anyhow::Result<f64> {
    let directory = tempfile::tempdir_in(directory)?;
    let mut file = File::create(directory.path().join("appends"))?;
    rate(|| {
        file.write_all(&[b'x'; 100])?;
        Ok(file.sync_data()?)
    })
}

fn run_true() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "starting processes is what is measured")]
    let status = Command::new("/bin/true").status().context("failed to run /bin/true")?;
    ensure!(status.success(), "/bin/true ended with {status}");
    Ok(())
}

fn run_shell() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "starting processes is what is measured")]
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo hi"]).stdin(Stdio::null());
    let output = command.output().context("failed to run /bin/sh")?;
    ensure!(output.stdout == b"hi\n", "`echo hi` did not say hi");
    Ok(())
}

fn on_threads(threads: usize, once: fn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| rate(once))).collect();
        let rates = running.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread panicked")))
        });
        rates.sum()
    })
}

/// Returns how often per second something can be done.
fn rate(mut once: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < LASTING {
        once()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
