//! Nothing, done successfully.

use model::{Runner, Status};
use serde_json::json;

use crate::support::{job, run};

#[tokio::test]
async fn noop_succeeds() {
    let outcome = run(&job(Runner::Noop, json!({}))).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.result, json!({"failed": false, "succeeded": true, "return_code": 0}));
}
