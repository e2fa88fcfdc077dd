//! Parsed templates, kept by their text.
//!
//! Two generations: what is found in the old one moves to the new one; when
//! the new one is full it becomes the old one. So the cache is bounded and
//! what is in use stays.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use python::raise::Outcome;

use super::ast::{Statement, StatementKind, Template};
use super::parser;

const ENTRIES_MAX: usize = 2048;
const BYTES_MAX: usize = 8 << 20;

/// What was parsed lately.
pub(crate) struct Generations<T> {
    new: HashMap<String, Arc<T>>,
    old: HashMap<String, Arc<T>>,
    bytes: usize,
}

impl<T> Default for Generations<T> {
    fn default() -> Self {
        Self { new: HashMap::new(), old: HashMap::new(), bytes: 0 }
    }
}

impl<T> Generations<T> {
    fn get(&mut self, source: &str) -> Option<Arc<T>> {
        if let Some(found) = self.new.get(source) {
            return Some(Arc::clone(found));
        }
        let (source, found) = self.old.remove_entry(source)?;
        self.put(source, &found);
        Some(found)
    }

    fn put(&mut self, source: String, template: &Arc<T>) {
        if self.new.len() >= ENTRIES_MAX || self.bytes >= BYTES_MAX {
            self.old = std::mem::take(&mut self.new);
            self.bytes = 0;
        }
        self.bytes += source.len();
        self.new.insert(source, Arc::clone(template));
    }
}

static TEMPLATES: LazyLock<Mutex<Generations<Template>>> = LazyLock::new(Mutex::default);
static EXPRESSIONS: LazyLock<Mutex<Generations<Template>>> = LazyLock::new(Mutex::default);

/// Returns the parsed template of a text.
pub(super) fn template(source: &str) -> Outcome<Arc<Template>> {
    cached(&TEMPLATES, source, parser::parse)
}

/// Returns the parsed expression of a text, as a template that is only its output.
pub(super) fn expression(source: &str) -> Outcome<Arc<Template>> {
    cached(&EXPRESSIONS, source, |source| {
        let (expression, mutates) = parser::parse_expression(source)?;
        let at = expression.at;
        let body = vec![Statement { at, kind: StatementKind::Output(expression) }];
        Ok(Template { source: source.to_owned(), body, mutates })
    })
}

/// Returns what is kept for a text, parsing it where nothing is kept.
pub(crate) fn cached<T>(
    cache: &Mutex<Generations<T>>,
    source: &str,
    parse: impl FnOnce(&str) -> Outcome<T>,
) -> Outcome<Arc<T>> {
    let lock = || cache.lock();
    if let Some(found) = lock().get(source) {
        return Ok(found);
    }
    let template = Arc::new(parse(source)?);
    if source.len() <= BYTES_MAX / 16 {
        lock().put(source.to_owned(), &template);
    }
    Ok(template)
}
