//! Python's regular expressions, by translation of their syntax.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::budget;
use super::object::Object;
use super::raise::{Class, Outcome, Raise};

const BACKTRACK_MAX: usize = 200_000;
const CACHED_MAX: usize = 256;
const PATTERN_BYTES_MAX: usize = 64 * 1024;

type Cache = HashMap<(String, Flags), Rc<Regex>>;

/// How a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags {
    /// Whether small and large letters are the same.
    pub ignore_case: bool,
    /// Whether `^` and `$` match at lines, too.
    pub multi_line: bool,
    /// Whether a dot matches the end of a line, too.
    pub dot_all: bool,
}

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::new(HashMap::new());
}

fn error(message: impl Into<String>) -> Raise {
    Raise::new(Class::Regex, message)
}

/// Compiles a pattern.
pub fn compile(pattern: &str, ignore_case: bool) -> Outcome<Rc<Regex>> {
    compile_with(pattern, Flags { ignore_case, ..Flags::default() })
}

/// Compiles a pattern with flags.
pub fn compile_with(pattern: &str, flags: Flags) -> Outcome<Rc<Regex>> {
    let key = (pattern.to_owned(), flags);
    if let Some(regex) = CACHE.with_borrow(|cache| cache.get(&key).cloned()) {
        return Ok(regex);
    }
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(error("the pattern is too long"));
    }
    let mut source = String::new();
    let letters = [(flags.ignore_case, 'i'), (flags.multi_line, 'm'), (flags.dot_all, 's')];
    for (_, letter) in letters.iter().filter(|(set, _)| *set) {
        super::append(&mut source, format_args!("(?{letter})"));
    }
    let (translated, conditions) = translate(pattern, flags.multi_line)?;
    source.push_str(&translated);
    let regex = RegexBuilder::new(&source)
        .backtrack_limit(BACKTRACK_MAX)
        .build()
        .map_err(|problem| error(problem.to_string()))?;
    for group in conditions {
        group_number(&regex, group)?;
    }
    let regex = Rc::new(regex);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED_MAX {
            cache.clear();
        }
        cache.insert(key, Rc::clone(&regex));
    });
    Ok(regex)
}

/// Returns whether the pattern matches somewhere.
pub fn search(regex: &Regex, text: &str) -> Outcome<bool> {
    budget::step(text.len() / 16)?;
    regex.is_match(text).map_err(|problem| error(problem.to_string()))
}

/// Returns whether the pattern matches at the start.
pub fn matches(regex: &Regex, text: &str) -> Outcome<bool> {
    budget::step(text.len() / 16)?;
    let found = regex.find(text).map_err(|problem| error(problem.to_string()))?;
    Ok(found.is_some_and(|found| found.start() == 0))
}

/// Returns all matches, as Python finds them: an empty one may follow another.
pub fn find_all<'t>(regex: &Regex, text: &'t str) -> Outcome<Vec<Captures<'t, str>>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at <= text.len() {
        budget::step(8)?;
        let found = regex.captures_from_pos(text, at);
        let Some(captures) = found.map_err(|problem| error(problem.to_string()))? else { break };
        let Some(whole) = captures.get(0) else { break };
        let (start, end) = (whole.start(), whole.end());
        all.push(captures);
        at = end;
        if start == end {
            at += text[end..].chars().next().map_or(1, char::len_utf8);
        }
    }
    Ok(all)
}

/// Returns the texts of all matches, or of their groups where there are some.
pub fn texts(regex: &Regex, text: &str) -> Outcome<Vec<Object>> {
    let mut out = Vec::new();
    for captures in find_all(regex, text)? {
        let group =
            |index: usize| Object::str(captures.get(index).map_or("", |found| found.as_str()));
        out.push(match regex.captures_len() {
            0 | 1 => group(0),
            2 => group(1),
            count => Object::tuple((1..count).map(group).collect()),
        });
    }
    Ok(out)
}

/// Replaces all matches by a template with references to groups.
pub fn substitute(regex: &Regex, template: &str, text: &str) -> Outcome<String> {
    substitute_some(regex, template, text, usize::MAX)
}

