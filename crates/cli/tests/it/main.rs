//! The binary itself, run as people run it.

#![cfg(test)]

mod bots;
mod chaos;
mod chat;
mod commands;
mod inquiries;
mod policies;
mod squall;
mod tidy;
mod up;
mod workflow;
