//! Tests of the room from the outside.

#![expect(clippy::unwrap_used, reason = "a test that fails here says where")]

mod cases;
mod packs;
mod roots;
