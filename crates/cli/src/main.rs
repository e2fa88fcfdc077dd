//! The binary `squall`: commands, configuration, telemetry, exit codes.
//!
//! Only this crate reads arguments and the environment, and prints. Each command is a file in
//! [`commands`]; [`server`] starts the house of `engine` with its listeners.

mod admin;
mod clock;
mod commands;
mod config;
mod connection;
mod data;
mod environment;
mod exit;
mod pause;
mod print;
mod report;
mod server;
mod shipped;
mod suggest;
mod table;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = commands::Arguments::parse();
    let done = commands::run(arguments);
    report::finish(done).into()
}
