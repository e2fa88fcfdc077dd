//! The regular expressions of aliases: a pattern on the first line, a text behind it.
#![no_main]

use alias::format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (pattern, text) = fuzz::halves(input);
    // A format without parameters is a regular expression.
    let pattern = pattern.replace("{{", "{");
    let sound = fuzz::input(|| format::check(&pattern));
    let extracted = fuzz::input(|| format::extract(&pattern, text));
    let all = fuzz::input(|| format::extract_multiple(&pattern, text));
    let _lenient = fuzz::input(|| format::extract_lenient(&pattern, text));
    assert!(sound.is_ok() || extracted.is_err() && all.is_err());
    if let (Ok(first), Ok(all)) = (&extracted, &all) {
        assert_eq!(all.first(), Some(first));
    }
});
