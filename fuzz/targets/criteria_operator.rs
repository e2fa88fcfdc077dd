//! Operators: an operator, a pattern, a value and a condition on four lines. The index leaves out
//! no rule that matters, and a constant pattern decides as a rendered one does.
#![no_main]

use criteria::{Criteria, Index};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (operator, pattern, value) = (line(), fuzz::value(line()), fuzz::value(line()));
    let criterion = json!({"type": operator, "pattern": pattern, "condition": line()});
    let payload = json!({"v": value, "pattern": pattern});
    let rule = json!({"trigger.v": criterion});
    let Some(rule) = rule.as_object() else { return };
    let checked = fuzz::input(|| Criteria::compile(rule)).is_ok();
    let criteria = fuzz::input(|| Criteria::unchecked(rule));
    let verdict = fuzz::input(|| criteria.evaluate(&payload, &fuzz::EVENT));
    assert_eq!(verdict, fuzz::input(|| criteria.evaluate(&payload, &fuzz::EVENT)));
    let known = criteria::operators().any(|name| name == operator);
    assert!(!checked || known);
    let index = Index::new([(0, &criteria)]);
    let is_candidate = index.candidates(&payload).next().is_some();
    assert!(is_candidate || !verdict.matched && verdict.failure.is_none());
    // Whether it is compiled once or each time makes no difference, unless it is a template.
    let plain = |value: &Value| value.is_array() || value.is_object() || value.is_number();
    if plain(&pattern) && !pattern.to_string().contains("{{") && !pattern.to_string().contains("{%")
    {
        let mut rendered = criterion;
        rendered["pattern"] = json!("{{ trigger.pattern }}");
        let rule = json!({"trigger.v": rendered});
        let indirect = rule.as_object().map(Criteria::unchecked);
        let indirect = fuzz::input(|| indirect.map(|rule| rule.evaluate(&payload, &fuzz::EVENT)));
        assert_eq!(indirect.map(|verdict| verdict.matched), Some(verdict.matched));
    }
});
