//! Tests of the room from the outside.

#![expect(clippy::unwrap_used, reason = "a test that fails here says where")]

mod dates;
mod fnmatch;
mod literal;
mod re;
mod yaml;
