//! As little HTTP/1.1 as the load needs: a request made once, a connection that stays open, the
//! status and the body of an answer.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const HEAD_BYTES_MAX: usize = 64 << 10;
const BODY_BYTES_MAX: usize = 16 << 20;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the server listens and how it is convinced.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) api_key: String,
}

impl Target {
    /// Returns the bytes of a request with a JSON body.
    pub(crate) fn post(&self, path: &str, body: &str) -> Vec<u8> {
        let Self { address, api_key } = self;
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nst2-api-key: {api_key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// Returns the bytes of a request without a body.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let Self { address, api_key } = self;
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nst2-api-key: {api_key}\r\n\r\n")
            .into_bytes()
    }
}

/// A connection that is used for one request after another.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: TcpStream,
    /// What was read; the answer in work begins at its start.
    bytes: Vec<u8>,
    /// How much of it belongs to the answer before.
    used: usize,
}

/// What the load must know of an answer's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) is_chunked: bool,
    content_length: Option<usize>,
    size: usize,
}

impl Connection {
    pub(crate) async fn open(target: &Target) -> anyhow::Result<Self> {
        let socket = timeout(ANSWER_TIMEOUT, TcpStream::connect(target.address)).await??;
        socket.set_nodelay(true)?;
        Ok(Self { socket, bytes: Vec::with_capacity(16 << 10), used: 0 })
    }

    /// Sends a request and returns status and body of its answer.
    pub(crate) async fn send(&mut self, request: &[u8]) -> anyhow::Result<(u16, &[u8])> {
        let exchange = timeout(ANSWER_TIMEOUT, self.exchange(request)).await;
        let (head, end) = exchange.context("no answer within 30 s")??;
        Ok((head.status, &self.bytes[head.size..end]))
    }

    /// Sends a request whose answer has no end; what has been read of its body is returned.
    pub(crate) async fn send_open(&mut self, request: &[u8]) -> anyhow::Result<(Head, Vec<u8>)> {
        self.socket.write_all(request).await?;
        let head = timeout(ANSWER_TIMEOUT, self.read_head()).await.context("no answer")??;
        Ok((head, self.bytes.split_off(head.size)))
    }

    /// Reads the next bytes, whatever they are; false at the end.
    pub(crate) async fn read_more(&mut self, bytes: &mut Vec<u8>) -> anyhow::Result<bool> {
        Ok(self.socket.read_buf(bytes).await? > 0)
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(Head, usize)> {
        self.bytes.drain(..self.used);
        self.used = 0;
        self.socket.write_all(request).await?;
        let head = self.read_head().await?;
        let length = match head.content_length {
            Some(length) => length,
            None if head.status == 204 => 0,
            None => bail!("the answer does not say how long it is"),
        };
        ensure!(length <= BODY_BYTES_MAX, "an answer has {length} bytes");
        let end = head.size + length;
        while self.bytes.len() < end {
            ensure!(self.socket.read_buf(&mut self.bytes).await? > 0, "an answer was cut off");
        }
        self.used = end;
        Ok((head, end))
    }

    async fn read_head(&mut self) -> anyhow::Result<Head> {
        loop {
            if let Some(head) = parse_head(&self.bytes)? {
                return Ok(head);
            }
            ensure!(self.bytes.len() < HEAD_BYTES_MAX, "the head of an answer has no end");
            let size = self.socket.read_buf(&mut self.bytes).await?;
            ensure!(size > 0, "the connection was closed before an answer");
        }
    }
}

fn parse_head(bytes: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..end]).context("the head of an answer is no text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..5));
    let status = status.and_then(|digits| digits.parse().ok()).context("the answer is no HTTP")?;
    let mut head = Head { status, is_chunked: false, content_length: None, size: end + 4 };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            head.content_length = Some(value.trim().parse().context("a bad content-length")?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            head.is_chunked = value.trim().eq_ignore_ascii_case("chunked");
        }
    }
    Ok(Some(head))
}

/// Takes the chunks' sizes out of a body that is sent in chunks.
#[derive(Debug, Default)]
pub(crate) struct Dechunker {
    /// The digits of a size whose line is not complete.
    size_line: Vec<u8>,
    /// How much of the chunk in work is still to come, with the line end after it.
    left: usize,
}

impl Dechunker {
    /// Appends to `body` what these bytes carry; false when the last chunk has come.
    pub(crate) fn push(&mut self, mut bytes: &[u8], body: &mut Vec<u8>) -> anyhow::Result<bool> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let taken = self.left.min(bytes.len());
                let carried = self.left.saturating_sub(2).min(taken);
                body.extend_from_slice(&bytes[..carried]);
                self.left -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            let byte = bytes[0];
            bytes = &bytes[1..];
            if byte != b'\n' {
                ensure!(self.size_line.len() < 32, "a chunk's size has no end");
                self.size_line.push(byte);
                continue;
            }
            let line = String::from_utf8_lossy(&self.size_line);
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16).context("a chunk's size is no number")?;
            self.size_line.clear();
            if size == 0 {
                return Ok(false);
            }
            self.left = size.checked_add(2).context("a chunk is too large")?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_complete() {
        let text = b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\nX: y\r\n\r\n{}";
        let head = parse_head(text).unwrap().unwrap();
        assert_eq!((head.status, head.content_length, head.is_chunked), (201, Some(12), false));
        assert_eq!(&text[head.size..], b"{}");
        assert_eq!(parse_head(&text[..30]).unwrap(), None);
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert!(parse_head(chunked).unwrap().unwrap().is_chunked);
        assert!(parse_head(b"SSH-2.0\r\n\r\n").is_err());
        assert!(parse_head(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n").is_err());
    }

    #[test]
    fn a_bad_chunk_is_an_error() {
        let push = |bytes: &[u8]| Dechunker::default().push(bytes, &mut Vec::new());
        assert!(push(b"zz\r\n").is_err());
        assert!(push(&[b'1'; 40]).is_err());
        assert!(push(b"ffffffffffffffff\r\n").is_err());
        assert!(!push(b"0\r\n\r\n").unwrap());
    }

    proptest! {
        #[test]
        fn chunks_are_joined_however_they_are_cut(
            chunks in prop::collection::vec("[a-z\r\n]{1,40}", 0..8),
            size in 1_usize..9,
        ) {
            let sent: String =
                chunks.iter().map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect();
            let mut dechunker = Dechunker::default();
            let mut body = Vec::new();
            for piece in sent.as_bytes().chunks(size) {
                prop_assert!(dechunker.push(piece, &mut body).unwrap());
            }
            prop_assert_eq!(String::from_utf8(body).unwrap(), chunks.concat());
        }
    }
}
