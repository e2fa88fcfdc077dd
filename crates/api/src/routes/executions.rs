//! Executions: lists, documents, requests and changes.

use std::{io::Write as _, sync::LazyLock};

use access::Kind;
use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use execution::{Canceled, Request, Rerun};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::{Execution, Id, Notify, Object, Status, Timestamp, job::Output};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};

use super::body::{Json, object, text};
use crate::{
    App,
    answer::{Answer, Fault, created, json_response, ok},
    caller::Caller,
    listing::{self, Attributes},
    query::Query,
};

static REQUEST: LazyLock<Value> = LazyLock::new(|| {
    let notification = json!({
        "type": "object",
        "properties": {
            "message": {"type": "string"},
            "data": {"type": "object"},
            "routes": {"type": "array"},
            "channels": {"type": "array"},
        },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "action": {"type": "string", "required": true},
            "parameters": {"type": "object"},
            "user": {"type": "string"},
            "context": {"type": "object"},
            "notify": {
                "type": "object",
                "properties": {
                    "on-complete": notification, "on-success": notification, "on-failure": notification,
                },
                "additionalProperties": false,
            },
            "delay": {"type": "integer", "minimum": 0},
            "callback": {"type": "object"},
        },
    })
});

static RERUN: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "parameters": {"type": "object"},
            "tasks": {"type": "array"},
            "reset": {"type": "array"},
            "user": {"type": "string"},
            "delay": {"type": "integer", "minimum": 0},
        },
        "additionalProperties": false,
    })
});

/// The query's names and what they are compared with.
const FILTERS: &[(&str, Column)] = &[
    ("action", Column::Action),
    ("status", Column::Status),
    ("liveaction", Column::Liveaction),
    ("parent", Column::Parent),
    ("rule", Column::Rule),
    ("runner", Column::Runner),
    ("trigger", Column::Trigger),
    ("trigger_type", Column::TriggerType),
    ("trigger_instance", Column::TriggerInstance),
    ("user", Column::User),
    ("id", Column::Id),
];

/// The attributes that may be left out.
const EXCLUDABLE: &[&str] = &["result", "trigger_instance", "status"];

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let page = listing::page(&query, caller.list(&app, Kind::Execution)?, Some(100))?;
    let attributes = Attributes::read_allowing(&query, EXCLUDABLE)?;
    let mut filter = filter(&query)?;
    filter.limit = page.limit;
    filter.offset = page.offset;
    let results = if attributes.shows("result") { Results::Read } else { Results::Left };
    let (executions, total) =
        app.engine.executions().page(&caller.principal, &filter, results).await?;
    let secrets = caller.secrets(&app, &query, Kind::Execution);
    let documents = executions.iter().map(|execution| {
        let mut document = execution.to_json(secrets, app.engine.executions().web_url());
        attributes.apply(&mut document);
        document
    });
    let total = usize::try_from(total).unwrap_or(0);
    Ok(listing::with_headers(&Value::Array(documents.collect()), total, page))
}

fn filter(query: &Query) -> Result<Filter, Fault> {
    let mut filter = Filter::default();
    for (name, column) in FILTERS {
        let Some(values) = query.list(name) else { continue };
        if *column == Column::Parent
            && values.iter().any(|value| value == "null" || value == "None")
        {
            filter.only_roots = true;
            continue;
        }
        filter.equal.push((*column, values));
    }
    let moment = |name: &str, text: &str| {
        Timestamp::parse(text).ok_or_else(|| {
            Fault::invalid(format!(
                "Parameter \"{name}\" is no timestamp: `{text}` is not like 2026-01-31T12:00:00Z"
            ))
        })
    };
    if let Some(text) = query.get("timestamp_gt") {
        filter.after = Some(moment("timestamp_gt", text)?);
    }
    if let Some(text) = query.get("timestamp_lt") {
        filter.before = Some(moment("timestamp_lt", text)?);
    }
    if let Some(text) = query.get("timestamp") {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        let (from, to) = (moment("timestamp", from)?, moment("timestamp", to)?);
        filter.after = Some(Timestamp::from_micros(from.min(to).micros() - 1));
        filter.before = Some(Timestamp::from_micros(from.max(to).micros() + 1));
    }
    filter.order = order(query);
    Ok(filter)
}

