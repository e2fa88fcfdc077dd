//! Advice: definitions that run, but hardly as they were meant.

use serde_json::Value;

use super::{
    Finding,
    graph::{Exit, Graph, Node},
    location::Location,
    view,
};
use crate::{cycles, spec::is_falsy};

/// Returns what hardly works as it was meant.
///
/// Orquesta does not check this, so it is no reason to refuse a workflow.
#[must_use]
pub fn advice(definition: &Value) -> Vec<Finding> {
    let Ok(view) = view::read(definition) else { return Vec::new() };
    let graph = Graph::new(&view);
    let mut findings = endless(&graph);
    for task in &view.tasks {
        let Some(items) = &task.items else { continue };
        let location = Location::tasks().named(task.name).property("with");
        if items.concurrency.as_f64().is_some_and(|number| number <= 0.0) {
            let location = location.property("concurrency");
            let message = "a concurrency below 1 counts as 1: write `1`, or leave it out to run \
                           all items at once";
            findings.push(Finding::new(&location.spec, &location.schema, message));
        }
        if items.items.is_array() {
            let location = location.property("items");
            let message = "a list cannot stand here: put it into `vars` and write \
                           `<% ctx().name %>`";
            findings.push(Finding::new(&location.spec, &location.schema, message));
        }
    }
    findings
}

/// Finds cycles that nothing ends: all their transitions hold in any case.
fn endless(graph: &Graph<'_>) -> Vec<Finding> {
    let sure: Vec<Vec<Node>> = (0..graph.names.len()).map(|node| sure_ways(graph, node)).collect();
    let in_cycle = cycles::nodes_in_cycles(&sure);
    let mut is_told = vec![false; graph.names.len()];
    let mut findings = Vec::new();
    for node in (0..graph.names.len()).filter(|node| in_cycle[*node]) {
        if is_told[node] {
            continue;
        }
        tell_all(&sure, node, &mut is_told);
        let name = graph.names[node];
        let location = Location::tasks().named(name).property("next");
        let message = format!(
            "`{name}` leads back to itself and nothing ends that: give a transition on the way \
             around a condition with `when`"
        );
        findings.push(Finding::new(&location.spec, &location.schema, message));
    }
    findings
}

/// Returns where a task leads in any case; nowhere, if the workflow fails at once.
fn sure_ways(graph: &Graph<'_>, node: Node) -> Vec<Node> {
    let Some(task) = graph.task(node) else { return Vec::new() };
    let is_sure = |exit: &&Exit<'_>| is_falsy(task.next[exit.transition].when);
    let sure = graph.exits[node].iter().filter(is_sure);
    if sure.clone().any(|exit| exit.name == "fail") {
        return Vec::new();
    }
    sure.filter_map(|exit| exit.to).collect()
}

/// Marks a node and everything that follows it.
fn tell_all(ways: &[Vec<Node>], node: Node, is_told: &mut [bool]) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut is_told[node], true) {
            open.extend(&ways[node]);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(tasks: &Value, expected: &[&str]) {
        let found = advice(&json!({"tasks": tasks}));
        let paths: Vec<&str> = found.iter().map(|finding| finding.spec_path.as_str()).collect();
        assert_eq!(paths, expected, "{tasks}");
    }

    #[test]
    fn cycle_without_a_condition_is_told_once() {
        let way = |to: &str| json!({"action": "a.b", "next": [{"do": to}]});
        check(&json!({"s": way("a"), "a": way("b"), "b": way("a")}), &["tasks.a.next"]);
        check(
            &json!({"s": way("a"), "a": way("b, x"), "b": way("a"), "x": way("s2")}),
            &["tasks.a.next"],
        );
        let either = json!({"action": "a.b", "next": [{"when": "<% failed() %>", "do": "a"}]});
        check(&json!({"s": way("a"), "a": way("b"), "b": either}), &[]);
        check(&json!({"s": way("a"), "a": way("b"), "b": way("a, fail")}), &[]);
        check(&json!({"s": way("a"), "a": way("b"), "b": {"action": "a.b"}}), &[]);
    }

    #[test]
    fn items_that_cannot_work_are_told() {
        let with = |items: Value, concurrency: i64| json!({"t": {"action": "a.b", "with": {"items": items, "concurrency": concurrency}}});
        check(&with(json!("<% ctx().xs %>"), 0), &["tasks.t.with.concurrency"]);
        check(&with(json!("<% ctx().xs %>"), 1), &[]);
        check(&with(json!([1, 2]), 1), &["tasks.t.with.items"]);
    }
}
