//! Every operator over values of every type.

use serde_json::{Value, json};

use super::{Verdict, evaluate, outcome};

fn check(operator: &str, cases: &[(Value, Value, &str)]) {
    for (value, pattern, expected) in cases {
        let found = outcome(operator, value, pattern);
        assert_eq!(&found, expected, "{value} {operator} {pattern}");
    }
}

#[test]
fn equals_compares_values_of_any_type() {
    for name in ["equals", "eq", "EQ"] {
        check(
            name,
            &[
                (json!("a"), json!("a"), "yes"),
                (json!("a"), json!("A"), "no"),
                (json!(1), json!("1"), "no"),
                (json!(1), json!(true), "yes"),
                (json!(0), json!(false), "yes"),
                (json!(1), json!(1.0), "yes"),
                (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992.0), "no"),
                (json!([true, {"a": 1}]), json!([1, {"a": 1.0}]), "yes"),
                (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), "yes"),
                (json!([1]), json!([1, 2]), "no"),
                (json!(null), json!(null), "no"),
                (json!("e\u{301}"), json!("é"), "no"),
            ],
        );
    }
}

#[test]
fn nequals_takes_nothing_for_a_value() {
    for name in ["nequals", "neq"] {
        check(
            name,
            &[
                (json!("a"), json!("b"), "yes"),
                (json!(1), json!(true), "no"),
                (json!(null), json!("a"), "yes"),
                (json!(null), json!(null), "no"),
            ],
        );
    }
}

#[test]
fn iequals_needs_texts() {
    for name in ["iequals", "ieq"] {
        check(
            name,
            &[
                (json!("ΑΣ"), json!("ας"), "yes"),
                (json!("İ"), json!("i̇"), "yes"),
                (json!("ß"), json!("SS"), "no"),
                (json!("a"), json!(null), "no"),
                (json!(null), json!("a"), "'NoneType' object has no attribute 'lower'"),
                (json!("a"), json!(5), "'int' object has no attribute 'lower'"),
            ],
        );
    }
}

#[test]
fn contains_looks_into_texts_lists_and_keys() {
    check(
        "contains",
        &[
            (json!("abc"), json!("bc"), "yes"),
            (json!("abc"), json!(""), "yes"),
            (json!([1, "a"]), json!(true), "yes"),
            (json!({"k": "v"}), json!("k"), "yes"),
            (json!({"k": "v"}), json!("v"), "no"),
            (json!({"k": "v"}), json!(1), "no"),
            (json!({"k": "v"}), json!([1]), "unhashable type: 'list'"),
            (json!("abc"), json!(1), "'in <string>' requires string as left operand, not int"),
            (json!(1.5), json!("a"), "argument of type 'float' is not iterable"),
            (json!(null), json!("a"), "argument of type 'NoneType' is not iterable"),
            (json!(null), json!(null), "no"),
        ],
    );
    check(
        "ncontains",
        &[
            (json!("abc"), json!("x"), "yes"),
            (json!([1]), json!(1), "no"),
            (json!(5), json!(5), "argument of type 'int' is not iterable"),
        ],
    );
}

#[test]
fn icontains_needs_texts() {
    check(
        "icontains",
        &[
            (json!("Hello"), json!("ELL"), "yes"),
            (json!(["A"]), json!("a"), "'list' object has no attribute 'lower'"),
            (json!(5), json!([1]), "'list' object has no attribute 'lower'"),
        ],
    );
    check("incontains", &[(json!("Hello"), json!("ELL"), "no"), (json!("x"), json!("y"), "yes")]);
}

#[test]
fn affixes_need_texts() {
    check(
        "startswith",
        &[
            (json!("hello"), json!("he"), "yes"),
            (json!("hello"), json!("HE"), "no"),
            (json!(1), json!("1"), "'int' object has no attribute 'startswith'"),
            (
                json!("a"),
                json!(["a"]),
                "startswith first arg must be str or a tuple of str, not list",
            ),
        ],
    );
    check("istartswith", &[(json!("ẞtart"), json!("ß"), "yes")]);
    check("endswith", &[(json!("a\n"), json!("a"), "no"), (json!("ba"), json!("a"), "yes")]);
    check("iendswith", &[(json!("ABC"), json!("bc"), "yes")]);
}

