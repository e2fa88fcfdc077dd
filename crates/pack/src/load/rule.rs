//! Rules: their shape, their trigger and their criteria.

use std::path::Path;

use model::{
    Object, Rule,
    rule::{ActionRequest, Kind as RuleKind, Trigger},
};
use python::{place::Step, schema::Compiled};
use serde_json::Value;

use super::{
    Kind, Loader, action,
    discover::{self, Found},
    shape,
    source::{self, Source},
};
use crate::suggest;

/// The operators of criteria, in StackStorm's order.
pub const OPERATORS: [&str; 33] = [
    "matchwildcard",
    "matchregex",
    "regex",
    "iregex",
    "eq",
    "equals",
    "neq",
    "nequals",
    "ieq",
    "iequals",
    "contains",
    "icontains",
    "ncontains",
    "incontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "lt",
    "lessthan",
    "gt",
    "greaterthan",
    "td_lt",
    "timediff_lt",
    "td_gt",
    "timediff_gt",
    "exists",
    "nexists",
    "inside",
    "in",
    "ninside",
    "nin",
    "search",
];

impl Loader<'_, '_> {
    pub(super) fn rules(&mut self, found: &Found) {
        for path in discover::files(found, "rules") {
            self.rule(&path, found);
        }
    }

    fn rule(&mut self, path: &Path, found: &Found) {
        let mut source = Source::read(path, Kind::Rule);
        let Some(mut object) = source.object() else {
            self.finish(source, None);
            return;
        };
        source.check_keys(&["criteria"]);
        source.check_pack(&mut object, &found.name);
        source.check_shape(&object, shape::rule());
        check_kind(&mut source, &object);
        self.check_trigger(&mut source, &object);
        check_criteria(&mut source, &object);
        check_action(&mut source, &object);
        let reference = super::reference_of(&object, "name", &found.name);
        if let Some(reference) = &reference {
            self.warn_of_twin(&mut source, &object, reference);
        }
        if !self.finish(source, reference) {
            return;
        }
        let mut rule = build(&object, path);
        rule.enabled = self.overrides.enabled(rule.enabled, "rules", &found.name, &rule.name);
        let reference = rule.reference().to_string();
        rule.id = self.id(Kind::Rule, &reference);
        let was_taken = self.take(Kind::Rule, &reference, path);
        super::put(&mut self.loaded.rules, rule, was_taken, Rule::reference);
    }

    /// Checks that the trigger type exists and that the parameters fit it.
    fn check_trigger(&self, source: &mut Source, object: &Object) {
        let trigger = source::inner(object, "trigger");
        let Some(type_ref) = trigger.get("type").and_then(Value::as_str) else { return };
        let path = [Step::key("trigger"), Step::key("type")];
        source.check_reference(&path, type_ref, "a trigger type");
        let parameters = source::inner(&trigger, "parameters");
        let schema = self.types.parameters(type_ref);
        if let Some(schema) = schema.filter(|schema| !schema.is_empty()) {
            check_parameters(source, type_ref, &parameters, schema);
        }
        // A type without parameters has its one trigger; one with parameters gets a trigger for
        // each set of them.
        let is_simple = schema.is_some_and(Object::is_empty);
        let pack = type_ref.split('.').next().unwrap_or_default();
        if !type_ref.contains('.') {
            return;
        }
        let hint = match suggest::closest(type_ref, self.types.names()) {
            Some(one) if one != type_ref => format!("did you mean `{one}`?"),
            Some(_) => "give the trigger its `parameters`".to_owned(),
            None => format!("install the pack `{pack}`, whose sensor or `triggers/` brings it"),
        };
        if parameters.is_empty() && !is_simple {
            let message = format!(
                "A simple trigger should have been created when registering triggertype. Cannot \
                 create trigger: there is none of the type `{type_ref}`; {hint}"
            );
            source.error_at_value(&path, message);
        } else if schema.is_none() {
            let message = format!("there is no trigger type `{type_ref}` yet: {hint}");
            source.warn_at_value(&path, message);
        }
    }
}

fn check_parameters(source: &mut Source, type_ref: &str, parameters: &Object, schema: &Object) {
    let shape = match Compiled::new(&Value::Object(schema.clone())) {
        Ok(shape) => shape,
        Err(error) => {
            let message = format!("the schema of the parameters of `{type_ref}` is wrong: {error}");
            source.error_at_value(&["trigger".into()], message);
            return;
        }
    };
    for error in shape.errors(&Value::Object(parameters.clone())) {
        let path = [vec!["trigger".into(), "parameters".into()], error.path.clone()].concat();
        let message = format!("`trigger.parameters` of `{type_ref}`: {}", error.message);
        source.error_at_value(&path, message);
    }
}

