//! Expression languages: text and values in, values out.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "operations on Python's values name the types that they accept; all others are refused"
)]

pub mod cast;
pub mod crypto;
pub mod document;
pub mod eval;
pub mod filters;
pub mod jinja;
pub mod params;
pub mod values;
pub mod variables;
pub mod yaql;
