//! Finds the expressions that do not parse.

use expr::document;
use serde_json::Value;

use super::{
    Finding,
    location::Location,
    view::{Task, View, field},
};

/// Returns a finding for each expression that does not parse.
pub(super) fn check(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |location: &Location, name: &str, value: &Value| {
        for fault in document::check(value) {
            let location = location.property(name);
            let hint = "write both in one language, or in two texts";
            findings.push(Finding {
                language: fault.language,
                expression: Some(fault.expression),
                hint: fault.language.is_none().then(|| hint.to_owned()),
                ..Finding::new(&location.spec, &location.schema, fault.message)
            });
        }
    };
    for name in ["vars", "input", "output"] {
        look(&Location::default(), name, field(view.fields, name));
    }
    let tasks = Location::tasks();
    for task in &view.tasks {
        look_into(task, &tasks.named(task.name), &mut look);
    }
    findings
}

fn look_into(task: &Task<'_>, location: &Location, look: &mut dyn FnMut(&Location, &str, &Value)) {
    for name in ["delay", "join"] {
        look(location, name, field(task.fields, name));
    }
    if let Some(items) = &task.items {
        let location = location.property("with");
        look(&location, "items", items.items);
        look(&location, "concurrency", items.concurrency);
    }
    look(location, "action", &task.action);
    look(location, "input", &task.input);
    if let Some(retry) = task.retry {
        let location = location.property("retry");
        for name in ["when", "count", "delay"] {
            look(&location, name, field(retry, name));
        }
    }
    let next = location.property("next");
    for (index, transition) in task.next.iter().enumerate() {
        let location = next.item(index);
        look(&location, "when", transition.when);
        look(&location, "publish", &transition.publish);
        look(&location, "do", &transition.to);
    }
}
