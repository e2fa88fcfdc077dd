//! What the graph of a definition says, and what it costs to make.

use flow::{Plan, graph::Graph, spec};
use serde_json::{Map, Value, json};

fn graph(tasks: Value) -> Graph {
    Graph::new(&spec::parse(&json!({"tasks": tasks})).unwrap()).unwrap()
}

fn task(to: &[&str]) -> Value {
    json!({"action": "a.b", "next": [{"do": to}]})
}

fn names(graph: &Graph, nodes: &[usize]) -> Vec<String> {
    nodes.iter().map(|node| graph.name(*node).to_owned()).collect()
}

#[test]
fn a_workflow_starts_with_the_tasks_to_which_nothing_leads() {
    let graph = graph(json!({"b": task(&["c"]), "a": task(&["c"]), "c": {"action": "a.b"}}));
    assert_eq!(names(&graph, graph.roots()), ["a", "b"]);
}

#[test]
fn several_ways_from_one_task_to_another_have_numbers_of_their_own() {
    let next = json!([{"when": "<% failed() %>", "do": ["b", "b"]}, {"do": ["a2", "b"]}]);
    let graph = graph(
        json!({"a": {"action": "a.b", "next": next}, "a2": task(&["b"]), "b": {"action": "a.b"}}),
    );
    let a = graph.node("a").unwrap();
    let ways: Vec<(&str, &str)> = graph
        .out(a)
        .iter()
        .map(|edge| graph.edge(*edge))
        .map(|edge| (edge.outward.as_str(), edge.inward.as_str()))
        .collect();
    assert_eq!(ways, [("a2__t0", "a__t0"), ("b__t0", "a__t0"), ("b__t1", "a__t1")]);
    assert_eq!(graph.sources(graph.node("b").unwrap()), 2);
}

#[test]
fn routes_begin_where_ways_meet_without_a_join_and_outside_cycles() {
    let graph = graph(json!({
        "a": task(&["s", "j", "c"]), "b": task(&["s", "j"]), "s": {"action": "a.b"},
        "j": {"action": "a.b", "join": "all"}, "c": task(&["d"]), "d": task(&["c"]),
    }));
    let begins = |name: &str| graph.begins_routes(graph.node(name).unwrap());
    assert_eq!(["s", "j", "c", "d", "a"].map(begins), [true, false, false, false, false]);
}

#[test]
fn a_way_to_a_task_that_is_not_defined_is_refused() {
    let workflow = spec::parse(&json!({"tasks": {"a": task(&["zz"])}})).unwrap();
    let error = Graph::new(&workflow).unwrap_err();
    assert_eq!(error.to_string(), "The task \"zz\" is not defined.");
}

#[test]
fn a_task_leads_to_thousands_and_all_of_them_to_one() {
    let names: Vec<String> = (0..5_000).map(|at| format!("t{at}")).collect();
    let mut tasks = Map::new();
    let to: Vec<&str> = names.iter().map(String::as_str).collect();
    tasks.insert("a".to_owned(), task(&to));
    tasks.extend(names.iter().map(|name| (name.clone(), task(&["z"]))));
    tasks.insert("z".to_owned(), json!({"action": "a.b", "join": "all"}));
    let plan = Plan::new(spec::parse(&json!({"tasks": tasks})).unwrap()).unwrap();
    let end = plan.graph().node("z").unwrap();
    assert_eq!((plan.graph().len(), plan.graph().requirement(end)), (5_002, 5_000));
}
