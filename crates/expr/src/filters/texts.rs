//! Filters over text.

use python::arguments::{Arguments, flag, given, whole_or};
use python::arithmetic::{Binary, binary};
use python::budget;
use python::format::Part;
use python::html::escape_text;
use python::object::Object;
use python::operators::{length, like};
use python::raise::{Class, Outcome, Raise};
use python::{capitalize, lines, methods, percent, pretty, replace_text, text};

use crate::jinja::machine::Machine;

pub(super) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    match name {
        "string" => soft(value),
        "upper" | "lower" | "trim" | "center" => {
            let method = if name == "trim" { "strip" } else { name };
            let mut arguments = arguments.clone();
            if name == "center" && arguments.positional.is_empty() && arguments.named.is_empty() {
                arguments.positional.push(Object::Int(80));
            }
            let nothing = |_: &Object, _: Part<'_>| Ok(Object::None);
            methods::call(&soft(value)?, method, &arguments, &nothing)
        }
        "capitalize" => change(value, capitalize),
        "title" => change(value, title),
        "wordcount" => {
            let text = text::str(value)?;
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let words = text.split(|c| !is_word(c)).filter(|word| !word.is_empty());
            Ok(Object::count(words.count()))
        }
        "pprint" => pretty::format(value).map(Object::from),
        "format" => format(value, arguments),
        "indent" => indent(value, arguments),
        "truncate" => truncate(value, arguments),
        _ => replace(machine, value, arguments),
    }
}

/// Returns the value as text; safe HTML stays safe.
fn soft(value: &Object) -> Outcome<Object> {
    match value.as_str() {
        Some(_) => Ok(value.clone()),
        None => text::str(value).map(Object::from),
    }
}

fn change(value: &Object, change: fn(&str) -> String) -> Outcome<Object> {
    let soft = soft(value)?;
    Ok(like(&soft, change(soft.as_str().unwrap_or_default())))
}

fn title(value: &str) -> String {
    let mut out = String::new();
    let mut starts = true;
    for c in value.chars() {
        let separates = python::is_space(c) || "-({[<".contains(c);
        if separates {
            out.push(c);
        } else if starts {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        starts = separates;
    }
    out
}

fn format(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let template = soft(value)?;
    if arguments.named.is_empty() {
        return percent::format(&template, &Object::tuple(arguments.positional.clone()));
    }
    if !arguments.positional.is_empty() {
        let message = "can't handle positional and keyword arguments at the same time";
        return Err(Raise::new(Class::FilterArgument, message));
    }
    percent::format(&template, &Object::named(arguments.named.clone()))
}

fn indent(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [width, first, blank] = arguments.bind("indent", ["width", "first", "blank"], 0)?;
    let indention = match width {
        Some(Object::Str(text) | Object::Markup(text)) => text.to_string(),
        width => {
            let width = usize::try_from(whole_or(width, 4)?.max(0)).unwrap_or(usize::MAX);
            budget::build(width)?;
            " ".repeat(width)
        }
    };
    let with_end = binary(Binary::Add, value, &Object::str("\n"))?;
    let source = with_end.as_str().unwrap_or_default();
    let blank = flag(blank)?;
    let mut out = if flag(first)? { indention.clone() } else { String::new() };
    for (index, line) in lines(source, false).into_iter().enumerate() {
        budget::build(indention.len() + line.len() + 1)?;
        if index > 0 {
            out.push('\n');
            if blank || !line.is_empty() {
                out.push_str(&indention);
            }
        }
        out.push_str(line);
    }
    Ok(like(value, out))
}

fn truncate(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [limit, kill, end, leeway] =
        arguments.bind("truncate", ["length", "killwords", "end", "leeway"], 0)?;
    let limit = whole_or(limit, 255)?;
    let end = end.map(text::str).transpose()?.unwrap_or_else(|| "...".to_owned());
    let leeway = whole_or(given(leeway), 5)?;
    let end_length = i128::try_from(end.chars().count()).unwrap_or(0);
    let assert = |holds: bool, message: String| {
        if holds { Ok(()) } else { Err(Raise::new(Class::Assertion, message)) }
    };
    assert(limit >= end_length, format!("expected length >= {end_length}, got {limit}"))?;
    assert(leeway >= 0, format!("expected leeway >= 0, got {leeway}"))?;
    let size = i128::try_from(length(value)?).unwrap_or(i128::MAX);
    if size <= limit + leeway {
        return Ok(value.clone());
    }
    let Some(source) = value.as_str() else {
        let end = Object::from(end);
        return binary(Binary::Add, value, &end);
    };
    let kept = usize::try_from(limit - end_length).unwrap_or(0);
    let cut: String = source.chars().take(kept).collect();
    if flag(kill)? {
        return Ok(like(value, cut + &end));
    }
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    Ok(like(value, format!("{whole}{end}")))
}

fn replace(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [old, new, count] = arguments.bind("replace", ["old", "new", "count"], 2)?;
    let none = Object::None;
    let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
    let count = whole_or(given(count), -1)?;
    let mut source = text::str(value)?;
    let is_safe = |object: &Object| matches!(object, Object::Markup(_));
    let escapes = machine.autoescape.get();
    let marks = escapes && (is_safe(value) || is_safe(old) || is_safe(new));
    let show = |object: &Object| -> Outcome<String> {
        let text = text::str(object)?;
        Ok(if marks && !is_safe(object) { escape_text(&text) } else { text })
    };
    if marks && !is_safe(value) {
        source = escape_text(&source);
    }
    let replaced = replace_text(&source, &show(old)?, &show(new)?, count)?;
    Ok(if marks { Object::Markup(replaced.into()) } else { Object::from(replaced) })
}
