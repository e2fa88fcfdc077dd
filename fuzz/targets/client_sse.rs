//! Server-sent events: however the bytes are cut, the events are the same.
#![no_main]

use client::{ServerSentEvent, sse::Parser};
use libfuzzer_sys::fuzz_target;

fn read<'b>(pieces: impl Iterator<Item = &'b [u8]>) -> Vec<ServerSentEvent> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece).expect("an input is small");
        events.extend(std::iter::from_fn(|| parser.next_event()));
    }
    events
}

fuzz_target!(|bytes: &[u8]| {
    fuzz::input(|| {
        let whole = read(std::iter::once(bytes));
        for size in [1, 2, 3, 7] {
            assert_eq!(read(bytes.chunks(size)), whole);
        }
        for event in &whole {
            assert!(!event.name.is_empty() && !event.name.contains(['\r', '\n']));
            assert!(!event.data.contains('\r'));
            assert!(!event.id.as_ref().is_some_and(|id| id.contains(['\r', '\n', '\0'])));
        }
    });
});
