//! Random rules and payloads.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{compiled, context};
use crate::{Criteria, Index, operators};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        prop_oneof![Just(0.5), Just(1.0), Just(2.0)].prop_map(Value::from),
        "[ab1{.*]{0,2}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[abv]", inner, 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn criterion() -> impl Strategy<Value = Value> {
    let names: Vec<&str> = operators().chain(["Equals", "bogus"]).collect();
    let operator = prop_oneof![
        4 => Just("equals"),
        2 => prop::sample::select(vec!["exists", "neq", "in"]),
        3 => prop::sample::select(names),
    ];
    let pattern = prop_oneof![9 => value(), 1 => Just(json!("{{ trigger.a }}"))];
    let condition = prop::sample::select(vec!["any", "all", "all2any", "any2any", "other"]);
    (operator, pattern, condition, 0..20).prop_map(|(operator, pattern, condition, typed)| {
        if typed == 0 {
            json!({"pattern": pattern})
        } else {
            json!({"type": operator, "pattern": pattern, "condition": condition})
        }
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let keys = vec![
        "trigger.a",
        "trigger.b",
        "trigger.a.b",
        "trigger.v#1",
        "trigger.v#2",
        "trigger.v[0]",
        "trigger..a",
        "system.a",
        "item.a",
        "trigger",
        "%",
    ];
    let entry = (prop::sample::select(keys), criterion());
    prop::collection::vec(entry, 0..4).prop_map(|entries| {
        Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    })
}

fn payload() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (value(), value(), value()).prop_map(|(a, b, v)| json!({"a": a, "b": b, "v": v})),
        1 => value(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn index_leaves_out_only_what_neither_matches_nor_fails(
        rules in prop::collection::vec(rule(), 0..12),
        payload in payload(),
    ) {
        let rules: Vec<Criteria> = rules.iter().map(compiled).collect();
        let candidates: Vec<usize> =
            Index::new(rules.iter().enumerate()).candidates(&payload).collect();
        prop_assert!(candidates.is_sorted());
        for (position, rule) in rules.iter().enumerate() {
            let verdict = rule.evaluate(&payload, &context());
            let matters = verdict.matched || verdict.failure.is_some();
            prop_assert!(!matters || candidates.contains(&position), "rule {position}");
        }
    }

    #[test]
    fn constants_give_what_rendered_patterns_give(criterion in criterion(), payload in payload()) {
        // The same pattern, once compiled and once rendered from the payload.
        let mut payload = payload;
        prop_assume!(payload.is_object());
        let pattern = criterion["pattern"].clone();
        prop_assume!(pattern != "{{ trigger.a }}" && pattern.is_object() || pattern.is_array() || pattern.is_number());
        payload["pattern"] = pattern;
        let mut rendered = criterion.clone();
        rendered["pattern"] = json!("{{ trigger.pattern }}");
        let direct = compiled(&json!({"trigger.v": criterion})).evaluate(&payload, &context());
        let indirect = compiled(&json!({"trigger.v": rendered})).evaluate(&payload, &context());
        prop_assert_eq!(direct, indirect);
    }

    #[test]
    fn any_key_is_evaluated_without_panic(key in r"(trigger|[a-c]|[.*$|&,:]|\.\.|\[|\]|'|`| where |-?[0-9]|[(]|[)]|`parent`|é){0,10}", payload in payload()) {
        let criteria = json!({key: {"type": "exists", "pattern": "x"}});
        let _verdict = compiled(&criteria).evaluate(&payload, &context());
    }
}
