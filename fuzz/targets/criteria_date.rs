//! Moments in events, as `timediff_lt` and `timediff_gt` read them.
#![no_main]

use criteria::Criteria;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let payload = json!({"v": text});
    let [less, more] = ["timediff_lt", "timediff_gt"].map(|operator| {
        let rule = json!({"trigger.v": {"type": operator, "pattern": 3600}});
        let criteria = rule.as_object().map(Criteria::unchecked).expect("an object");
        fuzz::input(|| criteria.evaluate(&payload, &fuzz::EVENT))
    });
    assert!(!(less.matched && more.matched));
    assert_eq!(less.failure.is_some(), more.failure.is_some());
});
