//! Chat networks, tested against a real IRC server and against scripted bad ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod network;
mod ngircd;
mod person;
mod support;
