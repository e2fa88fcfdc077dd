//! The running Squall: whether it is reachable, and the state of its chat networks.

use client::{Client, Credential};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{Finding, Level};
use crate::{config::Config, data::Directory};

/// Checks the Squall on the data directory, or whether one can start.
pub(super) async fn look(config: &Config, directory: &Directory) -> Vec<Finding> {
    let what = "squall";
    let Some(run) = directory.read_run() else {
        return vec![
            Finding::new(Level::Warn, what, "does not run: `squall up` starts it"),
            port(config).await,
        ];
    };
    let (url, pid) = (&run.url, run.pid);
    let asked = match Client::new(url, Credential::None) {
        Ok(client) => client.health().await,
        Err(error) => Err(error),
    };
    let health = match asked {
        Ok(health) => health,
        Err(error) => {
            let says = format!(
                "process {pid} should answer at {url} and does not: {error}. When it was killed, start `squall up` again"
            );
            return vec![Finding::new(Level::Fail, what, says)];
        }
    };
    let version = health["version"].as_str().unwrap_or_default();
    let says = format!("{version} answers at {url} (process {pid})");
    let mut findings = vec![Finding::new(Level::Ok, what, says)];
    findings.extend(health["chat"].as_array().into_iter().flatten().map(network));
    findings
}

fn network(network: &Value) -> Finding {
    let what = format!("chat {}", network["name"].as_str().unwrap_or_default());
    let reason = network["reason"].as_str();
    match (network["up"].as_bool(), reason) {
        (Some(true), None) => Finding::new(Level::Ok, &what, "is up"),
        (Some(true), Some(reason)) => {
            Finding::new(Level::Warn, &what, format!("is up, but {reason}"))
        }
        _ => {
            let reason = reason.unwrap_or("nobody knows why");
            let says = format!(
                "is deaf: {reason}. It connects again by itself; see its section in the configuration"
            );
            Finding::new(Level::Fail, &what, says)
        }
    }
}

async fn port(config: &Config) -> Finding {
    let listen = config.listen();
    match TcpListener::bind(listen).await {
        Ok(_) => Finding::new(Level::Ok, "port", format!("`{listen}` is free")),
        Err(error) => {
            let says =
                format!("cannot listen on `{listen}`: {error}; choose another with `--listen`");
            Finding::new(Level::Fail, "port", says)
        }
    }
}
