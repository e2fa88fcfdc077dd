//! The engine in the test house.

mod aliases;
mod executions;
mod notifications;
mod robot;
