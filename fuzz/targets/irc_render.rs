//! Messages on their way to IRC and to terminals: lines that fit and carry no second command.
#![no_main]

use chat::{
    Rich, Room, Tone,
    irc::fuzzing::say,
    render::{Profile, render},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (room, text) = fuzz::halves(input);
    let more = text.len() % 2 == 0;
    let rich = Rich {
        text: text.to_owned(),
        tone: Tone::Plain,
        more: more.then(|| format!("`result {room}`")),
    };
    for (lines_max, bytes) in [(1, 4), (3, 20), (20, 400), (usize::MAX, 60)] {
        let lines = fuzz::input(|| render(&rich, &Profile::irc(lines_max, bytes)));
        assert!(lines.len() <= lines_max);
        assert!(lines.iter().all(|line| line.len() <= bytes.max(4)), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains(char::is_control)), "{lines:?}");
    }
    let terminal = fuzz::input(|| render(&rich, &Profile::TERMINAL));
    assert!(!terminal.iter().any(|line| line.contains(char::is_control)), "{terminal:?}");
    for room in [Room::Channel(room.to_owned()), Room::Private(room.to_owned())] {
        for line in fuzz::input(|| say(&room, &rich)).iter().flatten() {
            assert!(line.len() <= 510 && !line.contains(['\r', '\n', '\0']), "{line:?}");
            assert!(line.starts_with("PRIVMSG "), "{line:?}");
        }
    }
});
