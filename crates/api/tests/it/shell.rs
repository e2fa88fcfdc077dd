//! Prefixes, ids of requests, origins, methods.

use serde_json::json;

use crate::{http::Client, rooms};

#[tokio::test(flavor = "multi_thread")]
async fn every_prefix_that_clients_use_leads_to_the_same_place() {
    let house = rooms::open().await;
    let client = Client::admin(&house);
    for path in [
        "/api/v1/actions/core.local",
        "/v1/actions/core.local",
        "/actions/core.local",
        "/v1/actions/core.local/",
        "/exp/actions/core.local",
    ] {
        let reply = client.get(path).await;
        assert_eq!((reply.status, &reply.json()["ref"]), (200, &json!("core.local")), "{path}");
    }
    let basic = Client::stranger(&house).with("Authorization", "Basic YWRtaW46bGV0IG1lIGlu");
    for path in ["/auth/v1/tokens", "/auth/tokens", "/tokens", "/v1/tokens", "/auth/v1/tokens/"] {
        assert_eq!(basic.post(path, &json!({})).await.status, 201, "{path}");
    }
    for path in ["/", "/v1", "/v1/", "/api/v1", "/api"] {
        let reply = client.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.json()["version"].as_str().unwrap().starts_with("3.9.0"), "{path}");
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_told_in_one_way() {
    let house = rooms::open().await;
    let client = Client::admin(&house);
    let nowhere = "The resource could not be found.";
    for path in
        ["/v1/nope", "/nope", "/v2/actions", "/v1/actions/views", "/api/v1/user/x", "/favicon.ico"]
    {
        let reply = client.get(path).await;
        assert_eq!(reply.status, 404, "{path}: {reply:?}");
    }
    client.get("/v1/nope").await.is_fault(404, nowhere);
    Client::stranger(&house).get("/v1/nope").await.is_fault(404, nowhere);
    for method in ["PATCH", "PUT", "DELETE", "BREW"] {
        client.send(method, "/v1/actionalias/match", b"").await.is_fault(404, nowhere);
    }
    for path in [
        "/actions/no.such",
        "/actions/views/overview/no.such",
        "/actions/views/parameters/no.such",
        "/rules/no.such",
        "/rules/views/no.such",
        "/packs/nosuch",
        "/triggertypes/no.such",
        "/runnertypes/nosuch",
        "/executions/0123456789abcdef01234567",
        "/actionalias/no.such",
        "/packs/views/files/nosuch",
    ] {
        let name = path.rsplit('/').next().unwrap();
        let text = format!("Resource with a reference or id \"{name}\" not found");
        client.get(path).await.is_fault(404, &text);
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_a_request_is_echoed_or_made() {
    let house = rooms::open().await;
    let client = Client::admin(&house);
    let echoed = client.with("X-Request-ID", "mine-1").get("/v1/user").await;
    assert_eq!(echoed.header("x-request-id"), Some("mine-1"));
    let refused = Client::stranger(&house).with("X-Request-ID", "mine-2").get("/v1/user").await;
    assert_eq!((refused.status, refused.header("x-request-id")), (401, Some("mine-2")));
    let (one, two) = (client.get("/user").await, client.get("/user").await);
    let (one, two) = (one.header("x-request-id").unwrap(), two.header("x-request-id").unwrap());
    let lengths: Vec<usize> = one.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert_ne!(one, two);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_this_machine_may_read_answers_and_others_may_not() {
    let house = rooms::open().await;
    let stranger = Client::stranger(&house);
    let local =
        stranger.with("Origin", "http://localhost:8080").send("OPTIONS", "/v1/x", b"").await;
    assert_eq!(local.status, 200);
    assert_eq!(local.header("access-control-allow-origin"), Some("http://localhost:8080"));
    assert_eq!(local.header("access-control-allow-methods"), Some("GET,POST,PUT,DELETE,OPTIONS"));
    assert_eq!(
        local.header("access-control-allow-headers"),
        Some("Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID")
    );
    assert_eq!(
        local.header("access-control-expose-headers"),
        Some("Content-Type,X-Limit,X-Total-Count,X-Request-ID")
    );
    assert_eq!(local.header("access-control-allow-credentials"), Some("true"));
    for origin in ["https://evil.example", "http://localhost.evil.example", "null", "localhost"] {
        let reply = stranger.with("Origin", origin).get("/v1/user").await;
        assert_eq!(reply.header("access-control-allow-origin"), Some(house.url.as_str()));
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_a_get_without_a_body() {
    let house = rooms::open().await;
    let reply = Client::admin(&house).send("HEAD", "/v1/actions/core.local", b"").await;
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert!(reply.header("content-length").unwrap().parse::<usize>().unwrap() > 100);
    house.close().await.unwrap();
}
