//! A parser of server-sent events that takes bytes in chunks of any size.
//!
//! Lines are collected as bytes and decoded when they are complete, so a character may be split
//! over chunks. A line ends with LF, CR or CR LF; an event ends with an empty line.

use std::collections::VecDeque;

/// The largest event: an execution whose result has StackStorm's limit of 16 MB, with escapes.
pub const EVENT_BYTES_MAX: usize = 64 << 20;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSentEvent {
    /// The latest id on the stream, from which it can be continued.
    pub id: Option<String>,
    /// The name; `message` if the stream gives none.
    pub name: String,
    /// The data; Squall sends one JSON document.
    pub data: String,
}

/// An event that has more than [`EVENT_BYTES_MAX`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event on the stream has more than {EVENT_BYTES_MAX} bytes")]
pub struct TooLarge;

/// Parses events from the chunks of a stream.
#[derive(Debug, Default)]
pub struct Parser {
    /// The incomplete last line.
    line: Vec<u8>,
    /// Whether the last chunk ended with CR; an LF at the start of the next one belongs to it.
    after_cr: bool,
    /// Whether a line was read: only the first one may have a byte order mark.
    has_begun: bool,
    id: Option<String>,
    name: String,
    data: Option<String>,
    ready: VecDeque<ServerSentEvent>,
}

impl Parser {
    /// Parses the next bytes of the stream.
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

    /// Returns the next complete event.
    pub fn next_event(&mut self) -> Option<ServerSentEvent> {
        self.ready.pop_front()
    }

    fn check_size(&self, more: usize) -> Result<(), TooLarge> {
        let size = self.line.len() + self.data.as_ref().map_or(0, String::len) + more;
        if size > EVENT_BYTES_MAX { Err(TooLarge) } else { Ok(()) }
    }

    fn take_line(&mut self, mut line: &[u8]) {
        if !std::mem::replace(&mut self.has_begun, true) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<ServerSentEvent> {
        let mut parser = Parser::default();
        for piece in pieces {
            parser.push(piece).unwrap();
        }
        std::iter::from_fn(|| parser.next_event()).collect()
    }

    fn event(id: Option<&str>, name: &str, data: &str) -> ServerSentEvent {
        let id = id.map(str::to_owned);
        ServerSentEvent { id, name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_of_squall_are_read() {
        let text =
            b"\nevent: st2.execution__update\ndata: {\"id\": 1}\n\n\nevent: EOF\ndata: ''\n\n";
        assert_eq!(
            read(&[text]),
            [event(None, "st2.execution__update", "{\"id\": 1}"), event(None, "EOF", "''")]
        );
    }

    #[test]
    fn fields_follow_the_standard() {
        let check = |text: &str, expected: &[ServerSentEvent]| {
            assert_eq!(read(&[text.as_bytes()]), expected, "{text:?}");
        };
        check("\u{feff}data: a\n\n", &[event(None, "message", "a")]);
        check("data:a\ndata: b\ndata\n\n", &[event(None, "message", "a\nb\n")]);
        check("data:  two blanks\n\n", &[event(None, "message", " two blanks")]);
        check("event: lost\n\ndata: kept\n\n", &[event(None, "message", "kept")]);
        check(": comment\nretry: 9\nother\ndata: a\n\n", &[event(None, "message", "a")]);
        check("data: cut off\n", &[]);
        check("data: cut off", &[]);
        check(
            "id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n",
            &[
                event(Some("1"), "message", "a"),
                event(Some("1"), "message", "b"),
                event(Some("1"), "message", "c"),
                event(Some(""), "message", "d"),
            ],
        );
    }

    #[test]
    fn lines_end_as_they_like_even_between_pieces() {
        let expected = [event(None, "a", "1"), event(None, "b", "2")];
        assert_eq!(read(&[b"event:a\r\ndata:1\r\n\r\nevent:b\rdata:2\r\r"]), expected);
        assert_eq!(
            read(&[b"event:a\r", b"\ndata:1\r", b"\n\r", b"\nevent:b\n", b"data:2\n\n"]),
            expected
        );
    }

    #[test]
    fn a_character_cut_apart_is_put_together() {
        let text = "data: é😀\n\n".as_bytes();
        let pieces: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(read(&pieces), [event(None, "message", "é😀")]);
    }

    #[test]
    fn an_event_without_end_is_refused_before_it_fills_the_memory() {
        let mut parser = Parser::default();
        let piece = vec![b'x'; 1 << 20];
        let taken = (0..1_000).take_while(|_| parser.push(&piece).is_ok()).count();
        assert_eq!(taken, EVENT_BYTES_MAX >> 20);

        let mut parser = Parser::default();
        let line = [b"data: ".as_slice(), &piece, b"\n"].concat();
        let taken = (0..1_000).take_while(|_| parser.push(&line).is_ok()).count();
        assert!((1..=EVENT_BYTES_MAX >> 20).contains(&taken), "{taken}");
    }

    fn printed(events: &[ServerSentEvent], line_end: &str) -> String {
        let mut text = String::new();
        for event in events {
            let data = event.data.split('\n').map(|line| format!("data: {line}"));
            let id = event.id.as_ref().map(|id| format!("id: {id}"));
            let name = format!("event: {}", event.name);
            for line in std::iter::once(name).chain(id).chain(data).chain([String::new()]) {
                text.push_str(&line);
                text.push_str(line_end);
            }
        }
        text
    }

    fn some_event() -> impl Strategy<Value = ServerSentEvent> {
        ("[^\r\n\0]{0,8}", "[^\r\n]{1,12}", "[^\r\0]{0,40}")
            .prop_map(|(id, name, data)| ServerSentEvent { id: Some(id), name, data })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back_however_it_is_cut(
            events in prop::collection::vec(some_event(), 0..6),
            line_end in prop::sample::select(vec!["\n", "\r", "\r\n"]),
            cuts in prop::collection::vec(1_usize..9, 1..20),
        ) {
            let text = printed(&events, line_end);
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for size in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(read(&pieces), events);
        }

        #[test]
        fn any_bytes_give_the_same_events_whole_and_in_pieces(
            bytes in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(b"\r\n: dataeventid\0".to_vec()),
                    any::<u8>(),
                ],
                0..300,
            ),
            size in 1_usize..7,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(read(&pieces), read(&[&bytes]));
        }
    }
}
