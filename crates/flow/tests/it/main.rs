//! Workflows, from outside.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod chain;
mod conductor;
mod graph;
mod inspect;
mod properties;
mod script;
