//! Who is let in: every route, every way to show a credential, every reason to be refused.

use std::path::Path;

use access::NewKey;
use model::{Object, Principal};
use serde_json::json;

use crate::{http::Client, rooms};

/// Where the routes are told.
const ROUTES: &str = include_str!("../../src/routes/mod.rs");

/// The routes that are open to strangers, as `METHOD path`.
const OPEN: &[&str] = &["GET /healthz", "POST /tokens", "GET /sso"];

/// The routes that take a credential.
const CLOSED: &[&str] = &[
    "GET /",
    "GET /metrics",
    "POST /tokens/validate",
    "GET /token/validate",
    "GET /user",
    "POST /chat",
    "GET /stream",
    "GET /stream/executions/{id}/output",
    "GET /actions",
    "GET /actions/{ref}",
    "GET /actions/views/parameters/{ref}",
    "GET /actions/views/overview",
    "GET /actions/views/overview/{ref}",
    "GET /actions/views/entry_point/{ref}",
    "GET /actionalias",
    "POST /actionalias",
    "POST /actionalias/match",
    "GET /actionalias/help",
    "GET /actionalias/{ref}",
    "PUT /actionalias/{ref}",
    "DELETE /actionalias/{ref}",
    "POST /aliasexecution",
    "POST /aliasexecution/match_and_execute",
    "GET /packs",
    "POST /packs/register",
    "GET /packs/{ref}",
    "GET /packs/views/files/{ref}",
    "GET /packs/views/file/{ref}/{*path}",
    "GET /rules",
    "POST /rules",
    "GET /rules/views",
    "GET /rules/views/{ref}",
    "GET /rules/{ref}",
    "PUT /rules/{ref}",
    "DELETE /rules/{ref}",
    "GET /ruletypes",
    "GET /policies",
    "POST /policies",
    "GET /policies/{ref}",
    "PUT /policies/{ref}",
    "DELETE /policies/{ref}",
    "GET /policytypes",
    "GET /policytypes/{ref}",
    "GET /triggertypes",
    "GET /triggertypes/{ref}",
    "GET /runnertypes",
    "GET /runnertypes/{name}",
    "GET /executions",
    "POST /executions",
    "GET /executions/views/filters",
    "GET /executions/{id}",
    "PUT /executions/{id}",
    "DELETE /executions/{id}",
    "GET /executions/{id}/attribute/{name}",
    "GET /executions/{id}/output",
    "GET /executions/{id}/result",
    "GET /executions/{id}/children",
    "GET /executions/{id}/tasks",
    "POST /workflows/inspect",
    "POST /executions/{id}/re_run",
    "GET /inquiries",
    "GET /inquiries/{id}",
    "PUT /inquiries/{id}",
    "POST /users",
    "GET /apikeys",
    "POST /apikeys",
    "GET /apikeys/{id}",
    "PUT /apikeys/{id}",
    "DELETE /apikeys/{id}",
];

