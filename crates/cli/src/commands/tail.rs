//! The output of an execution as it comes.

use std::pin::pin;

use anyhow::Context as _;
use client::{Client, execution::Output};
use futures_util::StreamExt as _;
use serde_json::Value;

use crate::print;

/// Prints what an execution writes, until its end.
pub(super) async fn tail(client: &Client, id: &str) -> anyhow::Result<()> {
    let mut events = pin!(client.output_stream(id, Output::All).await?);
    while let Some(event) = events.next().await {
        let event = event?;
        if event.name == "EOF" {
            break;
        }
        let document: Value =
            serde_json::from_str(&event.data).context("an event of the stream cannot be read")?;
        print::raw(&print::for_stdout(document["data"].as_str().unwrap_or_default()));
    }
    Ok(())
}
