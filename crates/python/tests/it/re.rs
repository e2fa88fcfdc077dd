//! Python's regular expressions.

use proptest::prelude::*;
use python::re::{BUDGET, Backtracker, DOTALL, IGNORECASE, Purpose, Regex};

/// Returns whether a pattern is found, and checks that all engines say the same.
fn matches(purpose: Purpose, flags: u8, pattern: &str, text: &str) -> Result<bool, String> {
    let regex = Regex::new(pattern, flags, purpose).map_err(|error| error.to_string())?;
    let found = regex.is_match(text).map_err(|_| "exhausted".to_owned())?;
    if purpose == Purpose::Search {
        let chars: Vec<char> = text.chars().collect();
        let backtracker = Backtracker::new(pattern, flags).unwrap();
        let other = backtracker.search(&chars, &mut { BUDGET });
        assert!(other.is_err() || other.is_ok_and(|other| other.is_some() == found), "{pattern}");
        let regex = Regex::new(pattern, flags, Purpose::Captures).unwrap();
        let first = regex.find_all(text).next();
        assert_eq!(first.is_none_or(|first| first.is_err()), !found, "{pattern}");
    }
    Ok(found)
}

fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
    for text in fitting {
        assert_eq!(matches(Purpose::Search, 0, pattern, text), Ok(true), "{pattern} in {text:?}");
    }
    for text in others {
        assert_eq!(matches(Purpose::Search, 0, pattern, text), Ok(false), "{pattern} in {text:?}");
    }
}

#[test]
fn syntax_is_that_of_python() {
    check("^b", &["b"], &["a\nb"]);
    check("(?m)^b", &["a\nb"], &["ab"]);
    check("a$", &["a", "a\n", "ba"], &["a\n\n", "a\nb"]);
    check("(?m)a$", &["a\nb"], &["ab"]);
    check(r"a\Z", &["a"], &["a\n"]);
    check("(a$|b)", &["a\n", "bc"], &["ac"]);
    check("(?:a$)b?", &["a\n"], &["ab"]);
    check("a.b", &["axb"], &["a\nb"]);
    check("(?s)a.b", &["a\nb"], &["ab"]);
    check("(?x) a b # c", &["ab"], &["a b"]);
    check("(?i:a)b", &["Ab"], &["aB"]);
    check(r"(?P<n>o)(?P=n)", &["foo"], &["fo"]);
    check(r"(a)\1b", &["aab"], &["ab"]);
    check("^(a)?(?(1)b|c)$", &["ab", "c"], &["ac", "b"]);
    check("a(?=b)", &["ab"], &["ac"]);
    check("a(?!b)", &["ac"], &["ab"]);
    check("(?<=x)a", &["xa"], &["ya"]);
    check("(?<!x)a", &["ya"], &["xa"]);
    check("a++b", &["aab"], &["aac"]);
    check("a++a", &[], &["aaa"]);
    check("(?>a|ab)c", &["ac"], &["abc"]);
    check("^a{,2}$", &["", "aa"], &["aaa"]);
    check("a{2}", &["aa"], &["a"]);
    check("a{b}", &["a{b}"], &["ab"]);
    check("x{,y", &["x{,y"], &["xy"]);
    check(r"[]a][^]b]", &["]x", "ac"], &["]]"]);
    check("[a-]b", &["-b"], &["cb"]);
    check("[[a]b", &["[b"], &["cb"]);
    check("[a&&b]c", &["&c"], &["cc"]);
    check(r"\x41\u00e9\101\0", &["AéA\0"], &["A"]);
    check(r"\d{4}(?#year)", &["2020", "٢٠٢٠"], &["202"]);
    check(r"^\w$", &["é", "²", "_"], &["-", "\u{301}"]);
    check(r"(?a)^\w$", &["e"], &["é"]);
    check(r"^\s$", &["\u{1c}", "\u{85}"], &["_"]);
    check(r"\bb", &["a b"], &["ab"]);
    check(r"\B", &["ab"], &["", "a"]);
    check(r"\b½", &["½"], &["a½"]);
    check("(?=a)*b", &["b"], &["c"]);
    check("(?=a)+b", &[], &["b", "ab"]);
    check("", &["", "a"], &[]);
    check(r"^(a*)*?b\1$", &["aabaa", "aaba"], &["aabaaa"]);
    check("(?!x)(?:a|b)+?c{2,3}(?!c)", &["abcc"], &["abc", "abcccc"]);
    check(r"(?:(a)|b)*(?(1)c|d)$", &["abc", "bd", "d"], &["abe"]);
    check(r"(?=(a+))\1b", &["aab"], &["aac"]);
    check(r"(?!(a)b)\w\1?c", &["ac"], &["abd"]);
    check(r"(?<=(a)b)\1", &["aba"], &["abc"]);
    check(r"(?i)(straße)\1", &["straßeSTRAßE"], &["straße"]);
    check(r"(?a)\bé\b", &[], &["é"]);
    check(r"(?!x)\bना", &["ना"], &["xना"]);
    check("a|", &["b"], &[]);
}

#[test]
fn case_is_ignored_as_python_does() {
    for (pattern, text) in [
        ("σ", "Σ"),
        ("ς", "σ"),
        ("i", "İ"),
        ("ı", "I"),
        ("[h-j]", "ı"),
        ("s", "ſ"),
        ("k", "\u{212a}"),
        ("ß", "ẞ"),
        (r"(a)\1", "aA"),
    ] {
        assert_eq!(
            matches(Purpose::Search, IGNORECASE, pattern, text),
            Ok(true),
            "{pattern} in {text}"
        );
    }
    assert_eq!(matches(Purpose::Search, IGNORECASE, "(?a)k", "\u{212a}"), Ok(false));
    assert_eq!(matches(Purpose::Search, IGNORECASE, "(?a)[a-c]", "B"), Ok(true));
    assert_eq!(matches(Purpose::Search, IGNORECASE, "(?-i:a)", "A"), Ok(false));
}

