//! The engine in the test house.

mod aliases;
mod chains;
mod executions;
mod inquiries;
mod notifications;
mod policies;
mod robot;
mod workflows;
