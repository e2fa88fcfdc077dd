//! `squall up`: runs Squall until it is told to stop.

use std::path::PathBuf;

use clap::Args;
use model::Principal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::{self, Config, LogFormat},
    connection::Place,
    exit::Code,
    server::Server,
    telemetry,
};

/// Run Squall: engine, API, chat networks
///
/// On a fresh data directory this makes an administrator, whose API key is in `DIR/admin.key`.
/// Packs are read from `DIR/packs`, each `--packs`, and last from those that ship; the first
/// one of a name counts. TERM and INT stop, HUP reads the packs again.
///
/// Example: squall up --data /var/lib/squall --listen 127.0.0.1:9180
#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    place: Place,
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:9180]
    #[arg(long, env = "SQUALL_LISTEN", value_name = "HOST:PORT")]
    listen: Option<String>,
    /// A folder of packs; may be given several times
    #[arg(long, env = "SQUALL_PACKS", value_name = "DIR", value_delimiter = ':')]
    packs: Vec<PathBuf>,
    /// Serve StackStorm's ports 9100, 9101 and 9102 as well
    #[arg(long)]
    st2_ports: bool,
    /// How the log is written
    #[arg(long, env = "SQUALL_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

impl Up {
    fn config(&self) -> anyhow::Result<Config> {
        let mut config = self.place.config()?;
        config.listen = self.listen.clone().or(config.listen);
        if !self.packs.is_empty() {
            config.packs.clone_from(&self.packs);
        }
        config.st2_ports |= self.st2_ports;
        config.log_format = self.log_format.unwrap_or(config.log_format);
        Ok(config)
    }

    /// Runs until a signal.
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        let config = self.config()?;
        telemetry::log_to_stderr(config.log_format, config.log.as_deref())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        raise_file_limit();
        warn_of_variables();
        let directory = config.directory()?;
        let mut server = Server::start(&config, &directory, telemetry::start_metrics()?).await?;
        tracing::info!(data = %directory.path().display(), "Squall listens at {}", server.url);
        let failure = loop {
            tokio::select! {
                _ = interrupt.recv() => break None,
                _ = terminate.recv() => break None,
                _ = hangup.recv() => reload(&server).await,
                error = server.failed() => break Some(error),
            }
        };
        tracing::info!("Squall stops");
        tokio::select! {
            () = server.stop() => {}
            _ = interrupt.recv() => tracing::warn!("Squall was told twice: it stops at once"),
            _ = terminate.recv() => tracing::warn!("Squall was told twice: it stops at once"),
        }
        failure.map_or(Ok(Code::Ok), Err)
    }
}

async fn reload(server: &Server) {
    match server.engine.content().reload(&Principal::system("squall")).await {
        Ok(reloaded) => {
            let counts: Vec<String> =
                reloaded.counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let complaints = reloaded.complaints.len();
            tracing::info!(complaints, "The packs were read again: {}", counts.join(", "));
        }
        Err(error) => tracing::error!(%error, "The packs could not be read again"),
    }
}

/// Raises the limit of open files: each connection and each pipe is one.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "The limit of open files stays as it is");
    }
}

fn warn_of_variables() {
    for (name, near) in config::unknown_variables() {
        match near {
            Some(near) => {
                tracing::warn!("`{name}` means nothing to Squall: did you mean `{near}`?");
            }
            None => tracing::warn!("`{name}` means nothing to Squall"),
        }
    }
}
