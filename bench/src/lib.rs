//! What the two programs of this crate share: the table in which two builds stand side by side.

pub mod pairs;
