//! Content over HTTP: aliases, rules, packs and their files, actions, runner and trigger types.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{http::Client, rooms};

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_is_made_matched_changed_and_removed_at_once() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let alias = |format: &str| json!({"name": "hi", "pack": "rig", "action_ref": "zoo.action1", "formats": [format]});
    let made = admin.post("/v1/actionalias", &alias("hi there {{param1}}")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let found = async |command: &str| {
        admin.post("/v1/actionalias/match", &json!({"command": command})).await
    };
    assert_eq!(found("hi there you").await.json()["actionalias"]["ref"], "rig.hi");
    let twice = admin.post("/v1/actionalias", &alias("x")).await;
    assert_eq!(twice.status, 409);
    assert_eq!(twice.json()["conflict-id"], made.json()["id"]);
    let changed = admin.put("/v1/actionalias/rig.hi", &alias("ho there {{param1}}")).await;
    assert_eq!((changed.status, &changed.json()["id"]), (200, &made.json()["id"]));
    found("hi there you").await.is_fault(400, "Command 'hi there you' matched no patterns");
    assert_eq!(found("ho there you").await.status, 200);
    let help = admin.get("/v1/actionalias/help?filter=ho%20there").await.json();
    assert_eq!(help["available"], 1);
    assert_eq!(admin.delete("/v1/actionalias/rig.hi").await.status, 204);
    found("ho there you").await.is_fault(400, "Command 'ho there you' matched no patterns");
    house.close().await.unwrap();
}

