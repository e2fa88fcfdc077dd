//! Finds the expressions that do not parse.

use expr::document;
use serde_json::Value;

use super::{
    Finding,
    place::Place,
    view::{Task, View, field},
};

/// Returns a finding for each expression that does not parse.
pub(super) fn check(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |place: &Place, name: &str, value: &Value| {
        for fault in document::check(value) {
            let place = place.property(name);
            let hint = "write both in one language, or in two texts";
            findings.push(Finding {
                language: fault.language,
                expression: Some(fault.expression),
                hint: fault.language.is_none().then(|| hint.to_owned()),
                ..Finding::new(&place.spec, &place.schema, fault.message)
            });
        }
    };
    for name in ["vars", "input", "output"] {
        look(&Place::default(), name, field(view.fields, name));
    }
    let tasks = Place::tasks();
    for task in &view.tasks {
        look_into(task, &tasks.named(task.name), &mut look);
    }
    findings
}

fn look_into(task: &Task<'_>, place: &Place, look: &mut dyn FnMut(&Place, &str, &Value)) {
    for name in ["delay", "join"] {
        look(place, name, field(task.fields, name));
    }
    if let Some(items) = &task.items {
        let place = place.property("with");
        look(&place, "items", items.items);
        look(&place, "concurrency", items.concurrency);
    }
    look(place, "action", &task.action);
    look(place, "input", &task.input);
    if let Some(retry) = task.retry {
        let place = place.property("retry");
        for name in ["when", "count", "delay"] {
            look(&place, name, field(retry, name));
        }
    }
    let next = place.property("next");
    for (index, transition) in task.next.iter().enumerate() {
        let place = next.item(index);
        look(&place, "when", transition.when);
        look(&place, "publish", &transition.publish);
        look(&place, "do", &transition.to);
    }
}
