//! Regular expressions.

use std::rc::Rc;
use std::sync::Arc;

use python::budget;
use python::object::Object;
use python::operators::truth;
use python::raise::{Class, Outcome, Raise, type_error, value_error};
use python::re::functions::{compile, find_all, is_match, substitute};
use python::re::{DOTALL, IGNORECASE, MULTILINE, Purpose, Regex, Spans};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::Lazy;
use crate::yaql::kinds::Kind::{self, Any, BoolOrNull, Int, Lambda, Str};
use crate::yaql::machine::Machine;
use crate::yaql::natives::RegexObject;
use crate::yaql::scope::{self, Scope};

const BY_REGEX: &[Parameter] = &[must("string", Str), must("regexp", Kind::Regex)];
const BY_TEXT: &[Parameter] = &[must("string", Str), must("pattern", Str)];
const SEARCH: &[Parameter] =
    &[must("regexp", Kind::Regex), must("string", Str), may("selector", Lambda)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free(
        "regex",
        &[
            must("pattern", Str),
            may("ignoreCase", BoolOrNull),
            may("multiLine", BoolOrNull),
            may("dotAll", BoolOrNull),
        ],
        regex,
    ),
    Function::method("matches", &[must("regexp", Kind::Regex), must("string", Str)], |_, bound| {
        found(bound, 0, 1, true)
    }),
    Function::method("matches", &[must("string", Str), must("regexp", Str)], |_, bound| {
        found(bound, 1, 0, true)
    }),
    Function::free("#operator_=~", BY_REGEX, |_, b| found(b, 1, 0, true)),
    Function::free("#operator_=~", BY_TEXT, |_, b| found(b, 1, 0, true)),
    Function::free("#operator_!~", BY_REGEX, |_, b| found(b, 1, 0, false)),
    Function::free("#operator_!~", BY_TEXT, |_, b| found(b, 1, 0, false)),
    Function::method("search", SEARCH, search_first),
    Function::method("searchAll", SEARCH, search_all),
    Function::method(
        "split",
        &[must("regexp", Kind::Regex), must("string", Str), may("maxSplit", Int)],
        |_, bound| split(bound, 0, 1),
    ),
    Function::method(
        "split",
        &[must("string", Str), must("regexp", Kind::Regex), may("maxSplit", Int)],
        |_, bound| split(bound, 1, 0),
    ),
    Function::method(
        "replace",
        &[must("regexp", Kind::Regex), must("string", Str), must("repl", Str), may("count", Int)],
        |_, bound| replace(bound, 0, 1),
    ),
    Function::method(
        "replace",
        &[must("string", Str), must("regexp", Kind::Regex), must("repl", Str), may("count", Int)],
        |_, bound| replace(bound, 1, 0),
    ),
    Function::method(
        "replaceBy",
        &[
            must("regexp", Kind::Regex),
            must("string", Str),
            must("repl", Lambda),
            may("count", Int),
        ],
        |machine, bound| replace_by(machine, bound, 0, 1),
    ),
    Function::method(
        "replaceBy",
        &[
            must("string", Str),
            must("regexp", Kind::Regex),
            must("repl", Lambda),
            may("count", Int),
        ],
        |machine, bound| replace_by(machine, bound, 1, 0),
    ),
    Function::free("escapeRegex", &[must("string", Str)], escape),
    Function::free("isRegex", &[must("value", Any)], |_, bound| {
        let object = bound.object(0);
        let is = matches!(&object, Object::Native(native) if native.as_any().is::<RegexObject>());
        Ok(Object::Bool(is))
    }),
];

fn regex(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let flag = |index| bound.given(index).map_or(Ok(false), |given| truth(&given));
    let mut flags = 0;
    for (index, given) in [(1, IGNORECASE), (2, MULTILINE), (3, DOTALL)] {
        flags |= if flag(index)? { given } else { 0 };
    }
    let source = bound.text_or_empty(0);
    compile(&source, flags, Purpose::Captures)?;
    Ok(Object::Native(Rc::new(RegexObject { source: source.to_string(), flags })))
}

/// Returns the compiled pattern that an argument is, or that it holds as text.
fn compiled(bound: &Bound<'_>, index: usize) -> Outcome<Rc<Regex>> {
    compiled_for(bound, index, Purpose::Captures)
}

fn compiled_for(bound: &Bound<'_>, index: usize, purpose: Purpose) -> Outcome<Rc<Regex>> {
    match bound.object(index) {
        Object::Native(native) => match native.as_any().downcast_ref::<RegexObject>() {
            Some(found) => compile(&found.source, found.flags, purpose),
            None => type_error("first argument must be string or compiled pattern"),
        },
        other => compile(other.as_str().unwrap_or_default(), 0, purpose),
    }
}

fn found(bound: &Bound<'_>, pattern: usize, text: usize, wanted: bool) -> Outcome<Object> {
    let regex = compiled_for(bound, pattern, Purpose::Search)?;
    Ok(Object::Bool(is_match(&regex, &bound.text_or_empty(text))? == wanted))
}

/// Returns the matches in a text.
fn all_matches(regex: &Regex, text: &str) -> Outcome<Vec<Spans>> {
    let all = find_all(regex, text)?;
    budget::build(all.len().saturating_mul(24 * regex.groups()))?;
    Ok(all)
}

