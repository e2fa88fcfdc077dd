//! The check of what people do: what waits for them has a reason, answers and pauses that were
//! acknowledged hold, and nothing begins in a workflow that is paused.

use std::collections::HashMap;

use model::{Id, Runner, Status, Timestamp};

use super::{
    evidence::{Evidence, Found},
    ledger::{Answers, Asked},
    seen::Seen,
};

pub(super) type Parts<'a> = HashMap<Id, Vec<&'a Seen>>;

/// Adds what is wrong with what people did, or are waited for to do.
pub(super) fn check(found: &mut Found, evidence: &Evidence<'_>, parts: &Parts<'_>) {
    for one in evidence.view.all() {
        let may_wait = evidence.may_wait && waits(evidence, parts, one);
        if !one.status.is_final() && !may_wait {
            let (action, status) = (&one.action, one.status);
            found.add(one.id, format_args!("({action}) is still {status}"));
        }
        if one.runner == Runner::Inquirer {
            check_time(found, one, evidence);
        }
        if one.runner.is_workflow() {
            check_paused(found, one, parts);
        }
    }
    check_asked(found, evidence);
    check_answers(found, evidence);
}

/// Tells whether an execution waits for people, with a reason.
///
/// A workflow is paused, or runs because a person resumed it, while its questions wait.
fn waits(evidence: &Evidence<'_>, parts: &Parts<'_>, one: &Seen) -> bool {
    if one.runner == Runner::Inquirer {
        return one.status == Status::Pending && one.result.is_object();
    }
    if !one.runner.is_workflow() || !matches!(one.status, Status::Paused | Status::Running) {
        return false;
    }
    let asked = evidence.notes.asked.get(&evidence.view.root(one.id));
    let is_asked = matches!(asked, Some(Asked::Pause | Asked::Unknown));
    if one.status == Status::Paused && one.is_paused_by_person && is_asked {
        return true;
    }
    let open = parts.get(&one.id).into_iter().flatten().filter(|part| !part.status.is_final());
    let open: Vec<&&Seen> = open.collect();
    !open.is_empty() && open.iter().all(|part| waits(evidence, parts, part))
}

/// Checks that a question ends with its time, and not before.
fn check_time(found: &mut Found, one: &Seen, evidence: &Evidence<'_>) {
    let minutes = one.result["ttl"].as_i64().filter(|minutes| *minutes > 0);
    let Some(asked) = one.last(Status::Pending) else { return };
    let end = minutes.map(|minutes| asked.plus_ms(minutes * 60_000));
    let settle_ms = i64::try_from(evidence.settle.as_millis()).unwrap_or(i64::MAX);
    let is_over = |end: Timestamp| end.plus_ms(settle_ms) < evidence.now;
    if one.status == Status::Pending && end.is_some_and(is_over) {
        found.add(one.id, "is a question that still waits after its time");
    }
    let ended = one.last(Status::Timeout);
    if ended.is_some_and(|ended| end.is_none_or(|end| ended < end)) {
        found.add(one.id, "is a question that has ended before its time");
    }
}

/// Checks that nothing began in a workflow while it was paused.
fn check_paused(found: &mut Found, one: &Seen, parts: &Parts<'_>) {
    for (from, to) in one.times(Status::Paused) {
        // What is asked deeper inside lets the workflows there go on before those around them.
        let is_deep = to.is_none() && one.is_paused_by_person;
        for part in below(parts, one.id, is_deep) {
            let began = part.times(Status::Running).first().map(|(began, _)| *began);
            if began.is_some_and(|began| from < began && to.is_none_or(|to| began < to)) {
                let (action, id) = (&part.action, part.id);
                found.add(one.id, format_args!("is paused, and {id} ({action}) began in it"));
            }
        }
    }
}

/// Returns the parts of an execution, with theirs where it is deep.
pub(super) fn below<'a>(parts: &Parts<'a>, id: Id, is_deep: bool) -> Vec<&'a Seen> {
    let mut all = parts.get(&id).cloned().unwrap_or_default();
    let mut index = 0;
    while is_deep && index < all.len() {
        all.extend(parts.get(&all[index].id).into_iter().flatten());
        index += 1;
    }
    all
}

/// Checks that pauses and resumes that were acknowledged hold.
fn check_asked(found: &mut Found, evidence: &Evidence<'_>) {
    for (id, asked) in &evidence.notes.asked {
        let Some(one) = evidence.view.get(*id).filter(|one| !one.status.is_final()) else {
            continue;
        };
        let is_paused = one.status == Status::Paused && one.is_paused_by_person;
        match asked {
            Asked::Pause if !is_paused => {
                let status = one.status;
                found.add(id, format_args!("is {status}, though its pause was acknowledged"));
            }
            Asked::Resume if one.is_paused_by_person => {
                found.add(id, "is paused, though its resume was acknowledged");
            }
            Asked::Pause | Asked::Resume | Asked::Unknown => {}
        }
    }
}

/// Checks that an answer that was acknowledged counts, and no other.
fn check_answers(found: &mut Found, evidence: &Evidence<'_>) {
    for (id, Answers { sent, taken }) in &evidence.notes.answers {
        let Some(one) = evidence.view.get(*id) else {
            found.add(id, "was answered and is lost");
            continue;
        };
        if taken.len() > 1 {
            found.add(id, format_args!("took several answers: {}", taken.join(", ")));
        }
        let choice = one.result["response"]["choice"].as_str();
        if let Some(answer) = taken.first()
            && (one.status != Status::Succeeded || choice != Some(answer))
        {
            let status = one.status;
            found.add(id, format_args!("is {status} with {choice:?}, and took {answer}"));
        }
        let number = choice.and_then(|choice| choice.strip_prefix("answer-")?.parse().ok());
        if one.status == Status::Succeeded && number.is_none_or(|number: usize| number > *sent) {
            found.add(id, format_args!("has an answer that nobody sent: {choice:?}"));
        }
    }
}
