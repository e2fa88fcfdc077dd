//! The binary `squall`: commands, configuration, telemetry, wiring, exit codes.
//!
//! Only here are arguments and the environment read, and only here is anything printed. Each
//! command is a file in [`commands`]; a running Squall is put together in [`server`].

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
