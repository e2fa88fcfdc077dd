//! Actions: their shape, their runner and the rules for their parameters.

use std::{collections::BTreeMap, path::Path};

use model::{Action, Notify, Object, Ref, notify::Notification, runner::EntryPoint};
use python::place::Step;
use serde_json::Value;

use super::{
    Kind, Loader,
    discover::{self, Found},
    shape,
    source::{self, Source},
};
use crate::{runners, suggest};

/// The attributes of a runner's parameter that an action may change.
const OVERRIDABLE: [&str; 5] = ["default", "description", "enum", "immutable", "required"];

impl Loader<'_, '_> {
    pub(super) fn actions(&mut self, found: &Found) {
        for path in discover::files(found, "actions") {
            // A file of settings that early packs had there.
            let is_settings = path.file_stem().is_some_and(|name| name == "config");
            if !is_settings {
                self.action(&path, found);
            }
        }
    }

    fn action(&mut self, path: &Path, found: &Found) {
        let mut source = Source::read(path, Kind::Action);
        let Some(mut object) = source.object() else {
            self.finish(source, None);
            return;
        };
        source.check_keys(&["parameters"]);
        source.check_pack(&mut object, &found.name);
        source.check_shape(&object, shape::action());
        check_runner(&mut source, &object, &found.name);
        let reference = reference(&object, &found.name);
        if let Some(reference) = &reference {
            self.warn_of_twin(&mut source, &object, reference);
            warn_of_missing_script(&mut source, &object, found);
        }
        if !self.finish(source, reference.clone()) {
            return;
        }
        let mut action = build(&object, path);
        action.enabled =
            self.overrides.enabled(action.enabled, "actions", &found.name, &action.name);
        let reference = action.reference().to_string();
        action.id = self.id(Kind::Action, &reference);
        let was_taken = self.take(Kind::Action, &reference, path);
        super::put(&mut self.loaded.actions, action, was_taken, Action::reference);
    }
}

fn reference(object: &Object, pack: &str) -> Option<String> {
    super::reference_of(object, "name", pack)
}

/// Checks the parameters against each other and against the runner's.
fn check_runner(source: &mut Source, object: &Object, pack: &str) {
    if object.get("parameters").is_some_and(Value::is_null) {
        let message = "`parameters` is empty: write the parameters below it, or `parameters: {}`";
        source.error_at_value(&["parameters".into()], message.to_owned());
    }
    let Some(runner_type) = object.get("runner_type").and_then(Value::as_str) else { return };
    let Some(runner) = runners::parameters(runner_type) else {
        source.error_at_value(&["runner_type".into()], unknown_runner(runner_type));
        return;
    };
    let parameters = source::inner(object, "parameters");
    let name = object.get("name").and_then(Value::as_str).unwrap_or("?");
    let action = Ref::new(pack, name);
    for (name, schema) in &parameters {
        let Value::Object(schema) = schema else { continue };
        if let Some(Value::Object(base)) = runner.get(name) {
            check_override(source, &action, (name, schema), base);
        }
        check_immutable(source, name, schema, runner.get(name));
    }
    check_positions(source, &parameters);
}

fn unknown_runner(name: &str) -> String {
    let hint = match runners::renamed(name) {
        Some(now) if name.starts_with("mistral") => {
            format!("; Mistral is no more: write the workflow for `{now}`")
        }
        Some(now) => format!("; it is called `{now}` now"),
        None => match suggest::closest(name, runners::names()) {
            Some(one) => format!("; did you mean `{one}`?"),
            None => {
                format!(
                    "; the runner types are {}",
                    runners::names().collect::<Vec<_>>().join(", ")
                )
            }
        },
    };
    format!("RunnerType {name} is not found{hint}")
}

fn check_override(source: &mut Source, action: &Ref, parameter: (&str, &Object), base: &Object) {
    let (name, schema) = parameter;
    for (attribute, value) in schema {
        let is_same = base.get(attribute).unwrap_or(&Value::Null) == value;
        if !is_same && !OVERRIDABLE.contains(&attribute.as_str()) {
            let is_given = base.get(attribute).is_some();
            let advice = if is_given { "leave it as the runner has it" } else { "remove it" };
            let message = format!(
                "The attribute \"{attribute}\" for the runner parameter \"{name}\" in action \
                 \"{action}\" cannot be overridden: {advice}, or rename the parameter"
            );
            let path = ["parameters".into(), name.into(), attribute.as_str().into()];
            source.error_at_key(&path, message);
        }
    }
}

