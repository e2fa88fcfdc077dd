//! A pack directory to model: what is wrong with a file is said with its line and column.

pub mod complaint;
pub mod lint;
pub mod load;
mod runners;
mod suggest;

pub use complaint::{Complaint, Level};
pub use load::{Kind, Loaded, load, load_pack};
