//! One output stream of a process: sent line by line while it runs, kept for the result, limited.
//!
//! A line is sent when it ends, when it is [`PIECE_BYTES`] long, or when nothing has followed for
//! [`PARTIAL`]. Output beyond the limit is read and counted, so that the process never blocks, and the
//! result says how much is missing.

use std::time::Duration;

use model::job::{Chunk, Output};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    sync::mpsc::Sender,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

/// The longest piece of a line.
const PIECE_BYTES: usize = 64 * 1024;

/// How long a partial line waits for its end.
const PARTIAL: Duration = Duration::from_millis(200);

/// The size of the first reads; most actions write little.
const READ_BYTES: usize = 2 * 1024;

/// The most that is read of a pipe after the process ended: more than a pipe can hold, so that
/// nothing that the process itself wrote is lost.
const REST_BYTES: usize = 1024 * 1024;

/// The captured output of a stream.
#[derive(Debug)]
pub(crate) struct Capture {
    output: Output,
    text: String,
    bytes_max: usize,
    bytes_omitted: usize,
}

/// Where output is sent, and when reading stops.
#[derive(Clone, Copy)]
pub(crate) struct Sink<'a> {
    /// Receives the output.
    pub(crate) output: &'a Sender<Chunk>,
    /// Canceled when the process has ended.
    pub(crate) ended: &'a CancellationToken,
    /// How long to wait for more output after that.
    pub(crate) drain: Duration,
}

enum Read {
    Some,
    Idle,
    End,
}

impl Capture {
    /// Returns an empty capture that keeps `bytes_max` bytes, or all when that is 0.
    pub(crate) const fn new(output: Output, bytes_max: usize) -> Self {
        let bytes_max = if bytes_max == 0 { usize::MAX } else { bytes_max };
        Self { output, text: String::new(), bytes_max, bytes_omitted: 0 }
    }

    /// Reads `pipe` to its end, or until the process has ended and no more output follows.
    pub(crate) async fn pump(&mut self, mut pipe: impl AsyncRead + Unpin, sink: Sink<'_>) {
        let mut pending = Vec::new();
        let mut read_bytes = READ_BYTES;
        let mut rest_bytes = REST_BYTES;
        let mut drain = sink.drain;
        let mut stale = true;
        loop {
            pending.reserve(read_bytes);
            let before = pending.len();
            let draining = sink.ended.is_cancelled();
            let wait = if draining { Some(drain) } else { (!stale).then_some(PARTIAL) };
            let began = Instant::now();
            match read(&mut pipe, &mut pending, wait, sink.ended).await {
                Read::Some => {}
                Read::Idle if draining => break,
                Read::Idle => {
                    let cut = complete_prefix(&pending);
                    self.emit(&pending[..cut], sink.output).await;
                    pending.drain(..cut);
                    stale = true;
                    continue;
                }
                Read::End => break,
            }
            let fresh = pending.len() - before;
            if fresh >= read_bytes {
                read_bytes = PIECE_BYTES;
            }
            if draining {
                drain = drain.saturating_sub(began.elapsed());
                rest_bytes = rest_bytes.saturating_sub(fresh);
                if rest_bytes == 0 {
                    break;
                }
            }
            self.emit_lines(&mut pending, sink.output).await;
            stale = pending.is_empty();
        }
        self.emit(&pending, sink.output).await;
        if let Some(marker) = self.marker() {
            self.send(marker, sink.output).await;
        }
    }

    /// Returns the text, with a last line that says how much was omitted.
    pub(crate) fn into_text(mut self) -> String {
        if let Some(marker) = self.marker() {
            self.text.push_str(&marker);
        }
        self.text
    }

    fn marker(&self) -> Option<String> {
        if self.bytes_omitted == 0 {
            return None;
        }
        let line = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        let (omitted, max) = (self.bytes_omitted, self.bytes_max);
        Some(format!("{line}[{omitted} more bytes left out: the limit is {max} bytes]\n"))
    }

    async fn emit_lines(&mut self, pending: &mut Vec<u8>, output: &Sender<Chunk>) {
        if self.bytes_omitted > 0 {
            self.bytes_omitted += pending.len();
            pending.clear();
            return;
        }
        let mut start = 0;
        while let Some(length) = pending[start..].iter().position(|byte| *byte == b'\n') {
            let end = start + length + 1;
            self.emit(&pending[start..end], output).await;
            start = end;
        }
        if pending.len() - start >= PIECE_BYTES {
            let end = start + complete_prefix(&pending[start..]);
            self.emit(&pending[start..end], output).await;
            start = end;
        }
        pending.drain(..start);
    }

    /// Keeps and sends `bytes`, in pieces that split no character.
    async fn emit(&mut self, mut bytes: &[u8], output: &Sender<Chunk>) {
        while !bytes.is_empty() {
            let cut = match bytes.len() {
                length if length > PIECE_BYTES => complete_prefix(&bytes[..PIECE_BYTES]),
                length => length,
            };
            let piece = String::from_utf8_lossy(&bytes[..cut]);
            bytes = &bytes[cut..];
            let room = if self.bytes_omitted > 0 { 0 } else { self.bytes_max - self.text.len() };
            let kept = piece.floor_char_boundary(room);
            self.bytes_omitted += piece.len() - kept;
            if kept > 0 {
                self.text.push_str(&piece[..kept]);
                let data =
                    if kept == piece.len() { piece.into_owned() } else { piece[..kept].to_owned() };
                self.send(data, output).await;
            }
        }
    }

    async fn send(&self, data: String, output: &Sender<Chunk>) {
        // A closed channel does not stop the run.
        drop(output.send(Chunk { output: self.output, data }).await);
    }
}

/// Reads once. `Idle` when nothing came within `wait`, or when the process ended meanwhile.
async fn read(
    pipe: &mut (impl AsyncRead + Unpin),
    pending: &mut Vec<u8>,
    wait: Option<Duration>,
    ended: &CancellationToken,
) -> Read {
    let reading = pipe.read_buf(pending);
    let count = match wait {
        Some(wait) => match time::timeout(wait, reading).await {
            Ok(count) => count,
            Err(_) => return Read::Idle,
        },
        None => tokio::select! {
            biased;
            count = reading => count,
            () = ended.cancelled() => return Read::Idle,
        },
    };
    match count {
        Ok(0) | Err(_) => Read::End,
        Ok(_) => Read::Some,
    }
}

/// Returns the length of the longest prefix of `bytes` that does not end inside of a character. An
/// invalid last character counts as complete.
fn complete_prefix(bytes: &[u8]) -> usize {
    let tail = bytes.len().min(3);
    for back in 1..=tail {
        let byte = bytes[bytes.len() - back];
        let needed = match byte {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            0x80..=0xBF => continue,
            _ => 1,
        };
        return if needed > back { bytes.len() - back } else { bytes.len() };
    }
    bytes.len()
}
