//! YAML as Python's safe loader and dumper have it: version 1.1, where `yes`
//! is true and `010` is eight.

mod build;
mod compose;
mod document;
mod dump;
mod load;
mod resolve;
mod scalar;

pub use document::{
    BYTES_MAX, DEPTH_MAX, Document, Duplicate, Duplicates, Error, OddKey, VALUES_MAX, read,
};
pub use dump::dump;
pub use load::load;
