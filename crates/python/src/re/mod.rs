//! Python's regular expressions: the same syntax, the same errors and the same choice among
//! matches.
//!
//! There is one parser, and its tree is what Python's own parser would build. Two engines match
//! it: the `regex` crate, in linear time, what neither remembers nor looks around; and a
//! backtracker with a budget, everything. [`Regex`] chooses between them. [`Backtracker`] is the
//! second alone: it compiles in a few microseconds.

mod backtracker;
mod chars;
mod class;
mod compile;
mod escape;
pub mod functions;
mod group;
mod linear;
mod machine;
mod op;
mod parse;
mod regex;
mod source;
mod template;
mod tree;

pub use backtracker::Backtracker;
pub use chars::fold;
pub use machine::{BUDGET, Exhausted, Match};
pub use parse::{Parsed, parse};
pub use regex::{Matches, Purpose, Regex, Spans};
pub use source::Error;
pub use tree::{
    ASCII, At, Category, DOTALL, IGNORECASE, Item, Kind, MULTILINE, Node, Set, UNLIMITED, VERBOSE,
};
