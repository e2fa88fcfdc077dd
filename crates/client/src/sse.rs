//! Server-sent events: from bytes, in whatever pieces they come, to events.
//!
//! Lines are collected as bytes and decoded whole, so a character that is cut apart by the network
//! is put together again. A line ends with LF, CR or CR LF; an event ends with an empty line.

use std::collections::VecDeque;

/// The largest event: an execution whose result has StackStorm's limit of 16 MB, with escapes.
pub const EVENT_BYTES_MAX: usize = 64 << 20;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSentEvent {
    /// The latest id on the stream, to go on from there after a break.
    pub id: Option<String>,
    /// Its name; `message` where none was given.
    pub name: String,
    /// Its text, for Squall one JSON document.
    pub data: String,
}

/// An event that has more than [`EVENT_BYTES_MAX`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event on the stream has more than {EVENT_BYTES_MAX} bytes")]
pub struct TooLarge;

/// Reads events from the pieces of a stream.
#[derive(Debug, Default)]
pub struct Parser {
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// The last piece ended with CR: an LF at the start of the next one belongs to it.
    after_cr: bool,
    /// A line was read: a byte order mark can no longer come.
    begun: bool,
    id: Option<String>,
    name: String,
    data: Option<String>,
    ready: VecDeque<ServerSentEvent>,
}

impl Parser {
    /// Takes the next bytes of the stream.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), TooLarge> {
        if std::mem::take(&mut self.after_cr) && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.check_size(end)?;
            if self.line.is_empty() {
                self.take_line(&bytes[..end]);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&bytes[..end]);
                self.take_line(&line);
            }
            let is_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            match bytes.first() {
                Some(b'\n') if is_cr => bytes = &bytes[1..],
                None => self.after_cr = is_cr,
                Some(_) => {}
            }
        }
        self.check_size(bytes.len())?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// Returns the next event that is complete.
    pub fn next_event(&mut self) -> Option<ServerSentEvent> {
        self.ready.pop_front()
    }

    fn check_size(&self, more: usize) -> Result<(), TooLarge> {
        let size = self.line.len() + self.data.as_ref().map_or(0, String::len) + more;
        if size > EVENT_BYTES_MAX { Err(TooLarge) } else { Ok(()) }
    }

    fn take_line(&mut self, mut line: &[u8]) {
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            return self.finish();
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = String::from_utf8_lossy(value);
        match &line[..colon] {
            b"event" => self.name = text.into_owned(),
            b"data" => match &mut self.data {
                None => self.data = Some(text.into_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(&text);
                }
            },
            b"id" if !text.contains('\0') => self.id = Some(text.into_owned()),
            _ => {}
        }
    }

    fn finish(&mut self) {
        let name = std::mem::take(&mut self.name);
        let Some(data) = self.data.take() else { return };
        let name = if name.is_empty() { "message".to_owned() } else { name };
        self.ready.push_back(ServerSentEvent { id: self.id.clone(), name, data });
    }
}
