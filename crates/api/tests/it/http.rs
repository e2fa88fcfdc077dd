//! The smallest client that can say anything, right or wrong, over HTTP/1.1.

use std::collections::BTreeMap;

use model::Principal;
use serde_json::Value;
use testkit::House;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn fault(&self) -> String {
        let document = self.json();
        document["faultstring"].as_str().unwrap_or_else(|| panic!("no fault: {self:?}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Checks status and sentence at once.
    #[track_caller]
    pub(crate) fn is_fault(&self, status: u16, text: &str) {
        assert_eq!((self.status, self.fault().as_str()), (status, text), "{self:?}");
    }
}

/// Who asks, and by what.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    /// The administrator of a house.
    pub(crate) fn admin(house: &House) -> Self {
        Self::stranger(house).with("St2-Api-Key", &house.key)
    }

    pub(crate) fn stranger(house: &House) -> Self {
        let address = house.url.trim_start_matches("http://").to_owned();
        Self { address, headers: Vec::new() }
    }

    /// Somebody with a key who is no administrator.
    pub(crate) async fn person(house: &House, name: &str) -> Self {
        let new =
            access::NewKey { user: name.to_owned(), enabled: true, ..access::NewKey::default() };
        let (_, key) =
            house.engine.access().make_api_key(&Principal::system("admin"), new).await.unwrap();
        Self::stranger(house).with("St2-Api-Key", &key.unwrap())
    }

    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, b"").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, body.to_string().as_bytes()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, body.to_string().as_bytes()).await
    }

    /// The bytes of a request without its body.
    pub(crate) fn head(&self, method: &str, path: &str, length: usize) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in &self.headers {
            head.push_str(&[name, ": ", value, "\r\n"].concat());
        }
        let has =
            |wanted: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if length > 0 && !has("content-type") {
            head.push_str("Content-Type: application/json\r\n");
        }
        head.push_str(&["Content-Length: ", &length.to_string(), "\r\n"].concat());
        head.push_str("Connection: close\r\n\r\n");
        head.into_bytes()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let mut bytes = self.head(method, path, body.len());
        bytes.extend_from_slice(body);
        let reply = raw(&self.address, &bytes).await;
        reply.unwrap_or_else(|| panic!("{method} {path} was not answered"))
    }
}

/// Sends bytes and reads the answer to its end; none where the server only hangs up.
pub(crate) async fn raw(address: &str, bytes: &[u8]) -> Option<Reply> {
    say(address, bytes, false).await
}

/// Sends bytes, says that there are no more, and reads what is answered.
pub(crate) async fn last_words(address: &str, bytes: &[u8]) -> Option<Reply> {
    say(address, bytes, true).await
}

async fn say(address: &str, bytes: &[u8], is_last: bool) -> Option<Reply> {
    let connection = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = connection.into_split();
    let bytes = bytes.to_vec();
    // A server that refuses a large body answers before it has read it.
    let sent = tokio::spawn(async move {
        let _refused = writer.write_all(&bytes).await;
        if is_last {
            let _gone = writer.shutdown().await;
        }
        writer
    });
    let mut answer = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let read = async {
        while let Ok(count @ 1..) = reader.read(&mut piece).await {
            answer.extend_from_slice(&piece[..count]);
        }
    };
    let patience = std::time::Duration::from_secs(60);
    tokio::time::timeout(patience, read).await.expect("the server did not end its answer");
    drop(sent.await);
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let rest = &answer[end + 4..];
    let is_chunked = headers.get("transfer-encoding").is_some_and(|how| how == "chunked");
    let body = if is_chunked { unchunked(rest) } else { rest.to_vec() };
    Some(Reply { status, headers, body })
}

/// Puts the pieces of a chunked body together, as far as they came.
pub(crate) fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..line]).into_owned();
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else { break };
        let start = line + 2;
        if size == 0 || rest.len() < start + size + 2 {
            break;
        }
        body.extend_from_slice(&rest[start..start + size]);
        rest = &rest[start + size + 2..];
    }
    body
}
