//! Python's numbers: what is read prints, and that is read as the same.
#![no_main]

use python::number::{float_repr, parse_float, parse_int, round_places, truncate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    fuzz::input(|| {
        for base in (2..=36).chain([0]) {
            if let Ok(number) = parse_int(text, base)
                && base == 10
            {
                assert_eq!(parse_int(&number.to_string(), 10).ok(), Some(number));
                assert!(parse_float(text).is_ok());
            }
        }
        let Ok(number) = parse_float(text) else { return };
        let printed = float_repr(number);
        let again = parse_float(&printed).expect("what is printed is read");
        assert!(again == number || again.is_nan() && number.is_nan(), "{printed}");
        let _whole = truncate(number);
        for places in [-400, -2, 0, 2, 17, 400] {
            let _rounded = round_places(number, places);
        }
    });
});
