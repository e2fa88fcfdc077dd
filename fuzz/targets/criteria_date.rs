//! Moments in events, as `timediff_lt` and `timediff_gt` read them.
#![no_main]

use engine::criteria::{Context, Criteria};
use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use serde_json::json;

fuzz_target!(|text: &str| {
    let context = Context {
        now: Timestamp::from_micros(1_795_608_000_000_000),
        lookup: None,
        crypto_key: None,
        rule: "demo.rule",
        instance: "5f0000000000000000000001",
    };
    let payload = json!({"v": text});
    let [less, more] = ["timediff_lt", "timediff_gt"].map(|operator| {
        let rule = json!({"trigger.v": {"type": operator, "pattern": 3600}});
        let criteria = rule.as_object().map(Criteria::unchecked).expect("an object");
        fuzz::input(|| criteria.evaluate(&payload, &context))
    });
    assert!(!(less.matched && more.matched));
    assert_eq!(less.failure.is_some(), more.failure.is_some());
});
