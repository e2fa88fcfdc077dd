//! `squall chat`: a prompt for talking to the robot.
//!
//! It connects to the Squall on the data directory, or starts one in this process until the prompt
//! ends.

mod conversation;
mod host;
mod output;
mod prompt;

use std::{io::IsTerminal as _, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use client::{Client, Listing};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, stdin},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use self::{
    conversation::Conversation,
    output::{Output, Sink},
};
use crate::{connection::Target, data::Directory, exit::Code, print};

/// The maximum number of lines that wait to be sent.
const LINES_MAX: usize = 16;
/// The longest line, in bytes.
const LINE_MAX: usize = 1 << 20;

/// Talk to the robot
///
/// A Squall is started in this process unless one runs on the data directory; `--url` names
/// another one. Say `help` to learn what can be said; `exit` or Ctrl-D ends. When standard input
/// is no terminal, each line is a command, and the end comes after all answers.
///
/// Example: echo 'disk report' | squall chat
#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// Print each answer and each result as a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Chat {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        let directory = self.target.place.directory()?;
        let host = print::wait("starting Squall", host::find(&self.target, &directory)).await?;
        let is_terminal =
            std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !self.json;
        let done = if is_terminal {
            at_prompt(&host.client, &directory).await
        } else {
            from_pipe(&host.client, self.json).await
        };
        if let Some(server) = host.server {
            server.stop().await;
        }
        done
    }
}

/// Resolves on a signal to end.
async fn asked_to_end() -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

async fn from_pipe(client: &Client, json: bool) -> anyhow::Result<Code> {
    let sink = if json { Sink::Json } else { Sink::Text };
    let conversation = Conversation::open(client, Output::new(sink)).await?;
    let talking = async {
        let mut lines = BufReader::new(stdin());
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let count = lines.read_until(b'\n', &mut bytes).await;
            if count.context("cannot read standard input")? == 0 {
                break;
            }
            let line = String::from_utf8_lossy(&bytes);
            let line = line.trim();
            if is_exit(line) {
                break;
            }
            anyhow::ensure!(line.len() <= LINE_MAX, "a line has more than {LINE_MAX} bytes");
            if !line.is_empty() {
                conversation.say(line).await?;
            }
        }
        conversation.settle().await
    };
    tokio::select! {
        done = talking => done?,
        end = asked_to_end() => {
            end?;
            return Ok(Code::Failed);
        }
    }
    Ok(Code::Ok)
}

async fn at_prompt(client: &Client, directory: &Directory) -> anyhow::Result<Code> {
    let (lines, mut said) = mpsc::channel(LINES_MAX);
    greet(client).await?;
    let mut prompt = prompt::Prompt::start(directory, lines)?;
    let output = Output::new(Sink::Prompt(prompt.printer()?));
    let conversation = Arc::new(Conversation::open(client, output).await?);
    let mut end = std::pin::pin!(asked_to_end());
    loop {
        prompt.next();
        let line = tokio::select! {
            line = said.recv() => line,
            _ = &mut end => None,
        };
        let Some(line) = line.filter(|line| !is_exit(line)) else { break };
        if line.is_empty() {
            continue;
        }
        tokio::select! {
            said = print::wait("thinking", conversation.say(&line)) => conversation.report(said),
            _ = &mut end => break,
        }
        conversation.remind();
    }
    prompt.restore();
    Ok(Code::Ok)
}

fn is_exit(line: &str) -> bool {
    matches!(line, "exit" | "quit")
}

/// Suggests commands from those that exist.
async fn greet(client: &Client) -> anyhow::Result<()> {
    let help = client.alias_help("", &Listing { limit: Some(-1), ..Listing::default() }).await?;
    let all: Vec<String> = help.helpstrings.into_iter().filter_map(|one| one.display).collect();
    // The best known command first, then those without arguments.
    let bare = all.iter().filter(|display| !display.contains(['<', '{']) || display.contains('['));
    let search = all.iter().find(|display| display.starts_with("google "));
    let mut examples = vec!["`help`".to_owned()];
    for display in search.into_iter().chain(bare).take(3) {
        let example = match display.split_once('[') {
            Some((before, _)) => before.trim().replace("{{query}}", "cats"),
            None => display.clone(),
        };
        let example = format!("`{}`", print::clean(&example));
        if !examples.contains(&example) {
            examples.push(example);
        }
    }
    print::talk(format_args!("Squall listens. Try {}; `exit` ends.", examples.join(", ")));
    Ok(())
}
