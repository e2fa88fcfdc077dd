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
mod jsonpath;
pub mod params;
pub mod python;
pub mod values;
pub mod variables;
mod yaml;
pub mod yaql;