fn order(query: &Query) -> Vec<(Column, bool)> {
    if query.flag("sort_asc") {
        return vec![(Column::Start, false)];
    }
    if query.flag("sort_desc") {
        return vec![(Column::Start, true)];
    }
    let column = |name: &str| match name {
        "id" => Some(Column::Id),
        "start_timestamp" => Some(Column::Start),
        "end_timestamp" => Some(Column::End),
        "status" => Some(Column::Status),
        "action" | "action.ref" => Some(Column::Action),
        _ => None,
    };
    let keys = query.list("sort").unwrap_or_else(|| vec!["-start_timestamp".to_owned()]);
    let one = |key: &String| match key.strip_prefix('-') {
        Some(name) => column(name).map(|column| (column, true)),
        None => column(key.trim_start_matches('+')).map(|column| (column, false)),
    };
    let order: Vec<_> = keys.iter().filter_map(one).collect();
    if order.is_empty() { vec![(Column::Start, true)] } else { order }
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    query: Query,
    body: Json,
) -> Answer {
    let given = body.checked(&REQUEST)?;
    let action = text(&given, "action").unwrap_or_default();
    let mut request = Request::new(action, object(&given, "parameters"), caller.principal.clone());
    request.provenance.given = context(&given, &headers)?;
    request.provenance.on_behalf_of = text(&given, "user");
    request.delay_ms = delay_ms(&given)?;
    request.notify = notify(&given)?;
    let execution = app.engine.executions().request(request).await?;
    created(&document(&app, &caller, &query, &execution))
}

/// Returns what the caller says of where the request comes from.
fn context(given: &Object, headers: &HeaderMap) -> Result<Object, Fault> {
    let mut context = object(given, "context");
    if let Some(header) = headers.get("st2-context") {
        let text = header.to_str().unwrap_or_default();
        let parsed: Value = serde_json::from_str(text).map_err(|_| {
            Fault::invalid(format!(
                "Unable to deserialize header st2-context with value \"{text}\""
            ))
        })?;
        let Value::Object(more) = parsed else {
            return Err(Fault::invalid("the header st2-context must be a JSON object"));
        };
        context.extend(more);
    }
    Ok(context)
}

/// Returns how long the execution waits before its start.
fn delay_ms(given: &Object) -> Result<Option<i64>, Fault> {
    let delay = given.get("delay").filter(|delay| delay.is_number());
    let Some(delay) = delay else { return Ok(None) };
    let whole = delay.as_i64().ok_or_else(|| {
        Fault::invalid(format!("the delay {delay} is no whole number of milliseconds in range"))
    })?;
    Ok(Some(whole))
}

fn notify(given: &Object) -> Result<Option<Notify>, Fault> {
    let Some(value) = given.get("notify").filter(|value| !value.is_null()) else { return Ok(None) };
    let notify: Notify = serde_json::from_value(value.clone())
        .map_err(|error| Fault::invalid(format!("the notify section cannot be used: {error}")))?;
    Ok((!notify.is_empty()).then_some(notify))
}

/// Returns the document of an execution, with secrets for those who may read them and ask for it.
fn document(app: &App, caller: &Caller, query: &Query, execution: &Execution) -> Value {
    execution
        .to_json(caller.secrets(app, query, Kind::Execution), app.engine.executions().web_url())
}