/// Replaces the first matches by a template with references to groups.
pub fn substitute_some(regex: &Regex, template: &str, text: &str, count: usize) -> Outcome<String> {
    let parts = parse_template(regex, template)?;
    let mut out = String::new();
    let mut done = 0;
    for captures in find_all(regex, text)?.into_iter().take(count) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[done..whole.start()]);
        done = whole.end();
        let before = out.len();
        for part in &parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => {
                    out.push_str(captures.get(*group).map_or("", |found| found.as_str()));
                }
            }
        }
        budget::build(out.len() - before)?;
    }
    out.push_str(&text[done..]);
    Ok(out)
}

enum Part {
    Text(String),
    Group(usize),
}

fn parse_template(regex: &Regex, template: &str) -> Outcome<Vec<Part>> {
    let mut parts = vec![Part::Text(String::new())];
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            literal(&mut parts, c);
            continue;
        }
        let Some(next) = rest.chars().next() else {
            return Err(error("bad escape (end of pattern)"));
        };
        rest = &rest[next.len_utf8()..];
        match next {
            'g' => {
                let end = rest.strip_prefix('<').and_then(|name| name.find('>'));
                let Some(end) = end else { return Err(error("missing <")) };
                parts.push(Part::Group(group_number(regex, &rest[1..=end])?));
                rest = &rest[end + 2..];
            }
            '0' => {
                let count = rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let code = u32::from_str_radix(&rest[..count], 8).unwrap_or(0);
                literal(&mut parts, char::from_u32(code).unwrap_or('\0'));
                rest = &rest[count..];
            }
            '1'..='9' => {
                let second = rest.chars().next().filter(char::is_ascii_digit);
                let number = format!("{next}{}", second.map(String::from).unwrap_or_default());
                rest = &rest[number.len() - 1..];
                parts.push(Part::Group(group_number(regex, &number)?));
            }
            'n' => literal(&mut parts, '\n'),
            't' => literal(&mut parts, '\t'),
            'r' => literal(&mut parts, '\r'),
            'a' => literal(&mut parts, '\u{7}'),
            'b' => literal(&mut parts, '\u{8}'),
            'f' => literal(&mut parts, '\u{c}'),
            'v' => literal(&mut parts, '\u{b}'),
            '\\' => literal(&mut parts, '\\'),
            letter if letter.is_ascii_alphabetic() => {
                return Err(error(format!("bad escape \\{letter}")));
            }
            other => {
                literal(&mut parts, '\\');
                literal(&mut parts, other);
            }
        }
    }
    Ok(parts)
}

fn literal(parts: &mut Vec<Part>, c: char) {
    if let Some(Part::Text(text)) = parts.last_mut() {
        text.push(c);
    } else {
        parts.push(Part::Text(c.to_string()));
    }
}

fn group_number(regex: &Regex, name: &str) -> Outcome<usize> {
    let number = match name.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < regex.captures_len()),
        Err(_) => regex.capture_names().position(|known| known == Some(name)),
    };
    number.ok_or_else(|| match name.parse::<usize>() {
        Ok(number) => error(format!("invalid group reference {number}")),
        Err(_) => Raise::new(Class::Index, format!("unknown group name '{name}'")),
    })
}

/// Translates a pattern from Python's syntax; the groups that conditions ask for come with it.
fn translate(pattern: &str, multi_line: bool) -> Outcome<(String, Vec<&str>)> {
    let by_pattern = pattern.starts_with("(?")
        && pattern[2..].split([')', ':']).next().is_some_and(|flags| {
            flags.contains('m') && flags.chars().all(|c| c.is_ascii_alphabetic())
        });
    let multiline = multi_line || by_pattern;
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut conditions = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => rest = escape(rest, false, &mut out)?,
            '[' => rest = class(rest, &mut out)?,
            '$' if !multiline => out.push_str("(?=\\n?\\z)"),
            '{' => rest = braces(rest, &mut out),
            '}' => out.push_str("\\}"),
            '(' => {
                out.push('(');
                if rest.starts_with("?<") && !rest.starts_with("?<=") && !rest.starts_with("?<!") {
                    return Err(error("unknown extension ?<"));
                }
                if let Some(after) = rest.strip_prefix("?(") {
                    let group = condition(after, &mut out)?;
                    conditions.push(group);
                    rest = &after[group.len() + 1..];
                }
            }
            c => out.push(c),
        }
    }
    Ok((out, conditions))
}

