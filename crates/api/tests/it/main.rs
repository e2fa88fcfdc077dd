//! The API as its clients see it: real requests to a Squall in the test house.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod content;
mod doors;
mod executions;
mod garbage;
mod http;
mod inquiries;
mod policies;
mod recorded;
mod rooms;
mod shell;
mod stream;
