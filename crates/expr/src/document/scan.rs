//! Finds expressions in texts, and the variables that they read.

use std::sync::LazyLock;

use regex::Regex;

use super::language::Language;

/// Returns the expressions between two delimiters, none of which reaches over the end of a line.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let (mut at, mut line_end) = (0, 0);
    while let Some(start) = text[at..].find(open).map(|start| at + start) {
        let inside = start + open.len();
        if line_end < inside {
            line_end = text[inside..].find('\n').map_or(text.len(), |end| inside + end);
        }
        match text[inside..line_end].find(close) {
            Some(end) => {
                let end = inside + end + close.len();
                found.push(&text[start..end]);
                at = end;
            }
            // A delimiter without its end: look on behind it.
            None => at = if line_end < text.len() { line_end + 1 } else { text.len() },
        }
    }
    found
}

/// Returns the YAQL expressions in a text, with their delimiters.
pub(super) fn yaql_in(text: &str) -> Vec<&str> {
    between(text, "<%", "%>")
}

/// Returns the Jinja expressions in a text, with their delimiters.
pub(super) fn jinja_in(text: &str) -> Vec<&str> {
    between(text, "{{", "}}")
}

/// Returns the blocks in a text, with their delimiters.
pub(super) fn blocks_in(text: &str) -> Vec<&str> {
    between(text, "{%", "%}")
}

pub(super) fn has_yaql(text: &str) -> bool {
    text.contains("<%") && !yaql_in(text).is_empty()
}

pub(super) fn has_jinja(text: &str) -> bool {
    text.contains('{') && (!jinja_in(text).is_empty() || !blocks_in(text).is_empty())
}

/// Returns what stands between the delimiters of an expression.
pub(super) fn inside(expression: &str, language: Language) -> &str {
    let trimmed = match language {
        Language::Jinja => expression.trim_matches(['{', '}']),
        Language::Yaql => expression.trim_matches(['<', '%', '>']),
    };
    trimmed.trim_matches(python::is_space)
}

static CALL: LazyLock<Regex> = LazyLock::new(|| {
    let part = r#"[\]\[a-zA-Z0-9_'"\.()]*"#;
    let call = format!(r#"\bctx\(['"]?{part}['"]?\)\.?{part}"#);
    Regex::new(&call).expect("the pattern is well-formed")
});

/// How a reference names its variable: as an entry, bare, or in quotes.
static NAMES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    let patterns = [
        r"\bctx\(\)\.([a-zA-Z0-9_-]+)",
        r"\bctx\(([a-zA-Z0-9_-]+)\)",
        r"\bctx\('([a-zA-Z0-9_-]+)'\)",
        r#"\bctx\("([a-zA-Z0-9_-]+)"\)"#,
    ];
    patterns.map(|pattern| Regex::new(pattern).expect("the pattern is well-formed"))
});

/// Returns the variables that an expression reads by `ctx`.
pub(crate) fn references(expression: &str) -> Vec<String> {
    let mut names = Vec::new();
    for call in CALL.find_iter(expression) {
        for (index, pattern) in NAMES.iter().enumerate() {
            let name =
                if index == 0 { entry(call.as_str()) } else { first(pattern, call.as_str()) };
            names.extend(name);
        }
    }
    names
}

fn first(pattern: &Regex, text: &str) -> Option<String> {
    Some(pattern.captures(text)?.get(1)?.as_str().to_owned())
}

/// Returns the name after `ctx().` up to a place where a word ends that is not called.
fn entry(text: &str) -> Option<String> {
    for captures in NAMES[0].captures_iter(text) {
        let Some(group) = captures.get(1) else { continue };
        let name = group.as_str();
        let is_word =
            |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        let bytes = text.as_bytes();
        for end in (group.start() + 1..=group.end()).rev() {
            let at_boundary =
                is_word(bytes.get(end - 1).copied()) != is_word(bytes.get(end).copied());
            if at_boundary && bytes.get(end) != Some(&b'(') {
                return Some(name[..end - group.start()].to_owned());
            }
        }
    }
    None
}

/// Returns the variables that the expressions of one language in a text read.
pub(super) fn variables(text: &str, language: Language) -> Vec<String> {
    let expressions = match language {
        Language::Jinja => jinja_in(text),
        Language::Yaql => yaql_in(text),
    };
    expressions.iter().flat_map(|expression| references(inside(expression, language))).collect()
}
