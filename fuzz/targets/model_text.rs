//! References, ids, statuses and moments: what is read prints, and that is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Id, Ref, Status, Timestamp};

fuzz_target!(|text: &str| {
    fuzz::input(|| {
        if let Ok(reference) = text.parse::<Ref>() {
            assert_eq!(reference.to_string(), text);
        }
        if let Ok(id) = text.parse::<Id>() {
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.to_string().len(), 24);
        }
        if let Ok(status) = text.parse::<Status>() {
            assert_eq!(status.to_string(), text);
        }
        if let Some(moment) = Timestamp::parse(text) {
            assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment), "{moment}");
            let _python = moment.python_text();
        }
    });
});