fn rule() -> Value {
    json!({
        "name": "r", "pack": "rig", "trigger": {"type": "core.st2.generic.actiontrigger", "parameters": {}},
        "criteria": {"trigger.status": {"type": "eq", "pattern": "failed"}},
        "action": {"ref": "core.noop", "parameters": {}}, "enabled": false,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_made_viewed_changed_and_removed() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let made = admin.post("/v1/rules", &rule()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!((&made["ref"], &made["type"]["ref"]), (&json!("rig.r"), &json!("standard")));
    assert_eq!(made["context"]["user"], "admin");
    let twice = admin.post("/v1/rules", &rule()).await;
    assert_eq!((twice.status, &twice.json()["conflict-id"]), (409, &made["id"]));
    for name in ["rig.r", made["id"].as_str().unwrap()] {
        assert_eq!(admin.get(&format!("/v1/rules/{name}")).await.json()["id"], made["id"]);
        let view = admin.get(&format!("/v1/rules/views/{name}")).await.json();
        assert!(
            view["action"]["description"].is_string() && view["trigger"]["description"].is_string()
        );
    }
    for query in [
        "pack=rig",
        "name=r",
        "enabled=false&pack=rig",
        "action=core.noop",
        "trigger=core.st2.generic.actiontrigger&pack=rig",
    ] {
        let listed = admin.get(&format!("/v1/rules?{query}")).await;
        assert_eq!(listed.json().as_array().unwrap().len(), 1, "{query}: {listed:?}");
    }
    let mut other = rule();
    other["enabled"] = json!(true);
    let changed = admin.put("/v1/rules/rig.r", &other).await;
    assert_eq!((changed.status, &changed.json()["enabled"]), (200, &json!(true)));
    assert_eq!(admin.delete("/v1/rules/rig.r").await.status, 204);
    assert_eq!(admin.delete("/v1/rules/rig.r").await.status, 404);
    let types = admin.get("/v1/ruletypes").await.json();
    let types: Vec<&str> =
        types.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(types, ["standard", "backstop"]);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_wrong_says_what() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let check = async |name: &str, value: Value, text: &str| {
        let mut body = rule();
        if value.is_null() {
            body.as_object_mut().unwrap().shift_remove(name);
        } else {
            body[name] = value;
        }
        let reply = admin.post("/v1/rules", &body).await;
        assert_eq!(reply.status, 400, "{body}: {reply:?}");
        assert!(reply.fault().contains(text), "{body}: {}", reply.fault());
    };
    check("name", Value::Null, "'name' is a required property").await;
    check("trigger", Value::Null, "'trigger' is a required property").await;
    check("action", Value::Null, "'action' is a required property").await;
    check("action", json!({}), "'ref' is a required property").await;
    check("trigger", json!({}), "'type' is a required property").await;
    check("x", json!(1), "Additional properties are not allowed ('x' was unexpected)").await;
    check(
        "trigger",
        json!({"type": "no.such"}),
        "Trigger \"no.such\" defined in the rule does not exist",
    )
    .await;
    check("type", json!({"ref": "odd"}), "rule type `odd` does not exist").await;
    check("criteria", json!({"trigger.a": {"type": "nope", "pattern": 1}}), "nope").await;
    check("criteria", json!({"trigger.a": {"type": "eq"}}), "pattern").await;
    check("criteria", json!([]), "[] is not of type 'object'").await;
    check("enabled", json!("yes"), "'yes' is not of type 'boolean'").await;
    assert_eq!(admin.get("/v1/rules?pack=rig").await.json(), json!([]));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_pack_are_read_and_nothing_else() {
    let house = rooms::open().await;
    std::os::unix::fs::symlink("/etc/passwd", house.packs().join("zoo/passwd")).unwrap();
    std::fs::write(house.packs().join("zoo/large.txt"), vec![b'x'; 600_000]).unwrap();
    let admin = Client::admin(&house);
    assert_eq!(admin.post("/v1/packs/register", &json!({"packs": ["zoo"]})).await.status, 200);
    let pack = admin.get("/v1/packs/zoo").await.json();
    assert_eq!((&pack["ref"], &pack["version"]), (&json!("zoo"), &json!("1.0.0")));
    assert_eq!(admin.get("/v1/packs?name=zoo").await.json().as_array().unwrap().len(), 1);
    let file = admin.get("/v1/packs/views/file/zoo/lions.txt").await;
    assert_eq!((file.status, file.text()), (200, "two\n".to_owned()));
    let files = admin.get("/v1/packs/views/files/zoo").await.json();
    let files: Vec<&str> =
        files.as_array().unwrap().iter().filter_map(|one| one["file_path"].as_str()).collect();
    assert!(files.contains(&"lions.txt") && files.contains(&"pack.yaml"), "{files:?}");
    let secret = std::fs::read_to_string("/etc/passwd").unwrap();
    for path in [
        "../rig/pack.yaml",
        "%2e%2e/rig/pack.yaml",
        "..%2Frig%2Fpack.yaml",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "passwd",
        "actions/../../rig/pack.yaml",
        "./lions.txt",
        "nope.txt",
        "lions.txt%00",
        "large.txt",
        "actions",
        "..",
        "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd",
        "..%5c..%5cetc",
        "....//....//etc/passwd",
    ] {
        let reply = admin.get(&format!("/v1/packs/views/file/zoo/{path}")).await;
        assert!(matches!(reply.status, 400 | 404), "{path}: {reply:?}");
        assert!(!reply.text().contains(&secret), "{path}");
        assert!(!reply.fault().contains("os error"), "{path}: {}", reply.fault());
    }
    for pack in ["..", "%2e%2e", "zoo%2f..%2frig", "nosuch"] {
        let reply = admin.get(&format!("/v1/packs/views/file/{pack}/pack.yaml")).await;
        assert_eq!(reply.status, 404, "{pack}: {reply:?}");
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_that_were_written_are_there_after_they_are_registered() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let path = house.packs().join("rig/aliases/fresh.yaml");
    let alias = json!({"name": "fresh", "pack": "rig", "action_ref": "zoo.action1", "formats": ["fresh {{param1}}"]});
    std::fs::write(path, alias.to_string()).unwrap();
    assert_eq!(admin.get("/v1/actionalias/rig.fresh").await.status, 404);
    let told = admin.post("/v1/packs/register", &json!({})).await;
    assert_eq!((told.status, told.json()["complaints"].is_array()), (200, true), "{told:?}");
    assert_eq!(admin.get("/v1/actionalias/rig.fresh").await.status, 200);
    let missing = admin.post("/v1/packs/register", &json!({"packs": ["nosuch"]})).await;
    missing.is_fault(400, "Pack \"nosuch\" not found on disk: no folder of packs holds it");
    std::fs::write(house.packs().join("rig/aliases/broken.yaml"), "name: [").unwrap();
    let strict = admin.post("/v1/packs/register", &json!({"fail_on_failure": true})).await;
    assert!(strict.status == 400 && strict.fault().contains("broken.yaml"), "{strict:?}");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_and_types_are_listed_and_read() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let actions = admin.get("/v1/actions?pack=zoo&sort=-name").await;
    assert_eq!((actions.header("x-total-count"), actions.header("x-limit")), (Some("7"), None));
    let names: Vec<Value> =
        actions.json().as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["wait", "lines", "both", "action4", "action3", "action2", "action1"]);
    let overview = admin.get("/v1/actions/views/overview/core.local").await.json();
    assert!(overview["parameters"]["timeout"].is_object(), "{overview}");
    let parameters = admin.get("/v1/actions/views/parameters/core.local").await.json();
    assert_eq!(parameters["parameters"], overview["parameters"]);
    let entry = admin.get("/v1/actions/views/entry_point/core.uuid").await;
    assert!(entry.status == 200 && !entry.body.is_empty(), "{entry:?}");
    admin
        .get("/v1/actions/views/entry_point/core.local")
        .await
        .is_fault(404, "Action ref=core.local has no entry_point to output");
    let ids: BTreeSet<String> = admin
        .get("/v1/actions?limit=3")
        .await
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    let runners = admin.get("/v1/runnertypes").await.json();
    let names = runners.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), model::Runner::ALL.map(model::Runner::as_str));
    assert_eq!(admin.get("/v1/runnertypes/noop").await.json()["name"], "noop");
    let trigger = admin.get("/v1/triggertypes/core.st2.generic.actiontrigger").await.json();
    assert_eq!(trigger["ref"], "core.st2.generic.actiontrigger");
    assert!(admin.get("/v1/triggertypes?pack=core").await.json().as_array().unwrap().len() > 1);
    let metrics = admin.get("/metrics").await;
    assert_eq!(
        (metrics.status, metrics.header("content-type")),
        (200, Some("text/plain; version=0.0.4"))
    );
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_content_is_listed_and_read() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let told = admin.post("/v1/packs/register", &json!({})).await.json();
    let counts = told.as_object().unwrap().iter().filter(|(_, count)| count.is_u64());
    for (kind, count) in counts {
        let path = match kind.as_str() {
            "packs" => "/v1/packs",
            "actions" => "/v1/actions",
            "aliases" => "/v1/actionalias",
            "rules" => "/v1/rules",
            "policies" => "/v1/policies",
            "triggers" => "/v1/triggertypes",
            "runners" => "/v1/runnertypes",
            _ => panic!("which route lists {kind}?"),
        };
        let listed = admin.get(path).await;
        assert_eq!(listed.header("x-total-count"), Some(&*count.to_string()), "{path}");
        let listed = listed.json();
        for item in listed.as_array().unwrap().iter().take(1) {
            let id = item["id"].as_str().unwrap();
            assert_eq!(admin.get(&format!("{path}/{id}")).await.json(), *item);
        }
    }
    house.close().await.unwrap();
}
