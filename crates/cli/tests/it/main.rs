//! The binary itself, run as people run it.

#![cfg(test)]

mod bots;
mod chaos;
mod chat;
mod commands;
mod executions;
mod inquiries;
mod policies;
mod rehearsals;
mod squall;
mod tidy;
mod up;
mod workflow;
