//! The check after a crash: what was acknowledged is there, has ended or waits for people, ran
//! once and was told once.

use std::collections::HashMap;

use model::{Id, Runner, Status};

use super::{
    content,
    evidence::{Evidence, Found, Outside, Violation},
    flows,
    ledger::Round,
    people::{self, Parts},
    policies,
    seen::{Seen, Told, View},
};

/// Returns what is wrong with the executions of a round.
pub(super) fn verdict(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut found = Found::default();
    let Evidence { round, view, outside, .. } = *evidence;
    check_round(&mut found, round, view);
    let mut messages: HashMap<Id, u32> = HashMap::new();
    for source in view.all().filter_map(|one| one.message_for) {
        *messages.entry(source).or_default() += 1;
    }
    let parts = view.parts();
    for one in view.all() {
        check_run(&mut found, one, &parts, outside);
        // Of one that ended earlier, the message was looked at then.
        if evidence.known.get(&one.id) != Some(&true) {
            let messages = messages.get(&one.id).copied().unwrap_or(0);
            check_message(&mut found, one, messages, outside);
        }
    }
    flows::check(&mut found, view, &parts);
    people::check(&mut found, evidence, &parts);
    policies::check(&mut found, view, evidence.deaths);
    found.0
}

fn check_round(found: &mut Found, round: &Round, view: &View) {
    for (id, what) in &round.requested {
        if view.get(*id).is_none() {
            found.add(id, format_args!("was acknowledged ({what}) and is lost"));
        }
    }
    for id in &round.canceled {
        if let Some(one) = view.get(*id).filter(|one| one.status != Status::Canceled) {
            let status = one.status;
            found.add(id, format_args!("is {status}, though its cancelation was acknowledged"));
        }
    }
    for what in &round.wrong {
        found.add("a call", what);
    }
}

fn check_run(found: &mut Found, one: &Seen, parts: &Parts<'_>, outside: &Outside) {
    let (id, status) = (one.id, one.status);
    let is_local = one.runner == Runner::LocalShellCmd;
    if is_local && one.starts() > 1 {
        found.add(id, format_args!("was started {} times by its record", one.starts()));
    }
    let is_marked = outside.starts.first.contains_key(&id);
    if one.appends && status == Status::Succeeded && !is_marked {
        found.add(id, "has succeeded and did nothing");
    }
    if one.appends && is_marked && one.starts() == 0 {
        found.add(id, "did something, but never started by its record");
    }
    let may_end_so = match status {
        Status::Failed => one.action == content::RETRIED || is_canceled_inside(one, parts),
        Status::Timeout => one.runner == Runner::Inquirer,
        Status::Abandoned => is_local,
        Status::Requested
        | Status::Delayed
        | Status::Scheduled
        | Status::Running
        | Status::Pending
        | Status::Pausing
        | Status::Paused
        | Status::Resuming
        | Status::Canceling
        | Status::Canceled
        | Status::Succeeded => true,
    };
    if !may_end_so {
        found.add(
            id,
            format_args!("({}) is {status}, which it cannot be: {}", one.action, one.result),
        );
    }
}

/// Tells whether somebody has canceled a part of a workflow, which fails it where a join waits.
fn is_canceled_inside(one: &Seen, parts: &Parts<'_>) -> bool {
    let mut below = people::below(parts, one.id, true).into_iter();
    one.runner.is_workflow() && below.any(|part| part.status == Status::Canceled)
}

fn check_message(found: &mut Found, one: &Seen, messages: u32, outside: &Outside) {
    let id = one.id;
    let expected = u32::from(one.told != Told::Nobody && one.status.is_final());
    if messages != expected {
        found.add(id, format_args!("has {messages} final messages, not {expected}"));
    }
    let is_announced = || outside.listener.heard(|heard| heard.announced.contains_key(&id));
    if one.told == Told::Chat && one.status.is_final() && !is_announced() {
        found.add(id, "was not announced on the stream");
    }
    if one.message_for.is_some()
        && one.runner == Runner::LocalShellCmd
        && one.status == Status::Succeeded
        && !outside.messages.first.contains_key(&id)
    {
        found.add(id, "is a message that has succeeded and is not written");
    }
}
