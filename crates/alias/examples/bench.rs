//! Measures the matcher against 100, 1,000 and 10,000 aliases of three formats each.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use alias::Matcher;
use model::ActionAlias;
use serde_json::json;

const VERBS: [&str; 20] = [
    "list", "show", "get", "create", "delete", "restart", "stop", "start", "deploy", "check",
    "scale", "resize", "lock", "unlock", "attach", "detach", "describe", "sync", "rotate", "drain",
];
const NOUNS: [&str; 25] = [
    "instance",
    "volume",
    "bucket",
    "service",
    "node",
    "cluster",
    "queue",
    "ticket",
    "release",
    "branch",
    "pipeline",
    "secret",
    "user",
    "group",
    "policy",
    "alarm",
    "dashboard",
    "host",
    "container",
    "image",
    "network",
    "subnet",
    "zone",
    "record",
    "certificate",
];
const TALK: [&str; 8] = [
    "good morning everyone, how are you today?",
    "I think we should deploy the new release after lunch",
    "lol",
    "can someone look at https://ci.example.com/build?id=123&branch=main please",
    "thanks!",
    "the service on node 7 seems slow since yesterday, restart it?",
    "did you get the ticket = number 5 that I sent",
    "ok, a rather long message: one two three four five six seven eight nine ten eleven twelve \
     thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
];

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for count in [100, 1_000, 10_000] {
        let before = resident_kb();
        let aliases: Vec<_> = (0..count).map(sample).collect();
        let given = resident_kb();
        let (took, (matcher, complaints)) = measure(|| Matcher::build(aliases));
        writeln!(out, "{count} aliases: built in {took:?}, {} complaints", complaints.len())?;
        let messages = messages(count);
        report(&mut out, "find, first time", &messages, |text| matcher.find(text).is_ok())?;
        report(&mut out, "find", &messages, |text| matcher.find(text).is_ok())?;
        report(&mut out, "find_lenient", &messages, |text| matcher.find_lenient(text).is_ok())?;
        let talk: Vec<String> = messages.iter().take(200).cloned().collect();
        report(&mut out, "suggest", &talk, |text| !matcher.suggest(text, 3).is_empty())?;
        let now = resident_kb();
        writeln!(out, "  memory: {} kB of aliases, {} kB more", given - before, now - given)?;
    }
    Ok(())
}

fn sample(number: usize) -> Arc<ActionAlias> {
    let (verb, noun) = (VERBS[number % 20], NOUNS[number / 20 % 25]);
    let pack = format!("pack{}", number / 500);
    let alias = serde_json::from_value(json!({
        "id": "000000000000000000000000", "name": format!("{verb}_{noun}"), "pack": pack,
        "description": format!("The {verb} of a {noun}."), "enabled": true,
        "action_ref": format!("{pack}.{verb}_{noun}"),
        "formats": [
            format!("{pack} {verb} {noun} {{{{ name }}}} in {{{{ region }}}}"),
            { "display": format!("{pack} {noun} {verb} <name>"), "representation": [
                format!("{pack} {noun} {verb} {{{{ name }}}} {{{{ count=1 }}}}"),
                format!("(please )?{verb} the {noun} of {pack}( named {{{{ name=all }}}})?"),
            ] },
        ],
        "ack": {}, "result": {}, "extra": {}, "immutable_parameters": {},
    }));
    Arc::new(alias.expect("the alias is whole"))
}

fn messages(count: usize) -> Vec<String> {
    let mut out = Vec::new();
    for number in 0..4_000_usize {
        let at = number * 7_919 % count;
        let (verb, noun, pack) = (VERBS[at % 20], NOUNS[at / 20 % 25], at / 500);
        out.push(match number % 8 {
            0 => format!("pack{pack} {verb} {noun} web{number} in eu-west-1"),
            1 => format!("pack{pack} {noun} {verb} web{number} 3 dry_run=true note='a b'"),
            2 => format!("please {verb} the {noun} of pack{pack} named web{number}"),
            3 => format!("pack{pack} {verb} {noun}s web{number}"),
            _ => TALK[number / 8 % TALK.len()].to_owned(),
        });
    }
    out
}

fn report(
    out: &mut impl io::Write,
    what: &str,
    messages: &[String],
    run: impl Fn(&str) -> bool,
) -> io::Result<()> {
    let mut hits = 0;
    let mut times = Vec::new();
    for message in messages {
        let (took, hit) = measure(|| run(message));
        hits += usize::from(hit);
        times.push(took);
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 1_000];
    let (median, p99, worst) = (at(500), at(990), at(1_000));
    writeln!(out, "  {what}: {hits} hits, median {median:?}, p99 {p99:?}, worst {worst:?}")
}

fn measure<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = run();
    (start.elapsed(), result)
}

fn resident_kb() -> i64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok());
    pages.unwrap_or(0) * 4
}
