//! The regular expressions of criteria: a pattern on the first line, a text behind it.
#![no_main]

use criteria::{Criteria, Verdict};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fn verdict(operator: &str, pattern: &str, text: &str) -> Verdict {
    let rule = json!({"trigger.v": {"type": operator, "pattern": pattern}});
    let criteria = rule.as_object().map(Criteria::unchecked).expect("an object");
    fuzz::input(|| criteria.evaluate(&json!({"v": text}), &fuzz::EVENT))
}

fuzz_target!(|input: &str| {
    let (pattern, text) = fuzz::halves(input);
    if pattern.contains("{{") || pattern.contains("{%") || pattern.contains("{#") {
        return;
    }
    for operator in ["regex", "iregex", "matchregex"] {
        let verdict = verdict(operator, pattern, text);
        assert!(!verdict.matched || verdict.failure.is_none(), "{verdict:?}");
    }
    let wildcard = verdict("matchwildcard", pattern, text);
    assert!(wildcard.failure.is_none(), "{wildcard:?}");
});
