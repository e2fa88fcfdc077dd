//! Pairs behind a sentence: `key=value`, with quotes and braces.
#![no_main]

use alias::format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for pattern in ["{{a}}", "run {{a=x}}", ".*", ""] {
        let sentence = format!("run {text}");
        let extracted = fuzz::input(|| format::extract(pattern, &sentence));
        let lenient = fuzz::input(|| format::extract_lenient(pattern, &sentence));
        let all = fuzz::input(|| format::extract_multiple(pattern, &sentence));
        if let Ok(extracted) = extracted {
            assert_eq!(lenient.as_ref(), Ok(&extracted));
            for (name, value) in &extracted {
                assert!(!name.is_empty());
                assert!(value.is_null() || value.is_string());
            }
            assert!(all.is_err() || all.is_ok_and(|all| all.first() == Some(&extracted)));
        }
    }
});