/// Finds an execution by its id, or the last one.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    id: &str,
) -> Result<std::sync::Arc<Execution>, Fault> {
    let parsed: Option<Id> = if id == "last" {
        let filter =
            Filter { limit: Some(1), order: vec![(Column::Start, true)], ..Filter::default() };
        let last = app.engine.executions().list(&caller.principal, &filter, Results::Left).await?;
        last.first().map(|last| last.id)
    } else {
        id.parse().ok()
    };
    let missing = || Fault::no_resource(id);
    let execution = app.engine.executions().execution(parsed.ok_or_else(missing)?).await?;
    execution.ok_or_else(missing)
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    caller.read(&app, Kind::Execution, &id)?;
    let attributes = Attributes::read_allowing(&query, EXCLUDABLE)?;
    let execution = find(&app, &caller, &id).await?;
    let mut document = document(&app, &caller, &query, &execution);
    if let Some(most) = query.integer("max_result_size")?
        && i64::try_from(execution.result_size).is_ok_and(|size| size > most)
        && let Some(object) = document.as_object_mut()
    {
        object.shift_remove("result");
    }
    attributes.apply(&mut document);
    ok(&document)
}

pub(crate) async fn attribute(
    State(app): State<App>,
    caller: Caller,
    Path((id, name)): Path<(String, String)>,
    query: Query,
) -> Answer {
    caller.read(&app, Kind::Execution, &id)?;
    if !EXCLUDABLE.contains(&name.as_str()) {
        return Err(Fault::invalid(format!("Invalid attribute \"{name}\" specified.")));
    }
    let execution = find(&app, &caller, &id).await?;
    let document = document(&app, &caller, &query, &execution);
    ok(document.get(&name).unwrap_or(&Value::Null))
}

