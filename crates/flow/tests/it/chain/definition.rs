//! What definitions are, and what is said of those that are none.

use flow::chain::Definition;
use serde_json::{Value, json};

use super::{parse, three};

/// Checks what is wrong with a definition, each thing as `path: message`.
fn check(definition: &Value, expected: &[&str]) {
    let error = Definition::parse(definition).unwrap_err();
    let flaws: Vec<String> = error.flaws.iter().map(ToString::to_string).collect();
    assert_eq!(flaws, expected);
}

fn check_warnings(definition: &Value, expected: &[&str]) {
    let found = parse(definition);
    let warnings: Vec<String> = found.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, expected);
}

fn first_of(definition: &Value) -> Option<String> {
    parse(definition).first().map(|node| node.name.clone())
}

#[test]
fn a_chain_begins_at_its_default() {
    let mut chain = three();
    chain["default"] = json!("c3");
    assert_eq!(first_of(&chain).as_deref(), Some("c3"));
}

#[test]
fn without_a_default_it_begins_at_the_first_that_follows_no_other() {
    for default in [Value::Null, json!("")] {
        let mut chain = three();
        chain["default"] = default;
        assert_eq!(first_of(&chain).as_deref(), Some("c1"));
        chain["chain"].as_array_mut().unwrap().reverse();
        assert_eq!(first_of(&chain).as_deref(), Some("c1"));
    }
}

#[test]
fn where_all_follow_one_another_it_begins_at_the_first() {
    let ring = json!({"chain": [
        {"name": "a", "ref": "p.a", "on-success": "b"},
        {"name": "b", "ref": "p.a", "on-success": "a"},
    ]});
    assert_eq!(first_of(&ring).as_deref(), Some("a"));
    assert_eq!(first_of(&json!({"chain": []})), None);
}

#[test]
fn names_of_tasks_that_do_not_exist_are_found_everywhere() {
    let mut chain = three();
    chain["default"] = json!("bad_default");
    chain["chain"][1]["on-success"] = json!("c5");
    chain["chain"][2]["on-failure"] = json!("c6");
    check(
        &chain,
        &[
            r#"chain[1].on-success: Unable to find node with name "c5" referenced in "on-success" in task "c2"."#,
            r#"chain[2].on-failure: Unable to find node with name "c6" referenced in "on-failure" in task "c3"."#,
            r#"default: Unable to find node with name "bad_default" referenced in "default"."#,
        ],
    );
}

#[test]
fn an_error_reads_as_stackstorm_s_does() {
    let mut chain = three();
    chain["default"] = json!("bad_default");
    let error = Definition::parse(&chain).unwrap_err();
    let expected = r#"Unable to find node with name "bad_default" referenced in "default"."#;
    assert_eq!(error.to_string(), expected);
}

#[test]
fn both_names_of_the_parameters_are_too_many_unless_one_is_empty() {
    let with = |params: Value| json!({"chain": [{"name": "a", "ref": "p.a", "params": params, "parameters": {"x": 1}}]});
    let expected = "chain[0].parameters: Either \"params\" or \"parameters\" attribute needs to \
                    be provided, but not both";
    check(&with(json!({"y": 2})), &[expected]);
    for empty in [json!({}), Value::Null] {
        let node = &parse(&with(empty)).nodes()[0].clone();
        assert_eq!(json!(node.parameters), json!({"x": 1}));
    }
}

#[test]
fn every_node_is_checked() {
    check(
        &json!({"chain": [
            {"malformed_action": "a1", "malformed_name": "c1"},
            {"name": 5, "ref": "p.a"},
            "c3",
            {"name": "c4", "ref": "p.a", "parameters": [], "on-success": true, "publish": "x"},
            {"name": "", "ref": null},
        ]}),
        &[
            "chain[0]: Additional properties are not allowed ('malformed_action' was unexpected)",
            "chain[0]: Additional properties are not allowed ('malformed_name' was unexpected)",
            "chain[0]: 'name' is a required property",
            "chain[0]: 'ref' is a required property",
            "chain[1].name: 5 is not of type 'string'",
            "chain[2]: 'c3' is not of type 'object'",
            "chain[3].parameters: [] is not of type 'object'",
            "chain[3].on-success: True is not of type 'string'",
            "chain[3].publish: 'x' is not of type 'object'",
            "chain[4].name: 'name' is empty",
            "chain[4]: 'ref' is a required property",
        ],
    );
}

#[test]
fn the_file_itself_is_checked() {
    check(&json!([]), &["[] is not of type 'object'"]);
    check(&json!({}), &["'chain' is a required property"]);
    check(&json!({"chain": {}}), &["chain: {} is not of type 'array'"]);
    check(
        &json!({"chain": [], "vars": [], "default": 1, "version": 1}),
        &[
            "Additional properties are not allowed ('version' was unexpected)",
            "vars: [] is not of type 'object'",
            "default: 1 is not of type 'string'",
        ],
    );
}

#[test]
fn keys_of_later_nodes_that_mean_nothing_are_a_warning() {
    let chain = json!({"chain": [
        {"name": "a", "ref": "p.a", "on-success": "b"},
        {"name": "b", "ref": "p.a", "description": "says hello"},
    ]});
    let expected = "chain[1]: Additional properties are not allowed ('description' was unexpected)";
    check_warnings(&chain, &[expected]);
}

#[test]
fn a_second_task_of_a_name_is_a_warning() {
    let chain = json!({"chain": [{"name": "a", "ref": "p.a"}, {"name": "a", "ref": "p.b"}]});
    check_warnings(&chain, &["chain[1].name: `a` is the name of chain[0], too: this never runs"]);
    assert_eq!(parse(&chain).first().unwrap().action, "p.a");
}

#[test]
fn a_template_for_the_next_task_is_a_warning() {
    let chain = json!({"chain": [{"name": "a", "ref": "p.a", "on-success": "{{ next }}"}]});
    let path = "chain[0].on-success";
    check_warnings(
        &chain,
        &[&format!("{path}: names of tasks are not rendered, so this one is never found")],
    );
}

#[test]
fn notify_sections_are_checked() {
    let with = |notify: Value| json!({"chain": [{"name": "a", "ref": "p.a", "notify": notify}]});
    check(
        &with(json!({"on-complet": {}, "on-failure": {"message": 1, "route": [], "routes": "x"}})),
        &[
            "chain[0].notify: Additional properties are not allowed ('on-complet' was unexpected)",
            "chain[0].notify.on-failure: Additional properties are not allowed ('route' was \
             unexpected)",
            "chain[0].notify.on-failure.message: 1 is not of type 'string'",
            "chain[0].notify.on-failure.routes: 'x' is not of type 'array'",
        ],
    );
    let good = json!({"on-complete": {"message": "m", "data": {}, "routes": ["r"]}});
    assert_eq!(parse(&with(good.clone())).nodes()[0].notify, Some(good));
}

#[test]
fn a_node_is_shown_in_the_context_with_all_its_attributes() {
    let node = parse(&three()).nodes()[0].clone();
    assert_eq!(
        json!(node.context).to_string(),
        json!({
            "name": "c1", "ref": "p.a1", "params": null, "parameters": {"p1": "v1"},
            "on_success": "c2", "on_failure": "c4", "publish": null, "notify": null,
        })
        .to_string()
    );
}
