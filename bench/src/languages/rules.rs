//! Events against many rules of one trigger type, and single criteria by the kind of operator.

use criteria::{Context, Criteria, Index};
use model::{Object, Timestamp};
use serde_json::{Value, json};

use crate::corpus;
use crate::report::{Bound, Report};
use crate::sample::{Sample, each_us, median};

const COUNTS: [usize; 3] = [10, 1_000, 10_000];

/// Measures all sizes, then all operators.
pub(crate) fn measure(rounds: u32, report: &mut Report) -> anyhow::Result<()> {
    for count in COUNTS {
        measure_count(count, rounds, report)?;
    }
    let payload = corpus::payload(0);
    for (name, criteria) in operators() {
        let Value::Object(criteria) = criteria else { continue };
        let compiled = Criteria::compile(&criteria)?;
        let context = context();
        anyhow::ensure!(compiled.evaluate(&payload, &context).matched, "`{name}` does not hold");
        let times = (0..rounds).map(|_| {
            each_us(|| {
                std::hint::black_box(compiled.evaluate(&payload, &context));
            })
        });
        let per_second = 1e6 / median(times.collect());
        let bound = Bound::AtLeast(200_000.0);
        report.add_bound(format!("criteria: {name}"), "per second", (per_second, bound));
    }
    Ok(())
}

fn context<'a>() -> Context<'a> {
    let now = Timestamp::from_micros(1_767_225_600_000_000);
    Context { now, lookup: None, crypto_key: None, rule: "bench.rule", instance: "bench" }
}

fn measure_count(count: usize, rounds: u32, report: &mut Report) -> anyhow::Result<()> {
    let compile = |number: usize| Criteria::compile(&rule(number));
    let rules: Vec<Criteria> = (0..count).map(compile).collect::<Result<_, _>>()?;
    let index = Index::new(rules.iter().enumerate());
    let payloads: Vec<Value> = (0..1_000).map(|turn| corpus::payload(turn * 7_919)).collect();
    let context = context();
    let matched = |payload: &Value| {
        let candidates = index.candidates(payload);
        candidates.filter(|at| rules[*at].evaluate(payload, &context).matched).count()
    };
    anyhow::ensure!(payloads.iter().any(|payload| matched(payload) > 0), "no rule matches");
    let (mut middle, mut worst) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let sample = Sample::of(&payloads, matched);
        middle.push(sample.percentile_us(50));
        worst.push(sample.percentile_us(99));
    }
    let name = |what: &str| format!("{count} rules with equalities: event, {what}");
    report.add_bound(name("median"), "µs", (median(middle), Bound::Below(50.0)));
    report.add(name("p99"), "µs", median(worst));
    Ok(())
}

/// Returns criteria as monitoring rules have them: the check, the host and the state.
fn rule(number: usize) -> Object {
    let criteria = json!({
        "trigger.check.name": {"type": "equals", "pattern": format!("check_{}", number % 50)},
        "trigger.host.name": {"type": "eq", "pattern": format!("web-{number:05}")},
        "trigger.state": {"type": "equals", "pattern": "critical"},
    });
    criteria.as_object().cloned().unwrap_or_default()
}

fn operators() -> Vec<(&'static str, Value)> {
    let one = |key: &str, operator: &str, pattern: Value| json!({key: {"type": operator, "pattern": pattern}});
    vec![
        ("equals", one("trigger.state", "equals", json!("critical"))),
        ("nequals", one("trigger.state", "nequals", json!("ok"))),
        ("iequals", one("trigger.state", "iequals", json!("CRITICAL"))),
        ("contains", one("trigger.output", "contains", json!("took 9"))),
        ("icontains", one("trigger.output", "icontains", json!("TOOK 9"))),
        ("startswith", one("trigger.output", "startswith", json!("HTTP"))),
        ("iendswith", one("trigger.output", "iendswith", json!("SECONDS"))),
        ("greaterthan", one("trigger.check.attempts", "greaterthan", json!(2))),
        ("exists", one("trigger.host.labels.env", "exists", json!(true))),
        ("inside", one("trigger.state", "inside", json!(["warning", "critical"]))),
        ("matchwildcard", one("trigger.host.name", "matchwildcard", json!("web-*"))),
        ("matchregex", one("trigger.host.name", "matchregex", json!("^web-\\d+$"))),
        ("regex", one("trigger.output", "regex", json!("took \\d+"))),
        ("iregex", one("trigger.output", "iregex", json!("TOOK \\d+"))),
        ("timediff_gt", one("trigger.at", "timediff_gt", json!(60))),
        ("a path with an index", one("trigger.tags[1]", "equals", json!("http"))),
        (
            "a pattern with a template",
            one("trigger.host.name", "equals", json!("{{ trigger.host.name }}")),
        ),
        (
            "search",
            json!({"trigger.metrics": {
                "type": "search",
                "condition": "any",
                "pattern": {"item.name": {"type": "equals", "pattern": "time"}},
            }}),
        ),
    ]
}
