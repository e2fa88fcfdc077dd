//! The event stream: what is sent to whom, what is sent again, and when it ends.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::House;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    executions::ended,
    http::{Client, unchunked},
    rooms,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A reader of a stream.
struct Listener {
    connection: TcpStream,
    bytes: Vec<u8>,
    seen: usize,
}

/// A frame: its id, its event and its data.
#[derive(Debug, Clone)]
struct Frame {
    id: Option<String>,
    event: String,
    data: String,
}

impl Frame {
    fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Listener {
    /// Opens a stream, and waits until the server has answered.
    async fn open(client: &Client, path: &str) -> Self {
        let mut connection = TcpStream::connect(&client.address).await.unwrap();
        connection.write_all(&client.head("GET", path, 0)).await.unwrap();
        let mut listener = Self { connection, bytes: Vec::new(), seen: 0 };
        while listener.body().is_empty() {
            assert!(listener.more().await, "{}", String::from_utf8_lossy(&listener.bytes));
        }
        listener
    }

    async fn more(&mut self) -> bool {
        let read = self.connection.read_buf(&mut self.bytes);
        let count = tokio::time::timeout(PATIENCE, read).await.expect("the stream is silent");
        count.is_ok_and(|count| count > 0)
    }

    fn head(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        text.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase()
    }

    fn body(&self) -> Vec<u8> {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        end.map(|end| unchunked(&self.bytes[end + 4..])).unwrap_or_default()
    }

    fn frames(&self) -> Vec<Frame> {
        let text = String::from_utf8(self.body()).unwrap();
        let complete = text.rfind("\n\n").map_or("", |end| &text[..end + 2]);
        let frames = complete.split("\n\n").filter(|frame| !frame.trim().is_empty());
        frames
            .map(|frame| {
                let field = |name: &str| {
                    frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                Frame {
                    id: field("id: "),
                    event: field("event: ").unwrap_or_default(),
                    data: field("data: ").unwrap_or_default(),
                }
            })
            .collect()
    }

    /// Returns the next frame that has not been returned.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames().get(self.seen) {
                self.seen += 1;
                return Some(frame.clone());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn rest(mut self) -> Vec<Frame> {
        while self.more().await {}
        self.frames()
    }

    async fn until(&mut self, wanted: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut heard = Vec::new();
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the stream ended: {heard:?}"));
            heard.push(frame.clone());
            if wanted(&frame) {
                return heard;
            }
        }
    }
}

async fn announce(house: &House, message: &str) {
    let parameters = json!({"message": message, "channel": "#ops"});
    let ended = house.run("chatops.post_message", parameters).await.unwrap();
    assert_eq!(ended.status.as_str(), "succeeded", "{:?}", ended.result);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_with_a_newline_and_sends_what_happens() {
    let house = rooms::open().await;
    let path = format!("/v1/stream?st2-api-key={}", house.key);
    let mut listener = Listener::open(&Client::stranger(&house), &path).await;
    assert_eq!(listener.body().first(), Some(&b'\n'));
    let head = listener.head();
    for line in [
        "content-type: text/event-stream; charset=utf-8",
        "cache-control: no-cache",
        "x-accel-buffering: no",
    ] {
        assert!(head.contains(line), "{head}");
    }
    ended(&house, "core.echo", json!({"message": "grüße 😀"})).await;
    let heard = listener
        .until(|frame| {
            frame.event == "st2.liveaction__update" && frame.json()["status"] == "succeeded"
        })
        .await;
    let names: Vec<&str> = heard.iter().map(|frame| frame.event.as_str()).collect();
    for name in ["st2.execution__create", "st2.liveaction__create", "st2.execution__update"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(!names.contains(&"st2.execution.output__create"), "{names:?}");
    assert!(listener.body().is_ascii());
    assert!(heard.iter().all(|frame| frame.id.is_none()));
    let first = heard.iter().find(|frame| frame.event == "st2.execution__create").unwrap().json();
    assert_eq!(first["parameters"]["message"], "grüße 😀");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_narrowed_by_event_action_and_execution() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let mut output =
        Listener::open(&admin, "/stream/v1/stream?events=st2.execution.output__*").await;
    let mut by_action = Listener::open(&admin, "/stream?action_refs=zoo.both").await;
    ended(&house, "core.noop", json!({})).await;
    announce(&house, "nobody filtered hears this").await;
    let id = ended(&house, "zoo.both", json!({})).await;
    let first = output.next().await.unwrap();
    assert_eq!(first.event, "st2.execution.output__create");
    assert_eq!(first.json()["execution_id"], json!(id));
    let first = by_action.next().await.unwrap();
    assert_eq!(
        (first.event.as_str(), &first.json()["action"]["ref"]),
        ("st2.execution__create", &json!("zoo.both"))
    );
    let made = admin.post("/executions", &json!({"action": "core.noop", "delay": 3_600_000})).await;
    let delayed = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!(
        "/stream?execution_ids={delayed}&end_event=st2.execution__update&end_execution_id={delayed}"
    );
    let by_id = Listener::open(&admin, &path).await;
    ended(&house, "core.noop", json!({})).await;
    admin.delete(&format!("/executions/{delayed}")).await;
    let heard = by_id.rest().await;
    assert!(
        heard
            .iter()
            .all(|frame| frame.event == "st2.execution__update"
                && frame.json()["id"] == json!(delayed)),
        "{heard:?}"
    );
    assert_eq!(heard.last().unwrap().json()["status"], "canceled");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_do_not_go_on_the_stream() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let mut listener = Listener::open(&admin, "/stream?events=*&show_secrets=true").await;
    ended(&house, "zoo.action1", json!({"param4": "S3CRET"})).await;
    listener
        .until(|frame| {
            frame.event == "st2.liveaction__update" && frame.json()["status"] == "succeeded"
        })
        .await;
    let text = String::from_utf8(listener.body()).unwrap();
    assert!(text.contains("param4") && !text.contains("S3CRET"), "{text}");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_are_not_lost_between_two_connections() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    announce(&house, "one").await;
    let path = "/stream?events=st2.announcement__*";
    let mut first = Listener::open(&admin, path).await;
    let one = first.next().await.unwrap();
    assert_eq!(
        (one.event.as_str(), &one.json()["payload"]["message"]),
        ("st2.announcement__chatops", &json!("one"))
    );
    announce(&house, "two").await;
    let two = first.next().await.unwrap();
    assert_eq!(two.json()["payload"]["message"], "two");
    assert!(
        one.id.as_ref().unwrap().parse::<i64>().unwrap()
            < two.id.as_ref().unwrap().parse().unwrap()
    );
    drop(first);
    let again = admin.with("Last-Event-ID", one.id.as_ref().unwrap());
    let mut second = Listener::open(&again, path).await;
    let repeated = second.next().await.unwrap();
    assert_eq!((&repeated.id, &repeated.data), (&two.id, &two.data));
    announce(&house, "three").await;
    assert_eq!(second.next().await.unwrap().json()["payload"]["message"], "three");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_of_an_execution_is_sent_from_its_begin_to_its_end() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let id = ended(&house, "zoo.both", json!({})).await;
    let over = Listener::open(&admin, &format!("/stream/v1/executions/{id}/output")).await;
    let frames = over.rest().await;
    let last = frames.last().unwrap();
    assert_eq!((last.event.as_str(), last.data.as_str()), ("EOF", "''"));
    let mut written: Vec<String> = frames[..frames.len() - 1]
        .iter()
        .map(|frame| frame.json()["data"].as_str().unwrap().to_owned())
        .collect();
    written.sort();
    assert_eq!(written, ["err\n", "out\n"]);
    let path = "/stream/v1/executions/last/output?output_type=stdout";
    let frames = Listener::open(&admin, path).await.rest().await;
    assert_eq!(frames.len(), 2, "{frames:?}");
    let body = json!({"action": "core.local", "parameters": {"cmd": "for i in 1 2 3; do echo $i; sleep 0.2; done"}});
    let live = admin.post("/executions", &body).await.json();
    let path = format!("/stream/v1/executions/{}/output", live["id"].as_str().unwrap());
    let frames = Listener::open(&admin, &path).await.rest().await;
    let text: String = frames
        .iter()
        .filter(|frame| frame.event != "EOF")
        .map(|frame| frame.json()["data"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(text, "1\n2\n3\n");
    assert_eq!(frames.last().unwrap().event, "EOF");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_does_not_read_blocks_nobody() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let deaf = Listener::open(&admin, "/stream?events=*").await;
    let mut listener = Listener::open(&admin, "/stream?events=st2.execution__update").await;
    // More than the buffers of a connection hold.
    let long = "x".repeat(500_000);
    for _ in 0..20 {
        let body = json!({"action": "zoo.action1", "parameters": {"param1": long}});
        assert_eq!(admin.post("/executions", &body).await.status, 201);
    }
    let id = ended(&house, "core.noop", json!({})).await;
    listener
        .until(|frame| frame.json()["id"] == json!(id) && frame.json()["status"] == "succeeded")
        .await;
    drop(deaf);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_house_closes() {
    let house = rooms::open().await;
    let admin = Client::admin(&house);
    let listener = Listener::open(&admin, "/stream").await;
    let rest = tokio::spawn(listener.rest());
    house.close().await.unwrap();
    assert!(rest.await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_key_that_opened_it() {
    let house = rooms::open().await;
    let bot = Client::person(&house, "bot").await;
    let mut listener = Listener::open(&bot, "/stream/v1/stream").await;
    let (access, admin) = (house.engine.access(), model::Principal::system("admin"));
    let key = access.api_keys(&admin).into_iter().find(|key| key.user == "bot").unwrap();
    access.delete_api_key(&admin, &key).await.unwrap();
    house.run("core.local", json!({"cmd": "echo overheard"})).await.unwrap();
    while listener.more().await {}
    let heard = String::from_utf8_lossy(&listener.bytes).into_owned();
    assert!(!heard.contains("overheard"), "{heard}");
    house.close().await.unwrap();
}
