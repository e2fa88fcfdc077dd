//! The functions of workflows, as templates call them.

use std::borrow::Cow;
use std::sync::Arc;

use python::arguments::Arguments;
use python::json;
use python::object::Object;
use python::raise::{Outcome, type_error};
use serde_json::{Map, Value};

use crate::jinja::{Failure, Functions, Part};

use super::context::{Context, is_private};
use super::functions;

impl Functions for Context<'_> {
    fn exists(&self, name: &str) -> bool {
        functions::exists(name)
    }

    fn hides(&self, filter: &str) -> bool {
        functions::hides(filter)
    }

    fn call<'s>(
        &'s self,
        name: &str,
        _positional: Vec<Value>,
        _named: Map<String, Value>,
    ) -> Result<Cow<'s, Value>, Failure> {
        let workflow = self.workflow;
        let lent = match name {
            "result" => {
                workflow.and_then(|workflow| workflow.current_task()).and_then(|task| task.result)
            }
            "item" => workflow.and_then(|workflow| workflow.current_item()),
            _ => None,
        };
        lent.map(Cow::Borrowed).ok_or_else(|| Failure {
            class: "NotImplementedError".to_owned(),
            message: name.to_owned(),
        })
    }

    fn part<'s>(&'s self, function: &str, name: &str) -> Option<Part<'s>> {
        if function != "ctx" || name.is_empty() || is_private(name) {
            return None;
        }
        Some(self.variable(name).map_or(Part::Missing, Part::Found))
    }

    fn nearest_part(&self, _function: &str, name: &str) -> Option<String> {
        crate::jinja::nearest(name, self.names())
    }

    fn call_object(
        &self,
        name: &str,
        positional: &[Object],
        named: &[(Arc<str>, Object)],
        as_filter: bool,
    ) -> Option<Outcome<Object>> {
        if as_filter && functions::reads_context(name) {
            let kind = positional.first().map_or("NoneType", |value| value.type_name());
            return Some(type_error(format!("'{kind}' is no context")));
        }
        let arguments = Arguments { positional: positional.to_vec(), named: named.to_vec() };
        Some(functions::call(self, name, arguments, &json::object))
    }
}
