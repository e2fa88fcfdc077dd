//! The engine in the test house.

mod aliases;
mod executions;
mod inquiries;
mod notifications;
mod robot;