pub(crate) async fn output(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    caller.read(&app, Kind::Execution, &id)?;
    let wanted = query.get("output_type").unwrap_or("all");
    if !["all", "stdout", "stderr", "output"].contains(&wanted) {
        return Err(Fault::invalid(format!(
            "output_type `{wanted}` is none of all, stdout, stderr, output"
        )));
    }
    let execution = find(&app, &caller, &id).await?;
    let pieces = app.engine.executions().output(&caller.principal, execution.id).await?;
    let is_wanted = |output: Output| wanted == "all" || output.as_str() == wanted;
    let text: String = pieces
        .into_iter()
        .filter(|piece| is_wanted(piece.chunk.output))
        .map(|piece| piece.chunk.data)
        .collect();
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

pub(crate) async fn result(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    caller.read(&app, Kind::Execution, &id)?;
    let execution = find(&app, &caller, &id).await?;
    let result = execution.shown_result(caller.secrets(&app, &query, Kind::Execution));
    let text = if query.flag("pretty_format") {
        serde_json::to_string_pretty(&result).unwrap_or_default()
    } else {
        result.to_string()
    };
    let compress = query.flag("compress");
    let body = if compress { gzip(text.as_bytes()) } else { text.into_bytes() };
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    let kind = if compress { "application/x-gzip" } else { "text/json" };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if query.flag("download") {
        let end = if compress { ".gz" } else { "" };
        let name = format!("attachment; filename=execution_{}_result.json{end}", execution.id);
        headers.extend(
            HeaderValue::from_str(&name).ok().map(|name| (header::CONTENT_DISPOSITION, name)),
        );
    }
    Ok(response)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory cannot fail.
    let _written = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

pub(crate) async fn children(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    caller.read(&app, Kind::Execution, &id)?;
    let depth = query.integer("depth")?.unwrap_or(-1);
    let root = find(&app, &caller, &id).await?;
    let mut found: Vec<Execution> = Vec::new();
    let mut level = vec![root.id];
    let mut left = depth;
    while !level.is_empty() && left != 0 {
        let parents = level.iter().map(ToString::to_string).collect();
        let filter = Filter {
            equal: vec![(Column::Parent, parents)],
            order: vec![(Column::Start, false)],
            ..Filter::default()
        };
        let next = app.engine.executions().list(&caller.principal, &filter, Results::Read).await?;
        level = next.iter().map(|child| child.id).collect();
        found.extend(next);
        left -= 1;
    }
    let secrets = caller.secrets(&app, &query, Kind::Execution);
    let documents: Vec<Value> = found
        .iter()
        .map(|child| child.to_json(secrets, app.engine.executions().web_url()))
        .collect();
    ok(&Value::Array(documents))
}

pub(crate) async fn tasks(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer {
    caller.read(&app, Kind::Execution, &id)?;
    let execution = find(&app, &caller, &id).await?;
    ok(&Value::Array(app.engine.workflows().tasks_of(&execution).await?))
}

pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let execution = find(&app, &caller, &id).await?;
    match app.engine.executions().cancel(&caller.principal, execution.id).await? {
        Canceled::Done(execution) => ok(&document(&app, &caller, &query, &execution)),
        Canceled::TooLate(execution) => {
            let text = format!("Action cannot be canceled. State = {}.", execution.status);
            ok(&json!({"faultstring": text}))
        }
    }
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    body: Json,
) -> Answer {
    let execution = find(&app, &caller, &id).await?;
    let given = body.object()?;
    if execution.status.is_final() {
        return Err(Fault::invalid("Execution is already in completed state."));
    }
    let wanted = text(&given, "status")
        .ok_or_else(|| Fault::invalid("the body must name the `status` that is asked for"))?;
    let status: Status = wanted.parse().map_err(Fault::invalid)?;
    match status {
        Status::Canceling | Status::Canceled => {
            let canceled = app.engine.executions().cancel(&caller.principal, execution.id).await?;
            let (Canceled::Done(execution) | Canceled::TooLate(execution)) = canceled;
            ok(&document(&app, &caller, &query, &execution))
        }
        Status::Pausing | Status::Paused => {
            let execution = app.engine.workflows().pause(&caller.principal, execution.id).await?;
            ok(&document(&app, &caller, &query, &execution))
        }
        Status::Resuming => {
            let execution = app.engine.workflows().resume(&caller.principal, execution.id).await?;
            ok(&document(&app, &caller, &query, &execution))
        }
        other @ (Status::Requested
        | Status::Delayed
        | Status::Scheduled
        | Status::Running
        | Status::Pending
        | Status::Succeeded
        | Status::Failed
        | Status::Timeout
        | Status::Abandoned) => Err(Fault::invalid(format!(
            "an execution cannot be made {other} from outside: only canceling it, pausing or resuming it can be asked for"
        ))),
    }
}

pub(crate) async fn rerun(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    body: Json,
) -> Answer {
    let old = find(&app, &caller, &id).await?;
    let given = body.checked(&RERUN)?;
    let is_given =
        |key: &str| given.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if is_given("tasks") && !object(&given, "parameters").is_empty() {
        return Err(Fault::invalid(
            "Parameters override is not supported when re-running task(s) for a workflow.",
        ));
    }
    let names = |key: &str| -> Vec<String> {
        let list = given.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let rerun = Rerun {
        user: text(&given, "user"),
        parameters: object(&given, "parameters"),
        merge: !query.flag("no_merge"),
        delay_ms: delay_ms(&given)?,
        notify: None,
        tasks: names("tasks"),
        reset: names("reset"),
    };
    let execution = app.engine.executions().rerun(&caller.principal, old.id, rerun).await?;
    created(&document(&app, &caller, &query, &execution))
}

pub(crate) async fn filters(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    caller.read(&app, Kind::Execution, "")?;
    const COLUMNS: &[(&str, Column)] = &[
        ("action", Column::Action),
        ("status", Column::Status),
        ("rule", Column::Rule),
        ("runner", Column::Runner),
        ("trigger", Column::Trigger),
        ("trigger_type", Column::TriggerType),
        ("user", Column::User),
    ];
    let wanted = query.list("types");
    let mut document = Object::new();
    for (name, column) in COLUMNS {
        if wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == name)) {
            let values = app.engine.executions().distinct(&caller.principal, *column).await?;
            document.insert((*name).to_owned(), json!(values));
        }
    }
    Ok(json_response(StatusCode::OK, &Value::Object(document)))
}
