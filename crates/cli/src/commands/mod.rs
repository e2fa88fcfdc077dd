//! The commands, one file each; a doc comment on their arguments is their help.

mod alias;
mod apikey;
mod chat;
mod config;
mod doctor;
mod eval;
mod execution;
mod follow;
mod inquiry;
mod pack;
mod policy;
mod policy_type;
mod run;
mod selftest;
mod tail;
mod tree;
mod up;
mod user;
mod watch;
mod workflow;

use clap::{Parser, Subcommand};
use futures_util::future::LocalBoxFuture;

use crate::exit::{self, Code};

/// ChatOps and event-driven automation in one program, compatible with StackStorm
///
/// `squall chat` is all it takes to try it.
#[derive(Debug, Parser)]
#[command(name = "squall", version, after_help = exit::HELP, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Up),
    Chat(chat::Chat),
    Run(run::Run),
    Execution(execution::Execution),
    Inquiry(inquiry::Inquiry),
    Alias(alias::Alias),
    Pack(pack::Pack),
    Policy(policy::Policy),
    PolicyType(policy_type::PolicyType),
    Apikey(apikey::Apikey),
    User(user::User),
    Doctor(doctor::Doctor),
    Workflow(workflow::Workflow),
    Eval(eval::Eval),
    Config(config::Config),
    Selftest(selftest::Selftest),
}

/// Runs a command.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Code> {
    match arguments.command {
        Command::Up(command) => in_runtime(Box::pin(command.run())),
        Command::Chat(command) => in_runtime(Box::pin(command.run())),
        Command::Run(command) => in_runtime(Box::pin(command.run())),
        Command::Execution(command) => in_runtime(Box::pin(command.run())),
        Command::Inquiry(command) => in_runtime(Box::pin(command.run())),
        Command::Alias(command) => in_runtime(Box::pin(command.run())),
        Command::Pack(command) => in_runtime(Box::pin(command.run())),
        Command::Policy(command) => in_runtime(Box::pin(command.run())),
        Command::PolicyType(command) => in_runtime(Box::pin(command.run())),
        Command::Apikey(command) => in_runtime(Box::pin(command.run())),
        Command::User(command) => in_runtime(Box::pin(command.run())),
        Command::Doctor(command) => in_runtime(Box::pin(command.run())),
        Command::Workflow(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Selftest(command) => in_runtime(Box::pin(command.run())),
    }
}

fn in_runtime(work: LocalBoxFuture<'_, anyhow::Result<Code>>) -> anyhow::Result<Code> {
    // Another part may have installed a provider; either works.
    drop(rustls::crypto::ring::default_provider().install_default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let done = runtime.block_on(work);
    // A thread that reads from a terminal must not keep the process alive.
    runtime.shutdown_background();
    done
}
