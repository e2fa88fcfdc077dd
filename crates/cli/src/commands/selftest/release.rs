//! The end of the test: whatever waits for people is resumed or answered, one thing at a time.

use client::{Client, Error};
use model::{Id, Object, Runner, Status};
use serde_json::json;

use super::{
    ledger::{Asked, Ledger},
    load::Plan,
    seen::{Seen, View, tree},
};

/// Lets the tree below a root go on by one step: resumes it if a person paused it, and else
/// answers one of its questions.
pub(super) async fn release(plan: &Plan, root: Id) -> Result<(), Error> {
    let mut view = View::default();
    view.add(tree(&plan.client, root, &plan.files).await?);
    let Some(top) = view.get(root) else { return Ok(()) };
    if top.status == Status::Paused && top.is_paused_by_person {
        return in_time(plan, "a resume", resume(&plan.client, &plan.ledger, root)).await;
    }
    let waits = |one: &&Seen| {
        one.runner == Runner::Inquirer
            && one.status == Status::Pending
            && view.above(one.id).iter().all(|one| is_at_rest(one))
    };
    let Some(question) = view.all().find(waits).map(|one| one.id) else { return Ok(()) };
    in_time(plan, "an answer", answer(&plan.client, &plan.ledger, question)).await
}

/// A workflow that a person resumed runs while its questions wait.
const fn is_at_rest(one: &Seen) -> bool {
    matches!(one.status, Status::Paused | Status::Running)
}

async fn resume(client: &Client, ledger: &Ledger, root: Id) -> Result<(), Error> {
    ledger.ask(root, Some(Asked::Unknown));
    client.resume(&root.to_string()).await?;
    ledger.ask(root, Some(Asked::Resume));
    Ok(())
}

async fn answer(client: &Client, ledger: &Ledger, question: Id) -> Result<(), Error> {
    let choice = ledger.sends(question);
    let response = Object::from_iter([("choice".to_owned(), json!(choice))]);
    match client.respond(&question.to_string(), &response).await {
        Ok(_) => ledger.answered(question, &choice),
        // Its time may have ended since it was read.
        Err(error @ Error::Refused { status: 400, .. }) => {
            let status = client.execution(&question.to_string()).await?.status;
            return if status.is_final() { Ok(()) } else { Err(error) };
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

async fn in_time(
    plan: &Plan,
    what: &str,
    call: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let seconds = plan.call_max.as_secs();
    match tokio::time::timeout(plan.call_max, call).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => plan.ledger.wrong(format!("{what} was refused at the end: {error}")),
        Err(_) => plan.ledger.wrong(format!("{what} had no answer after {seconds} s at the end")),
    }
    Ok(())
}
