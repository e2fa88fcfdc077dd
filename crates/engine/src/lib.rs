//! The wiring: builds the rooms, gives the executions their hooks, runs the loops, starts and
//! stops.

mod engine;
mod hooks;
mod loops;
pub mod metrics;
mod settings;

pub use self::{
    engine::{Engine, Parts},
    settings::Settings,
};
