//! Answers questions of the recorded runs, a JSON object a line: `eval KIND`. The workflow is to be
//! JSON already; `squall eval` reads YAML.

use std::io::{self, BufRead as _, Write as _};

use serde_json::{Value, json};

fn main() {
    let kind = std::env::args().nth(1).unwrap_or_default();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let question: Value = serde_json::from_str(&line).unwrap_or_default();
        let definition = question.get("definition").cloned().unwrap_or_default();
        let now = jiff::Timestamp::UNIX_EPOCH;
        let answer = match flow::eval::answer(&kind, &definition, &question, now) {
            Some(Ok(value)) => json!({"ok": true, "value": value}),
            Some(Err(error)) => json!({"ok": false, "error": error}),
            None => json!({"ok": false, "error": "no such kind"}),
        };
        if writeln!(out, "{answer}").is_err() {
            return;
        }
    }
}
