//! The Squall under test: this very program, as a child that is stopped, killed and started again.

use std::{
    fs::OpenOptions,
    net::TcpListener,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use client::{Client, Credential};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::chance::Chance;
use crate::{connection, data::Directory};

/// How often it is looked whether it answers.
const LOOK: Duration = Duration::from_millis(10);

/// A Squall of our own.
#[derive(Debug)]
pub(super) struct Squall {
    child: Child,
    /// When it was started.
    pub(super) started: Instant,
}

impl Squall {
    /// Starts one; it does not answer yet.
    pub(super) fn start(directory: &Directory, port: u16) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("this program has no file")?;
        let log = OpenOptions::new().create(true).append(true).open(directory.log())?;
        #[expect(clippy::disallowed_methods, reason = "what is tested is a process of its own")]
        let mut command = Command::new(program);
        command.arg("up").arg("--data").arg(directory.path());
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        // What is configured for the Squall of this machine is not meant for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SQUALL_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let child = command.spawn().context("cannot start this program again")?;
        Ok(Self { child, started: Instant::now() })
    }

    /// Starts one and waits until it answers; returns a client of it, too.
    pub(super) async fn ready(
        directory: &Directory,
        port: u16,
        start_max: Duration,
    ) -> anyhow::Result<(Self, Client)> {
        let mut squall = Self::start(directory, port)?;
        let client = squall.answers(directory, port, start_max).await?;
        Ok((squall, client))
    }

    async fn answers(
        &mut self,
        directory: &Directory,
        port: u16,
        start_max: Duration,
    ) -> anyhow::Result<Client> {
        let url = format!("http://127.0.0.1:{port}");
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("Squall ended at its start ({status}): see `{}`", directory.log().display());
            }
            let is_ours = directory.read_run().is_some_and(|run| Some(run.pid) == self.child.id());
            if is_ours && Client::new(&url, Credential::None)?.healthz().await.is_ok() {
                let key = connection::admin_key(directory)?;
                return Ok(Client::new(&url, Credential::ApiKey(key))?);
            }
            if self.started.elapsed() > start_max {
                bail!("Squall does not answer {} s after its start", start_max.as_secs());
            }
            crate::pause::pause(LOOK).await;
        }
    }

    /// Kills it, as a failing machine would.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("cannot kill the Squall that was started")
    }

    /// Asks it to stop and returns how it did, or nothing when it did not in time.
    pub(super) async fn stop(mut self, stop_max: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let pid = pid.context("the Squall that was started has ended by itself")?;
        kill_process(pid, Signal::TERM)?;
        match tokio::time::timeout(stop_max, self.child.wait()).await {
            Ok(ended) => Ok(Some(ended?)),
            Err(_) => {
                self.child.kill().await?;
                Ok(None)
            }
        }
    }
}

/// Returns a port that is free, and that no outgoing connection is given meanwhile.
pub(super) fn free_port(chance: &mut Chance) -> anyhow::Result<u16> {
    for _ in 0..1_000 {
        let port = u16::try_from(chance.between(15_000, 32_000))?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("there is no free port")
}
