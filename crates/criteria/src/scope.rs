//! What a criterion sees while it is evaluated, and where it notes a failure.

use std::cell::OnceCell;

use expr::jinja::{Lookup, Options, render};
use model::Object;
use python::raise::{Outcome, Raise};
use serde_json::Value;

use super::Context;

/// A payload under its name, with what is around it.
pub(super) struct Scope<'a> {
    /// The name of the payload: `trigger`, or `item` inside of a search.
    pub(super) prefix: &'static str,
    /// The payload.
    pub(super) payload: &'a Value,
    /// The context.
    pub(super) context: &'a Context<'a>,
    /// How deeply searches nest.
    pub(super) depth: usize,
    /// The variables of templates, made when the first one needs them.
    variables: OnceCell<Object>,
}

impl<'a> Scope<'a> {
    /// Makes the outermost scope.
    pub(super) fn new(prefix: &'static str, payload: &'a Value, context: &'a Context<'a>) -> Self {
        Self { prefix, payload, context, depth: 0, variables: OnceCell::new() }
    }

    /// Makes the scope of an item inside of this one.
    pub(super) fn item(&self, item: &'a Value) -> Self {
        let inner = Self::new("item", item, self.context);
        Self { depth: self.depth + 1, ..inner }
    }

    /// Renders a template.
    pub(super) fn render(&self, template: &str) -> Outcome<String> {
        let variables = self.variables.get_or_init(|| {
            let mut variables = Object::new();
            variables.insert(self.prefix.to_owned(), self.payload.clone());
            variables
        });
        let system = self.context.lookup.map(SystemOnly);
        let options = Options {
            lookup: system.as_ref().map(|system| system as &dyn Lookup),
            bare_system: true,
            crypto_key: self.context.crypto_key,
            ..Options::default()
        };
        render(template, variables, &options).map_err(|error| {
            let mut raise = Raise::new(error.class, error.message);
            raise.0.foreign_class = error.foreign_class.map(Into::into);
            raise
        })
    }
}

/// The datastore without the values of users: an event has no user.
struct SystemOnly<'a>(&'a dyn Lookup);

impl Lookup for SystemOnly<'_> {
    fn system(&self, key: &str) -> Option<String> {
        self.0.system(key)
    }

    fn user(&self, _key: &str) -> Option<String> {
        None
    }
}

/// The first failure of an evaluation.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The text of the failed enforcement.
    pub(super) failure: Option<String>,
}

impl Record {
    /// Notes a failure, unless there is one already.
    pub(super) fn note(&mut self, scope: &Scope<'_>, what: &str, raise: &Raise) {
        let Context { rule, instance, .. } = scope.context;
        self.failure.get_or_insert_with(|| {
            format!(
                "Failed to match rule \"{rule}\" against trigger instance \"{instance}\": \
                 {what}: {raise}"
            )
        });
    }
}