/// Translates a condition and returns the group that it asks for.
fn condition<'p>(rest: &'p str, out: &mut String) -> Outcome<&'p str> {
    let Some((group, _)) = rest.split_once(')') else {
        return Err(error("missing ), unterminated name"));
    };
    if group.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = group.parse::<usize>().ok().filter(|number| *number > 0);
        let number = number.ok_or_else(|| error("bad group number"))?;
        super::append(out, format_args!("?({number})"));
    } else if group.chars().all(|c| c == '_' || c.is_alphanumeric()) {
        super::append(out, format_args!("?(<{group}>)"));
    } else {
        return Err(error(format!("bad character in group name {}", super::text::quote(group))));
    }
    Ok(group)
}

/// Translates what follows a backslash and returns the rest.
fn escape<'p>(rest: &'p str, in_class: bool, out: &mut String) -> Outcome<&'p str> {
    let Some(c) = rest.chars().next() else {
        return Err(error("bad escape (end of pattern)"));
    };
    let after = &rest[c.len_utf8()..];
    match c {
        'Z' if !in_class => out.push_str("\\z"),
        '0' => {
            let count = after.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
            let code = u32::from_str_radix(&after[..count], 8).unwrap_or(0);
            super::append(out, format_args!("\\x{{{code:x}}}"));
            return Ok(&after[count..]);
        }
        'b' if in_class => out.push_str("\\x08"),
        'u' | 'U' | 'x' => {
            let count = match c {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let digits = after.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            let Some(digits) = digits else {
                return Err(error(format!("incomplete escape \\{c}")));
            };
            super::append(out, format_args!("\\x{{{digits}}}"));
            return Ok(&after[count..]);
        }
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' => {
            out.push('\\');
            out.push(c);
        }
        'A' | 'b' | 'B' | '1'..='9' if !in_class => {
            out.push('\\');
            out.push(c);
        }
        c if c.is_ascii_alphanumeric() => return Err(error(format!("bad escape \\{c}"))),
        c if "\\.+*?()|[]{}^$#&-~ ".contains(c) => {
            out.push_str(if c == ' ' { "[ ]" } else { "\\" });
            if c == ' ' && in_class {
                out.truncate(out.len() - 3);
            }
            if c != ' ' || in_class {
                out.push(c);
            }
        }
        c => out.push(c),
    }
    Ok(after)
}

/// Translates a character class and returns the rest.
fn class<'p>(mut rest: &'p str, out: &mut String) -> Outcome<&'p str> {
    out.push('[');
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    if let Some(after) = rest.strip_prefix(']') {
        out.push_str("\\]");
        rest = after;
    }
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            ']' => {
                out.push(']');
                return Ok(after);
            }
            '\\' => {
                rest = escape(after, true, out)?;
                continue;
            }
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '-' if after.starts_with('-') => {
                // Two of them: the end of a range that is a hyphen, or hyphens before any range.
                let opens = out.ends_with(['[', '^']);
                out.push_str(if opens { "\\-" } else { "-\\-" });
                rest = if opens { after } else { &after[1..] };
                continue;
            }
            c => out.push(c),
        }
        rest = after;
    }
    Err(error("unterminated character set"))
}

/// Translates an opening brace: a repetition, or itself when it is none.
fn braces<'p>(rest: &'p str, out: &mut String) -> &'p str {
    let inside = rest.split_once('}').map(|(inside, _)| inside);
    let counts = inside.filter(|inside| {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        match inside.split_once(',') {
            Some((low, high)) => digits(low) && digits(high) && inside.len() > 1,
            None => !inside.is_empty() && digits(inside),
        }
    });
    match counts {
        Some(counts) => {
            let zero = if counts.starts_with(',') { "0" } else { "" };
            super::append(out, format_args!("{{{zero}{counts}}}"));
            &rest[counts.len() + 1..]
        }
        None => {
            out.push_str("\\{");
            rest
        }
    }
}
