//! Orquesta and ActionChain: definition, graph, conductor; reports in, requests and orders
//! out.

pub mod chain;
mod complaints;
pub mod conductor;
mod contexts;
mod cycles;
mod env;
pub mod eval;
pub mod graph;
pub mod inspect;
mod items;
mod machine;
pub mod protocol;
pub mod rehearsal;
mod route;
pub mod script;
pub mod spec;
mod stage;
mod state;
mod status;

pub use conductor::{Conductor, Plan};
pub use env::{Env, Records};
pub use script::Script;
pub use status::Status;
