//! Servers of the operating system, started on free ports of the loopback address.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How long a server may take to answer.
const START_MAX: Duration = Duration::from_secs(20);

/// Returns a port of the loopback address that is free at the moment.
///
/// # Errors
/// Fails when there is none.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// A child process that ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts a program and waits until its port answers.
    #[expect(clippy::disallowed_methods, reason = "a real server tells the house nothing")]
    pub(crate) async fn start(
        program: &str,
        arguments: &[&str],
        port: u16,
        package: &str,
    ) -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the test house starts real servers")]
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| {
            format!("`{program}` cannot be started: run ./check, or apt-get install {package}")
        })?;
        let mut server = Self { child };
        let deadline = Instant::now() + START_MAX;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("`{program}` ended at once ({status}): is the package {package} whole?");
            }
            if Instant::now() > deadline {
                bail!("`{program}` does not answer on port {port}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended already is what is wanted.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}
