//! The check of workflows and chains: each task ran once, none is missing, and the results that
//! arrived are in the output.

use std::collections::HashMap;

use model::{Id, Runner, Status};
use serde_json::Value;

use super::{
    content::Flow,
    evidence::Found,
    seen::{Seen, Told, View},
};

/// Adds what is wrong with the workflows among the executions of a round.
pub(super) fn check(found: &mut Found, view: &View, parts: &HashMap<Id, Vec<&Seen>>) {
    for one in view.all() {
        let Some(flow) = Flow::of(&one.action) else { continue };
        let parts = parts.get(&one.id).map_or(&[][..], Vec::as_slice);
        check_once(found, one, parts);
        check_told(found, one, parts);
        if one.status == Status::Succeeded {
            check_complete(found, one, parts, flow);
            for part in parts {
                check_output(found, one, part);
            }
        }
        if one.runner == Runner::ActionChain && one.status.is_final() {
            check_listed(found, one, parts);
        }
    }
}

fn count(parts: &[&Seen], task: &str) -> usize {
    parts.iter().filter(|part| part.task.as_deref() == Some(task)).count()
}

fn check_once(found: &mut Found, one: &Seen, parts: &[&Seen]) {
    for part in parts {
        let task = part.task.as_deref().unwrap_or_default();
        let count = count(parts, task);
        if count != 1 {
            found.add(one.id, format_args!("ran its task {task} {count} times"));
        }
    }
}

/// Checks that the tasks of a chain tell whom the chain tells, and those of others nobody.
fn check_told(found: &mut Found, one: &Seen, parts: &[&Seen]) {
    let is_told = one.runner == Runner::ActionChain && one.told == Told::File;
    let expected = if is_told { Told::File } else { Told::Nobody };
    for part in parts.iter().filter(|part| part.told != expected) {
        let (task, told) = (&part.task, part.told);
        found
            .add(one.id, format_args!("has a task {task:?} that tells {told:?}, not {expected:?}"));
    }
}

fn check_complete(found: &mut Found, one: &Seen, parts: &[&Seen], flow: &Flow) {
    for task in flow.tasks_after(&one.rerun) {
        if count(parts, task) == 0 {
            found.add(one.id, format_args!("has succeeded without its task {task}"));
        }
    }
}

/// Checks that the result of a part is in the output under the name of its task.
fn check_output(found: &mut Found, one: &Seen, part: &Seen) {
    let task = part.task.as_deref().unwrap_or_default();
    let output = &one.result[if one.runner == Runner::Orquesta { "output" } else { "published" }];
    let (shown, expected) = match task.split_once('/') {
        Some((task, item)) => {
            let item: usize = item.parse().unwrap_or_default();
            (&output[task][item]["stdout"], item_result(part))
        }
        None => (&output[task], result(one, part)),
    };
    if let Some(expected) = expected.filter(|expected| shown != expected) {
        found.add(one.id, format_args!("says {shown} of its task {task}, not {expected}"));
    }
}

/// Returns what the output must say of a part; none where it says nothing.
fn result(one: &Seen, part: &Seen) -> Option<Value> {
    let has_succeeded = part.status == Status::Succeeded;
    match part.runner {
        Runner::LocalShellCmd if has_succeeded => Some(part.result["stdout"].clone()),
        Runner::LocalShellCmd => Some("lost".into()),
        Runner::Inquirer if has_succeeded => Some(part.result["response"]["choice"].clone()),
        Runner::Inquirer if one.runner == Runner::Orquesta => Some("none".into()),
        Runner::Orquesta if has_succeeded => Some(part.result["output"]["work"].clone()),
        Runner::ActionChain if has_succeeded => Some(part.result["published"]["work"].clone()),
        Runner::Inquirer
        | Runner::Orquesta
        | Runner::ActionChain
        | Runner::Noop
        | Runner::LocalShellScript
        | Runner::HttpRequest
        | Runner::Announcement
        | Runner::Sendmail
        | Runner::Native => None,
    }
}

fn item_result(part: &Seen) -> Option<Value> {
    let is_command = part.runner == Runner::LocalShellCmd && part.status == Status::Succeeded;
    is_command.then(|| part.result["stdout"].clone())
}

/// Checks that the result of a chain lists the executions that ran for it, with their ends.
fn check_listed(found: &mut Found, one: &Seen, parts: &[&Seen]) {
    let listed = one.result["tasks"].as_array().map_or(&[][..], Vec::as_slice);
    if one.status == Status::Succeeded && listed.len() != parts.len() {
        let (listed, ran) = (listed.len(), parts.len());
        found.add(one.id, format_args!("lists {listed} tasks, and {ran} ran"));
    }
    for task in listed {
        let part = parts.iter().find(|part| task["execution_id"] == part.id.to_string().as_str());
        let state = part.map(|part| part.status.as_str());
        if task["state"].as_str() != state {
            let (name, shown) = (&task["name"], &task["state"]);
            found.add(one.id, format_args!("lists its task {name} as {shown}, not {state:?}"));
        }
    }
}
