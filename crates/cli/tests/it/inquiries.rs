//! `squall inquiry`: from a script, and by a person at a terminal.

use std::{
    io::{Read as _, Write as _},
    process::Stdio,
};

use serde_json::Value;

use crate::squall::{Squall, command, stderr, stdout};

/// Asks something; returns its id.
fn asked(squall: &Squall, parameters: &[&str]) -> String {
    let done = squall.run(&[&["run", "core.ask", "--async", "--json"], parameters].concat());
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let document: Value = serde_json::from_str(&stdout(&done)).unwrap();
    let id = document["id"].as_str().unwrap().to_owned();
    for _ in 0..500 {
        let listed = squall.run(&["inquiry", "list", "--json"]);
        if stdout(&listed).contains(&id) {
            return id;
        }
    }
    panic!("{id} is not listed");
}

#[test]
fn questions_are_listed_shown_and_answered() {
    let squall = Squall::start();
    let none = squall.run(&["inquiry", "list"]);
    assert_eq!(stderr(&none), "no question waits for an answer\n");
    let id = asked(&squall, &["route=r", "users=admin,bob"]);
    let listed = stdout(&squall.run(&["inquiry", "list", "-n", "-1"]));
    let row = listed.lines().nth(1).unwrap();
    assert!(row.starts_with(&id) && row.contains("admin, bob"), "{listed}");
    let shown = stdout(&squall.run(&["inquiry", "get", &id]));
    assert!(shown.contains("ttl: 1440") && shown.contains("\"continue\""), "{shown}");
    let wrong = squall.run(&["inquiry", "respond", &id, "-r", "{\"continue\": 1}"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("1 is not of type 'boolean'"), "{}", stderr(&wrong));
    let done = squall.run(&["inquiry", "respond", &id, "-r", "{\"continue\": true}"]);
    assert_eq!(stderr(&done), format!("Response accepted for inquiry {id}.\n"));
    let again = squall.run(&["inquiry", "respond", &id, "-r", "{\"continue\": true}"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("has already been responded to"), "{}", stderr(&again));
    let missing = squall.run(&["inquiry", "get", "0123456789abcdef01234567"]);
    assert_eq!(missing.status.code(), Some(3), "{}", stderr(&missing));
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let squall = Squall::start();
    let id = asked(&squall, &[]);
    let refused = squall.run(&["inquiry", "respond", &id]);
    assert_eq!(refused.status.code(), Some(2));
    let text = "the answer is asked for on a terminal, and this is none: give it with \
                `--response '{\"continue\":\"…\"}'`";
    assert!(stderr(&refused).contains(text), "{}", stderr(&refused));
    let broken = squall.run(&["inquiry", "respond", &id, "-r", "yes"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(stderr(&broken).contains("must be a JSON object"), "{}", stderr(&broken));
}

#[test]
fn a_person_at_a_terminal_is_asked_for_each_part() {
    let squall = Squall::start();
    let schema = r#"schema={"type": "object", "properties": {
        "go": {"type": "boolean", "required": true, "description": "Shall it?"},
        "pin": {"type": "string", "secret": true}}}"#;
    let id = asked(&squall, &[schema]);
    let (code, screen) = at_terminal(
        &squall,
        &format!("inquiry respond {id}"),
        &[
            ("go (yes or no): ", "perhaps"),
            ("once more", "yes"),
            ("pin (secret) [none]: ", "s3cret"),
        ],
    );
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Shall it?"), "{screen}");
    assert!(!screen.contains("s3cret"), "the secret is shown: {screen}");
    let shown = squall.run(&["execution", "get", &id, "--json"]);
    let document: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    assert_eq!(document["result"]["response"]["go"], true);
    assert_eq!(document["result"]["response"]["pin"], "********");
}

/// Runs a command at a terminal of its own; each line is typed when its prompt is there.
fn at_terminal(squall: &Squall, arguments: &str, lines: &[(&str, &str)]) -> (Option<i32>, String) {
    let binary = env!("CARGO_BIN_EXE_squall");
    let mut script = command(&squall.data(), &[]);
    #[expect(clippy::disallowed_methods, reason = "the test runs the binary at a terminal")]
    let mut terminal = std::process::Command::new("script");
    for (name, value) in script.arg("").get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let line = format!("{binary} {arguments}");
    let mut process = terminal
        .args(["-qefc", &line, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let mut screen = String::new();
    let mut chunk = [0; 1024];
    let mut at = 0;
    for (prompt, typed) in lines {
        while !screen[at..].contains(prompt) {
            let length = output.read(&mut chunk).unwrap();
            assert!(length > 0, "no prompt `{prompt}` on: {screen}");
            screen.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
        at = screen.len();
        input.write_all(format!("{typed}\r").as_bytes()).unwrap();
    }
    output.read_to_string(&mut screen).unwrap();
    (process.wait().unwrap().code(), screen)
}
