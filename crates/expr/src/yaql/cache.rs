//! Parsed expressions, kept by their text.

use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use python::raise::Outcome;

use crate::jinja::cache::{Generations, cached};

use super::parser::{Expression, parse};

static EXPRESSIONS: LazyLock<Mutex<Generations<Expression>>> = LazyLock::new(Mutex::default);

/// Returns the parsed expression of a text.
pub(super) fn expression(source: &str) -> Outcome<Arc<Expression>> {
    cached(&EXPRESSIONS, source, parse)
}
