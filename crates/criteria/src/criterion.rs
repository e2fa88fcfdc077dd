//! One criterion: a key, an operator and a pattern.

use model::Object;
use python::raise::{Class, Outcome, Raise, type_error};
use python::value;
use serde_json::Value;

use super::key::{Found, Key};
use super::operator::Operator;
use super::pattern::Pattern;
use super::scope::{Record, Scope};
use super::search::{self, Condition};

/// The name under which the criteria of a search find the item.
const ITEM: &str = "item";

/// A criterion as it stands in a rule.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// One without an operator: it never holds.
    Untyped,
    /// One that cannot be evaluated.
    Broken(Raise),
    /// A whole one.
    Whole(Box<Criterion>),
}

/// A compiled criterion.
#[derive(Debug, Clone)]
pub(super) struct Criterion {
    /// The key as it stands in the rule.
    name: String,
    key: Key,
    operator: Outcome<Operator>,
    /// Whether the operator's name is spelled as `search` is in the rule.
    searches: bool,
    condition: Value,
    pattern: Pattern,
    /// The criteria of a search, when they are constant.
    inner: Option<Vec<Entry>>,
}

/// Compiles criteria over a payload called `prefix`.
pub(super) fn compile_all(criteria: &Object, prefix: &'static str) -> Vec<Entry> {
    let mut rendered = false;
    let compile = |(name, value): (&String, &Value)| {
        rendered |= value.get("pattern").is_some_and(Value::is_string);
        compile(name, value, (prefix, rendered))
    };
    criteria.iter().map(compile).collect()
}

/// Compiles one criterion. `rendered` says whether its pattern, or one before it in the same
/// scope, is a text.
pub(super) fn compile(name: &str, value: &Value, (prefix, rendered): (&str, bool)) -> Entry {
    let Value::Object(fields) = value else { return without_fields(value) };
    let Some(operator_name) = fields.get("type") else { return Entry::Untyped };
    let operator = match operator_name.as_str() {
        Some(name) => Operator::find(name),
        None => Err(Raise::no_attribute(value::type_name(operator_name), "lower")),
    };
    let pattern = fields.get("pattern").unwrap_or(&Value::Null);
    let searches = operator_name == "search";
    let inner = pattern.as_object().filter(|_| searches).map(compile_inner);
    Entry::Whole(Box::new(Criterion {
        name: name.to_owned(),
        key: Key::compile(name, prefix, rendered),
        searches,
        condition: fields.get("condition").cloned().unwrap_or_default(),
        pattern: Pattern::compile(pattern, operator.as_ref().ok().copied()),
        operator,
        inner,
    }))
}

/// Compiles the criteria of a search. Each sees the item alone.
fn compile_inner(criteria: &Object) -> Vec<Entry> {
    let compile = |(name, value): (&String, &Value)| {
        let rendered = value.get("pattern").is_some_and(Value::is_string);
        compile(name, value, (ITEM, rendered))
    };
    criteria.iter().map(compile).collect()
}

