//! Orquesta and ActionChain: definition, graph, conductor; events in, commands out.

pub mod chain;
pub mod conductor;
mod complaints;
mod contexts;
mod cycles;
pub mod eval;
pub mod graph;
pub mod inspect;
mod items;
mod machine;
pub mod rehearsal;
pub mod spec;
mod state;
mod stage;
mod status;

pub use conductor::{Conductor, Plan};
pub use status::Status;
