//! The protocol by which recorded answers are compared: a kind of question and
//! its input in JSON, answered with a value or a text.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::document::{self, Context, Recorded};
use crate::jinja::{self, Lookup, Options, Undefined};
use crate::{cast, params, values};

/// Answers a question at a time; none for a kind that is not known here.
pub fn answer(kind: &str, input: &Value, now: Timestamp) -> Option<Result<Value, String>> {
    Some(match kind {
        "jinja" => jinja(input),
        "jinja_values" => jinja_values(input),
        "params" => parameters(input),
        "cast" => cast(input),
        "yaql" | "orq_jinja" => document(input, now),
        "expr_validate" => Ok(Value::Bool(document::check(expression(input)).is_empty())),
        "expr_vars" => Ok(variables(input)),
        _ => return None,
    })
}

fn object<'v>(
    input: &'v Value,
    name: &str,
    empty: &'v Map<String, Value>,
) -> &'v Map<String, Value> {
    input.get(name).and_then(Value::as_object).unwrap_or(empty)
}

fn text<'v>(input: &'v Value, name: &str) -> &'v str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The datastore that comes with a question.
struct Store<'v> {
    scopes: &'v Value,
    user: &'v str,
}

impl Lookup for Store<'_> {
    fn system(&self, key: &str) -> Option<String> {
        Some(self.scopes.get("system")?.get(key)?.as_str()?.to_owned())
    }

    fn user(&self, key: &str) -> Option<String> {
        Some(self.scopes.get("user")?.get(self.user)?.get(key)?.as_str()?.to_owned())
    }
}

fn user_of(input: &Value) -> &str {
    let context = input.get("context");
    let named = |name: &str| context.and_then(|context| context.get(name)).and_then(Value::as_str);
    match text(input, "user") {
        "" => named("api_user").or_else(|| named("user")).unwrap_or("stanley"),
        user => user,
    }
}

/// Runs with the options that a question asks for.
fn with_options<T>(input: &Value, run: impl FnOnce(&Options<'_>) -> T) -> T {
    let store = input.get("kv").map(|scopes| Store { scopes, user: user_of(input) });
    let crypto_key = match input.get("crypto_key") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let lenient = input.get("allow_undefined").and_then(Value::as_bool).unwrap_or(false);
    let options = Options {
        undefined: if lenient { Undefined::Lenient } else { Undefined::Strict },
        lookup: store.as_ref().map(|store| store as &dyn Lookup),
        crypto_key: crypto_key.as_deref(),
        ..Options::default()
    };
    run(&options)
}

fn told(class: &str, message: &str) -> String {
    format!("{class}: {message}")
}

fn jinja(input: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let context = object(input, "context", &empty);
    let rendered =
        with_options(input, |options| jinja::render(text(input, "template"), context, options));
    rendered.map(Value::from).map_err(|error| told(error.class_name(), &error.message))
}

fn jinja_values(input: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let (mapping, context) = (object(input, "mapping", &empty), object(input, "context", &empty));
    let rendered = with_options(input, |options| values::render(mapping, context, options));
    rendered.map(Value::from).map_err(|error| told(error.error.class_name(), &error.error.message))
}

fn parameters(input: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let nothing = Value::Object(Map::new());
    let request = params::Request {
        runner_parameters: object(input, "runner_parameters", &empty),
        action_parameters: object(input, "action_parameters", &empty),
        params: object(input, "params", &empty),
        action_context: input.get("context").unwrap_or(&nothing),
        config: input.get("config").filter(|config| !config.is_null()).unwrap_or(&nothing),
        additional_contexts: input.get("additional_contexts").and_then(Value::as_object),
    };
    let fail = |error: params::Error| told(error.class_name(), &error.to_string());
    with_options(input, |options| {
        let live = params::render_live(&request, options).map_err(fail)?;
        let stored = params::Request { params: &live, additional_contexts: None, ..request };
        let done = params::finish(&stored, options).map_err(fail)?;
        Ok(json!({ "live": live, "runner": done.runner, "action": done.action }))
    })
}

fn cast(input: &Value) -> Result<Value, String> {
    let Some(value) = input.get("value") else { return Err(told("KeyError", "'value'")) };
    cast::cast(text(input, "type"), value).map_err(|error| told(error.class.name(), &error.message))
}

fn expression(input: &Value) -> &Value {
    input.get("expr").unwrap_or(&Value::Null)
}

fn document(input: &Value, now: Timestamp) -> Result<Value, String> {
    let nothing = Value::Object(Map::new());
    let variables = input.get("ctx").filter(|ctx| ctx.is_object()).unwrap_or(&nothing);
    let workflow = Recorded::among(variables);
    with_options(input, |options| {
        let context = Context {
            workflow: Some(&workflow),
            lookup: options.lookup,
            crypto_key: options.crypto_key,
            now,
            again: true,
            ..Context::new(variables)
        };
        let evaluated = document::evaluate(expression(input), &context);
        evaluated.map_err(|error| told(error.class_name(), &error.message))
    })
}

fn variables(input: &Value) -> Value {
    let all = document::variables(expression(input));
    let row = |reference: &document::Reference| {
        json!([reference.language.name(), reference.expression, reference.variable])
    };
    Value::Array(all.iter().map(row).collect())
}