/// A group of a match, as selectors see it.
fn record(span: Option<(usize, usize)>, text: &str) -> Object {
    let char_at = |byte: usize| Object::count(text[..byte].chars().count());
    let (value, start, end) = match span {
        Some((start, end)) => (Object::str(&text[start..end]), char_at(start), char_at(end)),
        None => (Object::None, Object::Int(-1), Object::Int(-1)),
    };
    let names = [("value", value), ("start", start), ("end", end)];
    Object::named(names.map(|(name, value)| (Arc::from(name), value)))
}

/// Sets `$1` to the whole match and what follows to its groups.
fn publish(scope: &Scope, regex: &Regex, found: &Spans, text: &str) -> Outcome<()> {
    for (index, span) in found.iter().enumerate() {
        budget::build(128)?;
        budget::step(text.len() / 64)?;
        scope.set(&(index + 1).to_string(), record(*span, text));
    }
    match regex.names().first() {
        // Groups with names fail in YAQL: it takes their values for pairs.
        Some((_, index)) => match found.get(*index).copied().flatten() {
            None => type_error("cannot unpack non-iterable NoneType object"),
            Some((start, end)) if text[start..end].chars().count() == 2 => {
                Err(Raise::new(Class::Index, "no such group"))
            }
            Some(_) => value_error("wrong number of values to unpack (expected 2)"),
        },
        None => Ok(()),
    }
}

fn selected(
    machine: &Machine<'_>,
    selector: Option<&scope::Lambda>,
    regex: &Regex,
    found: &Spans,
    text: &str,
) -> Outcome<Object> {
    let Some(selector) = selector else {
        let whole = found.first().copied().flatten();
        return Ok(Object::str(whole.map_or("", |(start, end)| &text[start..end])));
    };
    let scope = Scope::inside(&selector.scope);
    publish(&scope, regex, found, text)?;
    machine.eval_body(&selector.body, &scope)
}

fn search_first(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (regex, text) = (compiled(bound, 0)?, bound.text_or_empty(1));
    match all_matches(&regex, &text)?.first() {
        Some(found) => selected(machine, bound.lambda(2).as_ref(), &regex, found, &text),
        None => Ok(Object::None),
    }
}

fn search_all(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (regex, text, selector) = (compiled(bound, 0)?, bound.text_or_empty(1), bound.lambda(2));
    let mut all = all_matches(&regex, &text)?.into_iter();
    Ok(Lazy::generator(move |machine| match all.next() {
        Some(found) => selected(machine, selector.as_ref(), &regex, &found, &text).map(Some),
        None => Ok(None),
    }))
}

fn split(bound: &Bound<'_>, pattern: usize, text: usize) -> Outcome<Object> {
    let (regex, text) = (compiled(bound, pattern)?, bound.text_or_empty(text));
    let max = usize::try_from(bound.int(2, 0)).ok();
    let mut parts = Vec::new();
    let mut done = 0;
    let all = all_matches(&regex, &text)?;
    let count = match max {
        None => 0,
        Some(0) => all.len(),
        Some(max) => max.min(all.len()),
    };
    for found in &all[..count] {
        let Some(Some((start, end))) = found.first().copied() else { continue };
        parts.push(Object::str(&text[done..start]));
        let groups = found[1..].iter();
        parts.extend(groups.map(|span| match span {
            Some((start, end)) => Object::str(&text[*start..*end]),
            None => Object::None,
        }));
        done = end;
    }
    parts.push(Object::str(&text[done..]));
    budget::build(parts.len().saturating_mul(32))?;
    Ok(Object::list(parts))
}

fn replace(bound: &Bound<'_>, pattern: usize, text: usize) -> Outcome<Object> {
    let (regex, text) = (compiled(bound, pattern)?, bound.text_or_empty(text));
    let Some(count) = counted(bound.int(3, 0)) else { return Ok(Object::Str(text)) };
    substitute(&regex, &bound.text_or_empty(2), &text, count).map(Object::from)
}

/// Returns how many matches are replaced: zero stands for all, less than that for none.
fn counted(count: i128) -> Option<usize> {
    match count {
        0 => Some(usize::MAX),
        count => usize::try_from(count).ok(),
    }
}

fn replace_by(
    machine: &Machine<'_>,
    bound: &Bound<'_>,
    pattern: usize,
    text: usize,
) -> Outcome<Object> {
    let (regex, text) = (compiled(bound, pattern)?, bound.text_or_empty(text));
    let Some(count) = counted(bound.int(3, 0)) else { return Ok(Object::Str(text)) };
    let replacer = bound.lambda_or_null(2);
    let scope = Scope::inside(bound.scope);
    let mut out = String::new();
    let mut done = 0;
    for found in all_matches(&regex, &text)?.iter().take(count) {
        let Some(Some((start, end))) = found.first().copied() else { continue };
        publish(&scope, &regex, found, &text)?;
        let part = machine.eval_body(&replacer.body, &Scope::inside(&scope))?;
        let part = match part.as_str() {
            Some(part) => part,
            None if part.is_none() => "",
            None => {
                let name = part.type_name();
                return type_error(format!("sequence item 0: expected str instance, {name} found"));
            }
        };
        budget::build(part.len() + start - done)?;
        out.push_str(&text[done..start]);
        out.push_str(part);
        done = end;
    }
    out.push_str(&text[done..]);
    Ok(out.into())
}

fn escape(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    const SPECIAL: &str = "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}";
    let text = bound.text_or_empty(0);
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if SPECIAL.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(out.into())
}
