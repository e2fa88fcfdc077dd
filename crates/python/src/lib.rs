//! What Python does, in one place: values, `repr`, truth, formatting, regular expressions, dates,
//! JSON paths, YAML and JSON schema, with the error classes and texts of Python.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "operations on Python's values name the types that they accept; all others are refused"
)]

pub mod arguments;
pub mod arithmetic;
pub mod budget;
mod bytes;
mod containers;
pub mod dates;
pub mod fnmatch;
pub mod format;
pub mod html;
pub mod json;
pub mod jsonpath;
pub mod literal;
pub mod methods;
pub mod number;
pub mod object;
pub mod operators;
pub mod percent;
pub mod place;
pub mod pretty;
pub mod raise;
pub mod re;
pub mod schema;
mod search;
pub(crate) mod spec;
mod strings;
pub mod teardown;
pub mod text;
pub mod value;
pub mod yaml;

pub use containers::to_entries;
pub use object::Object;
pub use raise::{Class, Outcome, Raise};
pub use strings::{capitalize, lines, replace_text};
pub use text::{repr_of_json, str_of_json};

/// How deeply values may nest before an operation on them is refused.
pub(crate) const DEPTH_MAX: usize = 100;

/// Refuses to go deeper than [`DEPTH_MAX`].
pub fn guard(depth: usize) -> Outcome<()> {
    if depth > DEPTH_MAX {
        return Err(Raise::new(Class::Recursion, "maximum recursion depth exceeded"));
    }
    Ok(())
}

/// Appends formatted text.
pub fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    std::fmt::Write::write_fmt(out, text).expect("writing to a string cannot fail");
}

/// Returns whether Python's `str.isspace` holds for a character.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
