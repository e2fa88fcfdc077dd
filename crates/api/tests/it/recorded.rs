//! What StackStorm answered to a hundred requests about aliases, and what is answered here. A
//! row whose answer differs on purpose has both: `status` and `fault` are StackStorm's, `ours` is
//! ours, and `why` says why.

use serde_json::{Value, json};

use crate::{
    http::{Client, Reply},
    rooms,
};

const ROWS: &str = include_str!("data/recorded.json");

const EXECUTION: &[&str] = &[
    "action",
    "runner",
    "liveaction",
    "status",
    "start_timestamp",
    "parameters",
    "context",
    "log",
    "web_url",
    "id",
];
const LIVEACTION: &[&str] =
    &["action", "action_is_workflow", "parameters", "callback", "runner_info", "notify", "id"];
const ACTION: &[&str] = &[
    "tags",
    "uid",
    "name",
    "ref",
    "description",
    "enabled",
    "entry_point",
    "pack",
    "runner_type",
    "parameters",
    "output_schema",
    "notify",
    "id",
];
const RUNNER: &[&str] = &[
    "name",
    "description",
    "uid",
    "enabled",
    "runner_package",
    "runner_module",
    "runner_parameters",
    "output_schema",
    "id",
];

#[tokio::test(flavor = "multi_thread")]
async fn aliases_are_answered_as_stackstorm_answered() {
    let house = rooms::open().await;
    let client = Client::admin(&house);
    let rows: Vec<Value> = serde_json::from_str(ROWS).unwrap();
    let mut differ = Vec::new();
    let mut id = String::new();
    for row in &rows {
        let path = row["url"].as_str().unwrap().replace("{id}", &id);
        let body = row["raw"].as_str().map(str::to_owned);
        let body = body.or_else(|| row.get("body").map(Value::to_string)).unwrap_or_default();
        let reply = client.send(row["method"].as_str().unwrap(), &path, body.as_bytes()).await;
        if let Err(why) = compare(row, &reply, &id) {
            differ.push(format!("{}: {why}", row["name"]));
        }
        if row["name"] == "create" {
            id = reply.json()["id"].as_str().unwrap().to_owned();
        }
    }
    assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), rows.len(), differ.join("\n"));
    house.close().await.unwrap();
}

fn compare(row: &Value, reply: &Reply, id: &str) -> Result<(), String> {
    let expected = row.get("ours").unwrap_or(row);
    same("status", &json!(reply.status), &expected["status"])
        .map_err(|why| format!("{why} {}", reply.text()))?;
    if row.get("ours").is_some() && expected.get("fault").is_none() {
        return facts(&reply.json(), expected);
    }
    if let Some(fault) = expected["fault"].as_str() {
        return same("fault", &json!(reply.fault()), &json!(fault.replace("{id}", id)));
    }
    if reply.status == 204 {
        return same("body", &json!(reply.text()), &json!(""));
    }
    let answer = reply.json();
    if let Some(headers) = row["headers"].as_object() {
        // The packs that ship have aliases too.
        let is_whole = row["answer"].is_array() && row["url"].as_str().unwrap().contains("pack=");
        for (name, value) in headers {
            let actual = json!(reply.header(&name.to_ascii_lowercase()));
            let is_total = name == "X-Total-Count" && !is_whole;
            if is_total { same_kind(name, &actual)? } else { same(name, &actual, value)? }
        }
    }
    if let Some(expected) = expected.get("answer") {
        let mut expected = expected.clone();
        if let Some(available) = expected.get_mut("available").filter(|count| **count == 22) {
            *available = answer["available"].clone();
        }
        return same("answer", &masked(&answer), &masked(&expected));
    }
    if let Some(expected) = expected.get("first") {
        return same("first", &masked(&answer[0]), expected);
    }
    if let Some(expected) = expected.get("helpstring") {
        return same("helpstring", &answer["helpstrings"][0], expected);
    }
    if let Some(expected) = expected.get("result") {
        return execution(&answer, expected);
    }
    let results = expected["results"].as_array().ok_or("nothing is expected")?;
    same("count", &json!(answer["results"].as_array().map(Vec::len)), &json!(results.len()))?;
    for (index, expected) in results.iter().enumerate() {
        execution(&answer["results"][index], expected)?;
    }
    Ok(())
}

/// Checks what is told of an answer that differs on purpose.
fn facts(answer: &Value, expected: &Value) -> Result<(), String> {
    let answer = answer.pointer("/results/0").unwrap_or(answer);
    for (name, value) in expected.as_object().unwrap().iter().skip(1) {
        let actual = if name == "alias" { &answer["actionalias"]["ref"] } else { &answer[name] };
        same(name, actual, value)?;
    }
    Ok(())
}

fn execution(answer: &Value, expected: &Value) -> Result<(), String> {
    let document = &answer["execution"];
    keys("execution", document, EXECUTION)?;
    keys("liveaction", &document["liveaction"], LIVEACTION)?;
    keys("action", &document["action"], ACTION)?;
    keys("runner", &document["runner"], RUNNER)?;
    let top: Vec<&str> =
        expected["keys"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    keys("answer", answer, &top)?;
    let mut actual = masked(answer);
    let mut expected = expected.clone();
    expected.as_object_mut().unwrap().shift_remove("keys");
    let pick = |value: &Value| json!({"ref": value["ref"]});
    actual["execution"]["action"] = pick(&actual["execution"]["action"]);
    actual["actionalias"] = pick(&actual["actionalias"]);
    actual["execution"].as_object_mut().unwrap().shift_remove("runner");
    // Here the administrator asks; there it was the system's user.
    expected["execution"]["context"]["user"] = json!("admin");
    let replaced = |value: &Value| {
        value
            .as_str()
            .map(|text| text.replace("stanley", "admin"))
            .map_or(value.clone(), |text| json!(text))
    };
    for path in ["/execution/parameters/param2", "/execution/liveaction/parameters/param2"] {
        if let Some(value) = expected.pointer_mut(path) {
            *value = replaced(value);
        }
    }
    // A color is made of the first digits of the id.
    if let Some(color) = expected.pointer_mut("/extra/slack/color") {
        let id = answer["execution"]["id"].as_str().unwrap();
        *color = json!(format!("{}x", &id[..2]));
    }
    same("answer", &actual, &expected)
}

fn keys(what: &str, document: &Value, expected: &[&str]) -> Result<(), String> {
    // What was recorded did not come from files.
    let own = |key: &&String| *key != "metadata_file";
    let actual: Vec<&String> =
        document.as_object().map(|all| all.keys().filter(own).collect()).unwrap_or_default();
    same(&format!("keys of {what}"), &json!(actual), &json!(expected))
}

fn same(what: &str, actual: &Value, expected: &Value) -> Result<(), String> {
    // The texts are compared: the order of keys is part of what users see.
    let (actual, expected) = (actual.to_string(), expected.to_string());
    if actual == expected {
        Ok(())
    } else {
        Err(format!("{what}\n  is     {actual}\n  should {expected}"))
    }
}

fn same_kind(name: &str, value: &Value) -> Result<(), String> {
    let is_number = value.as_str().is_some_and(|text| text.parse::<u32>().is_ok());
    if is_number { Ok(()) } else { Err(format!("{name} is no number: {value}")) }
}

/// Leaves out what differs each time.
fn masked(value: &Value) -> Value {
    const LEFT: &[&str] =
        &["start_timestamp", "timestamp", "web_url", "id", "entry_point", "metadata_file"];
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !LEFT.contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key.clone(), masked(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
