//! A sentence becomes a request.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::Refusal;
use expr::{
    jinja::{self, Options},
    values,
};
use model::{
    ActionAlias, Execution, Notify, Object, Principal, Provenance,
    execution::Secrets,
    notify::Notification,
    parameter::Parameter,
    provenance::{self, Source},
};
use serde_json::{Value, json};

use crate::Chatops;
use content::{Datastore, Registered};
use execution::{Request, Templates};

/// A sentence that somebody said somewhere.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// The sentence.
    pub command: String,
    /// The chat account.
    pub user: Value,
    /// The room.
    pub source_channel: String,
    /// What the bot wants back with the result.
    pub source_context: Value,
    /// The route by which the result goes back.
    pub route: Option<String>,
    /// Who asks.
    pub principal: Principal,
}

/// An accepted sentence.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The execution.
    pub execution: Arc<Execution>,
    /// The alias.
    pub alias: Arc<ActionAlias>,
    /// The rendered acknowledgement.
    pub message: Option<String>,
    /// What goes with it.
    pub extra: Option<Value>,
}

impl Chatops {
    /// Finds the alias that a sentence matches and requests its action, once for each match where
    /// the format allows several.
    ///
    /// # Errors
    /// Fails when nothing matches, too much does, or the request is refused.
    pub fn match_and_execute<'a>(
        &'a self,
        sentence: &'a Sentence,
    ) -> BoxFuture<'a, Result<Vec<Accepted>, Refusal>> {
        Box::pin(async move {
            let found =
                self.catalog().matcher().find(&sentence.command).map_err(Refusal::invalid)?;
            let format = &found.format.representation;
            if !found.format.match_multiple {
                let parameters = extract(format, &sentence.command)?;
                return Ok(vec![self.execute_alias(&found.alias, parameters, sentence).await?]);
            }
            let all = alias::format::extract_multiple(format, &sentence.command)
                .map_err(refuse_format)?;
            let mut accepted = Vec::with_capacity(all.len());
            for parameters in all {
                accepted.push(self.execute_alias(&found.alias, parameters, sentence).await?);
            }
            Ok(accepted)
        })
    }

    /// Requests the action of an alias by name and format, as a bot does that matches by itself.
    ///
    /// # Errors
    /// Fails when the alias or the format does not fit, or the request is refused.
    pub fn execute_by_name<'a>(
        &'a self,
        name: &'a str,
        format: &'a str,
        sentence: &'a Sentence,
    ) -> BoxFuture<'a, Result<Accepted, Refusal>> {
        Box::pin(async move {
            if name.is_empty() {
                return Err(Refusal::invalid("Alias execution \"name\" is required"));
            }
            let alias = self.alias_by_name(name, format)?;
            if !alias.enabled {
                return Err(Refusal::invalid(format!(
                    "Action alias with name \"{name}\" is disabled."
                )));
            }
            let parameters = extract(format, &sentence.command)?;
            self.execute_alias(&alias, parameters, sentence).await
        })
    }

    /// Finds an alias by its name, and among those of the same name the one with this format.
    fn alias_by_name(&self, name: &str, format: &str) -> Result<Arc<ActionAlias>, Refusal> {
        let catalog = self.catalog();
        let named: Vec<_> = catalog.aliases.values().filter(|alias| alias.name == name).collect();
        let has_format =
            |alias: &ActionAlias| alias.formats().iter().any(|one| one.representation == format);
        match named.iter().find(|alias| has_format(alias)).or(named.first()) {
            None => Err(Refusal::not_found(format!(
                "Unable to find the ActionAliasDB instance. {{'name': '{name}'}}"
            ))),
            Some(alias) if !alias.enabled => Ok(Arc::clone(alias)),
            Some(alias) if !has_format(alias) => Err(Refusal::invalid(format!(
                "Format string \"{format}\" is not available on the alias \"{name}\""
            ))),
            Some(alias) => Ok(Arc::clone(alias)),
        }
    }

    /// Requests the action of an alias with the parameters that were found in a sentence.
    ///
    /// # Errors
    /// Fails when the request is refused.
    pub fn execute_alias<'a>(
        &'a self,
        alias: &'a Arc<ActionAlias>,
        mut parameters: Object,
        sentence: &'a Sentence,
    ) -> BoxFuture<'a, Result<Accepted, Refusal>> {
        Box::pin(async move {
            let catalog = self.catalog();
            let source = source(alias, sentence);
            inject_immutable(alias, &mut parameters, &source.context())?;
            let registered = catalog.actions.get(&alias.action_ref).ok_or_else(|| {
                Refusal::not_found(format!("Action with ref \"{}\" not found ", alias.action_ref))
            })?;
            let parameters = cast(registered, parameters)?;
            let mut request =
                Request::new(&alias.action_ref, parameters, sentence.principal.clone());
            request.templates = Templates::Literal;
            request.provenance = Provenance::new(Source::Alias(source));
            request.notify = Some(notify(registered, sentence));
            let execution = self.executions().request(request).await?;
            let (message, extra) = self.acknowledge(alias, &execution);
            Ok(Accepted { execution, alias: Arc::clone(alias), message, extra })
        })
    }

    /// Renders what an alias says at once.
    fn acknowledge(
        &self,
        alias: &ActionAlias,
        execution: &Execution,
    ) -> (Option<String>, Option<Value>) {
        let format = alias.ack.get("format").and_then(Value::as_str);
        let extra = alias.ack.get("extra").and_then(Value::as_object);
        if format.is_none() && extra.is_none() {
            return (None, None);
        }
        let mut context = Object::new();
        context.insert("execution".to_owned(), execution.to_json(Secrets::Masked, self.web_url()));
        context.insert("actionalias".to_owned(), alias.to_json());
        let options = Options::default();
        let cannot = |field: &str, error: &dyn std::fmt::Display| {
            format!("Cannot render \"{field}\" in field \"ack\" for alias. {error}")
        };
        let message = format.map(|format| {
            jinja::render(format, &context, &options)
                .unwrap_or_else(|error| cannot("format", &error))
        });
        let extra = extra.map(|extra| match values::render(extra, &context, &options) {
            Ok(extra) => Value::Object(extra),
            Err(error) => Value::String(cannot("extra", &error)),
        });
        (message, extra)
    }
}