/// What only administrators may do, with a body that would do it.
const FOR_ADMINS: &[(&str, &str, &str, &str)] = &[
    ("POST", "/packs/register", "{}", "register packs"),
    ("POST", "/policies", "{}", "make policies"),
    ("PUT", "/policies/core.local", "{}", "change policies"),
    ("DELETE", "/policies/core.local", "", "remove policies"),
    ("POST", "/actionalias", "{}", "make aliases"),
    ("PUT", "/actionalias/core.local", "{}", "change aliases"),
    ("DELETE", "/actionalias/core.local", "", "remove aliases"),
    ("POST", "/rules", "{}", "make rules"),
    ("PUT", "/rules/core.local", "{}", "change rules"),
    ("DELETE", "/rules/core.local", "", "remove rules"),
    ("POST", "/users", r#"{"name": "eve", "password": "x"}"#, "make users"),
    ("POST", "/apikeys", r#"{"user": "admin"}"#, "make API keys for others"),
    (
        "POST",
        "/executions",
        r#"{"action": "core.noop", "user": "admin"}"#,
        "run actions on behalf of others",
    ),
];

/// Reads `METHOD path` of each route from the source: `.route("path", get(…).post(…))`.
fn told() -> Vec<String> {
    let mut told = Vec::new();
    for part in ROUTES.split(".route(").skip(1) {
        let path = part.split('"').nth(1).unwrap();
        let rest = part.split_once(path).unwrap().1;
        // The methods of one route end where its parentheses do.
        let mut depth = 1;
        let end = rest.char_indices().find(|(_, c)| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let handlers = &rest[..end.unwrap().0];
        for method in ["get", "post", "put", "delete", "patch", "head", "options", "any"] {
            if handlers.contains(&format!("{method}(")) {
                told.push(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    told
}

#[test]
fn every_route_is_in_the_table() {
    let told = told();
    assert!(told.len() > 50, "the routes are told in another way now: {told:?}");
    let listed: Vec<&str> = OPEN.iter().chain(CLOSED).copied().collect();
    let forgotten: Vec<_> = told.iter().filter(|one| !listed.contains(&one.as_str())).collect();
    assert!(forgotten.is_empty(), "who may come to these? {forgotten:?}");
    let gone: Vec<_> = listed.iter().filter(|one| !told.iter().any(|told| told == *one)).collect();
    assert!(gone.is_empty(), "these are gone: {gone:?}");
}

/// Reads which handlers do not look at their caller: these cannot have asked the gate.
#[test]
fn every_handler_of_a_closed_route_asks_the_gate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for handler in text.split("pub(crate) async fn ").skip(1) {
            let signature = handler.split(") -> ").next().unwrap();
            if signature.contains("_: Caller") {
                found.push(signature.split(['(', '<']).next().unwrap().to_owned());
            }
        }
    }
    // The root of the API tells the version and nothing else.
    assert_eq!(found, ["root"]);
}

/// Makes a path of a pattern.
fn concrete(pattern: &str) -> String {
    pattern
        .replace("{ref}", "core.local")
        .replace("{id}", "0123456789abcdef01234567")
        .replace("{*path}", "pack.yaml")
        .replace("{name}", "result")
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_wrong_credentials_are_refused_at_every_closed_route() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    let unknown = access::key_hash("nobody's");
    let unknown = format!("Unauthorized - ApiKey with key_hash={unknown} not found.");
    let key = NewKey { user: "admin".to_owned(), enabled: false, ..NewKey::default() };
    let (_, disabled) =
        house.engine.access().make_api_key(&Principal::system("admin"), key).await.unwrap();
    let disabled = disabled.unwrap();
    for route in CLOSED {
        let (method, pattern) = route.split_once(' ').unwrap();
        for prefix in ["", "/v1", "/api/v1"] {
            let path = [prefix, &concrete(pattern)].concat();
            let reply = stranger.send(method, &path, b"").await;
            reply.is_fault(401, "Unauthorized - One of Token or API key required.");
        }
        let path = concrete(pattern);
        let refused = async |name: &str, value: &str, text: &str| {
            let client = stranger.with(name, value);
            client.send(method, &path, b"").await.is_fault(401, text);
            let query = [&path, "?", &name.to_ascii_lowercase(), "=", value].concat();
            stranger.send(method, &query, b"").await.is_fault(401, text);
        };
        refused("X-Auth-Token", "nobody's", "Unauthorized").await;
        refused("St2-Api-Key", "nobody's", &unknown).await;
        refused("St2-Api-Key", &disabled, "Unauthorized - API key is disabled.").await;
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_expired_says_so() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    let (token, text) = house
        .engine
        .access()
        .make_token(&Principal::system("admin"), Some(1), Object::new())
        .await
        .unwrap();
    let client = stranger.with("X-Auth-Token", &text);
    while house.engine.now() <= token.expiry {
        tokio::task::yield_now().await;
    }
    client.get("/v1/user").await.is_fault(401, "Unauthorized - Token has expired.");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_comes_in_a_header_the_query_or_a_cookie_and_the_first_counts() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    let (_, token) = house
        .engine
        .access()
        .make_token(&Principal::system("admin"), None, Object::new())
        .await
        .unwrap();
    let at = async |client: &Client, path: &str| -> (String, String) {
        let reply = client.get(path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let answer = reply.json();
        let text = |key: &str| answer["authentication"][key].as_str().unwrap().to_owned();
        (text("method"), text("location"))
    };
    let expected = |method: &str, location: &str| (method.to_owned(), location.to_owned());
    let by_token = stranger.with("X-Auth-Token", &token);
    assert_eq!(at(&by_token, "/user").await, expected("authentication token", "header"));
    let by_key = Client::admin(&house);
    assert_eq!(at(&by_key, "/user").await, expected("API key", "header"));
    let path = format!("/v1/user?x-auth-token={token}");
    assert_eq!(at(&stranger, &path).await, expected("authentication token", "query"));
    let path = format!("/v1/user?st2-api-key={}", house.key);
    assert_eq!(at(&stranger, &path).await, expected("API key", "query"));
    let by_cookie = stranger.with("Cookie", &format!("a=b; auth-token={token}"));
    assert_eq!(at(&by_cookie, "/user").await, expected("authentication token", "cookie"));
    let wrong_first = by_key.with("X-Auth-Token", "nobody's");
    wrong_first.get("/user").await.is_fault(401, "Unauthorized");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_administrators_may_do_is_refused_to_others() {
    let house = rooms::open().await;
    let person = Client::person(&house, "bob").await;
    for (method, path, body, what) in FOR_ADMINS {
        let reply = person.send(method, path, body.as_bytes()).await;
        reply.is_fault(403, &format!("User \"bob\" may not {what}: it takes an administrator"));
    }
    let over = person.get("/executions?limit=101").await;
    over.is_fault(403, "Limit \"101\" specified, maximum value is \"100\"");
    let all = person.get("/executions?limit=-1").await;
    all.is_fault(
        403,
        "Administrator access required to be able to specify limit=-1 and retrieve all the records",
    );
    let own = person.post("/apikeys", &json!({})).await;
    assert_eq!((own.status, own.json()["user"].as_str()), (201, Some("bob")));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acts_for_another_by_what_a_request_says() {
    let house = rooms::open().await;
    let person = Client::person(&house, "bob").await;
    let context = json!({"user": "admin", "parent": {"user": "admin"}});
    let body = json!({"action": "core.noop", "context": context});
    let reply = person.with("St2-Context", &context.to_string()).post("/executions", &body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.json()["context"]["user"], "bob");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_answers_strangers() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    let health = stranger.get("/healthz").await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    assert_eq!(stranger.get("/auth/v1/sso").await.json(), json!({"enabled": false}));
    stranger.post("/tokens", &json!({})).await.is_fault(401, "Invalid or missing credentials");
    house.close().await.unwrap();
}