fn check_immutable(source: &mut Source, name: &str, schema: &Object, base: Option<&Value>) {
    if !schema.contains_key("immutable") {
        return;
    }
    let path = ["parameters".into(), name.into(), "immutable".into()];
    let base_has = |key: &str| base.is_some_and(|base| base.get(key).is_some());
    if base_has("immutable") {
        let message = format!(
            "Param {name} is declared immutable in runner. Cannot override in action: remove the \
             line"
        );
        source.error_at_key(&path, message);
    } else if !schema.contains_key("default") && !base_has("default") {
        let message = format!(
            "Immutable param {name} requires a default value: nobody else can give it one, so add \
             `default`"
        );
        source.error_at_key(&path, message);
    }
}

fn check_positions(source: &mut Source, parameters: &Object) {
    let mut taken: BTreeMap<i64, &str> = BTreeMap::new();
    for (name, schema) in parameters {
        let Some(position) = schema.get("position").and_then(Value::as_f64) else { continue };
        let path = ["parameters".into(), Step::key(name), "position".into()];
        if position.fract() != 0.0 || position.abs() > 1e6 {
            let message = format!("the position {position} of `{name}` is no whole number");
            source.error_at_value(&path, message);
            continue;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is small and whole")]
        let position = position as i64;
        if let Some(other) = taken.get(&position) {
            let message = format!(
                "Parameters {name} and {other} have same position {position}. Position values have \
                 to be unique."
            );
            source.error_at_value(&path, message);
        } else {
            taken.insert(position, name);
        }
    }
    let positions: Vec<i64> = taken.keys().copied().collect();
    let is_contiguous = positions.windows(2).all(|pair| pair[1] == pair[0] + 1);
    if !is_contiguous {
        let list = positions.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let message =
            format!("Positions supplied [{list}] for parameters are not contiguous: close the gap");
        let first_gap = positions.windows(2).find(|pair| pair[1] != pair[0] + 1);
        let name = first_gap.and_then(|pair| taken.get(&pair[1])).copied().unwrap_or_default();
        source.error_at_value(&["parameters".into(), name.into(), "position".into()], message);
    }
}

/// A script that is not there is found out too late when the action runs.
fn warn_of_missing_script(source: &mut Source, object: &Object, found: &Found) {
    let runner = object.get("runner_type").and_then(Value::as_str);
    match runner.and_then(runners::entry_point) {
        Some(EntryPoint::Script) => {}
        Some(EntryPoint::Unused | EntryPoint::Definition | EntryPoint::Native) | None => return,
    }
    let entry_point = source::text(object, "entry_point");
    if entry_point.is_empty() {
        let message = "`entry_point` is missing: it names the script to run, below `actions/`";
        source.warn_at_value(&[], message.to_owned());
    } else if !found.directory.join("actions").join(&entry_point).is_file() {
        let message = format!(
            "the script `{entry_point}` is not there: `entry_point` is relative to `actions/`"
        );
        source.warn_at_value(&["entry_point".into()], message);
    }
}

fn build(object: &Object, path: &Path) -> Action {
    Action {
        id: model::Id::from_bytes([0; 12]),
        name: source::text(object, "name"),
        pack: source::text(object, "pack"),
        description: source::text(object, "description"),
        enabled: source::flag(object, "enabled", true),
        runner_type: source::text(object, "runner_type"),
        entry_point: source::text(object, "entry_point"),
        parameters: source::inner(object, "parameters"),
        output_schema: source::inner(object, "output_schema"),
        notify: notify(object.get("notify")),
        tags: source::tags(object),
        metadata_file: metadata_file("actions", path),
    }
}

/// Returns the path of a content file relative to its pack.
pub(super) fn metadata_file(kind: &str, path: &Path) -> String {
    format!("{kind}/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Returns the `notify` section of a document that fits its shape.
fn notify(section: Option<&Value>) -> Notify {
    let on = |key: &str| {
        let section = section?.get(key)?.as_object().filter(|section| !section.is_empty())?;
        let routes = |key: &str| Some(section.get(key)?.as_array()?.iter().map(route).collect());
        Some(Notification {
            message: section.get("message").and_then(Value::as_str).map(str::to_owned),
            data: section.get("data").and_then(Value::as_object).cloned(),
            routes: routes("routes"),
            channels: routes("channels"),
        })
    };
    Notify {
        on_complete: on("on-complete"),
        on_success: on("on-success"),
        on_failure: on("on-failure"),
    }
}

fn route(route: &Value) -> Option<String> {
    match route {
        Value::Null => None,
        Value::String(route) => Some(route.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(route.to_string())
        }
    }
}
