//! Requests to a real server, a small one that answers what a test tells it to.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use model::{Job, Outcome, Runner, Status};
use runner::Limits;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_util::sync::CancellationToken;

use crate::support::{job, limits, object, run, run_with};

struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Starts a server that answers each request with what `answer` makes of its first line; an
/// answer that is empty never comes.
async fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&requests);
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&answer), Arc::clone(&log)));
        }
    });
    Server { address, requests }
}

async fn talk(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&str) -> Vec<u8>>,
    log: Arc<Mutex<Vec<String>>>,
) {
    let mut read = Vec::new();
    loop {
        while request_length(&read).is_none_or(|length| length > read.len()) {
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let length = request_length(&read).unwrap();
        let request = String::from_utf8_lossy(&read[..length]).into_owned();
        read.drain(..length);
        let line = request.lines().next().unwrap().to_owned();
        log.lock().unwrap().push(request);
        let answer = answer(&line);
        if answer.is_empty() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

fn request_length(read: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(read);
    let head = text.find("\r\n\r\n")? + 4;
    let length = text[..head].to_ascii_lowercase();
    let length = length
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.split_once('\r').unwrap().0.parse().unwrap());
    Some(head + length)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    text = text.replace('\n', "\r\n").replace("\r\r\n", "\r\n");
    [text.as_bytes(), body].concat()
}

impl Server {
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Runs a request to `path` and returns its outcome.
    async fn get(&self, path: &str, runner: Value, action: Value) -> Outcome {
        run(&self.job(path, runner, action)).await
    }

    fn job(&self, path: &str, runner: Value, action: Value) -> Job {
        let mut job = job(Runner::HttpRequest, runner);
        let url = format!("{}{path}", self.address);
        job.runner_parameters.insert("url".to_owned(), Value::String(url));
        job.action_parameters = object(action);
        job
    }
}

#[tokio::test]
async fn json_is_parsed_and_headers_have_their_usual_names() {
    let server = serve(|_| {
        answer(
            "200 OK",
            "Content-Type: application/json; charset=utf-8\nETag: x\nX-A: 1\nX-A: 2\n",
            "{\"é\": [1]}".as_bytes(),
        )
    })
    .await;
    let outcome = server.get("/a", json!({}), json!({})).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(
        outcome.result,
        json!({
            "status_code": 200, "body": {"é": [1]}, "parsed": true,
            "headers": {
                "Content-Type": "application/json; charset=utf-8", "ETag": "x", "X-A": "1, 2",
                "Content-Length": "11",
            },
        })
    );
    let request = &server.requests()[0];
    assert!(request.starts_with("GET /a HTTP/1.1\r\n"), "{request}");
    for header in ["User-Agent: st2/v", "X-Stanley-Action: test\r\n", "Accept: */*\r\n"] {
        assert!(request.contains(header), "{request}");
    }
}

#[tokio::test]
async fn only_plain_json_is_parsed() {
    for (kind, body) in
        [("text/plain", "1"), ("application/json", "{"), ("application/hal+json", "1")]
    {
        let headers = format!("Content-Type: {kind}\n");
        let server = serve(move |_| answer("200 OK", &headers, body.as_bytes())).await;
        let result = server.get("/", json!({}), json!({})).await.result;
        assert_eq!((&result["body"], &result["parsed"]), (&json!(body), &json!(false)), "{kind}");
    }
}

#[tokio::test]
async fn status_decides_and_the_body_comes_anyway() {
    let cases = [
        ("200", true),
        ("206", true),
        ("207", false),
        ("302", false),
        ("404", false),
        ("500", false),
    ];
    for (code, succeeds) in cases {
        let status = format!("{code} X");
        let server = serve(move |_| answer(&status, "", b"body")).await;
        let outcome = server.get("/", json!({}), json!({})).await;
        let expected = if succeeds { Status::Succeeded } else { Status::Failed };
        assert_eq!(outcome.status, expected, "{code}");
        assert_eq!(outcome.result["status_code"].to_string(), code);
        assert_eq!(outcome.result["body"], "body");
    }
}

#[tokio::test]
async fn method_headers_query_cookies_and_users_are_sent() {
    let server = serve(|_| answer("200 OK", "", b"")).await;
    let runner = json!({
        "headers": {"x-number": 5, "user-agent": "mine", "Content-Length": "999"},
        "cookies": {"a": "b", "c": "d"}, "username": "eve", "password": "pass",
    });
    let action = json!({
        "method": "purge", "params": {"q": "a b&c", "l": [1, true], "n": null},
        "auth": "X-Auth-Token=XYZ=",
    });
    server.get("/p?x=1", runner, action).await;
    let request = &server.requests()[0];
    assert!(request.starts_with("PURGE /p?x=1&q=a+b%26c&l=1&l=True HTTP/1.1\r\n"), "{request}");
    for header in [
        "X-Number: 5",
        "Cookie: a=b; c=d",
        "Authorization: Basic ZXZlOnBhc3M=",
        "X-Auth-Token: XYZ=",
    ] {
        assert!(request.contains(&format!("\r\n{header}\r\n")), "{header}: {request}");
    }
    assert!(!request.contains("mine") && !request.contains("999"), "{request}");
}

#[tokio::test]
async fn bodies_are_text_json_or_forms() {
    let json_kind = json!({"headers": {"Content-Type": "application/json"}});
    let charset = json!({"headers": {"Content-Type": "application/json; charset=utf-8"}});
    let cases = [
        (json!({}), json!("{'a': 1}"), "{'a': 1}"),
        (json_kind.clone(), json!(" {\"a\":  1.5, \"é\": null}"), "{\"a\":1.5,\"é\":null}"),
        (json_kind.clone(), json!("{'a': (True, None)}"), "{\"a\":[true,null]}"),
        (json_kind.clone(), json!({"a": [1]}), "{\"a\":[1]}"),
        (charset, json!("{'a': 1}"), "{'a': 1}"),
        (json!({}), json!({"a": "b c", "d": [1, 2]}), "a=b+c&d=1&d=2"),
    ];
    let server = serve(|_| answer("200 OK", "", b"")).await;
    for (runner, body, expected) in cases {
        server.get("/", runner, json!({"body": body})).await;
        let request = server.requests().pop().unwrap();
        assert!(request.starts_with("POST / "), "{request}");
        assert!(request.ends_with(&format!("\r\n\r\n{expected}")), "{request}");
        let length = format!("Content-Length: {}\r\n", expected.len());
        assert!(request.contains(&length), "{request}");
    }
    let outcome = server.get("/", json_kind.clone(), json!({"body": "{a: 1}"})).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(
        outcome.result["error"],
        "the body is sent as JSON but is neither JSON nor a Python literal: \
         expected a key that is a string at character 2"
    );
    server.get("/", json_kind, json!({"body": null})).await;
    let request = server.requests().pop().unwrap();
    assert!(request.starts_with("GET / ") && request.ends_with("\r\n\r\n"), "{request}");
}

#[tokio::test]
async fn files_are_uploaded() {
    let server = serve(|_| answer("200 OK", "", b"")).await;
    let action = json!({"file_name": "a\"b.txt", "file_content": "----squall-part\nx", "file_content_type": "text/x-a"});
    server.get("/", json!({}), action).await;
    let request = server.requests().pop().unwrap();
    assert!(request.starts_with("POST / "));
    assert!(
        request.contains("\r\nContent-Type: multipart/form-data; boundary=----squall-part-\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with(
            "\r\n\r\n------squall-part-\r\nContent-Disposition: form-data; name=\"a%22b.txt\"; \
             filename=\"a%22b.txt\"\r\nContent-Type: text/x-a\r\n\r\n----squall-part\nx\r\n\
             ------squall-part---\r\n"
        ),
        "{request}"
    );
    let action = json!({"file_name": "a", "file_content": "x", "body": "y"});
    let outcome = server.get("/", json!({}), action).await;
    assert_eq!(outcome.result["error"], "parameters `body` and `file_content` exclude each other");
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let server = serve(|_| Vec::new()).await;
    let started = Instant::now();
    let outcome = server.get("/", json!({}), json!({"timeout": 0.3})).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(outcome.result, json!({"error": "`127.0.0.1` did not answer within 0.3 seconds"}));
    assert!(started.elapsed() < Duration::from_secs(3));
    let half = serve(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()).await;
    let outcome = half.get("/", json!({}), json!({"timeout": 0.3})).await;
    assert_eq!(outcome.status, Status::Timeout);
}

#[tokio::test]
async fn cancel_ends_a_request() {
    let server = serve(|_| Vec::new()).await;
    let cancel = CancellationToken::new();
    let job = server.job("/", json!({}), json!({}));
    let limits = limits();
    let canceling = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let ((outcome, _), ()) = tokio::join!(run_with(&job, &limits, &cancel), canceling);
    assert_eq!(outcome.status, Status::Canceled);
}

#[tokio::test]
async fn refusal_fails_with_its_causes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://u:secret@{address}/?token=hidden");
    let outcome = run(&job(Runner::HttpRequest, json!({"url": url}))).await;
    assert_eq!(outcome.status, Status::Failed);
    let text = outcome.result.to_string();
    assert!(text.contains("Connection refused"), "{text}");
    assert!(text.contains("request to `127.0.0.1` failed"), "{text}");
    assert!(!text.contains("secret") && !text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn hosts_are_held_against_the_lists() {
    let server = serve(|_| answer("200 OK", "", b"")).await;
    let url = &server.address;
    let cases = [
        (json!({"url_hosts_blacklist": ["127.0.0.1"]}), Some(format!("URL \"{url}/x\" is blacklisted"))),
        (json!({"url_hosts_blacklist": ["example.com"]}), None),
        (json!({"url_hosts_whitelist": ["example.com"]}), Some(format!("URL \"{url}/x\" is not whitelisted"))),
        (json!({"url_hosts_whitelist": ["127.0.0.1"], "url_hosts_blacklist": []}), None),
        (
            json!({"url_hosts_whitelist": ["a"], "url_hosts_blacklist": ["b"]}),
            Some("\"url_hosts_blacklist\" and \"url_hosts_whitelist\" parameters are mutually exclusive. Only one should be provided.".to_owned()),
        ),
    ];
    for (runner, error) in cases {
        let outcome = server.get("/x", runner.clone(), json!({})).await;
        match error {
            Some(error) => assert_eq!(outcome.result["error"], error),
            None => assert_eq!(outcome.status, Status::Succeeded, "{runner}"),
        }
    }
    let port = url.rsplit_once(':').unwrap().1;
    let ways = [
        format!("http://user@127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://127.0.0.1.:{port}/"),
    ];
    for url in ways {
        let job =
            job(Runner::HttpRequest, json!({"url": url, "url_hosts_blacklist": ["127.0.0.1"]}));
        let error = run(&job).await.result["error"].as_str().unwrap().to_owned();
        assert!(error.ends_with("is blacklisted"), "{error}");
    }
    let job =
        job(Runner::HttpRequest, json!({"url": "http://[::1]:1/", "url_hosts_blacklist": ["::1"]}));
    assert_eq!(run(&job).await.result["error"], "URL \"http://[::1]:1/\" is blacklisted");
}

#[tokio::test]
async fn wrong_addresses_and_headers_are_named() {
    let cases = [
        (json!({}), "URL must be specified."),
        (json!({"url": "ftp://x/"}), "`ftp://x/` is not an HTTP address"),
        (json!({"url": "x"}), "`x` is not an HTTP address"),
        (
            json!({"url": "http://x/", "headers": {"a b": "c"}}),
            "header `a b` has a name or a value that HTTP does not allow",
        ),
        (
            json!({"url": "http://x/", "headers": {"a": "b\r\nc: d"}}),
            "header `a` has a name or a value that HTTP does not allow",
        ),
    ];
    for (runner, expected) in cases {
        let outcome = run(&job(Runner::HttpRequest, runner)).await;
        assert_eq!(outcome.status, Status::Failed);
        assert_eq!(outcome.result["error"], expected);
    }
}

#[tokio::test]
async fn redirects_are_followed_when_asked() {
    let other = serve(|_| answer("200 OK", "", b"other")).await;
    let away = format!("Location: {}/b\n", other.address.replace("127.0.0.1", "localhost"));
    let server = serve(move |line| match line.split(' ').nth(1).unwrap() {
        "/302" => answer("302 Found", "Location: /end\n", b""),
        "/307" => answer("307 Temporary Redirect", "Location: end\n", b""),
        "/away" => answer("302 Found", &away, b""),
        "/loop" => answer("302 Found", "Location: /loop\n", b""),
        "/bad" => answer("302 Found", "Location: file:///etc/passwd\n", b""),
        _ => answer("200 OK", "", b"end"),
    })
    .await;
    let outcome = server.get("/302", json!({}), json!({})).await;
    assert_eq!(outcome.result["status_code"], 302);
    assert_eq!(outcome.result["headers"]["Location"], "/end");
    let follow = json!({
        "allow_redirects": true, "username": "u", "password": "p", "cookies": {"s": "t"},
    });
    let body = json!({"body": "data"});
    server.get("/302", follow.clone(), body.clone()).await;
    let request = server.requests().pop().unwrap();
    assert!(request.starts_with("GET /end ") && request.ends_with("\r\n\r\n"), "{request}");
    assert!(request.contains("Authorization: ") && request.contains("Cookie: "), "{request}");
    server.get("/307", follow.clone(), body).await;
    let request = server.requests().pop().unwrap();
    assert!(request.starts_with("POST /end ") && request.ends_with("\r\n\r\ndata"), "{request}");
    let outcome = server.get("/away", follow.clone(), json!({})).await;
    assert_eq!(outcome.result["body"], "other");
    let request = other.requests().pop().unwrap();
    assert!(!request.contains("Authorization: ") && !request.contains("Cookie: "), "{request}");
    let outcome = server.get("/loop", follow.clone(), json!({})).await;
    assert_eq!(outcome.result["error"], "Exceeded 30 redirects.");
    let outcome = server.get("/bad", follow, json!({})).await;
    assert!(outcome.result["error"].as_str().unwrap().contains("`file:///etc/passwd`"));
    let forbidding = json!({"allow_redirects": true, "url_hosts_blacklist": ["localhost"]});
    let outcome = server.get("/away", forbidding, json!({})).await;
    assert!(outcome.result["error"].as_str().unwrap().ends_with("is blacklisted"));
}

#[tokio::test]
async fn large_bodies_are_cut_with_a_mark() {
    let server =
        serve(|_| answer("200 OK", "Content-Type: application/json\n", &[b'1'; 5000])).await;
    let job = server.job("/", json!({}), json!({}));
    let limits = Limits { output_bytes_max: 1000, ..limits() };
    let (outcome, _) = run_with(&job, &limits, &CancellationToken::new()).await;
    assert_eq!(outcome.result["parsed"], false);
    let body = outcome.result["body"].as_str().unwrap();
    let marker = "1\n[the rest left out: the first 1000 bytes of 5000 are here]\n";
    assert!(body.ends_with(marker), "{body}");
}

#[tokio::test]
async fn certificate_is_checked_unless_told_otherwise() {
    let data = |name| format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificate = CertificateDer::from_pem_file(data("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(data("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut read = Vec::new();
            while request_length(&read).is_none() {
                stream.read_buf(&mut read).await.unwrap();
            }
            stream.write_all(&answer("200 OK", "", b"safe")).await.unwrap();
        }
    });
    let outcome = run(&job(Runner::HttpRequest, json!({"url": url}))).await;
    assert_eq!(outcome.status, Status::Failed);
    let error = outcome.result["error"].as_str().unwrap();
    assert!(error.contains("certificate"), "{error}");
    let runner = json!({"url": url, "verify_ssl_cert": false});
    assert_eq!(run(&job(Runner::HttpRequest, runner)).await.result["body"], "safe");
}

#[tokio::test]
async fn proxy_is_used() {
    let proxy = serve(|_| answer("200 OK", "", b"from the proxy")).await;
    let runner = json!({"url": "http://nowhere.invalid/x", "http_proxy": proxy.address});
    let outcome = run(&job(Runner::HttpRequest, runner)).await;
    assert_eq!(outcome.result["body"], "from the proxy", "{}", outcome.result);
    assert!(proxy.requests()[0].starts_with("GET http://nowhere.invalid/x HTTP/1.1"));
}

#[tokio::test]
async fn many_requests_share_their_connections() {
    let server = Arc::new(serve(|_| answer("200 OK", "", b"x")).await);
    let runs = (0..100).map(|_| {
        let server = Arc::clone(&server);
        tokio::spawn(async move { server.get("/", json!({}), json!({})).await.status })
    });
    for task in runs.collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap(), Status::Succeeded);
    }
    assert_eq!(server.requests().len(), 100);
}
