//! A real SMTP server: aiosmtpd, writing what it takes into a mail folder.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::server::{Server, free_port};

/// An SMTP server on a free port.
#[derive(Debug)]
pub struct Smtpd {
    /// The port.
    pub port: u16,
    folder: TempDir,
    _server: Server,
}

impl Smtpd {
    /// Starts the server.
    ///
    /// # Errors
    /// Fails when it is not installed or does not answer.
    pub async fn start() -> Result<Self> {
        let port = free_port()?;
        let folder = TempDir::new()?;
        let mailbox = folder.path().join("mail");
        let address = format!("127.0.0.1:{port}");
        let mailbox = mailbox.to_string_lossy();
        let arguments =
            ["-m", "aiosmtpd", "-n", "-l", &address, "-c", "aiosmtpd.handlers.Mailbox", &mailbox];
        let server =
            Server::start("/usr/bin/python3", &arguments, port, "python3-aiosmtpd").await?;
        Ok(Self { port, folder, _server: server })
    }

    /// Returns the e-mails that were taken, as texts.
    ///
    /// # Errors
    /// Fails when they cannot be read.
    pub fn taken(&self) -> Result<Vec<String>> {
        let new = self.folder.path().join("mail/new");
        if !Path::new(&new).exists() {
            return Ok(Vec::new());
        }
        let mut texts = Vec::new();
        for entry in fs::read_dir(&new).context("the mail folder cannot be read")? {
            texts.push(fs::read_to_string(entry?.path())?);
        }
        Ok(texts)
    }

    /// Waits for so many e-mails.
    ///
    /// # Errors
    /// Fails when they do not come within ten seconds.
    #[expect(clippy::disallowed_methods, reason = "a real server tells the house nothing")]
    pub async fn wait_for(&self, count: usize) -> Result<Vec<String>> {
        for _ in 0..500 {
            let taken = self.taken()?;
            if taken.len() >= count {
                return Ok(taken);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("{count} e-mails did not come, but {}", self.taken()?.len());
    }
}
