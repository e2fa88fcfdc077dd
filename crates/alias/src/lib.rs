//! Sentences to aliases and back: the format grammar, the matcher over all aliases, suggestions.

pub mod eval;
pub mod format;
mod help;
mod index;
mod literals;
mod matcher;
mod pairs;
mod phrase;
mod sentence;
mod suggest;

pub use help::{Help, HelpError, HelpString};
pub use matcher::{Complaint, Found, Matcher, NotFound};
pub use suggest::Suggestion;
