//! The section `[smtp]`: the mail server. Without it the local `sendmail` is used.

use std::path::PathBuf;

use chat::secret::{self, Secret};
use runner::smtp;
use serde::{Deserialize, Serialize};

/// The mail server.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Smtp {
    /// The host.
    host: String,
    /// The port; by default 587 with STARTTLS, 465 with TLS, 25 without.
    port: Option<u16>,
    /// The encryption of the connection.
    #[serde(default)]
    security: Security,
    /// The account.
    username: Option<String>,
    /// The account's password.
    password: Option<Secret>,
    /// A file with the account's password.
    password_file: Option<PathBuf>,
}

/// The encryption of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Security {
    /// None.
    None,
    /// STARTTLS.
    #[default]
    Starttls,
    /// TLS from the start.
    Tls,
}

impl Smtp {
    /// Returns the settings of the runner.
    pub(super) fn read(&self) -> anyhow::Result<smtp::Smtp> {
        let (security, port) = match self.security {
            Security::None => (smtp::Security::None, 25),
            Security::Starttls => (smtp::Security::Starttls, 587),
            Security::Tls => (smtp::Security::Tls, 465),
        };
        Ok(smtp::Smtp {
            host: self.host.clone(),
            port: self.port.unwrap_or(port),
            security,
            username: self.username.clone(),
            password: secret::read(
                "password",
                self.password.as_ref(),
                self.password_file.as_deref(),
            )?,
        })
    }
}