#[test]
fn orders_exist_within_one_type() {
    for (name, flipped) in [("lessthan", "gt"), ("lt", "greaterthan")] {
        for (low, high) in [
            (json!(1), json!(1.5)),
            (json!(false), json!(2)),
            (json!("B"), json!("a")),
            (json!("\u{ffff}"), json!("😀")),
            (json!([1, 2]), json!([1, 3])),
            (json!([]), json!([null])),
            (json!(9_007_199_254_740_992.0), json!(9_007_199_254_740_993_i64)),
        ] {
            check(name, &[(low.clone(), high.clone(), "yes"), (high.clone(), low.clone(), "no")]);
            check(flipped, &[(high.clone(), low.clone(), "yes"), (low.clone(), high, "no")]);
        }
    }
    let message = "'<' not supported between instances of 'str' and 'int'";
    check("lt", &[(json!("a"), json!(1), message), (json!([1, "a"]), json!([1, 2]), message)]);
    let message = "'>' not supported between instances of 'dict' and 'dict'";
    check("gt", &[(json!({}), json!({}), message), (json!(1), json!(null), "no")]);
}

#[test]
fn exists_ignores_its_pattern() {
    check("exists", &[(json!([]), json!("x"), "yes"), (json!(null), json!("x"), "no")]);
    check("nexists", &[(json!(0), json!("x"), "no"), (json!(null), json!(null), "yes")]);
}

#[test]
fn inside_is_contains_the_other_way_round() {
    for name in ["inside", "in"] {
        check(
            name,
            &[
                (json!(1), json!([true]), "yes"),
                (json!(null), json!([null]), "yes"),
                (json!("b"), json!("abc"), "yes"),
                (json!("a"), json!({"a": 1}), "yes"),
                (json!([1]), json!({"a": 1}), "unhashable type: 'list'"),
                (json!(1), json!(5), "argument of type 'int' is not iterable"),
                (json!(0), json!("0"), "'in <string>' requires string as left operand, not int"),
            ],
        );
    }
    for name in ["ninside", "nin"] {
        check(name, &[(json!("x"), json!("abc"), "yes"), (json!("a"), json!(null), "no")]);
    }
}

#[test]
fn operator_without_a_name_or_of_another_name_matches_nothing() {
    let payload = json!({"v": 1});
    assert_eq!(evaluate(&json!({"trigger.v": {"pattern": 1}}), &payload), Verdict::default());
    let verdict = evaluate(&json!({"trigger.v": {"type": "is", "pattern": 1}}), &payload);
    assert!(!verdict.matched);
    assert!(verdict.failure.unwrap().ends_with(": Invalid operator: is"));
    for untyped in [json!("text"), json!([1])] {
        assert_eq!(evaluate(&json!({"trigger.v": untyped}), &payload), Verdict::default());
    }
    let verdict = evaluate(&json!({"trigger.v": 5}), &payload);
    assert!(verdict.failure.unwrap().ends_with(": argument of type 'int' is not iterable"));
}

#[test]
fn criteria_are_tried_in_order_up_to_the_first_that_does_not_hold() {
    let payload = json!({"v": 1});
    let raising = json!({"type": "lt", "pattern": "x"});
    let failing = json!({"type": "eq", "pattern": 2});
    let first = evaluate(&json!({"trigger.v": failing, "trigger.v#2": raising}), &payload);
    assert_eq!(first, Verdict::default());
    let second = evaluate(&json!({"trigger.v": raising, "trigger.v#2": failing}), &payload);
    assert!(second.failure.is_some());
}

#[test]
fn empty_payload_fits_empty_criteria_only() {
    for payload in [json!({}), json!([]), json!(""), json!(null), json!(0), json!(false)] {
        assert!(evaluate(&json!({}), &payload).matched);
        let criteria = json!({"trigger.v": {"type": "nexists", "pattern": "x"}});
        assert_eq!(evaluate(&criteria, &payload), Verdict::default(), "{payload}");
    }
}
