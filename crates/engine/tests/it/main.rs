//! The engine in the test house.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod aliases;
mod chains;
mod events;
mod examples;
mod executions;
mod inquiries;
mod notifications;
mod orders;
mod policies;
mod robot;
mod steering;
mod workflows;
