//! The check of a request for a question: it must have an answer.

use access::Refusal;
use model::Execution;
use python::{place::Step, schema::Compiled};
use serde_json::Value;

use crate::worker::final_parameters;

/// Checks that a request for an inquiry asks something that can be answered.
pub(crate) fn check(execution: &Execution) -> Result<(), Refusal> {
    if !execution.is_question() {
        return Ok(());
    }
    // Parameters that cannot be rendered make the run fail, as with every other action.
    let Ok(parameters) = final_parameters(execution) else { return Ok(()) };
    let schema = parameters.runner.get("schema").unwrap_or(&Value::Null);
    let refuse = |why: &str| Refusal::invalid(format!("the parameter \"schema\" {why}"));
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("object");
    if !schema.is_object() || kind != "object" {
        return Err(refuse("must describe an object: an answer is one"));
    }
    Compiled::new(schema).map_err(|error| {
        let place = shown(&error.path);
        refuse(&format!("is no JSON schema: {}{place}", error.message))
    })?;
    Ok(())
}

fn shown(path: &[Step]) -> String {
    let path: Vec<String> = path.iter().map(ToString::to_string).collect();
    if path.is_empty() { String::new() } else { format!(" (at `{}`)", path.join(".")) }
}
