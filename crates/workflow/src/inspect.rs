//! Inspection of a definition against the registered actions, before anything of it runs.

use content::Registered;
use flow::{inspect, script::Definition, spec::Workflow};
use model::Object;
use python::yaml::{self, Duplicates};
use serde_json::{Value, json};

use crate::{Workflows, flaws::Flaws};

const ACTION: &str = "properties.tasks.patternProperties.^\\w+$.properties.action";
const INPUT: &str = "properties.tasks.patternProperties.^\\w+$.properties.input";
/// The variables that every workflow sees.
const GIVEN: [&str; 2] = ["st2", "parent"];

impl Workflows {
    /// Returns what is wrong with the text of a workflow's definition, as StackStorm lists it.
    ///
    /// # Errors
    /// Fails when the text is no YAML.
    pub fn inspect_workflow(&self, text: &[u8]) -> Result<Vec<Value>, String> {
        let document = read(text)?;
        let mut findings = structure(&document.value);
        if let Ok(workflow) = flow::spec::parse(&document.value) {
            findings.extend(self.contents(&workflow));
        }
        sort(&mut findings);
        Ok(findings)
    }

    /// Makes a definition, if nothing is wrong with it.
    pub(crate) fn inspected(&self, text: &[u8]) -> Result<Definition, Flaws> {
        let definition = match self.plan(text) {
            Ok(definition) => definition,
            Err(flaws) => {
                let all = self.inspect_workflow(text).unwrap_or_default();
                return Err(if all.is_empty() { flaws } else { Flaws(all) });
            }
        };
        let contents = definition.workflow().map(|workflow| self.contents(workflow));
        match contents {
            Some(contents) if !contents.is_empty() => Err(Flaws(contents)),
            _ => Ok(definition),
        }
    }

    /// Returns what is wrong with the actions of the tasks.
    fn contents(&self, workflow: &Workflow) -> Vec<Value> {
        let catalog = self.catalog();
        let mut findings = Vec::new();
        for (name, task) in &workflow.tasks {
            let Some(action) = task.action.as_deref() else { continue };
            if action.is_empty() || expr::document::language(action).is_some() {
                continue;
            }
            let mut find = |message: String, path: String, schema: &str| {
                findings.push(json!({
                    "type": "content", "message": message, "spec_path": path, "schema_path": schema,
                }));
            };
            let path = format!("tasks.{name}.action");
            if !is_reference(action) {
                let message =
                    format!("The action reference \"{action}\" is not formatted correctly.");
                find(message, path, ACTION);
                continue;
            }
            let Some(registered) = catalog.actions.get(action) else {
                let message = format!("The action \"{action}\" is not registered in the database.");
                find(message, path, ACTION);
                continue;
            };
            let empty = Object::new();
            let given = match &task.input {
                Some(Value::Object(given)) => given,
                Some(_) => continue,
                None => &empty,
            };
            for missing in required(registered, given) {
                let message =
                    format!("Action \"{action}\" is missing required input \"{missing}\".");
                find(message, format!("tasks.{name}.input"), INPUT);
            }
            let unexpected = given.keys().filter(|name| !registered.parameters.contains_key(*name));
            for one in unexpected {
                let message = format!("Action \"{action}\" has unexpected input \"{one}\".");
                let schema = format!("{INPUT}.patternProperties.^\\w+$");
                find(message, format!("tasks.{name}.input.{one}"), &schema);
            }
        }
        sort(&mut findings);
        findings
    }
}

/// Reads the text of a definition.
pub(crate) fn read(text: &[u8]) -> Result<yaml::Document, String> {
    yaml::read(text, Duplicates::Refuse)
        .map_err(|error| format!("Failed to load workflow definition because {error}"))
}

/// Returns what is wrong with a definition by itself.
pub(crate) fn structure(definition: &Value) -> Vec<Value> {
    let found = inspect::inspect_within(definition, &GIVEN);
    let entry = |(kind, finding): (inspect::Kind, inspect::Finding)| {
        let mut entry = finding.to_json();
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("type".to_owned(), kind.name().into());
        }
        entry
    };
    found.list().into_iter().map(entry).collect()
}

fn sort(findings: &mut [Value]) {
    let text = |finding: &Value, key: &str| {
        finding.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    findings.sort_by_cached_key(|finding| (text(finding, "type"), text(finding, "schema_path")));
}

fn is_reference(text: &str) -> bool {
    text.split_once('.').is_some_and(|(pack, name)| !pack.is_empty() && !name.is_empty())
}

/// Returns the parameters that must be given and are not.
fn required<'a>(registered: &'a Registered, given: &Object) -> Vec<&'a str> {
    let is_required = |schema: &Value| {
        let flag = schema.get("required").and_then(Value::as_bool).unwrap_or_default();
        flag && schema.get("default").is_none()
    };
    let schemas = registered.parameters.iter();
    let mut missing: Vec<&str> = schemas
        .filter(|(name, schema)| is_required(schema) && !given.contains_key(*name))
        .map(|(name, _)| name.as_str())
        .collect();
    missing.sort_unstable();
    missing
}
