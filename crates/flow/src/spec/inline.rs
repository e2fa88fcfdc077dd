//! Parameters written in one line, such as `message="hello" count=3 to=<% ctx().to %>`.
//!
//! A value is a list in brackets, a text in quotes, a number, `true`, `false`, `null` or an
//! expression. Everything else, bare words above all, is passed over.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

static PARAMETERS: LazyLock<Regex> = LazyLock::new(|| {
    let values = [
        r"\[.*\]\s*",
        r#""[^"]*"\s*"#,
        r"'[^']*'\s*",
        r"[-]?\d*\.\d+",
        r"[-]?\d+",
        "(?i:true)",
        "(?i:false)",
        "null",
        r"\{\{.*?\}\}",
        "<%.*?%>",
    ];
    Regex::new(&format!(r"(\w+)=({})", values.join("|"))).expect("the pattern is well-formed")
});

static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""[^"]*"|'[^']*'"#).expect("the pattern is well-formed"));

/// Returns the parameters in a text, in order; a name may stand there twice.
pub(crate) fn parameters(text: &str) -> Vec<(String, Value)> {
    if !text.contains('=') {
        return Vec::new();
    }
    let read = |found: regex::Captures<'_>| {
        let (_, [name, written]) = found.extract();
        (name.to_owned(), value(written.trim()))
    };
    PARAMETERS.captures_iter(text).map(read).collect()
}

/// Returns an action without the parameters that stand behind it, and these.
///
/// None where the parameters stand there without a space before them, or without an action.
pub(crate) fn action(text: &str) -> Option<(&str, Option<Map<String, Value>>)> {
    let parameters = parameters(text);
    if parameters.is_empty() {
        return Some((text, None));
    }
    let end = text.find(' ')?;
    Some((&text[..end], Some(parameters.into_iter().collect())))
}

fn value(written: &str) -> Value {
    let is_quoted = QUOTED.is_match(written);
    let mut bare = written;
    for quote in ['"', '\''] {
        bare = bare.strip_prefix(quote).unwrap_or(bare);
        bare = bare.strip_suffix(quote).unwrap_or(bare);
    }
    let is_braced = bare.starts_with('{') && bare.ends_with('}');
    if is_quoted && !is_braced && !bare.is_empty() {
        return Value::String(bare.to_owned());
    }
    match bare.to_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => serde_json::from_str(bare).unwrap_or_else(|_| Value::String(bare.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: &Value) {
        let found: Vec<Value> =
            parameters(text).into_iter().map(|(name, value)| json!([name, value])).collect();
        assert_eq!(&Value::Array(found), expected, "{text}");
    }

    #[test]
    fn values_are_read_by_their_looks() {
        check(
            "a=1 b=-2.5 c=TRUE d=null",
            &json!([["a", 1], ["b", -2.5], ["c", true], ["d", null]]),
        );
        check(r#"a="1" b='x y' c=''"#, &json!([["a", "1"], ["b", "x y"], ["c", ""]]));
        check("a=[1, 2]", &json!([["a", [1, 2]]]));
        check(r#"a='{"b": 1}'"#, &json!([["a", {"b": 1}]]));
        check(
            "a=<% ctx().x %> b={{ ctx().y }}",
            &json!([["a", "<% ctx().x %>"], ["b", "{{ ctx().y }}"]]),
        );
    }

    #[test]
    fn bare_words_and_mappings_are_passed_over() {
        check(r#"a=word b={"c": 1} d=1"#, &json!([["d", 1]]));
    }

    #[test]
    fn action_ends_where_its_parameters_begin() {
        let (name, input) = action("core.echo message=<% ctx().x %> message=2").unwrap();
        assert_eq!((name, input), ("core.echo", json!({"message": 2}).as_object().cloned()));
        assert_eq!(action("core.noop"), Some(("core.noop", None)));
        assert_eq!(action("a=1"), None);
    }
}
