//! Keys of criteria: paths into the payload of an event.
#![no_main]

use criteria::{Criteria, Index};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let (key, given) = fuzz::halves(text);
    let payload = serde_json::from_str(given).unwrap_or_else(|_| Value::Object(fuzz::variables()));
    for criterion in [
        json!({"type": "exists", "pattern": "x"}),
        json!({"type": "equals", "pattern": 1}),
        json!({"type": "search", "condition": "any", "pattern": {"item.id": {"type": "gt", "pattern": 0}}}),
        json!({"type": "nequals", "pattern": "{{ trigger.a }}"}),
    ] {
        let rule = json!({key: criterion});
        let Some(rule) = rule.as_object() else { return };
        let criteria = fuzz::input(|| Criteria::unchecked(rule));
        let verdict = fuzz::input(|| criteria.evaluate(&payload, &fuzz::EVENT));
        let is_candidate = Index::new([(0, &criteria)]).candidates(&payload).next().is_some();
        assert!(is_candidate || !verdict.matched && verdict.failure.is_none());
    }
});
