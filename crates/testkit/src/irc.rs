//! A real IRC server, and people on it.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::server::{Server, free_port};

/// How long a person waits for something to be said.
const PATIENCE: Duration = Duration::from_secs(30);

/// An ngircd on a free port.
#[derive(Debug)]
pub struct Ngircd {
    /// The port.
    pub port: u16,
    _folder: TempDir,
    _server: Server,
}

impl Ngircd {
    /// Starts the server.
    ///
    /// # Errors
    /// Fails when it is not installed or does not answer.
    pub async fn start() -> Result<Self> {
        Self::start_on(free_port()?).await
    }

    /// Starts the server on this port.
    ///
    /// # Errors
    /// Fails when it is not installed or does not answer.
    pub async fn start_on(port: u16) -> Result<Self> {
        let folder = TempDir::new()?;
        let path = folder.path().join("ngircd.conf");
        let text = format!(
            "[Global]\nName = irc.squall.test\nInfo = Squall's test server\nListen = 127.0.0.1\nPorts = {port}\n\
             [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxNickLength = 30\nMaxPenaltyTime = 0\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\n"
        );
        fs::write(&path, text)?;
        let path = path.to_string_lossy().into_owned();
        let server =
            Server::start("/usr/sbin/ngircd", &["-n", "-f", &path], port, "ngircd").await?;
        Ok(Self { port, _folder: folder, _server: server })
    }
}

/// A person on an IRC server.
#[derive(Debug)]
pub struct IrcPerson {
    nick: String,
    reader: tokio::io::Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    /// Everything that was said, as `(room, nick, text)`.
    pub heard: Vec<(String, String, String)>,
}

impl IrcPerson {
    /// Connects as `nick` and joins `channel`.
    ///
    /// # Errors
    /// Fails when the server does not let the person in.
    pub async fn join(port: u16, nick: &str, channel: &str) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.context("no IRC server")?;
        let (reader, writer) = stream.into_split();
        let reader = BufReader::new(reader).lines();
        let mut person = Self { nick: nick.to_owned(), reader, writer, heard: Vec::new() };
        person.write(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN {channel}")).await?;
        person.wait_line(|line| line.contains(" 366 ")).await?;
        Ok(person)
    }

    /// Returns the nick.
    pub fn nick(&self) -> &str {
        &self.nick
    }

    async fn write(&mut self, line: &str) -> Result<()> {
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(())
    }

    /// Says something in a room, or to a person.
    ///
    /// # Errors
    /// Fails when the connection is lost.
    pub async fn says(&mut self, room: &str, text: &str) -> Result<()> {
        self.write(&format!("PRIVMSG {room} :{text}")).await
    }

    /// Waits until somebody says something that holds `part`, and returns it.
    ///
    /// # Errors
    /// Fails when nobody does.
    pub async fn hears(&mut self, part: &str) -> Result<String> {
        let before = self.heard.len();
        let outcome = tokio::time::timeout(PATIENCE, async {
            loop {
                self.listen().await?;
                if let Some((_, _, text)) =
                    self.heard[before..].iter().find(|(_, _, text)| text.contains(part))
                {
                    return anyhow::Ok(text.clone());
                }
            }
        })
        .await;
        outcome.unwrap_or_else(|_| bail!("nobody said `{part}`, but: {:?}", &self.heard[before..]))
    }

    /// Hears everything until nothing was said for a while.
    ///
    /// # Errors
    /// Fails when the connection is lost.
    pub async fn hears_all(&mut self, silence: Duration) -> Result<()> {
        while let Ok(heard) = tokio::time::timeout(silence, self.listen()).await {
            heard?;
        }
        Ok(())
    }

    async fn listen(&mut self) -> Result<()> {
        let line = self.next_line().await?;
        let Some((source, rest)) = line.strip_prefix(':').and_then(|line| line.split_once(' '))
        else {
            return Ok(());
        };
        if let Some((room, text)) =
            rest.strip_prefix("PRIVMSG ").and_then(|rest| rest.split_once(" :"))
        {
            let nick = source.split('!').next().unwrap_or(source);
            self.heard.push((room.to_owned(), nick.to_owned(), text.to_owned()));
        }
        Ok(())
    }

    async fn wait_line(&mut self, is_it: impl Fn(&str) -> bool) -> Result<()> {
        let waiting = async {
            while !is_it(&self.next_line().await?) {}
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, waiting).await.context("the IRC server did not answer")?
    }

    async fn next_line(&mut self) -> Result<String> {
        let Some(line) = self.reader.next_line().await? else {
            bail!("the IRC server closed the connection")
        };
        if let Some(token) = line.strip_prefix("PING ") {
            self.write(&format!("PONG {token}")).await?;
        }
        Ok(line)
    }
}
