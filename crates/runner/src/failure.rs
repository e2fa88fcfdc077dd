//! Errors as outcomes: StackStorm's `{error, traceback}`, where the traceback lists the causes.

use std::error::Error;

use model::{Outcome, Status};
use serde_json::json;

/// Returns a failed outcome with `error` and its causes.
pub(crate) fn outcome(error: &dyn Error) -> Outcome {
    let causes = chain(error);
    let result = json!({"error": causes.join(": "), "traceback": traceback(&causes)});
    Outcome::new(Status::Failed, result)
}

/// Returns the texts of `error` and its causes, without repetitions.
pub(crate) fn chain(error: &dyn Error) -> Vec<String> {
    let mut causes = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

fn traceback(causes: &[String]) -> String {
    let mut text = String::new();
    for (depth, cause) in causes.iter().enumerate() {
        text.push_str(if depth == 0 { "" } else { "caused by: " });
        text.push_str(cause);
        text.push('\n');
    }
    text
}
