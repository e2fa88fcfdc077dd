//! Whatever is sent: nothing panics, nothing is an internal error, and the server stays up.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use testkit::House;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    http::{Client, Reply, last_words, raw},
    rooms,
};

/// Routes that read a body, with one that is right.
fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    let alias = json!({
        "id": "a", "ref": "b", "uid": "c", "name": "d", "pack": "rig", "description": "e",
        "enabled": true, "action_ref": "zoo.action1", "formats": ["f"], "ack": {"enabled": true},
        "result": {"format": "x"}, "extra": {}, "immutable_parameters": {}, "metadata_file": "",
    });
    let rule = json!({
        "id": "a", "ref": "b", "uid": "c", "name": "d", "pack": "rig", "description": "e",
        "type": {"ref": "standard"}, "criteria": {}, "enabled": false, "context": {}, "tags": [],
        "trigger": {"type": "core.st2.generic.actiontrigger"}, "action": {"ref": "core.noop"},
        "metadata_file": "",
    });
    vec![
        (
            "POST",
            "/executions",
            json!({
                "action": "core.noop", "parameters": {}, "user": "admin", "context": {}, "delay": 0,
                "notify": {"on-complete": {"routes": ["a"]}}, "callback": {},
            }),
        ),
        (
            "POST",
            "/executions/last/re_run",
            json!({
                "parameters": {}, "tasks": [], "reset": [], "user": "admin", "delay": 0,
            }),
        ),
        ("PUT", "/executions/last", json!({"status": "canceled"})),
        ("POST", "/actionalias", alias.clone()),
        ("PUT", "/actionalias/rig.strrep", alias),
        ("POST", "/actionalias/match", json!({"command": "x"})),
        (
            "POST",
            "/aliasexecution",
            json!({
                "name": "ask_1", "format": "f", "command": "c", "user": "u", "source_channel": "s",
                "source_context": {}, "notification_channel": "n", "notification_route": "r",
            }),
        ),
        (
            "POST",
            "/aliasexecution/match_and_execute",
            json!({
                "command": "c", "user": "u", "source_channel": "s", "notification_channel": "n",
                "notification_route": "r",
            }),
        ),
        ("POST", "/rules", rule.clone()),
        ("PUT", "/rules/chatops.notify", rule),
        (
            "POST",
            "/apikeys",
            json!({
                "id": "5f0000000000000000000009", "uid": "u", "user": "admin", "key_hash": "h",
                "metadata": {}, "created_at": "c", "enabled": true,
            }),
        ),
        ("POST", "/users", json!({"name": "n", "password": "p", "role": "admin"})),
        ("POST", "/chat", json!({"text": "help", "room": "r", "session": "s"})),
        ("POST", "/packs/register", json!({"packs": [], "fail_on_failure": false})),
        ("POST", "/tokens/validate", json!({"token": "t"})),
    ]
}

#[track_caller]
fn is_clear(what: &str, reply: &Reply) {
    assert!(reply.status < 500, "{what}: {reply:?}");
    if reply.status >= 400 {
        assert!(!reply.fault().is_empty() && reply.fault().len() < 20_000, "{what}: {reply:?}");
    }
}

