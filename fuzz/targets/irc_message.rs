//! Lines of IRC: what is read and written again is read as the same.
#![no_main]

use chat::irc::fuzzing::{addressed, plain, read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::input(|| {
        for line in bytes.split(|byte| *byte == b'\n') {
            let Some((tags, nick, command, parameters)) = read(line) else { continue };
            assert!(parameters.len() <= 15);
            assert!(command.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()));
            assert!(!nick.contains(' ') && tags.iter().all(|(name, _)| !name.contains([' ', ';'])));
            let Some((last, first)) = parameters.split_last() else { continue };
            let first: Vec<&str> = first.iter().map(String::as_str).collect();
            if let Some(written) = write(&command, &first, last) {
                assert!(written.len() <= 510 && !written.contains(['\r', '\n', '\0']));
                let (_, _, command_again, again) = read(written.as_bytes()).expect("a line");
                assert_eq!(command_again, command);
                assert_eq!(
                    again.split_last().map(|(_, first)| first.to_vec()),
                    Some(first.iter().map(|one| (*one).to_owned()).collect())
                );
                let said = last.replace(['\r', '\0'], " ");
                let kept = again.last().map_or("", String::as_str);
                assert!(said.starts_with(kept), "{said:?} {kept:?}");
                let is_cut = written.len() > 510 - 4;
                assert!(
                    is_cut || said.trim_end_matches(' ') == kept.trim_end_matches(' '),
                    "{said:?} {kept:?}"
                );
            }
            let plain = plain(last);
            assert!(!plain.contains(char::is_control), "{plain:?}");
            if let Some(said) = addressed(&plain, "squall") {
                assert!(plain.contains(said));
            }
        }
    });
});
