//! The packs that ship.

use std::{fs, path::PathBuf};

use model::{Action, Id, Runner};
use pack::Loaded;
use serde_json::json;

fn shipped() -> Loaded {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs"));
    pack::load(&[root], &mut |_, _| Id::from_bytes([0; 12]))
}

fn action(reference: &str) -> Action {
    let loaded = shipped();
    let found = loaded.actions.into_iter().find(|one| one.reference().to_string() == reference);
    found.unwrap_or_else(|| panic!("no action `{reference}`"))
}

#[test]
fn shipped_packs_have_no_complaint() {
    let loaded = shipped();
    let complaints: Vec<String> = loaded.complaints.iter().map(ToString::to_string).collect();
    assert_eq!(complaints, Vec::<String>::new());
    let packs: Vec<&str> = loaded.packs.iter().map(|pack| pack.reference.as_str()).collect();
    assert_eq!(packs, ["chatops", "core", "default", "examples"]);
}

#[test]
fn shipped_actions_run_on_runners_that_exist() {
    for action in shipped().actions {
        assert!(action.runner().is_some(), "{}", action.reference());
    }
}

#[test]
fn shipped_scripts_are_there_and_may_be_run() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs"));
    let loaded = shipped();
    let scripts =
        loaded.actions.iter().filter(|one| one.runner() == Some(Runner::LocalShellScript));
    for action in scripts {
        let script = root.join(&action.pack).join("actions").join(&action.entry_point);
        assert!(fs::read_to_string(script).unwrap().starts_with("#!/bin/sh\n"));
    }
}

#[test]
fn sendmail_takes_its_eight_arguments_in_their_order() {
    assert_eq!(
        action("core.sendmail").positional(),
        [
            "sendmail_binary",
            "from",
            "to",
            "subject",
            "send_empty_body",
            "content_type",
            "body",
            "attachments"
        ]
    );
}

#[test]
fn a_message_reaches_a_shell_only_in_quotes() {
    let loaded = shipped();
    let texts = |action: &Action| -> Vec<String> {
        let shell = action.runner() == Some(Runner::LocalShellCmd);
        let own = action.parameters.get("cmd").filter(|_| shell).and_then(|cmd| cmd.get("default"));
        own.and_then(|cmd| cmd.as_str()).map(str::to_owned).into_iter().collect()
    };
    for action in &loaded.actions {
        for command in texts(action) {
            for piece in command.split("{{").skip(1) {
                let expression = piece.split("}}").next().unwrap_or_default().trim();
                let name = expression.split('|').next().unwrap_or_default().trim();
                let is_number = action.parameters[name]["type"] == "integer";
                let is_quoted = expression.ends_with("| shell_quote");
                assert!(is_number || is_quoted, "{}: {command}", action.reference());
            }
        }
    }
}

#[test]
fn every_alias_runs_an_action_that_ships() {
    let loaded = shipped();
    for alias in &loaded.aliases {
        let exists =
            loaded.actions.iter().any(|one| one.reference().to_string() == alias.action_ref);
        assert!(exists, "{}", alias.reference());
    }
}

#[test]
fn shipped_trigger_types_are_those_that_always_exist() {
    let empty = tempfile::tempdir().unwrap();
    let folder = empty.path().join("packs/probe/rules");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        empty.path().join("packs/probe/pack.yaml"),
        "name: probe\ndescription: d\nversion: 0.1.0\nauthor: a\n",
    )
    .unwrap();
    for (index, one) in shipped().trigger_types.iter().enumerate() {
        let text = format!(
            "name: r{index}\ntrigger:\n  type: {}\naction:\n  ref: core.noop\n",
            one.reference()
        );
        fs::write(folder.join(format!("r{index}.yaml")), text).unwrap();
    }
    let roots = [empty.path().join("packs")];
    let loaded = pack::load(&roots, &mut |_, _| Id::from_bytes([0; 12]));
    // Four of the fourteen take parameters and want them.
    assert_eq!((loaded.rules.len(), shipped().trigger_types.len()), (10, 14));
}

/// Returns every shipped alias and format that the sentence fits, with the parameters.
fn heard(sentence: &str) -> Vec<(String, serde_json::Value)> {
    let loaded = shipped();
    let mut found = Vec::new();
    for one in &loaded.aliases {
        for format in one.formats().iter().filter(|format| !format.representation.is_empty()) {
            let text = &format.representation;
            let parameters = if format.match_multiple {
                let all = alias::format::extract_multiple(text, sentence).unwrap_or_default();
                if all.is_empty() { None } else { Some(json!(all)) }
            } else {
                alias::format::extract(text, sentence).ok().map(serde_json::Value::Object)
            };
            found.extend(parameters.map(|parameters| (one.reference().to_string(), parameters)));
        }
    }
    found
}

#[test]
fn sentences_of_the_examples_mean_what_their_help_says() {
    let check = |sentence: &str, alias: &str, parameters: serde_json::Value| {
        assert_eq!(heard(sentence), [(alias.to_owned(), parameters)], "{sentence}");
    };
    check(
        "google red squall and return 3 results",
        "examples.google",
        json!({"query": "red squall", "count": "3"}),
    );
    check("google red squall", "examples.google", json!({"query": "red squall", "count": "5"}));
    check("disk report", "examples.disk_report", json!({"path": "/"}));
    check("disk report of /var", "examples.disk_report", json!({"path": "/var"}));
    check("count down", "examples.countdown", json!({"seconds": "10"}));
    check("count down from 5", "examples.countdown", json!({"seconds": "5"}));
    check("fail please", "examples.fail", json!({}));
    check("new password", "examples.new_password", json!({}));
    check(
        "please close OPS-1 and close OPS-23, thanks",
        "examples.close_tickets",
        json!([{"ticket": "OPS-1"}, {"ticket": "OPS-23"}]),
    );
}

#[test]
fn restart_is_ambiguous_on_purpose() {
    let aliases: Vec<String> = heard("restart web1").into_iter().map(|(alias, _)| alias).collect();
    assert_eq!(aliases, ["examples.restart_host", "examples.restart_service"]);
}
