//! Wildcard patterns.

use serde_json::json;

use super::outcome;

fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
    for text in fitting {
        assert_eq!(outcome("matchwildcard", &json!(text), &json!(pattern)), "yes", "{text}");
    }
    for text in others {
        assert_eq!(outcome("matchwildcard", &json!(text), &json!(pattern)), "no", "{text}");
    }
}

#[test]
fn whole_texts_fit() {
    check("a*", &["a", "a/b\nc"], &["ba", "A"]);
    check("*/c", &["a/b/c"], &["c"]);
    check("a?c", &["abc", "a\nc"], &["ac"]);
    check("*", &["", "x"], &[]);
    check("", &[""], &["x"]);
    check("a.b", &["a.b"], &["axb"]);
    check("*a*b*", &["xaybz", "ab"], &["ba"]);
    check("a[bx]c", &["abc"], &["adc"]);
    check("[!a-c]", &["d"], &["b", ""]);
    check("a[]]c", &["a]c"], &["abc"]);
    check("[!]]", &["a"], &["]"]);
    check("a[^b]c", &["abc", "a^c"], &["axc"]);
    check("[a-c-]", &["-", "b"], &["d"]);
    check("[--0]", &["-", "."], &["1"]);
    check("a[z-a]c", &[], &["abc", "azc"]);
    check("[a", &["[a"], &["a"]);
    check(r"a\*", &[r"a\b"], &["a*"]);
}

#[test]
fn types_are_checked() {
    let message = "expected str, bytes or os.PathLike object, not NoneType";
    assert_eq!(outcome("matchwildcard", &json!(null), &json!("a")), message);
    let message = "expected str, bytes or os.PathLike object, not int";
    assert_eq!(outcome("matchwildcard", &json!("a"), &json!(1)), message);
}

#[test]
fn many_stars_take_no_time() {
    let (pattern, text) = ("a*".repeat(2_000) + "b", "a".repeat(20_000));
    check(&pattern, &[], &[&text]);
}
