//! Messages against many aliases: hits, near misses, and talk that concerns no alias.

use std::sync::Arc;

use alias::Matcher;
use anyhow::Context as _;
use model::ActionAlias;
use serde_json::json;

use crate::report::{Bound, Report};
use crate::sample::{Sample, median, processor_time, resident_mb};

const COUNTS: [usize; 3] = [100, 1_000, 10_000];

const VERBS: [&str; 20] = [
    "deploy", "restart", "scale", "show", "list", "create", "delete", "drain", "rotate", "resize",
    "reboot", "migrate", "approve", "silence", "page", "backup", "restore", "promote", "patch",
    "audit",
];
const OBJECTS: [&str; 25] = [
    "service",
    "host",
    "cluster",
    "node",
    "pool",
    "volume",
    "bucket",
    "database",
    "queue",
    "topic",
    "dashboard",
    "certificate",
    "user",
    "group",
    "token",
    "branch",
    "release",
    "pipeline",
    "job",
    "ticket",
    "incident",
    "alert",
    "route",
    "gateway",
    "snapshot",
];

/// Measures all sizes.
pub(crate) fn measure(rounds: u32, report: &mut Report) -> anyhow::Result<()> {
    for count in COUNTS {
        measure_count(count, rounds, report)?;
    }
    Ok(())
}

fn measure_count(count: usize, rounds: u32, report: &mut Report) -> anyhow::Result<()> {
    let aliases: Vec<Arc<ActionAlias>> =
        (0..count).map(|number| alias(number).map(Arc::new)).collect::<anyhow::Result<_>>()?;
    let before = resident_mb();
    let mut builds = Vec::new();
    let mut matcher = None;
    for _ in 0..rounds.min(3) {
        drop(matcher.take());
        let start = processor_time();
        matcher = Some(Matcher::build(aliases.clone()));
        builds.push((processor_time() - start).as_secs_f64());
    }
    let (matcher, complaints) = matcher.context("no matcher was built")?;
    anyhow::ensure!(complaints.is_empty(), "a format of the measurement is broken");
    let messages = messages(count);
    // The first use of a format compiles it: it belongs to the memory, but to no median.
    for (message, hits) in &messages {
        anyhow::ensure!(matcher.find(message).is_ok() == *hits, "`{message}` is not as expected");
    }
    let memory = resident_mb() - before;
    let (mut middle, mut worst) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let sample = Sample::of(&messages, |(message, _)| matcher.find(message));
        middle.push(sample.percentile_us(50));
        worst.push(sample.percentile_us(99));
    }
    let seconds = median(builds);
    let name = |what: &str| format!("{count} aliases, {} formats: {what}", count * 3);
    report.add_bound(name("built"), "s", (seconds, Bound::Below(2.0)));
    report.add_bound(name("memory"), "MB", (memory, Bound::Below(150.0)));
    report.add_bound(name("message, median"), "µs", (median(middle), Bound::Below(20.0)));
    report.add_bound(name("message, p99"), "µs", (median(worst), Bound::Below(200.0)));
    measure_extract(&matcher, &messages, (&name("parameters, median"), report));
    Ok(())
}

/// Measures the whole way of a message that hits: the match and its parameters.
fn measure_extract(
    matcher: &Matcher,
    messages: &[(String, bool)],
    (name, report): (&str, &mut Report),
) {
    let hits = messages.iter().filter(|(_, hits)| *hits).take(500);
    let sample = Sample::of(hits, |(message, _)| {
        let found = matcher.find(message).ok()?;
        alias::format::extract(&found.format.representation, message).ok()
    });
    report.add(name, "µs", sample.percentile_us(50));
}

/// Returns a verb, an object and a name that no other alias has.
fn words(number: usize) -> (&'static str, &'static str, String) {
    let verb = VERBS[number % VERBS.len()];
    let object = OBJECTS[number / VERBS.len() % OBJECTS.len()];
    (verb, object, format!("area{}", number / (VERBS.len() * OBJECTS.len())))
}

fn alias(number: usize) -> anyhow::Result<ActionAlias> {
    let (verb, object, area) = words(number);
    let formats = json!([
        format!("{verb} {area} {object} {{{{ name }}}}"),
        {
            "display": format!("{verb} {area} {object} <name> to <target>"),
            "representation": [
                format!("{verb} {area} {object} {{{{ name }}}} to {{{{ target }}}} with {{{{ extra=none }}}}"),
            ],
        },
        format!("(please )?{verb} the {object} of {area} named {{{{ name }}}} {{{{ count=1 }}}}"),
    ]);
    let value = json!({
        "id": format!("{number:024x}"),
        "name": format!("{verb}_{object}_{area}"),
        "pack": "bench",
        "description": "An alias of the measurement.",
        "enabled": true,
        "action_ref": "core.local",
        "formats": formats,
        "ack": {},
        "result": {},
        "extra": {},
        "immutable_parameters": {},
    });
    serde_json::from_value(value).context("an alias of the measurement does not read")
}

/// Returns messages in turn: one that matches, one that almost does, one that is mere talk.
fn messages(count: usize) -> Vec<(String, bool)> {
    const TALK: [&str; 5] = [
        "has anybody seen the report of last night?",
        "I will look at it after lunch, promised",
        "the graphs look fine again since 14:05 :tada:",
        "deploying on a friday afternoon, what could possibly go wrong",
        "please note: the meeting moves to room 4, and bring the list of open incidents with you",
    ];
    let mut messages = Vec::new();
    for turn in 0..1_000 {
        let number = turn * 7_919 % count;
        let (verb, object, area) = words(number);
        messages.push(match turn % 3 {
            0 => (format!("{verb} {area} {object} web-{turn:03}"), true),
            1 => (format!("please {verb} the {object} of {area} named web-{turn:03} 3"), true),
            _ => (
                format!("{verb} {area} {object} web-{turn:03} to eu-west-1 with timeout=30"),
                false,
            ),
        });
        messages.push((format!("{verb} {area} {object}s that are not there"), false));
        messages.push((format!("{verb} the {object} in {area} called web-{turn:03}"), false));
        messages.push((TALK[turn % TALK.len()].to_owned(), false));
    }
    messages
}
