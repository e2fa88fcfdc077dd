//! The expression languages, from outside.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cases;
mod cast;
mod crypto;
mod eval;
mod jinja;
mod limits;
mod params;
mod shared;
mod values;
mod yaql;
