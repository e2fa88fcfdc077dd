//! Suggestions after a mistake.

use std::sync::Arc;

use alias::Matcher;
use serde_json::json;

use crate::{alias, matcher};

const FORMATS: [&str; 24] = [
    "run {{cmd}} on {{hosts}}",
    "st2 list {{ limit=10 }} actions",
    "st2 list {{ limit=10 }} actions from {{ pack }}",
    "st2 list {{ limit=10 }} rules",
    "st2 get execution {{ id }}",
    "st2 re-run execution {{ id }}",
    "pack install {{ packs }}",
    "pack get {{ pack }}",
    "pack search {{ query }}",
    "pack show {{ pack }}",
    "salt {{module}} {{target='*'}}",
    "deploy {{ version }} to {{ env=dev }}",
    "github release create {{repository}}( type {{github_type}})? name {{name}}",
    "github releases list( type {{github_type}})? {{repository}}",
    "vtm disable maintenance {{vtm}} {{vserver}} {{rule=maintenance}}",
    "restart service {{ name }} on {{ host }}",
    "(show|list) incidents",
    "ack {{ id }} {{ reason=because }}",
    "remind me( to)? {{what}} (in|at) {{when}}",
    "weather in {{ city }}",
    "kitten pic",
    "find MAC {{macs}} on {{host}}",
    "azure scaleset get {{resource_group}} name {{name}}",
    "open incident {{ title }}",
];

/// A command for each of some formats, and the words in it that are literal.
const COMMANDS: [(usize, &str, &[&str]); 12] = [
    (1, "st2 list 5 actions", &["list", "actions"]),
    (4, "st2 get execution 5fa1", &["get", "execution"]),
    (6, "pack install slack", &["pack", "install"]),
    (8, "pack search aws", &["pack", "search"]),
    (11, "deploy 1.2.3 to prod", &["deploy"]),
    (13, "github releases list st2", &["github", "releases", "list"]),
    (14, "vtm disable maintenance a b", &["vtm", "disable", "maintenance"]),
    (15, "restart service nginx on web1", &["restart", "service"]),
    (16, "show incidents", &["show", "incidents"]),
    (19, "weather in Paris", &["weather"]),
    (20, "kitten pic", &["kitten", "pic"]),
    (22, "azure scaleset get prod name web", &["azure", "scaleset", "name"]),
];

const TALK: [&str; 22] = [
    "good morning",
    "hello",
    "hi there, how are you?",
    "thanks!",
    "thank you so much",
    "what's up",
    "lol",
    "ok",
    "see you tomorrow",
    "are you there?",
    "I am on vacation next week",
    "can you take a look at the build please",
    "that was fun",
    "who is on call today",
    "lunch anyone?",
    "it works on my machine",
    "let's talk in the meeting at 5",
    "no idea, ask Bob",
    "great job everyone",
    "did you see the game last night",
    "the server is slow again",
    "happy birthday",
];

fn sample() -> Matcher {
    let names: Vec<String> = (0..FORMATS.len()).map(|number| format!("n{number}")).collect();
    let aliases: Vec<_> =
        names.iter().zip(FORMATS).map(|(name, format)| (name.as_str(), json!([format]))).collect();
    matcher(&aliases)
}

/// Returns each way to make one mistake in a word.
fn mistakes(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let mut out = Vec::new();
    for at in 0..chars.len() {
        let edit = |middle: &[char], rest: usize| {
            chars[..at].iter().chain(middle).chain(&chars[rest..]).collect::<String>()
        };
        out.push(edit(&[], at + 1));
        out.push(edit(&['q'], at + 1));
        out.push(edit(&['q'], at));
        if at + 1 < chars.len() && chars[at] != chars[at + 1] {
            out.push(edit(&[chars[at + 1], chars[at]], at + 2));
        }
    }
    out
}

#[test]
fn one_mistake_leads_to_what_was_meant() {
    let matcher = sample();
    let (mut right, mut all, mut missed) = (0, 0, Vec::new());
    for (number, command, literals) in COMMANDS {
        for word in literals {
            for mistake in mistakes(word) {
                let typed = command.replacen(word, &mistake, 1);
                if matcher.find(&typed).is_ok() {
                    continue;
                }
                all += 1;
                let first = matcher.suggest(&typed, 3).into_iter().next();
                if first.is_some_and(|one| one.display == FORMATS[number] && one.score < 1.0) {
                    right += 1;
                } else {
                    missed.push(typed);
                }
            }
        }
    }
    assert!(all > 300, "{all} mistakes");
    assert!(right * 100 >= all * 95, "{right} of {all}; missed {missed:?}");
}

#[test]
fn small_talk_leads_to_nothing() {
    let matcher = sample();
    for text in TALK {
        let suggested = matcher.suggest(text, 3);
        assert!(suggested.is_empty(), "{text}: {suggested:?}");
    }
}

#[test]
fn the_closest_comes_first_and_none_twice() {
    let twice =
        json!([{ "display": "deploy <v>", "representation": ["deploy {{v}}", "deploy {{w}}"] }]);
    let matcher = matcher(&[("deploy", twice), ("destroy", json!(["destroy {{v}}"]))]);
    let suggested = matcher.suggest("Deplyo 1.2", 5);
    let told: Vec<&str> = suggested.iter().map(|one| one.display.as_str()).collect();
    assert_eq!(told, ["deploy <v>"]);
    assert_eq!(suggested[0].alias.name, "deploy");
    assert!(suggested[0].score > 0.8);
    assert!(matcher.suggest("Deplyo 1.2", 0).is_empty());
}

#[test]
fn missing_parameters_are_forgiven() {
    let matcher = sample();
    let suggested = matcher.suggest("restart service nginx on", 1);
    assert_eq!(suggested[0].display, FORMATS[15]);
}

#[test]
fn gaps_take_part_only_after_a_blank() {
    let (matcher, _) = Matcher::build(vec![Arc::new(alias("ping", &json!(["ping {{host=x}}"])))]);
    assert!(matcher.suggest("pingpong is fun", 1).is_empty());
    assert_eq!(matcher.suggest("pinng web", 1).len(), 1);
}
