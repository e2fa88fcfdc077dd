//! A pack directory to model: YAML as PyYAML reads it, with positions; schema checks; good
//! messages.

pub mod complaint;
pub mod lint;
pub mod load;
pub mod place;
pub mod python;
mod runners;
pub mod schema;
mod suggest;
pub mod yaml;

pub use complaint::{Complaint, Level};
pub use load::{Kind, Loaded, load, load_pack};
