//! Wildcard patterns over random texts.

use proptest::prelude::*;
use python::fnmatch::Wildcard;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wildcard_agrees_with_its_definition(pattern in "[ab*?]{0,6}", text in "[ab]{0,8}") {
        fn fits(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern, text) {
                ([], text) => text.is_empty(),
                ([b'*', rest @ ..], text) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
                ([b'?', rest @ ..], [_, text @ ..]) => fits(rest, text),
                ([p, rest @ ..], [t, text @ ..]) => p == t && fits(rest, text),
                (_, []) => false,
            }
        }
        let expected = fits(pattern.as_bytes(), text.as_bytes());
        prop_assert_eq!(Wildcard::new(&pattern).matches(&text), expected);
    }
}
