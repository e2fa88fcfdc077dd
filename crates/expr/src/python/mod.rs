//! Python's values and what one can do with them: the ground on which the
//! template language stands.

pub(crate) mod arguments;
pub mod arithmetic;
pub(crate) mod budget;
pub(crate) mod bury;
mod bytes;
mod containers;
pub mod format;
pub mod json;
pub mod literal;
pub mod methods;
pub mod number;
pub mod object;
pub mod operators;
pub mod percent;
pub mod pretty;
pub mod raise;
pub mod regex;
mod search;
pub(crate) mod spec;
mod strings;
pub mod text;

pub(crate) use containers::to_entries;
pub use object::Object;
pub use raise::{Class, Outcome, Raise};
pub(crate) use strings::{capitalize, lines, replace_text};
pub use text::{repr_of_json, str_of_json};

/// How deeply values may nest before an operation on them gives up.
pub(crate) const DEPTH_MAX: usize = 100;

/// Refuses to go deeper than the limit.
pub(crate) fn guard(depth: usize) -> Outcome<()> {
    if depth > DEPTH_MAX {
        return Err(Raise::new(Class::Recursion, "maximum recursion depth exceeded"));
    }
    Ok(())
}

/// Appends formatted text.
pub(crate) fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    std::fmt::Write::write_fmt(out, text).expect("a string takes whatever is written");
}

/// Returns whether Python's `str.isspace` holds for a character.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
