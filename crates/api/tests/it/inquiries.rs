//! Inquiries over HTTP: listed, read, answered, refused.

use serde_json::{Value, json};
use testkit::House;

use crate::{http::Client, rooms};

async fn asked(house: &House, admin: &Client, parameters: Value) -> String {
    let body = json!({"action": "core.ask", "parameters": parameters});
    let reply = admin.post("/v1/executions", &body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    house.until(id.parse().unwrap(), model::Status::Pending).await.unwrap();
    id
}

fn answer(id: &str, response: &Value) -> String {
    json!({"id": id, "response": response}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_read_and_answered() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = asked(&house, &admin, json!({"route": "r", "users": ["admin"]})).await;
    let path = format!("/v1/inquiries/{id}");
    let document = admin.get(&path).await.json();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "route", "ttl", "users", "roles", "schema"]);
    assert_eq!(document["id"], json!(id));
    assert_eq!(
        (&document["route"], &document["ttl"], &document["users"], &document["roles"]),
        (&json!("r"), &json!(1440), &json!(["admin"]), &json!([]))
    );
    assert_eq!(document["schema"]["title"], "response_data");
    let response = json!({"continue": false});
    let reply = admin.send("PUT", &path, answer(&id, &response).as_bytes()).await;
    assert_eq!((reply.status, reply.json()), (200, json!({"id": id, "response": response})));
    let execution = admin.get(&format!("/v1/executions/{id}")).await.json();
    assert_eq!(execution["status"], "succeeded");
    assert_eq!(execution["result"]["response"], response);
    assert_eq!(execution["context"]["responded_by"], "admin");
    let text = format!("Inquiry \"{id}\" has already been responded to.");
    admin.send("PUT", &path, answer(&id, &response).as_bytes()).await.is_fault(400, &text);
    admin.get(&path).await.is_fault(400, &text);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_answered_says_why() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let put = async |client: &Client, id: &str, body: Value| {
        client.send("PUT", &format!("/inquiries/{id}"), body.to_string().as_bytes()).await
    };
    let body = |id: &str| json!({"id": id, "response": {"continue": true}});
    let noop = house.run("core.noop", json!({})).await.unwrap().id.to_string();
    let text = format!("Action execution \"{noop}\" is not an inquiry.");
    admin.get(&format!("/inquiries/{noop}")).await.is_fault(400, &text);
    put(&admin, &noop, body(&noop)).await.is_fault(400, &text);
    for id in ["nonsense", "0123456789abcdef01234567"] {
        let text = format!("Resource with a reference or id \"{id}\" not found");
        admin.get(&format!("/inquiries/{id}")).await.is_fault(404, &text);
        put(&admin, id, body(id)).await.is_fault(404, &text);
    }
    let id = asked(&house, &admin, json!({"users": ["admin"]})).await;
    let person = Client::person(&house, "bob").await;
    let text = format!("User \"bob\" does not have permission to respond to inquiry \"{id}\".");
    put(&person, &id, body(&id)).await.is_fault(403, &text);
    let wrong = put(&admin, &id, json!({"id": id, "response": {"continue": 123}})).await;
    assert_eq!(wrong.status, 400);
    let start = format!(
        "Response for inquiry \"{id}\" did not pass schema validation. 123 is not of type 'boolean'"
    );
    assert!(wrong.fault().starts_with(&start), "{}", wrong.fault());
    let check = async |body: Value, text: &str| {
        let reply = put(&admin, &id, body).await;
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(reply.fault().starts_with(text), "{}", reply.fault());
    };
    check(json!({"id": id}), "'response' is a required property").await;
    check(json!({"response": {}}), "'id' is a required property").await;
    check(json!({"id": id, "response": [1]}), "[1] is not of type 'object'").await;
    let refused = admin
        .post("/executions", &json!({"action": "core.ask", "parameters": {"schema": {"type": 5}}}))
        .await;
    assert_eq!(refused.status, 400);
    let canceled = admin.delete(&format!("/executions/{id}")).await.json();
    assert_eq!(canceled["status"], "canceled");
    let text = format!("Inquiry \"{id}\" is canceled and cannot be responded to.");
    put(&admin, &id, body(&id)).await.is_fault(400, &text);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_holds_what_waits() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    assert_eq!(admin.get("/inquiries").await.json(), json!([]));
    let mut ids = Vec::new();
    for number in 0..22 {
        ids.push(asked(&house, &admin, json!({"route": number.to_string()})).await);
    }
    let list = admin.get("/inquiries").await;
    assert_eq!(list.header("x-total-count"), Some("22"));
    assert_eq!(list.header("x-limit"), Some("20"));
    let list = list.json();
    assert_eq!(list.as_array().unwrap().len(), 20);
    assert_eq!(list[0]["id"], json!(ids[21]));
    let two = admin.get("/inquiries?limit=2&offset=1").await.json();
    assert_eq!((two.as_array().unwrap().len(), &two[0]["id"]), (2, &json!(ids[20])));
    assert_eq!(admin.get("/inquiries?limit=-1").await.json().as_array().unwrap().len(), 22);
    let short = admin.get("/inquiries?limit=1&include_attributes=ttl").await.json();
    assert_eq!(short, json!([{"id": ids[21], "ttl": 1440}]));
    let short = admin.get("/inquiries?limit=1&exclude_attributes=schema,ttl").await.json();
    assert_eq!(short, json!([{"id": ids[21], "route": "21", "users": [], "roles": []}]));
    let first = &ids[0];
    let body = answer(first, &json!({"continue": true}));
    admin.send("PUT", &format!("/inquiries/{first}"), body.as_bytes()).await;
    assert_eq!(admin.get("/inquiries").await.header("x-total-count"), Some("21"));
    let person = Client::person(&house, "bob").await;
    person
        .get("/inquiries?limit=101")
        .await
        .is_fault(403, "Limit \"101\" specified, maximum value is \"100\"");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_an_answer_are_masked_unless_an_administrator_asks() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let schema =
        json!({"type": "object", "properties": {"pin": {"type": "string", "secret": true}}});
    let id = asked(&house, &admin, json!({"schema": schema})).await;
    let body = answer(&id, &json!({"pin": "4711"}));
    admin.send("PUT", &format!("/inquiries/{id}"), body.as_bytes()).await;
    let shown = async |query: &str| {
        let path = format!("/executions/{id}{query}");
        admin.get(&path).await.json()["result"]["response"]["pin"].clone()
    };
    assert_eq!(shown("").await, "********");
    assert_eq!(shown("?show_secrets=true").await, "4711");
    house.close().await.unwrap();
}
