//! Executions over HTTP: requested, listed, read, canceled, asked for again.

use std::io::Read as _;

use serde_json::{Value, json};
use testkit::House;

use crate::{http::Client, rooms};

/// Requests an action and waits for its end; returns its id.
pub(crate) async fn ended(house: &House, action: &str, parameters: Value) -> String {
    house.run(action, parameters).await.unwrap().id.to_string()
}

async fn requested(client: &Client, body: Value) -> Value {
    let reply = client.post("/v1/executions", &body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_says_when_for_whom_and_who_hears_of_it() {
    let house = rooms::open().await;
    let admin = Client::admin(&house).with("St2-Context", r#"{"source": "header"}"#);
    let notify = json!({"on-complete": {"message": "done", "routes": ["chat"]}});
    let execution = requested(
        &admin,
        json!({
            "action": "core.noop", "parameters": {}, "user": "ann", "delay": 3_600_000,
            "context": {"trace_context": {"trace_tag": "t"}}, "notify": notify,
        }),
    )
    .await;
    assert_eq!(execution["context"]["user"], "ann");
    assert_eq!(execution["context"]["source"], "header");
    assert_eq!(execution["context"]["trace_context"]["trace_tag"], "t");
    assert_eq!(execution["context"]["pack"], "core");
    assert_eq!(execution["delay"], 3_600_000);
    assert_eq!(execution["liveaction"]["notify"], notify);
    let path = format!("/v1/executions/{}", execution["id"].as_str().unwrap());
    let canceled = admin.delete(&path).await.json();
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["result"], json!({"message": "Action canceled by user.", "user": "admin"}));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_wrong_says_what() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let check = async |body: Value, text: &str| {
        let reply = admin.post("/v1/executions", &body).await;
        assert_eq!(reply.status, 400, "{body}: {reply:?}");
        assert!(reply.fault().starts_with(text), "{body}: {}", reply.fault());
    };
    check(json!({}), "'action' is a required property").await;
    check(json!({"action": 5}), "5 is not of type 'string'").await;
    check(json!({"action": "a.b", "parameters": []}), "[] is not of type 'object', 'null'").await;
    check(json!({"action": "no.such"}), "Action \"no.such\" cannot be found.").await;
    check(json!({"action": "core.local"}), "'cmd' is a required property").await;
    check(json!({"action": "core.noop", "delay": -1}), "-1 is less than the minimum of 0").await;
    let out_of_range = json!({"action": "core.noop", "delay": u64::MAX});
    check(out_of_range, "the delay 18446744073709551615 is no whole number").await;
    check(
        json!({"action": "core.noop", "notify": {"on-x": {}}}),
        "Additional properties are not allowed ('on-x' was unexpected)",
    )
    .await;
    check(
        json!({"action": "core.local", "parameters": {"cmd": "true", "x": 1}}),
        "Additional properties are not allowed ('x' was unexpected)",
    )
    .await;
    check(
        json!({"action": "core.echo", "parameters": {"message": "a", "cmd": "b"}}),
        "Override of immutable parameter(s) ['cmd'] is unsupported.",
    )
    .await;
    check(json!({"action": "zoo.lines", "parameters": {"count": "x"}}), "").await;
    let header = admin
        .with("St2-Context", "{nope")
        .post("/executions", &json!({"action": "core.noop"}))
        .await;
    header.is_fault(400, "Unable to deserialize header st2-context with value \"{nope\"");
    assert_eq!(admin.get("/executions").await.header("x-total-count"), Some("0"));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_sorted_and_cut() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let first = ended(&house, "core.noop", json!({})).await;
    ended(&house, "core.noop", json!({})).await;
    let third = ended(&house, "core.local", json!({"cmd": "exit 3"})).await;
    let count = async |query: &str| -> (Option<String>, usize) {
        let reply = admin.get(&format!("/v1/executions?{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        let count = reply.json().as_array().unwrap().len();
        (reply.header("x-total-count").map(str::to_owned), count)
    };
    let is = |total: &str, count: usize| (Some(total.to_owned()), count);
    assert_eq!(count("").await, is("3", 3));
    assert_eq!(count("limit=2").await, is("3", 2));
    assert_eq!(count("limit=2&offset=2").await, is("3", 1));
    assert_eq!(count("limit=-1").await, is("3", 3));
    assert_eq!(count("limit=500").await, is("3", 3));
    assert_eq!(count("action=core.noop").await, is("2", 2));
    assert_eq!(count("action=core.noop,core.local").await, is("3", 3));
    assert_eq!(count("status=failed").await, is("1", 1));
    assert_eq!(count("status=failed&action=core.noop").await, is("0", 0));
    assert_eq!(count("user=admin").await, is("3", 3));
    assert_eq!(count("user=nobody").await, is("0", 0));
    assert_eq!(count("parent=null").await, is("3", 3));
    assert_eq!(count(&format!("id={first},{third}")).await, is("2", 2));
    assert_eq!(count(&format!("parent={first}")).await, is("0", 0));
    assert_eq!(count("runner=noop").await, is("2", 2));
    assert_eq!(count("timestamp_gt=2000-01-01T00:00:00Z").await, is("3", 3));
    assert_eq!(count("timestamp_lt=2000-01-01T00:00:00Z").await, is("0", 0));
    assert_eq!(count("timestamp=2000-01-01T00:00:00Z..2999-01-01T00:00:00.000Z").await, is("3", 3));
    let start = admin.get(&format!("/executions/{third}")).await.json()["start_timestamp"].clone();
    let start = start.as_str().unwrap();
    assert_eq!(count(&format!("timestamp={start}")).await, is("1", 1));
    assert_eq!(count(&format!("timestamp_gt={start}")).await, is("0", 0));
    let newest = admin.get("/executions?limit=1").await.json();
    assert_eq!(newest[0]["id"], json!(third));
    for query in ["sort=start_timestamp", "sort_asc=true", "sort=%2Bstart_timestamp"] {
        let oldest = admin.get(&format!("/executions?limit=1&{query}")).await.json();
        assert_eq!(oldest[0]["id"], json!(first), "{query}");
    }
    let none = admin.get("/executions?limit=-1").await;
    assert_eq!(none.header("x-limit"), None);
    let filters = admin.get("/executions/views/filters").await.json();
    assert_eq!(filters["action"], json!(["core.local", "core.noop"]));
    let one = admin.get("/executions/views/filters?types=status").await.json();
    assert_eq!(one, json!({"status": ["failed", "succeeded"]}));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_asked_for_wrongly_says_what() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let check = async |query: &str, text: &str| {
        admin.get(&format!("/executions?{query}")).await.is_fault(400, text);
    };
    check(
        "limit=0",
        "Limit, \"0\" specified, must be a positive number or -1 for full result set.",
    )
    .await;
    check("limit=-7", "Limit, \"-7\" specified, must be a positive number.").await;
    check("limit=x", "Parameter \"limit\" is not of type integer").await;
    check("limit=99999999999999999999", "Parameter \"limit\" is not of type integer").await;
    check("offset=2147483648", "Offset \"2147483648\" specified is more than 32 bit int").await;
    check("include_attributes=status&exclude_attributes=result", "exclude.attributes and include.attributes arguments are mutually exclusive. You need to provide either one or another, but not both.").await;
    check(
        "exclude_attributes=parameters",
        "Invalid or unsupported exclude attribute specified: parameters",
    )
    .await;
    check(
        "timestamp_gt=yesterday",
        "Parameter \"timestamp_gt\" is no timestamp: `yesterday` is not like 2026-01-31T12:00:00Z",
    )
    .await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_shows_what_is_asked_for() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = ended(&house, "zoo.both", json!({})).await;
    let whole = admin.get(&format!("/v1/executions/{id}")).await.json();
    assert_eq!(whole["status"], "succeeded");
    assert!(whole["elapsed_seconds"].is_number() && whole["result_size"].is_number(), "{whole}");
    let last = admin.get("/v1/executions/last").await.json();
    assert_eq!(last, whole);
    let cut = admin.get(&format!("/executions/{id}?exclude_attributes=result")).await.json();
    assert!(cut.get("result").is_none() && cut.get("action").is_some());
    let some = admin.get(&format!("/executions/{id}?include_attributes=status,action.ref")).await;
    assert_eq!(
        some.json(),
        json!({"action": {"ref": "zoo.both"}, "status": "succeeded", "id": id})
    );
    let small = admin.get(&format!("/executions/{id}?max_result_size=5")).await.json();
    assert!(small.get("result").is_none() && small.get("result_size").is_some());
    let large = admin.get(&format!("/executions/{id}?max_result_size=100000")).await.json();
    assert!(large.get("result").is_some());
    let result = admin.get(&format!("/executions/{id}/attribute/result")).await.json();
    assert_eq!(result, whole["result"]);
    let odd = admin.get(&format!("/executions/{id}/attribute/nope")).await;
    odd.is_fault(400, "Invalid attribute \"nope\" specified.");
    let output =
        async |query: &str| admin.get(&format!("/executions/{id}/output{query}")).await.text();
    assert_eq!(output("?output_type=stdout").await, "out\n");
    assert_eq!(output("?output_type=stderr").await, "err\n");
    let all = output("").await;
    assert!(all.contains("out\n") && all.contains("err\n"), "{all}");
    let odd = admin.get(&format!("/executions/{id}/output?output_type=x")).await;
    odd.is_fault(400, "output_type `x` is none of all, stdout, stderr, output");
    assert_eq!(admin.get("/executions/last/children").await.json(), json!([]));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_downloaded_plain_or_packed() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = ended(&house, "zoo.both", json!({})).await;
    let plain = admin.get(&format!("/v1/executions/{id}/result?download=1")).await;
    let name = format!("attachment; filename=execution_{id}_result.json");
    assert_eq!(plain.header("content-disposition"), Some(name.as_str()));
    assert_eq!(plain.json()["stdout"], "out");
    let packed = admin.get(&format!("/v1/executions/{id}/result?download=1&compress=1")).await;
    assert_eq!(packed.header("content-disposition"), Some(format!("{name}.gz").as_str()));
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain.text());
    let pretty = admin.get(&format!("/v1/executions/{id}/result?pretty_format=1")).await;
    assert!(pretty.text().contains("\n  \"") && pretty.json() == plain.json());
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_cannot_be_canceled_or_changed() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = ended(&house, "core.noop", json!({})).await;
    let path = format!("/v1/executions/{id}");
    admin.delete(&path).await.is_fault(200, "Action cannot be canceled. State = succeeded.");
    let late = admin.put(&path, &json!({"status": "canceled"})).await;
    late.is_fault(400, "Execution is already in completed state.");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_execution_is_canceled_by_either_way_and_not_paused() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let running = requested(&admin, json!({"action": "zoo.wait"})).await;
    let path = format!("/v1/executions/{}", running["id"].as_str().unwrap());
    let paused = admin.put(&path, &json!({"status": "paused"})).await;
    assert_eq!(paused.status, 400);
    assert!(
        paused.fault().ends_with("because it is not supported by the \"local-shell-cmd\" runner.")
    );
    for (body, text) in [
        (json!({}), "the body must name the `status` that is asked for"),
        (json!([]), "the body must be an object and is: []"),
    ] {
        admin.put(&path, &body).await.is_fault(400, text);
    }
    for status in ["succeeded", "nope"] {
        assert_eq!(admin.put(&path, &json!({"status": status})).await.status, 400, "{status}");
    }
    let canceled = admin.put(&path, &json!({"status": "canceled"})).await;
    assert_eq!(canceled.status, 200, "{canceled:?}");
    let id = running["id"].as_str().unwrap().parse().unwrap();
    let end = house.engine.executions().ended(id).await.unwrap().unwrap();
    assert_eq!(end.status.as_str(), "canceled");
    let again = admin.delete(&path).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("canceled")));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_is_asked_for_again() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = ended(&house, "zoo.action1", json!({"param1": "a", "param2": "b"})).await;
    let path = format!("/v1/executions/{id}/re_run");
    let again = async |query: &str, body: Value| {
        let reply = admin.post(&format!("{path}{query}"), &body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()
    };
    let merged = again("", json!({"parameters": {"param2": "c"}})).await;
    assert_eq!(merged["parameters"], json!({"param1": "a", "param2": "c"}));
    assert_eq!(merged["context"]["re-run"], json!({"ref": id}));
    let alone = again("?no_merge=true", json!({"parameters": {"param2": "c"}})).await;
    assert_eq!(alone["parameters"], json!({"param2": "c"}));
    assert_eq!(again("", json!({})).await["parameters"], json!({"param1": "a", "param2": "b"}));
    let check = async |body: Value, text: &str| admin.post(&path, &body).await.is_fault(400, text);
    check(json!({"tasks": ["t"]}), "Task option is only supported for Orquesta workflows.").await;
    check(
        json!({"tasks": ["t"], "parameters": {"a": 1}}),
        "Parameters override is not supported when re-running task(s) for a workflow.",
    )
    .await;
    check(json!({"x": 1}), "Additional properties are not allowed ('x' was unexpected)").await;
    let none = "0123456789abcdef01234567";
    let missing = admin.post(&format!("/executions/{none}/re_run"), &json!({})).await;
    missing.is_fault(404, &format!("Resource with a reference or id \"{none}\" not found"));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_masked_everywhere_and_shown_to_administrators_who_ask() {
    let house = rooms::open().await;
    let (admin, bob) = (Client::admin(&house), Client::person(&house, "bob").await);
    let body =
        json!({"action": "zoo.action1", "parameters": {"param1": "open", "param4": "S3CRET"}});
    let made = admin.post("/executions", &body).await;
    assert!(!made.text().contains("S3CRET"), "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    house.engine.executions().ended(id.parse().unwrap()).await.unwrap();
    let paths = [
        format!("/executions/{id}"),
        "/executions".to_owned(),
        "/executions/last".to_owned(),
        format!("/executions/{id}/result"),
        format!("/executions/{id}/attribute/result"),
        format!("/executions?id={id}"),
        format!("/stream/v1/executions/{id}/output"),
    ];
    for path in &paths {
        let shown = if path.contains('?') { "&show_secrets=true" } else { "?show_secrets=true" };
        for reply in
            [admin.get(path).await, bob.get(path).await, bob.get(&[path, shown].concat()).await]
        {
            assert_eq!(reply.status, 200, "{path}");
            assert!(!reply.text().contains("S3CRET"), "{path}: {reply:?}");
        }
    }
    let open = admin.get(&format!("/executions/{id}?show_secrets=true")).await.json();
    assert_eq!(open["parameters"]["param4"], "S3CRET");
    assert_eq!(open["liveaction"]["parameters"]["param4"], "S3CRET");
    let again = admin.post(&format!("/executions/{id}/re_run"), &json!({})).await;
    assert!(again.status == 201 && !again.text().contains("S3CRET"), "{again:?}");
    let again = again.json()["id"].as_str().unwrap().to_owned();
    let again = admin.get(&format!("/executions/{again}?show_secrets=1")).await.json();
    assert_eq!(again["parameters"]["param4"], "S3CRET");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_says_of_a_request_is_shown_and_decides_nothing() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = ended(&house, "core.noop", json!({})).await;
    let given = json!({
        "ticket": "OPS-1", "user": "eve", "pack": "eve",
        "parent": {"execution_id": id, "user": "eve"}, "orquesta": {"task_execution_id": id},
        "chain": {"name": "eve"}, "re-run": {"ref": id, "tasks": ["a"]},
        "policies": {"retry": {"retry_count": 9}}, "rule": {"id": id}, "trigger_instance": {},
        "action_alias_ref": {"id": id}, "workflow_execution": id, "paused_by": "eve",
        "resumed_by": "eve", "cancelled_by": "eve", "responded_by": "eve", "responded_through": {},
        "trace_context": {"trace_tag": "t"}, "api_user": "ann", "source_channel": "#ops",
    });
    let body = json!({"action": "core.noop", "context": given});
    let header = json!({"re-run": {"ref": id}, "source": "header"}).to_string();
    let made = admin.with("St2-Context", &header).post("/executions", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    let shown = r##"{"ticket":"OPS-1","trace_context":{"trace_tag":"t"},"api_user":"ann","source_channel":"#ops","source":"header","user":"admin","pack":"core"}"##;
    assert_eq!(made["context"].to_string(), shown);
    for key in ["parent", "workflow_execution", "task_execution", "rule", "trigger_instance"] {
        assert!(made.get(key).is_none(), "{key}: {made}");
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_are_steered_by_their_owner_and_by_administrators() {
    let house = rooms::open().await;
    let (admin, ann) = (Client::admin(&house), Client::person(&house, "ann").await);
    let bob = Client::person(&house, "bob").await;
    let made = ann.post("/executions", &json!({"action": "zoo.wait"})).await.json();
    let id = made["id"].as_str().unwrap();
    let path = format!("/executions/{id}");
    let denied =
        |what: &str| format!("User \"bob\" may not {what}: it takes its owner or an administrator");
    let cancel = denied(&format!("cancel execution \"{id}\""));
    bob.delete(&path).await.is_fault(403, &cancel);
    for (status, verb) in [("canceled", "cancel"), ("pausing", "pause"), ("resuming", "resume")] {
        let text = denied(&format!("{verb} execution \"{id}\""));
        bob.put(&path, &json!({"status": status})).await.is_fault(403, &text);
    }
    let again = denied(&format!("run execution \"{id}\" again"));
    bob.post(&format!("{path}/re_run"), &json!({})).await.is_fault(403, &again);
    let none = "0123456789abcdef01234567";
    let missing = format!("Resource with a reference or id \"{none}\" not found");
    bob.delete(&format!("/executions/{none}")).await.is_fault(404, &missing);
    assert_eq!(ann.delete(&path).await.status, 200);
    house.engine.executions().ended(id.parse().unwrap()).await.unwrap();
    let again = ann.post(&format!("{path}/re_run"), &json!({})).await;
    assert_eq!(again.status, 201, "{again:?}");
    let again = again.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.delete(&format!("/executions/{again}")).await.status, 200);
    let body = json!({"action": "zoo.wait", "user": "bob"});
    let his = admin.post("/executions", &body).await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.delete(&format!("/executions/{his}")).await.status, 403);
    assert_eq!(bob.delete(&format!("/executions/{his}")).await.status, 200);
    house.close().await.unwrap();
}
