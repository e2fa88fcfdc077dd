//! Runs one action and streams its output: shell commands, scripts, HTTP requests, e-mails.
//!
//! Nothing here knows the store or the rooms above, so it works the same on another machine. Beside
//! [`run()`] are the parts that runners share: processes, their output, arguments, parameters.

mod arguments;
mod capture;
mod context;
mod failure;
mod group;
mod limits;
pub mod native;
mod parameter;
mod pause;
mod process;
mod program;
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
