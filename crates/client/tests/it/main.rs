//! The client against a server that follows a script.

#![cfg(test)]

mod calls;
mod failures;
mod script;
mod streams;
