//! A server that answers each connection with what the test wrote down, and keeps what it was
//! asked.

use client::{Client, Credential};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What a server was asked, once it has answered everything.
pub(crate) struct Asked(JoinHandle<Vec<Request>>);

/// One request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Asked {
    pub(crate) async fn all(self) -> Vec<Request> {
        self.0.await.unwrap()
    }

    pub(crate) async fn one(self) -> Request {
        let mut all = self.all().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

/// Starts a server that gives one of these answers to each connection in turn, and ends it.
pub(crate) async fn serve(answers: Vec<String>) -> (Client, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            requests.push(read_request(&mut socket).await);
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        requests
    });
    (Client::new(&url, Credential::ApiKey("the-key".into())).unwrap(), Asked(asked))
}

/// Returns an answer with this status, more header lines and body.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Why\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

/// Returns the answer of a stream that writes this and closes.
pub(crate) fn stream(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n{body}")
}

async fn read_request(socket: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(request) = parse_request(&bytes) {
            return request;
        }
        let size = socket.read(&mut piece).await.unwrap();
        assert!(size > 0, "the client went away: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&piece[..size]);
    }
}

fn parse_request(bytes: &[u8]) -> Option<Request> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (line, head) = head.split_once("\r\n")?;
    let line = line.trim_end_matches(" HTTP/1.1").to_owned();
    let request = Request { line, head: head.to_owned(), body: body.to_owned() };
    let length: usize = request.header("content-length").unwrap_or("0").parse().unwrap();
    (body.len() >= length).then_some(request)
}
