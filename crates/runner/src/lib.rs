//! One action to one outcome, its output streamed: shell, script, HTTP, e-mail.
//!
//! A runner knows no store and no engine, so it works the same on a far machine. What every
//! runner may use stands beside [`run()`]: processes, their output, arguments, parameters.

mod arguments;
mod capture;
mod context;
mod failure;
#[cfg(fuzzing)]
pub mod fuzzing;
mod group;
mod limits;
mod literal;
pub mod native;
mod parameter;
mod pause;
mod process;
mod run;
mod shell;
pub mod smtp;
mod sudo;
mod worktree;

pub use crate::{
    context::Context,
    limits::Limits,
    native::Native,
    run::{is_harmless, run},
    smtp::Smtp,
};
