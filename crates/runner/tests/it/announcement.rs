//! Announcements: what goes out, and by which route.

use model::{Runner, Status};
use serde_json::json;

use crate::support::{job, object, run};

#[tokio::test]
async fn announcement_goes_out_by_its_route() {
    let mut job = job(Runner::Announcement, json!({"experimental": true, "route": "chatops"}));
    job.action_parameters =
        object(json!({"message": "hi", "channel": "general", "extra": {"a": 1}}));
    let outcome = run(&job).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(
        outcome.result,
        json!({
            "output": {"message": "hi", "channel": "general", "extra": {"a": 1}},
            "message": "hi", "channel": "general", "extra": {"a": 1},
        })
    );
    assert_eq!(outcome.announcements.len(), 1);
    assert_eq!(outcome.announcements[0].route, "chatops");
    assert_eq!(outcome.announcements[0].payload, job.action_parameters);
    job.runner_parameters.remove("route");
    assert_eq!(run(&job).await.announcements[0].route, "general");
    job.runner_parameters["experimental"] = json!(false);
    let outcome = run(&job).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.result["error"], "Experimental flag is missing for action core.test");
    assert!(outcome.announcements.is_empty());
}
