//! The Squall of the prompt: one that runs already, or one that is started in this process.

use std::time::Duration;

use client::{Client, Credential};

use crate::{
    connection::{self, Target},
    data::Directory,
    server::Server,
    telemetry,
};

/// The time that another process may take to start.
const START_MAX: Duration = Duration::from_secs(5);
/// The polling interval meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// The Squall of the prompt.
pub(super) struct Host {
    /// A client of it.
    pub(super) client: Client,
    /// The server, if it was started in this process.
    pub(super) server: Option<Server>,
}

/// Finds a running Squall, or starts one.
pub(super) async fn find(target: &Target, directory: &Directory) -> anyhow::Result<Host> {
    let is_named = target.url.is_some() || target.key.is_some() || target.key_file.is_some();
    if is_named {
        let client = target.connect()?;
        client.healthz().await?;
        return Ok(Host { client, server: None });
    }
    if let Some(client) = running(directory).await? {
        return Ok(Host { client, server: None });
    }
    match start(target, directory).await {
        Ok(host) => Ok(host),
        Err(error) if matches!(error.downcast_ref(), Some(store::Error::Locked(_))) => {
            let Some(client) = wait_for(directory).await? else { return Err(error) };
            Ok(Host { client, server: None })
        }
        Err(error) => Err(error),
    }
}

async fn running(directory: &Directory) -> anyhow::Result<Option<Client>> {
    let Some(run) = directory.read_run() else { return Ok(None) };
    // After a kill the file is left, and nothing listens at its address.
    if Client::new(&run.url, Credential::None)?.healthz().await.is_err() {
        return Ok(None);
    }
    let key = connection::admin_key(directory)?;
    Ok(Some(Client::new(&run.url, Credential::ApiKey(key))?))
}

async fn wait_for(directory: &Directory) -> anyhow::Result<Option<Client>> {
    let looking = async {
        loop {
            if let Some(client) = running(directory).await? {
                return Ok(client);
            }
            crate::pause::pause(LOOK).await;
        }
    };
    tokio::time::timeout(START_MAX, looking).await.ok().transpose()
}

async fn start(target: &Target, directory: &Directory) -> anyhow::Result<Host> {
    let mut config = target.place.config()?;
    // The address is used by this process only: any free port works.
    config.listen = Some("127.0.0.1:0".to_owned());
    directory.prepare(config.actions.run_as.is_some())?;
    telemetry::log_to_file(&directory.log(), config.log.as_deref())?;
    let server = Server::start(&config, directory, telemetry::start_metrics()?).await?;
    let key = connection::admin_key(directory)?;
    let client = Client::new(&server.url, Credential::ApiKey(key))?;
    Ok(Host { client, server: Some(server) })
}
