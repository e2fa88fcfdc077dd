//! Messages on their way to IRC and to networks without limits: lines that fit and carry no second
//! command, whatever a message carries.
#![no_main]

use chat::{
    Abilities, Button, Limits, Mention, Outgoing, Part, Room, irc::fuzzing::say, render::render,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (room, text) = fuzz::halves(input);
    let is_even = text.len() % 2 == 0;
    let name = Mention { name: room.to_owned(), id: None };
    let button = Button::new(room, text);
    let message = Outgoing {
        more: is_even.then(|| format!("`result {room}`")),
        mentions: if is_even { vec![name] } else { Vec::new() },
        parts: if is_even { Vec::new() } else { vec![Part::Buttons(vec![button])] },
        ..Outgoing::text(text)
    };
    let show = |limits: Limits| {
        let abilities = Abilities { limits, ..Abilities::TEXT };
        let lines = fuzz::input(|| render(&message, &abilities).lines);
        assert!(!lines.iter().any(|line| line.contains(char::is_control)), "{lines:?}");
        lines
    };
    for (lines_max, bytes) in [(1, 4), (3, 20), (20, 400), (usize::MAX, 60)] {
        let irc = Limits { lines_max, line_bytes_max: bytes, blank_lines: false, ..Limits::NONE };
        let lines = show(irc);
        assert!(lines.len() <= lines_max);
        assert!(lines.iter().all(|line| line.len() <= bytes.max(4)), "{lines:?}");
    }
    let lines = show(Limits { bytes_max: 200, ..Limits::NONE });
    assert!(lines.join("\n").len() <= 200, "{lines:?}");
    show(Limits::NONE);
    for room in [Room::Channel(room.to_owned()), Room::Private(room.to_owned())] {
        for line in fuzz::input(|| say(&room, &message)).iter().flatten() {
            assert!(line.len() <= 510 && !line.contains(['\r', '\n', '\0']), "{line:?}");
            assert!(line.starts_with("PRIVMSG "), "{line:?}");
        }
    }
});
