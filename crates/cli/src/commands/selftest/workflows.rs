//! Workflows under load: their pack, and what must hold of each when it has ended.

use std::{collections::HashMap, fs, path::Path};

use anyhow::Context as _;
use model::{Id, Status};
use serde_json::{Value, json};

use super::check::{Found, Seen};

/// The pack that holds the workflows.
pub(super) const PACK: &str = "chaos";

/// The workflows, each with the tasks and items that run when it comes to its end.
const WORKFLOWS: &[(&str, &str, &[&str])] = &[
    ("sequence", SEQUENCE, &["begin", "work", "end"]),
    ("join", JOIN, &["left", "work", "both", "each/0", "each/1", "each/2", "each/3"]),
    ("nested", NESTED, &["wait", "inner", "end"]),
];

/// One task after the other; what the second one gave must be in the output.
const SEQUENCE: &str = "
version: 1.0
input: [cmd]
tasks:
  begin:
    action: core.noop
    next: [{do: work}]
  work:
    action: core.local cmd=<% ctx().cmd %>
    next:
      - when: <% succeeded() %>
        publish: [{work: done}]
        do: end
      - when: <% not succeeded() %>
        publish: [{work: lost}]
        do: end
  end:
    join: 1
    action: core.noop
output:
  - work: <% ctx().work %>
";

/// Two branches, a join of both, and items a few at a time.
const JOIN: &str = "
version: 1.0
input: [cmd]
tasks:
  left:
    action: core.noop
    next: [{do: both}]
  work:
    action: core.local cmd=<% ctx().cmd %>
    next:
      - when: <% succeeded() %>
        publish: [{work: done}]
        do: both
      - when: <% not succeeded() %>
        publish: [{work: lost}]
        do: both
  both:
    join: all
    action: core.noop
    next: [{do: each}]
  each:
    with: {items: '<% range(4).toList() %>', concurrency: 2}
    action: core.noop
output:
  - work: <% ctx().work %>
";

/// A delay, then a workflow inside this one.
const NESTED: &str = "
version: 1.0
input: [cmd]
tasks:
  wait:
    delay: 1
    action: core.noop
    next: [{do: inner}]
  inner:
    action: chaos.sequence cmd=<% ctx().cmd %>
    next:
      - publish: [{work: <% result().output.work %>}]
        do: end
  end:
    action: core.noop
output:
  - work: <% ctx().work %>
";

/// Writes the pack into a folder of packs.
pub(super) fn write_pack(packs: &Path) -> anyhow::Result<()> {
    let actions = packs.join(PACK).join("actions");
    let folder = actions.join("workflows");
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let pack = json!({
        "ref": PACK, "name": PACK, "version": "1.0.0", "author": "Squall",
        "description": "The workflows of the self-test.",
    });
    fs::write(packs.join(PACK).join("pack.yaml"), pack.to_string())?;
    for (name, definition, _) in WORKFLOWS {
        let action = json!({
            "name": name, "runner_type": "orquesta", "enabled": true,
            "entry_point": format!("workflows/{name}.yaml"),
            "parameters": {"cmd": {"type": "string", "required": true}},
        });
        fs::write(actions.join(format!("{name}.yaml")), action.to_string())?;
        fs::write(folder.join(format!("{name}.yaml")), definition)?;
    }
    Ok(())
}

/// Returns the reference of one of the workflows.
pub(super) fn reference(number: u64) -> String {
    let names: Vec<&str> = WORKFLOWS.iter().map(|(name, ..)| *name).collect();
    let index = usize::try_from(number).unwrap_or_default() % names.len();
    format!("{PACK}.{}", names[index])
}

/// Adds what is wrong with the workflows among the executions of a round.
pub(super) fn check(found: &mut Found, seen: &[Seen]) {
    let mut parts: HashMap<Id, Vec<&Seen>> = HashMap::new();
    for one in seen {
        if let Some(part) = &one.part {
            parts.entry(part.of).or_default().push(one);
        }
    }
    for one in seen {
        let name = one.action.strip_prefix("chaos.").unwrap_or_default();
        let Some((.., tasks)) = WORKFLOWS.iter().find(|(known, ..)| *known == name) else {
            continue;
        };
        let parts = parts.get(&one.id).map_or(&[][..], Vec::as_slice);
        check_one(found, one, parts, tasks);
    }
}

fn check_one(found: &mut Found, one: &Seen, parts: &[&Seen], tasks: &[&str]) {
    let ran = |task: &str| {
        parts.iter().filter(|seen| seen.part.as_ref().is_some_and(|part| part.task == task)).count()
    };
    for part in parts {
        let task = part.part.as_ref().map(|part| part.task.as_str()).unwrap_or_default();
        let count = ran(task);
        if count != 1 {
            found.add(one.id, format_args!("ran its task {task} {count} times"));
        }
    }
    if one.status != Status::Succeeded {
        return;
    }
    for task in tasks.iter().filter(|task| ran(task) == 0) {
        found.add(one.id, format_args!("has succeeded without its task {task}"));
    }
    let work = parts.iter().find(|seen| seen.part.as_ref().is_some_and(|part| part.task == "work"));
    let told = one.result.get("output").and_then(|output| output.get("work"));
    if let Some(work) = work {
        let expected = if work.status == Status::Succeeded { "done" } else { "lost" };
        if told.and_then(Value::as_str) != Some(expected) {
            found.add(one.id, format_args!("says {told:?} of its task work, not {expected}"));
        }
    }
}
