//! One connection: lines out of bytes, and bytes from lines.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};

use crate::{
    irc::Config,
    socket::{self, Stream},
    tls,
};

/// The longest incoming line: 8191 bytes of tags, 512 of the rest, and a margin.
const INPUT_LINE_BYTES_MAX: usize = 16 * 1024;
/// With so much unwritten nothing more is read, since what is read can make us write more.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// A connection with its buffers.
pub(super) struct Link {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    input: Vec<u8>,
    output: Vec<u8>,
    flushed: bool,
    /// Whether the server has closed its end: nothing can be written.
    broken: bool,
}

impl Link {
    /// Connects.
    pub(super) async fn connect(config: &Config) -> io::Result<Self> {
        let tls = config.tls.then(|| tls::Settings {
            ca_file: config.tls_ca_file.clone(),
            insecure: config.tls_insecure,
            identity_file: config.tls_identity_file.clone(),
        });
        let stream = socket::connect(&config.server, config.port, tls.as_ref()).await?;
        let (reader, writer) = tokio::io::split(stream);
        Ok(Self {
            reader,
            writer,
            input: Vec::new(),
            output: Vec::new(),
            flushed: true,
            broken: false,
        })
    }

    /// Adds a line to what is to be written.
    pub(super) fn push(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// Returns whether everything was handed over to the network.
    pub(super) fn is_idle(&self) -> bool {
        self.output.is_empty() && self.flushed
    }

    /// Takes a line that was read, without its end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(end) = self.input.iter().position(|&byte| byte == b'\n') {
            let mut line: Vec<u8> = self.input.drain(..=end).collect();
            line.pop();
            return Ok(Some(line));
        }
        if self.input.len() > INPUT_LINE_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server sent no IRC"));
        }
        Ok(None)
    }

    /// Reads or writes some bytes. It can be dropped at any time without losing any.
    pub(super) async fn advance(&mut self, read: bool) -> io::Result<()> {
        let read = self.broken || read && self.output.len() < OUTPUT_BYTES_MAX;
        let writes = !self.output.is_empty();
        let open = !self.broken;
        self.input.reserve(4096);
        tokio::select! {
            count = self.reader.read_buf(&mut self.input), if read => match count {
                Ok(0) => Err(hung_up()),
                // TLS expects a closing message that many servers do not send.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(hung_up()),
                read => read.map(|_| ()),
            },
            count = put(&mut self.writer, &self.output), if open && (writes || !self.flushed) => {
                match count {
                    Ok(count) => {
                        self.flushed = !writes;
                        self.output.drain(..count);
                    }
                    // The server closed; its last lines, with the reason, can still be read.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        self.broken = true;
                    }
                    Err(error) => return Err(error),
                }
                Ok(())
            }
            else => std::future::pending().await,
        }
    }

    /// Writes what is left and closes.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.writer.write_all(&self.output).await?;
        self.writer.shutdown().await
    }
}

fn hung_up() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up")
}

/// Writes some bytes and returns how many; with none to write, flushes.
///
/// A line is written by itself, and so is a TLS record of its own: ngircd reads 2 kB of a record
/// and leaves the rest unread until another record comes, which does not happen while we wait for
/// its PONG.
async fn put(writer: &mut WriteHalf<Box<dyn Stream>>, output: &[u8]) -> io::Result<usize> {
    if let Some(line) = output.split_inclusive(|&byte| byte == b'\n').next() {
        return writer.write(line).await;
    }
    writer.flush().await.map(|()| 0)
}
