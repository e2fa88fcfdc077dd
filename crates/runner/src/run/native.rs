//! `native`: runs an action of Squall itself through a hook, and gives its result the shape of a
//! Python action's.

use std::error::Error as StdError;

use model::{Outcome, Status};
use serde_json::{Value, json};

use crate::{Context, Native, failure};

/// There is no hook to run the action.
#[derive(Debug, thiserror::Error)]
#[error("action `{0}` is native: the engine must carry it out and not hand it to a runner")]
struct NoHook(model::Ref);

/// Runs the action that the entry point names.
pub(super) async fn run(context: &Context<'_>) -> Outcome {
    let Some(run_action) = context.native else {
        return failure::outcome(&NoHook(context.job.action.clone()));
    };
    let action: Native = match context.job.entry_point.parse() {
        Ok(action) => action,
        Err(error) => return failed(&error),
    };
    tokio::select! {
        returned = run_action(action) => match returned {
            Ok(value) => succeeded(&value),
            Err(error) => failed(&*error),
        },
        () = context.cancel.cancelled() => Outcome::new(Status::Canceled, json!({})),
    }
}

fn succeeded(value: &Value) -> Outcome {
    let result = json!({"result": value, "stdout": "", "stderr": "", "exit_code": 0});
    Outcome::new(Status::Succeeded, result)
}

fn failed(error: &dyn StdError) -> Outcome {
    let text = error.to_string();
    let result = json!({
        "error": text, "traceback": text, "result": "None", "exit_code": 1, "stdout": "", "stderr": text,
    });
    Outcome::new(Status::Failed, result)
}
