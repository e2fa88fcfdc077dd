//! The check of policies: what failed was retried as often as its policy says, and never more ran
//! at once than a limit allows.

use std::collections::HashMap;

use model::{Status, Timestamp};

use super::{
    content::{LIMIT, LIMITED, RETRIED, RETRIES},
    evidence::Found,
    seen::{Seen, View},
};

/// Adds what is wrong with the executions that are under policies.
pub(super) fn check(found: &mut Found, view: &View, deaths: &[Timestamp]) {
    check_retries(found, view);
    check_limit(found, view, deaths);
}

fn check_retries(found: &mut Found, view: &View) {
    let mut next: HashMap<&str, usize> = HashMap::new();
    for (of, _) in view.all().filter_map(|one| one.retried.as_ref()) {
        *next.entry(of).or_default() += 1;
    }
    for one in view.all().filter(|one| one.action == RETRIED) {
        let retries = one.retried.as_ref().map_or(0, |(_, count)| *count);
        let is_due = one.status == Status::Failed && retries < RETRIES;
        let count = next.get(one.liveaction.as_str()).copied().unwrap_or_default();
        if count != usize::from(is_due) {
            let status = one.status;
            found.add(
                one.id,
                format_args!(
                    "is {status} after {retries} retries, and {count} executions retry it"
                ),
            );
        }
    }
}

fn check_limit(found: &mut Found, view: &View, deaths: &[Timestamp]) {
    let mut changes: Vec<(Timestamp, i32)> = Vec::new();
    for one in view.all().filter(|one| one.action == LIMITED) {
        let Some(start) = one.last(Status::Running) else { continue };
        changes.push((start, 1));
        changes.extend(end(one, start, deaths).map(|end| (end, -1)));
    }
    // At the same moment an end comes before a start.
    changes.sort_unstable();
    let mut count = 0;
    let mut most = 0;
    for (_, change) in changes {
        count += change;
        most = most.max(count);
    }
    if usize::try_from(most).unwrap_or_default() > LIMIT {
        found.add(LIMITED, format_args!("ran {most} times at once, and {LIMIT} may"));
    }
}

/// Returns when an execution stopped running: one that was lost did so with its Squall.
fn end(one: &Seen, start: Timestamp, deaths: &[Timestamp]) -> Option<Timestamp> {
    if one.status == Status::Abandoned {
        return deaths.iter().copied().find(|death| *death > start);
    }
    let last = one.log.last().filter(|entry| entry.status.is_final());
    last.map(|entry| entry.timestamp)
}
