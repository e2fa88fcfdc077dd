//! The server that is measured: a child of this process on a directory of its own.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::{
    http::{Connection, Target},
    load::Kind,
};

const READY_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is asked whether it is ready.
const POLL: Duration = Duration::from_millis(1);

/// A running server. When it is dropped without [`Server::stop`] it is killed.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pid: Pid,
    log: PathBuf,
    pub(crate) target: Target,
    /// From its start to the first command that it accepted.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts the program and waits until it has accepted a command.
    pub(crate) async fn start(
        binary: &Path,
        directory: &Path,
        more: &[String],
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let log = directory.join("squall-bench.log");
        let output = std::fs::File::create(&log)?;
        let data = directory.join("data");
        #[expect(clippy::disallowed_methods, reason = "starting the server is this tool's job")]
        let mut command = Command::new(binary);
        command.arg("up").arg("--data").arg(&data).arg("--listen").arg(address.to_string());
        command.args(more).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let started_at = Instant::now();
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("failed to start `{}`; build it first", binary.display()))?;
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        let pid = pid.context("the server has no process id")?;
        let target = wait_until_ready(&mut child, address, &data.join("admin.key"), started_at)
            .await
            .with_context(|| format!("the server says: {}", tail(&log)))?;
        Ok(Self { child, pid, log, target, ready_after: started_at.elapsed() })
    }

    /// Returns the id of the server's process.
    pub(crate) const fn pid(&self) -> Pid {
        self.pid
    }

    /// Asks the server to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        kill_process(self.pid, Signal::TERM)?;
        let ended = timeout(STOP_TIMEOUT, self.child.wait()).await;
        let status = ended.context("the server did not stop within 30 s")??;
        ensure!(status.success(), "the server stopped with {status}: {}", tail(&self.log));
        Ok(())
    }
}

async fn wait_until_ready(
    child: &mut Child,
    address: SocketAddr,
    key_file: &Path,
    started_at: Instant,
) -> anyhow::Result<Target> {
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("the server ended before it was ready: {status}");
        }
        match try_command(address, key_file).await {
            Ok(target) => return Ok(target),
            Err(error) if started_at.elapsed() > READY_TIMEOUT => {
                return Err(error.context("the server was not ready within 60 s"));
            }
            Err(_) => crate::pause::pause(POLL).await,
        }
    }
}

async fn try_command(address: SocketAddr, key_file: &Path) -> anyhow::Result<Target> {
    let mut connection =
        Connection::open(&Target { address, api_key: String::new() }).await.context("no port")?;
    let api_key = std::fs::read_to_string(key_file).context("no key")?.trim().to_owned();
    let target = Target { address, api_key };
    let (status, body) = connection.send(&Kind::Noop.request(&target)).await?;
    ensure!(status == 201, "it answers {status}: {}", String::from_utf8_lossy(body));
    Ok(target)
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(10).collect();
    if lines.is_empty() {
        return "nothing".to_owned();
    }
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_ends_at_once_is_told_with_what_it_said() {
        let directory = tempfile::tempdir().unwrap();
        let binary = directory.path().join("squall");
        let more = ["no such thing".to_owned()];
        let error = Server::start(&binary, directory.path(), &[]).await.unwrap_err();
        assert!(error.to_string().contains("build it first"), "{error}");
        // `cat up --data …` complains and ends.
        let error = Server::start(Path::new("/bin/cat"), directory.path(), &more).await;
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.starts_with("the server says: "), "{error}");
        assert!(error.contains("unrecognized option"), "{error}");
        assert!(error.contains("the server ended before it was ready: exit status: 1"), "{error}");
    }
}
