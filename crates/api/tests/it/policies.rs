//! Policies over HTTP.

use serde_json::{Value, json};

use crate::{http::Client, rooms};

fn policy() -> Value {
    json!({
        "name": "few", "pack": "rig", "resource_ref": "core.noop",
        "policy_type": "action.concurrency", "parameters": {"threshold": 0},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_made_listed_changed_and_removed_and_holds_at_once() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let made = admin.post("/v1/policies", &policy()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!(
        made,
        json!({
            "name": "few", "ref": "rig.few", "uid": "policy:rig:few", "pack": "rig",
            "enabled": true, "resource_ref": "core.noop", "policy_type": "action.concurrency",
            "parameters": {"threshold": 0, "action": "delay"}, "metadata_file": "", "id": made["id"],
        })
    );
    for name in ["rig.few", made["id"].as_str().unwrap()] {
        assert_eq!(admin.get(&format!("/v1/policies/{name}")).await.json(), made);
    }
    for query in [
        "pack=rig",
        "name=few",
        "resource_ref=core.noop",
        "policy_type=action.concurrency&pack=rig",
    ] {
        let listed = admin.get(&format!("/v1/policies?{query}")).await;
        assert_eq!(listed.json(), json!([made]), "{query}");
        assert_eq!(listed.header("x-total-count"), Some("1"), "{query}");
    }
    assert_eq!(admin.get("/v1/policies?pack=yo").await.json(), json!([]));
    let asked = admin.post("/v1/executions", &json!({"action": "core.noop"})).await.json();
    let path = format!("/v1/executions/{}", asked["id"].as_str().unwrap());
    let status = async |wanted: &str| {
        while admin.get(&path).await.json()["status"] != wanted {
            tokio::task::yield_now().await;
        }
    };
    status("delayed").await;
    let mut other = made.clone();
    other["parameters"] = json!({"threshold": 1});
    let changed = admin.put("/v1/policies/rig.few", &other).await;
    assert_eq!((changed.status, &changed.json()["id"]), (200, &made["id"]), "{changed:?}");
    status("succeeded").await;
    assert_eq!(admin.delete("/v1/policies/rig.few").await.status, 204);
    let gone = "Resource with a reference or id \"rig.few\" not found";
    admin.get("/v1/policies/rig.few").await.is_fault(404, gone);
    admin.delete("/v1/policies/rig.few").await.is_fault(404, gone);
    admin.put("/v1/policies/rig.few", &policy()).await.is_fault(404, gone);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_wrong_says_what() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let check = async |name: &str, value: Value, text: &str| {
        let mut body = policy();
        if value.is_null() {
            body.as_object_mut().unwrap().shift_remove(name);
        } else {
            body[name] = value;
        }
        let reply = admin.post("/v1/policies", &body).await;
        assert_eq!(reply.status, 400, "{body}: {reply:?}");
        assert_eq!(reply.fault().lines().next(), Some(text), "{body}");
    };
    check("name", Value::Null, "'name' is a required property").await;
    check("resource_ref", Value::Null, "'resource_ref' is a required property").await;
    check("policy_type", Value::Null, "'policy_type' is a required property").await;
    check("policy_type", json!("action.x"), "Referenced policy_type \"action.x\" doesnt exist")
        .await;
    check("parameters", json!({}), "'threshold' is a required property").await;
    check("parameters", json!({"threshold": "x"}), "'x' is not of type 'integer'").await;
    let odd = json!({"threshold": 1, "action": "wait"});
    check("parameters", odd, "'wait' is not one of ['delay', 'cancel']").await;
    let odd = json!({"threshold": 1, "x": 1});
    check("parameters", odd, "Additional properties are not allowed ('x' was unexpected)").await;
    check("x", json!(1), "Additional properties are not allowed ('x' was unexpected)").await;
    assert_eq!(admin.get("/v1/policies?pack=rig").await.json(), json!([]));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_name_and_one_policy_of_a_type_for_each_action() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let made = admin.post("/v1/policies", &policy()).await.json();
    let mut same_name = policy();
    same_name["resource_ref"] = json!("core.local");
    let mut same_work = policy();
    same_work["name"] = json!("other");
    for twice in [policy(), same_name, same_work] {
        let reply = admin.post("/v1/policies", &twice).await;
        assert_eq!((reply.status, &reply.json()["conflict-id"]), (409, &made["id"]), "{twice}");
    }
    let mut of_core = policy();
    of_core["pack"] = json!("core");
    of_core["resource_ref"] = json!("core.local");
    assert_eq!(admin.post("/v1/policies", &of_core).await.status, 201);
    let text = "Resources belonging to system level packs can't be manipulated";
    admin.put("/v1/policies/core.few", &of_core).await.is_fault(400, text);
    admin.delete("/v1/policies/core.few").await.is_fault(400, text);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_types_are_listed_and_shown() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let types = admin.get("/v1/policytypes").await.json();
    let refs: Vec<&str> =
        types.as_array().unwrap().iter().filter_map(|one| one["ref"].as_str()).collect();
    assert_eq!(refs, ["action.concurrency", "action.concurrency.attr", "action.retry"]);
    for one in types.as_array().unwrap() {
        for key in ["ref", "id"] {
            let path = format!("/v1/policytypes/{}", one[key].as_str().unwrap());
            assert_eq!(admin.get(&path).await.json(), *one);
        }
    }
    assert_eq!(types[1]["name"], "concurrency.attr");
    assert_eq!(types[2]["parameters"]["delay"]["maximum"], 120);
    let filtered = admin.get("/v1/policytypes?resource_type=action&name=retry").await.json();
    assert_eq!(filtered, json!([types[2]]));
    assert_eq!(admin.get("/v1/policytypes?resource_type=yo").await.json(), json!([]));
    let gone = "PolicyType with a reference of id \"1\" not found.";
    admin.get("/v1/policytypes/1").await.is_fault(404, gone);
    house.close().await.unwrap();
}
