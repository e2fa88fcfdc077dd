//! YAML as Python's safe loader and dumper have it: version 1.1, where `yes`
//! is true and `010` is eight.

mod dump;
mod load;
mod resolve;

pub use dump::dump;
pub use load::load;