/// Searches by criteria that were rendered.
pub(super) fn search_uncompiled(
    value: &Value,
    criteria: &Value,
    condition: Condition,
    around: (&Scope<'_>, &mut Record),
) -> Outcome<bool> {
    let items = search::items(value)?;
    match criteria.as_object() {
        Some(criteria) => search(value, &compile_inner(criteria), condition, around),
        // Without an item, nobody looks at the criteria.
        None if items.is_empty() => Ok(condition.of_nothing()),
        None => Err(Raise::no_attribute(value::type_name(criteria), "items")),
    }
}

fn search(
    value: &Value,
    criteria: &[Entry],
    condition: Condition,
    around: (&Scope<'_>, &mut Record),
) -> Outcome<bool> {
    search::run(value, criteria, condition, around, Entry::check)
}

/// Returns what becomes of a criterion that is no object: Python looks for the word `type` in it.
fn without_fields(value: &Value) -> Entry {
    match value::contains(value, &Value::from("type")) {
        Ok(false) => Entry::Untyped,
        Ok(true) => {
            let type_name = value::type_name(value);
            Entry::Broken(Raise::new(
                Class::Type,
                format!("'{type_name}' object is not a criterion"),
            ))
        }
        Err(raise) => Entry::Broken(raise),
    }
}

impl Entry {
    /// Returns whether it holds. What raises inside of it is noted, and it does not hold; only
    /// an operator that does not exist is raised further.
    pub(super) fn check(&self, scope: &Scope<'_>, record: &mut Record) -> Outcome<bool> {
        match self {
            Self::Untyped => Ok(false),
            Self::Broken(raise) => Err(raise.clone()),
            Self::Whole(criterion) => criterion.check(scope, record),
        }
    }

    /// Returns whether evaluating it can neither raise nor note anything.
    pub(super) fn is_harmless(&self) -> bool {
        match self {
            Self::Untyped => true,
            Self::Broken(_) => false,
            Self::Whole(criterion) => criterion.is_harmless(),
        }
    }

    /// Returns whether it can never hold.
    pub(super) fn is_hopeless(&self) -> bool {
        match self {
            Self::Untyped => true,
            Self::Broken(_) => false,
            Self::Whole(criterion) => {
                criterion.operator == Ok(Operator::Equals)
                    && criterion.pattern.constant().is_some_and(Value::is_null)
            }
        }
    }

    /// Returns the path and the constant of a plain `equals`.
    pub(super) fn equality(&self) -> Option<(&[String], &Value)> {
        let Self::Whole(criterion) = self else { return None };
        if criterion.operator != Ok(Operator::Equals) {
            return None;
        }
        Some((criterion.key.fields()?, criterion.pattern.constant()?))
    }
}

impl Criterion {
    fn check(&self, scope: &Scope<'_>, record: &mut Record) -> Outcome<bool> {
        let pattern = match self.pattern.render(scope) {
            Ok(pattern) => pattern,
            Err(raise) => {
                let source = match &self.pattern {
                    Pattern::Template { source, .. } => source.as_str(),
                    Pattern::Constant(..) => "",
                };
                let name = &self.name;
                let what =
                    format!("Failed to render pattern value \"{source}\" for key \"{name}\"");
                record.note(scope, &what, &raise);
                return Ok(false);
            }
        };
        let found = match self.key.find(scope) {
            Ok(found) => found,
            Err(raise) => {
                let what = format!("Failed transforming criteria key {}", self.name);
                record.note(scope, &what, &raise);
                return Ok(false);
            }
        };
        let operator = self.operator.clone()?;
        self.apply(operator, (&found, &pattern), scope, record).or_else(|raise| {
            let rule = scope.context.rule;
            let what = format!("There might be a problem with the criteria in rule {rule}");
            record.note(scope, &what, &raise);
            Ok(false)
        })
    }

    fn apply(
        &self,
        operator: Operator,
        (found, pattern): (&Found<'_>, &Value),
        scope: &Scope<'_>,
        record: &mut Record,
    ) -> Outcome<bool> {
        let now = scope.context.now;
        let value = match found {
            Found::Value(value) => value.as_ref(),
            Found::Lookup(name) => {
                let stored = scope.context.lookup.and_then(|lookup| lookup.system(name));
                return operator.apply_to_lookup(pattern, &stored.unwrap_or_default(), now);
            }
        };
        if operator != Operator::Search {
            return operator.apply(value, pattern, self.pattern.prepared(), now);
        }
        if !self.searches {
            let message = "search() missing 2 required positional arguments: \
                           'criteria_condition' and 'check_function'";
            return type_error(message);
        }
        let condition = Condition::find(&self.condition)?;
        match &self.inner {
            Some(inner) => search(value, inner, condition, (scope, record)),
            None => search_uncompiled(value, pattern, condition, (scope, record)),
        }
    }

    fn is_harmless(&self) -> bool {
        if self.key.fields().is_none() && !matches!(self.key, Key::Nowhere) {
            return false;
        }
        let Some(constant) = self.pattern.constant() else { return false };
        match &self.operator {
            Ok(Operator::Equals | Operator::Differs | Operator::Exists { .. }) => true,
            Ok(Operator::Inside { .. }) => constant.is_array() || constant.is_null(),
            Ok(
                Operator::EqualsFolded
                | Operator::Contains { .. }
                | Operator::Affix { .. }
                | Operator::Order(_)
                | Operator::Wildcard
                | Operator::Regex(_)
                | Operator::Age(_)
                | Operator::Search,
            )
            | Err(_) => false,
        }
    }
}
