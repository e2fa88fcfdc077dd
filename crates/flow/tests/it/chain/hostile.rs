//! Input that means harm, or is large.

use flow::{
    Env, Status,
    chain::{Chain, Definition, Options},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{always_the_same, begin, drive, error, hear, inputs, parse, request, start, succeed};

#[test]
fn what_a_template_gives_is_not_rendered_again() {
    let definition = json!({"chain": [
        {"name": "a", "ref": "p.a", "parameters": {"p": "{{ given }}", "l": ["{{ given }}"]},
         "publish": {"v": "{{ a.stdout }}", "w": ["{{ a.stdout }}"]}, "on-success": "b"},
        {"name": "b", "ref": "p.b", "parameters": {"p": "{{ v }}", "q": "{{ w[0] }}", "r": "{{ x }}"}},
    ], "vars": {"x": "{{ given }}"}});
    let evil = "{{ 7 * 7 }}{% raw %}{{ st2kv.system.password }}";
    let mut chain = start(&definition, &json!({"given": evil}));
    assert_eq!(json!(request(&mut chain).parameters), json!({"p": evil, "l": [evil]}));
    begin(&mut chain);
    hear(&mut chain, Status::Succeeded, &json!({"stdout": evil}));
    assert_eq!(json!(request(&mut chain).parameters), json!({"p": evil, "q": evil, "r": evil}));
    assert_eq!(drive(&mut chain, succeed).1["published"], json!({"v": evil, "w": [evil]}));
}

#[test]
fn names_of_tasks_and_of_parameters_are_data() {
    let name = "__class__{{ 7 }}\n\u{0}";
    let definition = json!({"chain": [
        {"name": name, "ref": "{{ 7 }}", "parameters": {"{{ 7 }}": "x"}, "publish": {"{{ 7 }}": 1}},
    ]});
    let mut chain = start(&definition, &json!({}));
    let request = request(&mut chain);
    assert_eq!((&*request.task, &*request.action), (name, "{{ 7 }}"));
    assert_eq!(json!(request.parameters), json!({"{{ 7 }}": "x"}));
    assert_eq!(drive(&mut chain, succeed).1["published"], json!({"{{ 7 }}": 1}));
}

#[test]
fn a_template_that_never_ends_is_stopped() {
    let template = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
    let definition = json!({"chain": [{"name": "a", "ref": "p.a", "parameters": {"p": template}}]});
    let (status, result) = drive(&mut start(&definition, &json!({})), succeed);
    assert_eq!(status, Status::Failed);
    assert!(error(&result).starts_with("Failed to run task \"a\". Parameter rendering failed.."));
}

#[test]
fn too_many_tasks_are_no_chain() {
    let node = json!({"name": "a", "ref": "p.a"});
    let definition = json!({"chain": vec![node; 10_001]});
    let error = Definition::parse(&definition).unwrap_err();
    assert_eq!(error.to_string(), "the chain has 10001 tasks; at most 10000 may be");
}

#[test]
fn complaints_are_few_and_short() {
    let definition = json!({"chain": vec![json!("x".repeat(10_000)); 1000]});
    let error = Definition::parse(&definition).unwrap_err();
    assert_eq!(error.flaws.len(), 100);
    assert!(error.flaws.iter().all(|flaw| flaw.message.len() < 200));
}

#[test]
fn a_large_result_is_not_in_the_records() {
    let definition = json!({"chain": [
        {"name": "big", "ref": "p.big", "on-success": "t"},
        {"name": "t", "ref": "p.t", "parameters": {"p": "{{ big.ok }}"}, "on-success": "t"},
    ], "default": "big"});
    let options = Options { tasks_max: 100, ..Options::default() };
    let mut chain = Chain::start(parse(&definition), inputs(&json!({})), options, &Env::default());
    let mut written = 0;
    for task in 0..100 {
        begin(&mut chain);
        let text = if task == 0 { "x".repeat(2 << 20) } else { String::new() };
        hear(&mut chain, Status::Succeeded, &json!({"ok": "1", "text": text}));
        written += chain.changes().iter().map(|change| format!("{change:?}").len()).sum::<usize>();
    }
    assert!(written < 100_000, "{written} bytes");
}

/// Returns JSON that looks a little like a chain.
fn something() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c]{0,1}".prop_map(Value::from),
        "\\PC{0,9}".prop_map(Value::from),
        Just(json!("{{ a }}")),
        Just(json!("{% a")),
    ];
    let key = prop_oneof![
        proptest::sample::select(vec![
            "chain",
            "default",
            "vars",
            "name",
            "ref",
            "params",
            "parameters",
            "on-success",
            "on-failure",
            "publish",
            "notify",
            "on-complete",
            "routes",
        ])
        .prop_map(str::to_owned),
        "[a-c]",
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let object = proptest::collection::hash_map(key.clone(), inner.clone(), 0..8);
        let node = (inner.clone(), "[a-c]", "[a-c]", "[a-c]").prop_map(|(publish, a, b, c)| {
            json!({"name": a, "ref": "p.a", "on-success": b, "on-failure": c, "publish": publish})
        });
        let chain = (proptest::collection::vec(node.clone(), 0..4), inner.clone())
            .prop_map(|(chain, vars)| json!({"chain": chain, "vars": vars}));
        prop_oneof![
            2 => proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            2 => object.prop_map(|map| map.into_iter().collect()),
            1 => node,
            2 => chain,
        ]
    })
}

proptest! {
    #![proptest_config(always_the_same(400))]

    #[test]
    fn whatever_is_read_is_refused_with_a_reason_or_runs_to_an_end(value in something()) {
        match Definition::parse(&value) {
            Err(error) => prop_assert!(!error.flaws.is_empty() && !error.to_string().is_empty()),
            Ok(definition) => {
                let options = Options { tasks_max: 20, ..Options::default() };
                let given = inputs(&json!({"a": "x"}));
                let mut chain = Chain::start(definition.into(), given, options, &Env::default());
                let (status, result) = drive(&mut chain, succeed);
                prop_assert!(status.is_completed() && result.is_object());
            }
        }
    }
}
