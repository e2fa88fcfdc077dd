//! The functions of Python's `re` as evaluations call them: compiled patterns are kept, and what a
//! call does is spent from the evaluation's budget.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::regex::{Purpose, Regex, Spans};
use super::template;
use crate::budget;
use crate::object::Object;
use crate::raise::Outcome;

const CACHED_MAX: usize = 256;

type Cache = HashMap<(String, u8, Purpose), Rc<Regex>>;

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::new(HashMap::new());
}

/// Compiles a pattern.
pub fn compile(pattern: &str, flags: u8, purpose: Purpose) -> Outcome<Rc<Regex>> {
    let key = (pattern.to_owned(), flags, purpose);
    if let Some(regex) = CACHE.with_borrow(|cache| cache.get(&key).cloned()) {
        return Ok(regex);
    }
    let regex = Rc::new(Regex::new(pattern, flags, purpose)?);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED_MAX {
            cache.clear();
        }
        cache.insert(key, Rc::clone(&regex));
    });
    Ok(regex)
}

/// Returns whether the pattern is found in a text, or matches at its start.
pub fn is_match(regex: &Regex, text: &str) -> Outcome<bool> {
    budget::step(text.len() / 16)?;
    Ok(regex.is_match(text)?)
}

/// Returns all matches.
pub fn find_all(regex: &Regex, text: &str) -> Outcome<Vec<Spans>> {
    let mut all = Vec::new();
    for spans in regex.find_all(text) {
        budget::step(8)?;
        all.push(spans?);
    }
    Ok(all)
}

/// Returns the texts of all matches, or of their groups where there are some: `re.findall`.
pub fn find_texts(regex: &Regex, text: &str) -> Outcome<Vec<Object>> {
    let mut out = Vec::new();
    for spans in find_all(regex, text)? {
        let group = |index: usize| Object::str(slice(text, &spans, index));
        out.push(match regex.groups() {
            0 | 1 => group(0),
            2 => group(1),
            count => Object::tuple((1..count).map(group).collect()),
        });
    }
    Ok(out)
}

/// Replaces the first `count` matches by a template with references to groups: `re.sub`.
pub fn substitute(regex: &Regex, template: &str, text: &str, count: usize) -> Outcome<String> {
    let parts = template::parse(regex, template)?;
    let mut out = String::new();
    let mut done = 0;
    for spans in find_all(regex, text)?.into_iter().take(count) {
        let Some(Some((start, end))) = spans.first().copied() else { continue };
        out.push_str(&text[done..start]);
        done = end;
        let before = out.len();
        for part in &parts {
            match part {
                template::Part::Text(part) => out.push_str(part),
                template::Part::Group(group) => out.push_str(slice(text, &spans, *group)),
            }
        }
        budget::build(out.len() - before)?;
    }
    out.push_str(&text[done..]);
    Ok(out)
}

/// Returns the text of a group; none where it took no part.
fn slice<'t>(text: &'t str, spans: &Spans, group: usize) -> &'t str {
    spans.get(group).copied().flatten().map_or("", |(start, end)| &text[start..end])
}
