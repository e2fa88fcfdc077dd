//! The records of a chain: restored from them at any step, it goes the same way.

use std::{collections::BTreeMap, sync::Arc};

use flow::{
    Env, Status,
    chain::{Chain, Definition, Inputs, Options},
    protocol::{Change, Next, Report},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{AT, always_the_same, begin, drive, hear, inputs, parse, start, succeed, three};

type Cells = BTreeMap<String, Value>;

fn write(cells: &mut Cells, chain: &mut Chain) {
    for change in chain.changes() {
        match change {
            Change::Put(key, value) => drop(cells.insert(key, value)),
            other => panic!("{other:?}"),
        }
    }
}

/// Something that happens to a chain.
#[derive(Debug, Clone)]
enum Happens {
    Begins,
    Refused,
    Heard(Status, u8),
    Pauses,
    Resumes,
    Cancels,
    Aborts,
}

fn happens() -> impl Strategy<Value = Happens> {
    let statuses = vec![
        Status::Succeeded,
        Status::Succeeded,
        Status::Succeeded,
        Status::Failed,
        Status::Failed,
        Status::Timeout,
        Status::Canceled,
        Status::Abandoned,
        Status::Paused,
        Status::Pending,
        Status::Running,
    ];
    prop_oneof![
        10 => Just(Happens::Begins),
        1 => Just(Happens::Refused),
        10 => (proptest::sample::select(statuses), any::<u8>())
            .prop_map(|(status, number)| Happens::Heard(status, number)),
        2 => Just(Happens::Pauses),
        4 => Just(Happens::Resumes),
        1 => (0..6u8).prop_map(|n| if n == 0 { Happens::Cancels } else { Happens::Begins }),
        1 => (0..6u8).prop_map(|n| if n == 0 { Happens::Aborts } else { Happens::Begins }),
    ]
}

fn definition() -> impl Strategy<Value = Value> {
    let edge = || proptest::option::of(0..5usize);
    let template = || {
        proptest::sample::select(vec![
            "text",
            "{{ given }}",
            "{{ v0 }}",
            "{{ __results }}",
            "{% if c0 is defined %}{{ c0.number }}{% endif %}",
            "{% if c1 is defined %}{{ c1 }}{% endif %}",
            "{{ missing }}",
        ])
    };
    let node = (edge(), edge(), template(), template(), 0..3usize);
    let vars = proptest::option::of(template());
    (proptest::collection::vec(node, 5), vars).prop_map(|(nodes, var)| {
        let node = |(index, (success, failure, parameter, publish, name))| {
            let name_of = |place: Option<usize>| place.map(|place| format!("c{place}"));
            json!({
                "name": format!("c{index}"),
                "ref": "p.a",
                "parameters": {"p": parameter},
                "publish": {format!("v{name}"): publish},
                "on-success": name_of(success),
                "on-failure": name_of(failure),
            })
        };
        let chain: Vec<Value> = nodes.into_iter().enumerate().map(node).collect();
        json!({"chain": chain, "vars": {"v0": "zero", "v9": var}})
    })
}

/// A chain, its records, and the results of its executions.
struct Case {
    definition: Arc<Definition>,
    options: Options,
    cells: Cells,
    results: BTreeMap<String, Arc<Value>>,
}

impl Case {
    fn inputs() -> Inputs {
        inputs(&json!({"given": "g"}))
    }

    /// Makes something happen to a chain.
    fn apply(&mut self, chain: &mut Chain, happens: &Happens) {
        match happens {
            Happens::Begins => {
                let id = format!("e{}", chain.tasks_count());
                chain.started(&id, &id, AT);
            }
            Happens::Refused => drop(chain.refused("refused", AT)),
            Happens::Heard(status, number) => {
                let result = Arc::new(json!({"number": number}));
                let shows = !matches!(status, Status::Running);
                if let Some(child) = chain.child().filter(|_| shows) {
                    self.results.insert(child.execution_id.to_owned(), Arc::clone(&result));
                }
                let report = Report { status: *status, result, updated_at: number.to_string() };
                chain.heard(report, &Env::default());
            }
            Happens::Pauses => drop(chain.pause()),
            Happens::Resumes => drop(chain.resume()),
            Happens::Cancels => drop(chain.cancel()),
            Happens::Aborts => chain.abort("aborted"),
        }
    }

    fn restore(&self) -> Chain {
        let fetch = |id: &str| self.results.get(id).cloned();
        Chain::restore(
            Arc::clone(&self.definition),
            Self::inputs(),
            self.options.clone(),
            self.cells.clone(),
            &fetch,
        )
        .unwrap()
    }
}

proptest! {
    #![proptest_config(always_the_same(400))]

    #[test]
    fn a_chain_restored_at_every_step_goes_the_same_way(
        definition in definition(),
        events in proptest::collection::vec(happens(), 1..40),
    ) {
        let definition = parse(&definition);
        let options = Options { tasks_max: 12, ..Options::default() };
        let mut case =
            Case { definition, options, cells: Cells::new(), results: BTreeMap::new() };
        let env = Env::default();
        let mut kept = Chain::start(
            Arc::clone(&case.definition), Case::inputs(), case.options.clone(), &env);
        write(&mut case.cells, &mut kept.clone());
        let mut restored = case.restore();
        for event in events {
            let (a, b) = (kept.next(&env), restored.next(&env));
            prop_assert_eq!(a, b);
            case.apply(&mut kept, &event);
            case.apply(&mut restored, &event);
            write(&mut case.cells, &mut restored);
            restored = case.restore();
            prop_assert_eq!(kept.status(), restored.status());
            prop_assert_eq!(kept.child(), restored.child());
            prop_assert_eq!(kept.is_over(), restored.is_over());
            prop_assert_eq!(kept.result(), restored.result());
        }
        prop_assert_eq!(kept.next(&env), restored.next(&env));
    }

    #[test]
    fn records_that_were_tampered_with_are_refused_or_run_to_an_end(
        key in proptest::sample::select(vec!["chain", "chain/task/0", "chain/task/1", "chain/var/0"]),
        field in proptest::sample::select(vec![
            "stage", "node", "order", "status", "asked", "failure", "name", "child", "state",
            "has_waited", "result", "value",
        ]),
        value in proptest::sample::select(vec![
            Value::Null, json!("ready"), json!("active"), json!("over"), json!("c1"), json!("c9"),
            json!("resume"), json!("cancel"), json!("succeeded"), json!("paused"), json!("running"),
            json!("null"), json!("run"), json!("pause"), json!(true), json!({}), json!([1]),
        ]),
    ) {
        let mut chain = start(&three(), &json!({}));
        begin(&mut chain);
        hear(&mut chain, Status::Succeeded, &json!({}));
        begin(&mut chain);
        hear(&mut chain, Status::Paused, &json!({}));
        let mut cells = Cells::new();
        write(&mut cells, &mut chain);
        let cell = cells.entry(key.to_owned()).or_insert_with(|| json!({}));
        cell[field] = value;
        let inputs = inputs(&json!({}));
        let restored =
            Chain::restore(parse(&three()), inputs, Options::default(), cells, &|_| None);
        if let Ok(mut chain) = restored {
            chain.resume();
            let env = Env::default();
            let report = Report {
                status: Status::Succeeded, result: Arc::default(), updated_at: String::new(),
            };
            chain.heard(report, &env);
            let (status, _) = drive(&mut chain, succeed);
            prop_assert!(status.is_completed());
        }
    }
}

#[test]
fn a_step_writes_only_what_it_changed() {
    let keys = |chain: &mut Chain| -> Vec<String> {
        let key = |change| match change {
            Change::Put(key, _) => key,
            other => panic!("{other:?}"),
        };
        chain.changes().into_iter().map(key).collect()
    };
    let definition = json!({"chain": [
        {"name": "a", "ref": "p.a", "publish": {"y": "{{ a.n }}", "z": "same"}, "on-success": "a"},
    ], "vars": {"x": 1}});
    let mut chain = start(&definition, &json!({}));
    assert_eq!(keys(&mut chain), ["chain", "chain/var/0"]);
    begin(&mut chain);
    assert_eq!(keys(&mut chain), ["chain", "chain/task/0"]);
    hear(&mut chain, Status::Running, &json!({}));
    assert_eq!(keys(&mut chain), ["chain", "chain/task/0"]);
    hear(&mut chain, Status::Succeeded, &json!({"n": 1}));
    assert_eq!(keys(&mut chain), ["chain", "chain/task/0", "chain/var/1", "chain/var/2"]);
    begin(&mut chain);
    hear(&mut chain, Status::Succeeded, &json!({"n": 2}));
    assert_eq!(keys(&mut chain), ["chain", "chain/task/1", "chain/var/1"]);
    assert!(keys(&mut chain).is_empty());
}

#[test]
fn records_that_do_not_fit_are_refused() {
    let mut chain = start(&three(), &json!({}));
    begin(&mut chain);
    hear(&mut chain, Status::Succeeded, &json!({}));
    begin(&mut chain);
    let mut cells = Cells::new();
    write(&mut cells, &mut chain);
    let restore = |cells: Cells, definition: &Value| {
        let restored = Chain::restore(
            parse(definition),
            inputs(&json!({})),
            Options::default(),
            cells,
            &|_| None,
        );
        restored.map(|chain| chain.status()).map_err(|error| error.to_string())
    };
    let without = |key: &str| {
        let mut cells = cells.clone();
        cells.remove(key);
        cells
    };
    let with = |key: &str, value: Value| {
        let mut cells = cells.clone();
        cells.insert(key.to_owned(), value);
        cells
    };
    let says = |text: &str| Err(format!("the recorded state of the chain cannot be read: {text}"));
    assert_eq!(restore(cells.clone(), &three()), Ok(Status::Running));
    assert_eq!(restore(with("definition", json!(1)), &three()), Ok(Status::Running));
    assert_eq!(restore(without("chain"), &three()), says("`chain` is not there"));
    assert_eq!(restore(without("chain/task/0"), &three()), says("`chain/task/0` is not there"));
    assert_eq!(restore(without("chain/task/1"), &three()), says("no task is active"));
    assert_eq!(
        restore(with("chain/task/x", json!({})), &three()),
        says("`chain/task/x` is no place")
    );
    let gone = with("chain", json!({"stage": "ready", "node": "gone", "asked": "run"}));
    assert_eq!(restore(gone, &three()), says("there is no task `gone`"));
    let garbled = restore(with("chain", json!({"stage": "?"})), &three()).unwrap_err();
    assert!(garbled.starts_with("the recorded state of the chain cannot be read: `chain`: "));
}

#[test]
fn a_task_that_is_no_longer_in_the_definition_fails_the_chain() {
    let mut chain = start(&three(), &json!({}));
    begin(&mut chain);
    let mut cells = Cells::new();
    write(&mut cells, &mut chain);
    let other = parse(&json!({"chain": [{"name": "z", "ref": "p.z"}]}));
    let options = Options::default();
    let mut chain = Chain::restore(other, inputs(&json!({})), options, cells, &|_| None).unwrap();
    hear(&mut chain, Status::Succeeded, &json!({}));
    let Next::End { status, result } = chain.next(&Env::default()) else { panic!("goes on") };
    assert_eq!(status, Status::Failed);
    assert_eq!(result["error"], json!("Unable to find node with name \"c1\"."));
}
