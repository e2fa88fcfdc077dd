//! Rendering of mappings.

use expr::jinja::Options;
use expr::values::{render, render_shared};
use expr::variables::Variables;
use serde_json::{Value, json};

fn check(mapping: Value, expected: Value) {
    let context = json!({ "a": "A", "d": { "x": [1] }, "quote": "say \"hi\"" });
    let rendered =
        render(mapping.as_object().unwrap(), context.as_object().unwrap(), &Options::default());
    assert_eq!(rendered.map(Value::from), Ok(expected.clone()));
    let shared = Variables::from(context.as_object().unwrap().clone());
    let rendered = render_shared(mapping.as_object().unwrap(), &shared, &Options::default());
    assert_eq!(rendered.map(Value::from), Ok(expected));
}

#[test]
fn what_is_no_template_keeps_its_type() {
    check(
        json!({ "k": 5, "l": [1, null], "t": true }),
        json!({ "k": 5, "l": [1, null], "t": true }),
    );
}

#[test]
fn templates_inside_structures_are_rendered() {
    check(json!({ "k": { "{{ a }}": ["{{ d.x }}", 1] } }), json!({ "k": { "A": ["[1]", 1] } }));
    check(json!({ "k": "{{ __context.a }}" }), json!({ "k": "A" }));
}

#[test]
fn a_value_that_breaks_the_structure_is_an_error_with_its_key() {
    let mapping = json!({ "good": "{{ a }}", "bad": ["{{ quote }}"] });
    let context = json!({ "a": 1, "quote": "\"" });
    let error =
        render(mapping.as_object().unwrap(), context.as_object().unwrap(), &Options::default())
            .unwrap_err();
    assert_eq!(error.key, "bad");
    assert_eq!(error.error.class_name(), "JSONDecodeError");
}