#[test]
fn matchregex_begins_at_the_start_and_crosses_lines() {
    for (pattern, text, expected) in [
        ("v1.v2", "v1\nv2", true),
        ("b", "ab", false),
        ("b|a", "ab", true),
        ("(?<=x)a", "xab", false),
        (r"(a)\1", "baa", false),
    ] {
        assert_eq!(
            matches(Purpose::Match, DOTALL, pattern, text),
            Ok(expected),
            "{pattern} in {text}"
        );
    }
}

#[test]
fn wrong_patterns_are_refused_in_the_words_of_python() {
    for (pattern, expected) in [
        ("(", "missing ), unterminated subpattern at position 0"),
        ("a)", "unbalanced parenthesis at position 1"),
        ("*", "nothing to repeat at position 0"),
        ("a**", "multiple repeat at position 2"),
        ("^*", "nothing to repeat at position 1"),
        ("a{3,1}", "min repeat greater than max repeat at position 2"),
        ("[b-a]", "bad character range b-a at position 1"),
        (r"[\w-a]", r"bad character range \w-a at position 1"),
        ("[a", "unterminated character set at position 0"),
        (r"\q", r"bad escape \q at position 0"),
        (r"\z", r"bad escape \z at position 0"),
        (r"\1", "invalid group reference 1 at position 1"),
        (r"(\1)", "cannot refer to an open group at position 1"),
        (r"\x4", r"incomplete escape \x4 at position 0"),
        (r"\N", "missing { at position 2"),
        (r"\777", r"octal escape value \777 outside of range 0-0o377 at position 0"),
        ("\\", "bad escape (end of pattern) at position 0"),
        ("(?P<1>a)", "bad character in group name '1' at position 4"),
        (
            "(?P<a>b)(?P<a>c)",
            "redefinition of group name 'a' as group 2; was group 1 at position 12",
        ),
        ("(?P=a)", "unknown group name 'a' at position 4"),
        ("(?<n>a)", "unknown extension ?<n at position 1"),
        ("a(?i)b", "global flags not at the start of the expression at position 1"),
        ("(?(1)a|b)", "invalid group reference 1 at position 3"),
        ("(a)(?(1)b|c|d)", "conditional backref with more than two branches at position 11"),
        ("(?<=a+)b", "look-behind requires fixed-width pattern"),
        (
            r"(?<=(a)\1)",
            "cannot refer to group defined in the same lookbehind subpattern at position 9",
        ),
        ("(?L)a", "bad inline flags: cannot use 'L' flag with a str pattern at position 3"),
    ] {
        let found = Regex::new(pattern, 0, Purpose::Search).map_err(|error| error.to_string());
        assert_eq!(found.map(|_| ()), Err(expected.to_owned()), "{pattern}");
    }
    let nested = format!("{}a", "(".repeat(5_000));
    assert!(Regex::new(&nested, 0, Purpose::Search).is_err());
}

#[test]
fn matches_are_found_one_after_the_other() {
    let spans = |pattern: &str, text: &str| -> Vec<(usize, usize)> {
        let regex = Regex::new(pattern, 0, Purpose::Captures).unwrap();
        regex.find_all(text).map(|spans| spans.unwrap()[0].unwrap()).collect()
    };
    assert_eq!(spans("a", "aéa"), [(0, 1), (3, 4)]);
    assert_eq!(spans("(?=a)a|é", "aéa"), [(0, 1), (1, 3), (3, 4)]);
    // A match of nothing may follow another match, and precede one at the same place.
    assert_eq!(spans("a*", "aab"), [(0, 2), (2, 2), (3, 3)]);
    assert_eq!(spans("|a", "a"), [(0, 0), (0, 1), (1, 1)]);
    assert_eq!(spans("x?", "é"), [(0, 0), (2, 2)]);
    assert_eq!(spans("b$", "bb\n"), [(1, 2)]);
}

#[test]
fn exploding_patterns_end() {
    for (pattern, text) in [
        ("^(a+)+$", "a".repeat(60) + "b"),
        (r"(a*)*\1b", "a".repeat(60)),
        ("(?:a?){60}a{60}(?!x)z", "a".repeat(60)),
        (r"(\w+\s?)+\1$", "word ".repeat(500) + "!"),
        ("(?=.*(.).*\\1)(?!.*q)z.*(.*)\\2", "ab".repeat(20_000)),
        ("(?!x)(?:(?:){1000000}){1000000}z", "a".to_owned()),
        ("(?!x)(((a{100}){100}){100}){100}z", "a".to_owned()),
        ("(?!x)(a{0,1000}){0,1000}z", "a".to_owned()),
    ] {
        assert_ne!(matches(Purpose::Search, 0, pattern, &text), Ok(true), "{pattern}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_regular_expression_panics(
        pattern in r"([abc]|\\[a-zA-Z0-9]|[(]\?[a-zA-Z<=!:>#-]?|[(]|[)]|\[|\]|[*+?|^$.]|\{[0-9]?,?[0-9]?\}|é|-){0,12}",
        text in r"[abc\nÀ-ÿ]{0,12}",
    ) {
        for (flags, purpose) in [
            (0, Purpose::Search),
            (IGNORECASE, Purpose::Search),
            (DOTALL, Purpose::Match),
        ] {
            if let Ok(regex) = Regex::new(&pattern, flags, purpose) {
                let _match_or_error = regex.is_match(&text);
            }
        }
    }
}
