//! The expression languages, from outside.

mod cases;
mod cast;
mod crypto;
mod eval;
mod jinja;
mod limits;
mod params;
mod values;
