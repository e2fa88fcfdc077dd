//! A server for tests that answers requests for executions and tells their ends on the stream,
//! before the answer or after it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::broadcast,
};

use crate::http::Target;

/// How the fake server behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// The end is told before the request is answered.
    pub(crate) is_early: bool,
    /// How executions end.
    pub(crate) status: &'static str,
    /// The status of the answer to a request.
    pub(crate) answer: u16,
    /// The stream is closed instead of telling an end.
    pub(crate) is_cut: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { is_early: false, status: "succeeded", answer: 201, is_cut: false }
    }
}

#[derive(Clone)]
struct Fake {
    manner: Manner,
    count: Arc<AtomicU32>,
    /// Frames for the streams; an empty one ends them.
    frames: broadcast::Sender<String>,
}

/// Starts the server.
pub(crate) async fn serve(manner: Manner) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (frames, _) = broadcast::channel(1_000);
    let fake = Fake { manner, count: Arc::default(), frames };
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let fake = fake.clone();
            tokio::spawn(async move { fake.talk(BufReader::new(socket)).await });
        }
    });
    Target { address, api_key: "key".to_owned() }
}

impl Fake {
    async fn talk(&self, mut socket: BufReader<TcpStream>) {
        while let Some((line, body)) = read_request(&mut socket).await {
            if line.starts_with("GET /stream/v1/stream?events=st2.") {
                return self.stream(socket).await;
            }
            self.answer(&mut socket, &line, &body).await;
        }
    }

    async fn stream(&self, mut socket: BufReader<TcpStream>) {
        let mut frames = self.frames.subscribe();
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n";
        socket.write_all(head.as_bytes()).await.unwrap();
        while let Ok(frame) = frames.recv().await {
            if frame.is_empty() {
                return;
            }
            let chunk = format!("{:x}\r\n{frame}\r\n", frame.len());
            socket.write_all(chunk.as_bytes()).await.unwrap();
        }
    }

    async fn answer(&self, socket: &mut BufReader<TcpStream>, line: &str, body: &str) {
        let id = format!("{:024x}", self.count.fetch_add(1, Ordering::Relaxed));
        let execution = format!(r#"{{"action": {{"id": "{:024x}"}}, "id": "{id}"}}"#, 999);
        let (frame, answer) = match line {
            "POST /api/v1/actionalias HTTP/1.1" => (None, "{}".to_owned()),
            "POST /api/v1/aliasexecution/match_and_execute HTTP/1.1" => {
                assert!(body.contains("squall bench echo hi"));
                let frame = format!(
                    r#"{{"payload": {{"message": "squall-bench {id} {}\n"}}}}"#,
                    self.manner.status
                );
                let answer = format!(r#"{{"results": [{{"execution": {execution}}}]}}"#);
                (Some(frame), answer)
            }
            "POST /api/v1/executions HTTP/1.1" => {
                let status = self.manner.status;
                let frame = format!(
                    r#"{{"action": {{"id": "x"}}, "status": "{status}", "end_timestamp": "now", "id": "{id}"}}"#
                );
                (Some(frame), execution)
            }
            other => panic!("{other}"),
        };
        let frame = frame.map(|frame| match self.manner.is_cut {
            true => String::new(),
            false => format!("event: any\ndata: {frame}\n\n"),
        });
        if self.manner.is_early {
            self.tell(frame.clone());
            // The reader of the stream has its turn before the answer comes.
            crate::pause::pause(Duration::from_millis(2)).await;
        }
        let head = format!("HTTP/1.1 {} X\r\ncontent-length: {}", self.manner.answer, answer.len());
        socket.write_all(format!("{head}\r\n\r\n{answer}").as_bytes()).await.unwrap();
        if !self.manner.is_early {
            self.tell(frame);
        }
    }

    fn tell(&self, frame: Option<String>) {
        if let Some(frame) = frame {
            // A stream that was cut hears nothing.
            drop(self.frames.send(frame));
        }
    }
}

async fn read_request(socket: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if socket.read_line(&mut header).await.ok()? == 0 {
            return None;
        }
        if header == "\r\n" {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some((line.trim_end().to_owned(), String::from_utf8(body).unwrap()))
}
