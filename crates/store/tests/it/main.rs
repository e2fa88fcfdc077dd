//! The store on a temporary directory.

mod delivery;
mod execution;
mod write;
