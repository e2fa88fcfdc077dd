//! Answers questions of the conformance kit, one JSON object a line.

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let kind = std::env::args().skip_while(|argument| argument != "--kind").nth(1);
    let kind = kind.unwrap_or_default();
    #[expect(clippy::disallowed_methods, reason = "what is recorded compares with the real time")]
    let now = jiff::Timestamp::now();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let input: Value = serde_json::from_str(&line?).unwrap_or(Value::Null);
        let id = input.get("id").cloned().unwrap_or(Value::Null);
        let answer = match expr::eval::answer(&kind, &input, now) {
            None => json!({ "id": id, "ok": false, "error": "unknown kind" }),
            Some(Ok(value)) => json!({ "id": id, "ok": true, "value": value }),
            Some(Err(error)) => json!({ "id": id, "ok": false, "error": error }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
