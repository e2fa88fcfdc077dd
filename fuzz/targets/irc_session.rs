//! A server's lines to a session: whatever it says, what the bot writes are single lines that fit.
#![no_main]

use chat::{
    Event,
    irc::{Sasl, fuzzing::converse},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let sasl = bytes
        .first()
        .filter(|byte| byte.is_ascii_digit())
        .map(|_| Sasl::Plain { account: "squall".to_owned(), password: "secret".to_owned() });
    let lines = bytes.split(|byte| *byte == b'\n').take(64);
    let (written, told) = fuzz::input(|| converse(lines, sasl));
    for line in &written {
        assert!(line.len() <= 510 && !line.contains(['\r', '\n', '\0']), "{line:?}");
        assert!(!line.starts_with(' '), "{line:?}");
    }
    for event in &told {
        if let Event::Message(message) = event {
            assert!(!message.text.contains(char::is_control), "{message:?}");
            assert!(!message.account.is_empty() && !message.message_id.is_empty(), "{message:?}");
        }
    }
});
