//! Somebody in a chat room: a plain client that types lines and reads them.

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{Duration, timeout},
};

/// A client of one person.
pub(super) struct Person {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
}

impl Person {
    /// Connects with a nick and enters a channel.
    pub(super) async fn enter(port: u16, nick: &str, channel: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (reader, writer) = stream.into_split();
        let mut person = Self { lines: BufReader::new(reader).lines(), writer };
        person.types(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}")).await;
        person.reads(" 001 ").await;
        person.types(&format!("JOIN {channel}")).await;
        person.reads(" 366 ").await;
        person
    }

    /// Writes a line as it is.
    pub(super) async fn types(&mut self, line: &str) {
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    }

    /// Writes bytes as they are.
    pub(super) async fn types_bytes(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).await.unwrap();
    }

    /// Says something in a room.
    pub(super) async fn says(&mut self, room: &str, text: &str) {
        self.types(&format!("PRIVMSG {room} :{text}")).await;
    }

    /// Reads until a line that contains `what`, and returns it.
    pub(super) async fn reads(&mut self, what: &str) -> String {
        let reading = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the server hung up");
                if let Some(token) = line.strip_prefix("PING ") {
                    self.writer.write_all(format!("PONG {token}\r\n").as_bytes()).await.unwrap();
                }
                if line.contains(what) {
                    return line;
                }
            }
        };
        timeout(Duration::from_secs(20), reading)
            .await
            .unwrap_or_else(|_| panic!("nobody wrote `{what}`"))
    }

    /// Reads the text that somebody writes next.
    pub(super) async fn hears(&mut self) -> String {
        let line = self.reads(" PRIVMSG ").await;
        let (_, text) = line.split_once(" :").unwrap();
        text.to_owned()
    }
}
