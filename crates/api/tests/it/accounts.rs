//! Tokens, API keys, users, and who the caller is.

use futures_util::FutureExt as _;
use model::{Object, Principal};
use serde_json::{Value, json};
use testkit::House;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{http::Client, rooms};

/// `admin:let me in` and `admin:wrong`, as Basic has it.
const RIGHT: &str = "Basic YWRtaW46bGV0IG1lIGlu";
const WRONG: &str = "Basic YWRtaW46d3Jvbmc=";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_password_become_a_token() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    let client = stranger.with("Authorization", RIGHT);
    let reply = client.post("/auth/v1/tokens", &json!({"ttl": 60})).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.header("x-api-url"), Some(house.url.as_str()));
    let token = reply.json();
    let keys: Vec<&String> = token.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "user", "token", "expiry", "metadata"]);
    let text = token["token"].as_str().unwrap();
    assert!(text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    let user = stranger.with("X-Auth-Token", text).get("/v1/user").await.json();
    assert_eq!(user["username"], "admin");
    assert_eq!(user["rbac"]["is_admin"], true);
    assert_eq!(user["authentication"]["token_expire"], token["expiry"]);
    let empty = client.send("POST", "/auth/v1/tokens", b"").await;
    assert_eq!(empty.status, 201);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_wrong_is_refused_and_so_is_a_life_that_is_too_long() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    for login in [
        WRONG,
        "Basic !!!",
        "Basic",
        "Bearer YWRtaW46bGV0IG1lIGlu",
        "Basic bm9ib2R5Ong=",
        "Basic AAECAw==",
    ] {
        let client = stranger.with("Authorization", login);
        client
            .post("/auth/tokens", &json!({}))
            .await
            .is_fault(401, "Invalid or missing credentials");
    }
    let client = stranger.with("Authorization", RIGHT);
    let check = async |ttl: Value, text: &str| {
        client.post("/auth/tokens", &json!({"ttl": ttl})).await.is_fault(400, text);
    };
    check(json!(100_000), "TTL specified 100000 is greater than max allowed 86400.").await;
    check(json!(0), "the TTL of a token must be a positive number of seconds").await;
    check(json!(-5), "the TTL of a token must be a positive number of seconds").await;
    check(json!("x"), "\"x\" is not of type 'integer', 'null'").await;
    let other = client.post("/auth/tokens", &json!({"user": "bob"})).await;
    assert_eq!(other.status, 400);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_valid_or_not() {
    let house = rooms::open().await;
    let client = Client::admin(&house);
    let (_, token) = house
        .engine
        .access()
        .make_token(&Principal::system("admin"), None, Object::new())
        .await
        .unwrap();
    for path in ["/auth/v1/tokens/validate", "/v1/tokens/validate", "/auth/tokens/validate"] {
        let valid = client.post(path, &json!({"token": token})).await.json();
        assert_eq!(valid, json!({"valid": true}), "{path}");
        let valid = client.post(path, &json!({"token": "nope"})).await.json();
        assert_eq!(valid, json!({"valid": false}), "{path}");
    }
    client.post("/tokens/validate", &json!({})).await.is_fault(400, "Token is not provided.");
    client
        .post("/tokens/validate", &json!({"token": 5}))
        .await
        .is_fault(400, "Token is not provided.");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_is_made_shown_once_switched_off_and_removed() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let made =
        admin.post("/v1/apikeys", &json!({"user": "bot", "metadata": {"for": "chat"}})).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let keys: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "uid", "user", "key", "metadata", "created_at", "enabled"]);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    let bot = Client::stranger(&house).with("St2-Api-Key", key);
    let user = bot.get("/user").await.json();
    assert_eq!((&user["username"], &user["rbac"]["is_admin"]), (&json!("bot"), &json!(false)));
    let path = format!("/v1/apikeys/{id}");
    let shown = admin.get(&path).await.json();
    assert_eq!(shown["key_hash"], "********");
    assert_eq!(shown["uid"], "********");
    assert!(shown.get("key").is_none());
    let by_key = admin.get(&format!("/apikeys/{key}")).await.json();
    assert_eq!(by_key["id"], made["id"]);
    let hash = access::key_hash(key);
    let open = admin.get(&format!("{path}?show_secrets=true")).await.json();
    assert_eq!(open["key_hash"], json!(hash));
    let masked = bot.get(&format!("{path}?show_secrets=true")).await.json();
    assert_eq!(masked["key_hash"], "********");
    let changed = admin.put(&path, &json!({"key_hash": "other"})).await;
    changed.is_fault(400, "Update of key_hash is not allowed.");
    let off = admin.put(&path, &json!({"enabled": false, "key_hash": "********"})).await;
    assert_eq!((off.status, &off.json()["metadata"]), (200, &json!({"for": "chat"})));
    bot.get("/user").await.is_fault(401, "Unauthorized - API key is disabled.");
    assert_eq!(admin.delete(&path).await.status, 204);
    let missing = format!("ApiKey matching {id} for reference and id not found.");
    admin.delete(&path).await.is_fault(404, &missing);
    admin.get(&path).await.is_fault(404, &missing);
    bot.get("/user")
        .await
        .is_fault(401, &format!("Unauthorized - ApiKey with key_hash={hash} not found."));
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_elsewhere_keeps_working() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let hash = access::key_hash("an old key");
    let body = json!({"user": "bot", "key_hash": hash, "id": "5f0000000000000000000001"});
    let made = admin.post("/apikeys", &body).await.json();
    assert_eq!((&made["id"], &made["key"]), (&body["id"], &Value::Null));
    let bot = Client::stranger(&house).with("St2-Api-Key", "an old key");
    assert_eq!(bot.get("/user").await.json()["username"], "bot");
    assert_eq!(admin.post("/apikeys", &body).await.status, 409);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_their_own_keys_only() {
    let house = rooms::open().await;
    let (admin, bob) = (Client::admin(&house), Client::person(&house, "bob").await);
    let listed = bob.get("/apikeys").await;
    assert_eq!((listed.header("x-total-count"), listed.header("x-limit")), (Some("1"), Some("50")));
    assert_eq!(listed.json()[0]["user"], "bob");
    assert_eq!(admin.get("/apikeys").await.json().as_array().unwrap().len(), 2);
    let others =
        admin.get("/apikeys?user=admin").await.json()[0]["id"].as_str().unwrap().to_owned();
    for reply in [
        bob.get(&format!("/apikeys/{others}")).await,
        bob.put(&format!("/apikeys/{others}"), &json!({"enabled": false})).await,
        bob.delete(&format!("/apikeys/{others}")).await,
    ] {
        reply.is_fault(404, &format!("ApiKey matching {others} for reference and id not found."));
    }
    let own = bob.get("/apikeys").await.json()[0]["id"].as_str().unwrap().to_owned();
    let given = bob.put(&format!("/apikeys/{own}"), &json!({"user": "admin"})).await;
    given.is_fault(403, "User \"bob\" may not give API keys to others: it takes an administrator");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_people_who_log_in() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let made = admin.post("/users", &json!({"name": "ann", "password": "pw"})).await;
    assert_eq!((made.status, made.json()), (201, json!({"name": "ann", "is_admin": false})));
    log_in(&house, "Basic YW5uOnB3", 201).await;
    log_in(&house, "Basic YW5uOnB4", 401).await;
    let check =
        async |body: Value, text: &str| admin.post("/users", &body).await.is_fault(400, text);
    check(json!({"name": "x"}), "'password' is a required property").await;
    check(json!({"name": "x", "password": ""}), "the password must not be empty").await;
    check(
        json!({"name": "x", "password": "y", "role": "king"}),
        "there is no role \"king\": `admin` is the one",
    )
    .await;
    for name in ["", "a:b", "a\u{0}b", "a\nb"] {
        let text =
            "a user's name must not be empty and holds neither colons nor control characters";
        check(json!({"name": name, "password": "y"}), text).await;
    }
    house.close().await.unwrap();
}