async fn is_up(house: &House) {
    assert_eq!(Client::stranger(house).get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_wrong_types_is_refused_clearly() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    house.run("core.noop", json!({})).await.unwrap();
    let odd = [
        json!(5),
        json!(-1.5e300),
        json!(true),
        json!(""),
        json!("\u{0}\u{1f}\u{7f}"),
        json!([]),
        json!([[[]], {"a": null}]),
        json!({}),
        json!({"a": {"b": [1, "\u{0}"]}}),
        Value::Null,
        json!("{{ nope"),
        json!("{% for %}"),
        json!(18_446_744_073_709_551_615_u64),
    ];
    for (method, path, body) in bodies() {
        for whole in &odd {
            let reply = admin.send(method, path, whole.to_string().as_bytes()).await;
            is_clear(&format!("{method} {path} {whole}"), &reply);
        }
        for key in body.as_object().unwrap().keys() {
            for value in &odd {
                let mut body = body.clone();
                body[key] = value.clone();
                let reply = admin.send(method, path, body.to_string().as_bytes()).await;
                is_clear(&format!("{method} {path} {body}"), &reply);
            }
        }
    }
    is_up(&house).await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_refused_clearly() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    let deep_object = [b"{\"a\":".repeat(10_000), b"1".to_vec(), vec![b'}'; 10_000]].concat();
    let garbage: [&[u8]; 10] = [
        b"{nope",
        b"\xff\xfe\x00",
        b"{\"command\": \"\xff\"}",
        b"\x00",
        b"nul",
        b"{",
        b"\"",
        b"{\"a\":1}x",
        &deep,
        &deep_object,
    ];
    for (method, path, _) in bodies() {
        for body in garbage {
            let reply = admin.send(method, path, body).await;
            assert_eq!(reply.status, 400, "{method} {path}: {reply:?}");
            let fault = reply.fault();
            assert!(fault.starts_with("Failed to parse request body: "), "{fault}");
        }
        let kind = admin.with("Content-Type", "text/plain").send(method, path, b"{}").await;
        kind.is_fault(
            400,
            "Failed to parse request body: Unsupported Content-Type: \"text/plain\"",
        );
    }
    let deep = admin.send("POST", "/actionalias/match", &deep).await;
    deep.is_fault(
        400,
        "Failed to parse request body: nested too deeply: line 1 column 128 (char 127)",
    );
    let end = admin.send("POST", "/actionalias/match", b"{").await;
    end.is_fault(
        400,
        "Failed to parse request body: unexpected end of data: line 1 column 1 (char 0)",
    );
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_very_long_is_answered_clearly() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let long = "x".repeat(10_000_000);
    for (method, path, key) in [
        ("POST", "/actionalias/match", "command"),
        ("POST", "/aliasexecution/match_and_execute", "command"),
        ("POST", "/aliasexecution", "command"),
        ("POST", "/aliasexecution", "name"),
        ("POST", "/executions", "action"),
        ("POST", "/chat", "text"),
    ] {
        let mut body = bodies().into_iter().find(|one| one.1 == path).unwrap().2;
        body[key] = json!(long);
        let reply = admin.send(method, path, body.to_string().as_bytes()).await;
        is_clear(&format!("{path} {key}"), &reply);
    }
    let body = json!({"action": "zoo.action1", "parameters": {"param1": long}});
    is_clear("a long parameter", &admin.post("/executions", &body).await);
    let larger = vec![b' '; 25_000_000];
    let reply = admin.send("POST", "/executions", &larger).await;
    assert_eq!(reply.status, 413);
    assert!(reply.fault().starts_with("the body of the request is too large"), "{}", reply.fault());
    let reply = Client::stranger(&house).send("POST", "/tokens", &larger[..100_000]).await;
    assert!(matches!(reply.status, 401 | 413), "{}", reply.status);
    is_up(&house).await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_queries_that_make_no_sense_are_refused_clearly() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    for path in ["/v1/actions/%", "/v1/actions/%zz", "/v1/actions/%ff%fe", "/v1/%C3"] {
        let text = format!(
            "Failed to parse request path \"{path}\". URL likely contains invalid or incorrectly URL encoded values."
        );
        admin.get(path).await.is_fault(400, &text);
    }
    let long = "a".repeat(30_000);
    for path in [
        "/v1/executions/%00",
        "/v1/executions/nope",
        "/v1/executions/%F0%9F%98%80",
        "/v1/executions/0123456789ABCDEF01234567",
        "/v1/executions/0123456789abcdef0123456",
        "/v1/actions/%00.%00",
        "/v1/rules/..",
        "/v1/apikeys/%00",
        "/v1/packs/%0a",
        "//",
        "/v1//actions",
        "/v1/executions?limit=%00",
        "/v1/executions?%ff=%ff",
        "/v1/executions?limit",
        "/v1/executions?sort=,,,-,+,%00",
        "/v1/executions?include_attributes=...,a..b,",
        "/v1/executions?timestamp=..",
        "/v1/executions?timestamp=a..b..c",
        "/v1/executions?timestamp_gt=99999-01-01",
        "/v1/executions?timestamp_gt=-9999-01-01T00:00:00Z",
        "/v1/executions?id=,,,",
        "/v1/executions?status=nope",
        "/v1/executions?offset=-1",
        "/v1/actionalias?limit=9223372036854775807&offset=2147483647",
        "/v1/actionalias/help?limit=-9223372036854775808&offset=9223372036854775807",
        "/v1/actionalias/help?limit=-1&offset=-5",
        "/v1/executions/last/children?depth=9223372036854775807",
        "/v1/executions/x?max_result_size=-1",
        "/v1/actions?tags=%00",
        "/v1/rules?trigger=%00",
        &format!("/v1/executions?id={long}"),
        &format!("/v1/actions/{long}"),
        &format!("/v1/executions?{}", "a=b&".repeat(10_000)),
    ] {
        let reply = admin.get(path).await;
        assert!(reply.status < 500, "{path}: {reply:?}");
    }
    is_up(&house).await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_that_explode_are_bounded() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let victim = "a".repeat(5_000) + "!";
    let alias = json!({"name": "boom", "pack": "rig", "action_ref": "core.noop", "formats": ["^(a+)+$", "(?:(x+x+)+y)\\1"]});
    is_clear("boom", &admin.post("/actionalias", &alias).await);
    let work = async {
        for command in [&victim, &"x".repeat(5_000)] {
            let reply = admin.post("/actionalias/match", &json!({"command": command})).await;
            is_clear("match", &reply);
        }
        let described =
            json!({"name": "long", "pack": "rig", "action_ref": "core.noop", "formats": [victim]});
        is_clear("long", &admin.post("/actionalias", &described).await);
        for filter in [
            "(a%2B)%2B%24",
            "(a%7Caa)%2Bb",
            "(%3F%3D(a%2B))a*b%5C1",
            "((a%7B1,1000%7D)%7B1,1000%7D)%7B1,1000%7D",
            "%5B",
            "(%3FP%3Cx",
        ] {
            let reply = admin.get(&format!("/actionalias/help?filter={filter}")).await;
            is_clear(filter, &reply);
        }
    };
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("a pattern exploded");
    is_up(&house).await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_request_end_their_own_connection_only() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let address = &admin.address;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\n\r\n",
        b"POST /executions HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /executions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nX: \x00\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let reply = last_words(address, bytes).await;
        assert!(reply.is_none_or(|reply| reply.status < 500), "{bytes:?}");
    }
    let large = admin.with("X-Large", &"x".repeat(600_000)).head("GET", "/user", 0);
    if let Some(reply) = raw(address, &large).await {
        assert!((400..500).contains(&reply.status), "{reply:?}");
    }
    for (name, value) in [
        ("X-Auth-Token", b"\xff\xfe".as_slice()),
        ("St2-Api-Key", b"\xc3\x28"),
        ("Cookie", b"auth-token=\xff"),
        ("Authorization", b"Basic \xff"),
        ("Content-Type", b"\xff"),
        ("St2-Context", b"\xff"),
        ("X-Request-ID", b"\xff\xfe"),
        ("Last-Event-ID", b"\xff"),
        ("Origin", b"\xff"),
    ] {
        let head =
            Client { address: address.clone(), headers: Vec::new() }.head("POST", "/executions", 2);
        let end = head.len() - 2;
        let bytes = [&head[..end], name.as_bytes(), b": ", value, b"\r\n\r\n{}"].concat();
        let reply = raw(address, &bytes).await.unwrap();
        assert_eq!(reply.status, 401, "{name}: {reply:?}");
    }
    is_up(&house).await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_in_names_are_kept_or_refused() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    for name in
        ["a\u{0}b", "a\nb", "\u{1b}[31m", "\u{202e}x", "a/b", "..", " ", "😀", &"n".repeat(100_000)]
    {
        let alias =
            json!({"name": name, "pack": "rig", "action_ref": "core.noop", "formats": ["q"]});
        is_clear(name, &admin.post("/actionalias", &alias).await);
        let rule = json!({"name": name, "pack": name, "trigger": {"type": "core.st2.generic.actiontrigger"}, "action": {"ref": "core.noop"}});
        is_clear(name, &admin.post("/rules", &rule).await);
        is_clear(name, &admin.post("/apikeys", &json!({"user": name})).await);
        let body = json!({"action": "zoo.action1", "parameters": {"param1": name}, "user": name, "context": {name: name}});
        is_clear(name, &admin.post("/executions", &body).await);
        let said =
            json!({"command": format!("ackfull {name}"), "user": name, "source_channel": name});
        is_clear(name, &admin.post("/aliasexecution/match_and_execute", &said).await);
    }
    assert_eq!(admin.get("/executions").await.status, 200);
    assert_eq!(admin.get("/rules").await.status, 200);
    is_up(&house).await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_are_answered() {
    // Both ends are in this process.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let mut open = Vec::new();
    for _ in 0..1_000 {
        open.push(TcpStream::connect(&admin.address).await.unwrap());
    }
    let asked = admin.head("GET", "/v1/user", 0);
    for connection in &mut open {
        connection.write_all(&asked).await.unwrap();
    }
    for mut connection in open {
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&answer));
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_slow_blocks_nobody() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let asked = admin.head("GET", "/v1/user", 0);
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(TcpStream::connect(&admin.address).await.unwrap());
    }
    for (index, byte) in asked.iter().enumerate() {
        for connection in &mut slow {
            connection.write_all(&[*byte]).await.unwrap();
        }
        if index % 50 == 0 {
            assert_eq!(admin.get("/v1/user").await.status, 200);
        }
    }
    for mut connection in slow {
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    }
    house.close().await.unwrap();
}