fn extract(format: &str, command: &str) -> Result<Object, Refusal> {
    alias::format::extract(format, command).map_err(refuse_format)
}

fn refuse_format(error: alias::format::Error) -> Refusal {
    Refusal::invalid(error)
}

fn source(alias: &ActionAlias, sentence: &Sentence) -> provenance::Sentence {
    provenance::Sentence {
        alias: alias.id,
        name: alias.name.clone(),
        account: sentence.user.clone(),
        channel: sentence.source_channel.clone(),
        user: sentence.principal.name.clone(),
    }
}

fn inject_immutable(
    alias: &ActionAlias,
    parameters: &mut Object,
    context: &Object,
) -> Result<(), Refusal> {
    if alias.immutable_parameters.is_empty() {
        return Ok(());
    }
    let overridden: Vec<&str> = alias
        .immutable_parameters
        .keys()
        .filter(|name| parameters.contains_key(*name))
        .map(String::as_str)
        .collect();
    if !overridden.is_empty() {
        let list = overridden.join(",");
        return Err(Refusal::invalid(format!("Immutable arguments cannot be overriden: {list}")));
    }
    let datastore = Datastore;
    let options = Options { lookup: Some(&datastore), ..Options::default() };
    let rendered =
        values::render(&alias.immutable_parameters, context, &options).map_err(|error| {
            Refusal::invalid(format!(
                "the immutable parameter \"{}\" of alias \"{}\" cannot be rendered: {}",
                error.key,
                alias.reference(),
                error
            ))
        })?;
    parameters.extend(rendered);
    Ok(())
}

/// Casts what was said to the types of the parameters; a list is its parts between commas.
fn cast(registered: &Registered, parameters: Object) -> Result<Object, Refusal> {
    let mut done = Object::with_capacity(parameters.len());
    for (name, value) in parameters {
        let schema = registered.parameters.get(&name).and_then(Parameter::of);
        let value = match schema.and_then(Parameter::type_name) {
            Some(_) if value.is_null() => value,
            Some("array") => expr::cast::cast_array_alias(&value)
                .map_err(|error| Refusal::invalid(error.for_parameter(&name, "array", &value)))?,
            Some(type_name) => expr::cast::cast(type_name, &value)
                .map_err(|error| Refusal::invalid(error.for_parameter(&name, type_name, &value)))?,
            None => value,
        };
        done.insert(name, value);
    }
    Ok(done)
}

/// Says who hears of the end. What was typed is kept out of it when the action has secret
/// parameters: the sentence would tell them to every reader of the stream.
fn notify(registered: &Registered, sentence: &Sentence) -> Notify {
    let is_secret = |schema: &Value| Parameter::of(schema).is_some_and(Parameter::is_secret);
    let mut source_context = sentence.source_context.clone();
    let own = registered.action().parameters.values();
    if own.into_iter().any(is_secret) {
        redact(&mut source_context, &sentence.command);
    }
    let data = Object::from_iter([
        ("user".to_owned(), sentence.user.clone()),
        ("source_channel".to_owned(), json!(sentence.source_channel)),
        ("source_context".to_owned(), source_context),
    ]);
    let on_complete = Notification {
        message: None,
        data: Some(data),
        routes: Some(vec![sentence.route.clone()]),
        channels: None,
    };
    Notify { on_complete: Some(on_complete), on_success: None, on_failure: None }
}

fn redact(value: &mut Value, command: &str) {
    match value {
        Value::String(text) => {
            if !command.is_empty() && text.contains(command) {
                *text = text.replace(command, model::mask::MASK);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, command)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact(value, command)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