async fn log_in(house: &House, login: &str, status: u16) {
    let client = Client::stranger(house).with("Authorization", login);
    assert_eq!(client.post("/tokens", &json!({})).await.status, status, "{login}");
}

/// How often a caller tries a key that is about to be gone.
const TRIES: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_gone_although_whoever_deletes_it_goes_away() {
    let house = rooms::open().await;
    let bot = Client::person(&house, "bot").await;
    assert_eq!(bot.get("/v1/user").await.status, 200);
    let (access, admin) = (house.engine.access(), Principal::system("admin"));
    let key = access.api_keys(&admin).into_iter().find(|key| key.user == "bot").unwrap();
    // As when a connection is closed: the request is dropped while it waits for the write.
    assert!(access.delete_api_key(&admin, &key).now_or_never().is_none());
    let mut is_gone = false;
    for _ in 0..TRIES {
        is_gone = is_gone || bot.get("/v1/user").await.status == 401;
    }
    assert!(is_gone);
    house.close().await.unwrap();
}

/// Deletes the keys of a user.
async fn delete_keys(house: &House, user: &str) {
    let (access, admin) = (house.engine.access(), Principal::system("admin"));
    for key in access.api_keys(&admin).into_iter().filter(|key| key.user == user) {
        access.delete_api_key(&admin, &key).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_slowly_is_judged_when_it_is_whole() {
    let house = rooms::open().await;
    let bot = Client::person(&house, "bot").await;
    let body = br#"{"action": "core.noop"}"#;
    let mut connection = TcpStream::connect(&bot.address).await.unwrap();
    connection.write_all(&bot.head("POST", "/v1/executions", body.len())).await.unwrap();
    connection.write_all(&body[..1]).await.unwrap();
    // The head is read by then, since the key is looked at before the body is.
    assert_eq!(bot.get("/v1/user").await.status, 200);
    delete_keys(&house, "bot").await;
    connection.write_all(&body[1..]).await.unwrap();
    let mut answer = vec![0; 12];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 401");
    house.close().await.unwrap();
}
