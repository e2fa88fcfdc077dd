//! Packs: their documents and files, and registration, which reads them all again.

use std::path::{Component, PathBuf};

use access::{Kind, Verb};
use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderValue, header};
use model::{Object, Pack};
use serde_json::{Value, json};

use super::{
    body::Json,
    content::{Shown, find},
};
use crate::{
    App,
    answer::{Answer, Fault, ok},
    caller::Caller,
};

/// How large a file may be to be shown.
const FILE_MAX: u64 = 500 * 1000;

impl Shown for Pack {
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("name", "name"), ("ref", "ref"), ("id", "id")];
    const LIMIT: Option<i64> = Some(100);

    fn document(&self) -> Value {
        self.to_json()
    }
}

pub(crate) async fn register(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    caller.check(&app, Verb::Register, Kind::Pack, "")?;
    let wanted = body.0.get("packs").and_then(Value::as_array).cloned().unwrap_or_default();
    let fail_on_failure = body.0.get("fail_on_failure").and_then(Value::as_bool).unwrap_or(false);
    let reloaded = app.engine.content().reload(&caller.principal).await?;
    for name in wanted.iter().filter_map(Value::as_str) {
        if app.engine.catalog().packs.find(name).is_none() {
            return Err(Fault::invalid(format!(
                "Pack \"{name}\" not found on disk: no folder of packs holds it"
            )));
        }
    }
    let mut document = Object::new();
    for (kind, count) in &reloaded.counts {
        document.insert((*kind).to_owned(), json!(count));
    }
    let complaints: Vec<Value> = reloaded
        .complaints
        .iter()
        .map(|one| {
            json!({
                "level": one.level.as_str(), "file": one.file, "line": one.line, "column": one.column,
                "message": one.message,
            })
        })
        .collect();
    if let Some(first) = reloaded.first_error().filter(|_| fail_on_failure) {
        return Err(Fault::invalid(first));
    }
    document.insert("complaints".to_owned(), Value::Array(complaints));
    ok(&Value::Object(document))
}

/// Returns where a file of a pack is, when it is inside of it.
fn inside(app: &App, name: &str, path: &str) -> Result<PathBuf, Fault> {
    let pack = find::<Pack>(app, name)?;
    let relative = PathBuf::from(path);
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(Fault::invalid(format!("the file \"{path}\" is not inside the pack")));
    }
    Ok(PathBuf::from(&pack.path).join(relative))
}

async fn read(path: PathBuf, root: &str, name: &str) -> Result<Vec<u8>, Fault> {
    let missing = || Fault::missing(format!("File \"{name}\" not found"));
    let real = tokio::fs::canonicalize(&path).await.map_err(|_| missing())?;
    let root = tokio::fs::canonicalize(root).await.map_err(|_| missing())?;
    if !real.starts_with(&root) {
        return Err(Fault::invalid(format!("the file \"{name}\" is not inside the pack")));
    }
    let size = tokio::fs::metadata(&real).await.map(|found| found.len()).map_err(|_| missing())?;
    if size > FILE_MAX {
        return Err(Fault::invalid(format!(
            "File {name} exceeds maximum allowed file size ({FILE_MAX} bytes)"
        )));
    }
    tokio::fs::read(&real).await.map_err(|_| missing())
}

pub(crate) async fn files(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, Kind::Pack, &name)?;
    let pack = find::<Pack>(&app, &name)?;
    let mut documents = Vec::new();
    for file in &pack.files {
        let path = inside(&app, &name, file)?;
        let Ok(bytes) = read(path, &pack.path, file).await else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            documents.push(json!({"file_path": file, "content": text}));
        }
    }
    ok(&Value::Array(documents))
}

pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    Path((name, path)): Path<(String, String)>,
) -> Answer {
    caller.read(&app, Kind::Pack, &name)?;
    let root =
        app.engine.catalog().packs.find(&name).map(|pack| pack.path.clone()).unwrap_or_default();
    let bytes = read(inside(&app, &name, &path)?, &root, &path).await?;
    let mut response = Response::new(Body::from(bytes));
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