fn check_kind(source: &mut Source, object: &Object) {
    let kind = source::inner(object, "type");
    let Some(name) = kind.get("ref").and_then(Value::as_str) else { return };
    if rule_kind(name).is_none() {
        let hint = match suggest::closest(name, ["standard", "backstop"]) {
            Some(one) => format!("did you mean `{one}`?"),
            None => "the types are standard and backstop".to_owned(),
        };
        let message = format!("there is no rule type `{name}`: {hint}");
        source.error_at_value(&["type".into(), "ref".into()], message);
    }
}

fn rule_kind(name: &str) -> Option<RuleKind> {
    [RuleKind::Standard, RuleKind::Backstop].into_iter().find(|kind| kind.as_str() == name)
}

fn check_criteria(source: &mut Source, object: &Object) {
    for (key, criterion) in source::inner(object, "criteria") {
        let path = vec![Step::key("criteria"), Step::key(&key)];
        let Value::Object(criterion) = criterion else {
            let message = format!(
                "the criterion `{key}` is no mapping: write `type: <operator>` and `pattern: …` \
                 below it"
            );
            source.error_at_value(&path, message);
            continue;
        };
        let operator = match criterion.get("type") {
            None | Some(Value::Null) => {
                let names = operators().collect::<Vec<_>>().join(", ");
                let message = format!(
                    "Operator not specified for field: {key}: add `type` with one of {names}"
                );
                source.error_at_value(&path, message);
                continue;
            }
            Some(Value::String(operator)) => operator.clone(),
            Some(other) => other.to_string(),
        };
        if !operators().any(|known| known == operator) {
            let names = operators().map(python::text::quote).collect::<Vec<_>>().join(", ");
            let message = format!(
                "For field: {key}, operator {operator} not in list of allowed operators: [{names}]{}",
                suggest::hint(&operator, operators())
            );
            source.error_at_value(&[path, vec!["type".into()]].concat(), message);
        } else if criterion.get("pattern").is_none_or(Value::is_null) {
            let message = format!(
                "For field: {key}, no pattern specified for operator {operator}: add `pattern` (any \
                 value will do where the operator looks at none)"
            );
            source.error_at_value(&path, message);
        }
    }
}

fn operators() -> impl Iterator<Item = &'static str> {
    OPERATORS.into_iter()
}

fn check_action(source: &mut Source, object: &Object) {
    let action = source::inner(object, "action");
    if let Some(reference) = action.get("ref").and_then(Value::as_str) {
        let path = ["action".into(), "ref".into()];
        if reference.parse::<model::Ref>().is_err() {
            let message =
                format!("`{reference}` is no reference: an action is written `pack.name`");
            source.warn_at_value(&path, message);
        }
    }
}

fn build(object: &Object, path: &Path) -> Rule {
    let trigger = source::inner(object, "trigger");
    let request = source::inner(object, "action");
    let kind = source::text(&source::inner(object, "type"), "ref");
    let type_ref = source::text(&trigger, "type");
    let parameters = source::inner(&trigger, "parameters");
    Rule {
        id: model::Id::from_bytes([0; 12]),
        name: source::text(object, "name"),
        pack: source::text(object, "pack"),
        description: source::text(object, "description"),
        enabled: source::flag(object, "enabled", false),
        tags: source::tags(object),
        kind: rule_kind(&kind).unwrap_or(RuleKind::Standard),
        trigger: Trigger {
            reference: trigger_reference(&type_ref, &parameters),
            type_ref,
            parameters,
            description: source::text(&trigger, "description"),
        },
        criteria: source::inner(object, "criteria"),
        action: ActionRequest {
            reference: source::text(&request, "ref"),
            parameters: source::inner(&request, "parameters"),
            description: request.get("description").and_then(Value::as_str).map(str::to_owned),
        },
        context: source::inner(object, "context"),
        metadata_file: action::metadata_file("rules", path),
    }
}

/// Returns the reference of the trigger of a type with parameters: the type's own without any,
/// otherwise one that looks as random as StackStorm's and is the same for the same parameters.
pub fn trigger_reference(type_ref: &str, parameters: &Object) -> String {
    if parameters.is_empty() {
        return type_ref.to_owned();
    }
    let pack = type_ref.split('.').next().unwrap_or_default();
    let mut sorted: Vec<(&String, &Value)> = parameters.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut feed = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    };
    feed(type_ref);
    for (name, value) in sorted {
        feed(name);
        feed(&value.to_string());
    }
    // The digits that mark a random identifier of version 4.
    let hash = hash & !(0xf << 76) & !(0xc << 60) | (0x4 << 76) | (0x8 << 60);
    let digits = format!("{hash:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    format!("{pack}.{}", parts.join("-"))
}
