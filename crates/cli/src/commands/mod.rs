//! The commands, one file each; a doc comment on their arguments is their help.

mod up;

use clap::{Parser, Subcommand};

use crate::exit::{self, Code};

/// ChatOps and event-driven automation in one program, compatible with StackStorm
#[derive(Debug, Parser)]
#[command(name = "squall", version, after_help = exit::HELP, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Up),
}

/// Runs a command.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Code> {
    match arguments.command {
        Command::Up(up) => in_runtime(up.run()),
    }
}

fn in_runtime(work: impl Future<Output = anyhow::Result<Code>>) -> anyhow::Result<Code> {
    // Another part may have chosen a provider already; either will do.
    drop(rustls::crypto::ring::default_provider().install_default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let done = runtime.block_on(work);
    // A thread that waits for a terminal must not keep the process.
    runtime.shutdown_background();
    done
}
