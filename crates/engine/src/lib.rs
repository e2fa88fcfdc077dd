//! The wiring: builds the rooms, gives the executions their hooks, runs the loops, starts and
//! stops.

mod engine;
mod hooks;
mod loops;
pub mod metrics;
mod rooms;
mod settings;

pub use self::{engine::Engine, rooms::Parts, settings::Settings};
