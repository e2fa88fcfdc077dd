//! Formats of aliases and what is said: a format on the first line, sentences on the others. A
//! matcher finds what the format matches, and nothing else.
#![no_main]

use std::sync::Arc;

use alias::{Matcher, NotFound, format};
use libfuzzer_sys::fuzz_target;
use model::{ActionAlias, Id, Object};

fn one(pattern: &str) -> ActionAlias {
    ActionAlias {
        id: Id::from_bytes([0; 12]),
        name: "one".to_owned(),
        pack: "demo".to_owned(),
        description: None,
        enabled: true,
        action_ref: "demo.run".to_owned(),
        formats: vec![pattern.into()],
        ack: Object::new(),
        result: Object::new(),
        extra: Object::new(),
        immutable_parameters: Object::new(),
        metadata_file: String::new(),
    }
}

fuzz_target!(|text: &str| {
    let (pattern, said) = fuzz::halves(text);
    let sound = fuzz::input(|| format::check(pattern));
    let (matcher, complaints) = fuzz::input(|| Matcher::build(vec![Arc::new(one(pattern))]));
    for sentence in said.split('\n').take(4) {
        let extracted = fuzz::input(|| format::extract(pattern, sentence));
        let lenient = fuzz::input(|| format::extract_lenient(pattern, sentence));
        let all = fuzz::input(|| format::extract_multiple(pattern, sentence));
        assert!(sound.is_ok() || extracted.is_err());
        if extracted.is_ok() {
            assert_eq!(lenient, extracted);
            // Another match may say nothing, which fails them all.
            assert!(all.is_err() || all.is_ok_and(|all| all.first() == extracted.as_ref().ok()));
        }
        let found = fuzz::input(|| matcher.find(sentence));
        let exhausted = |error: &format::Error| *error == format::Error::Exhausted;
        if !extracted.as_ref().is_err_and(exhausted) && complaints.is_empty() {
            assert_eq!(found.is_ok(), extracted.is_ok(), "{found:?} {extracted:?}");
        }
        assert!(!matches!(found, Err(NotFound::Ambiguous { .. })));
        fuzz::input(|| {
            let _lenient = matcher.find_lenient(sentence);
            for suggestion in matcher.suggest(sentence, 3) {
                assert!((0.0..=1.0).contains(&suggestion.score), "{suggestion:?}");
            }
            let _shown = matcher.search(sentence);
            let _help = matcher.help(Some(sentence), None, 0, 0);
        });
    }
});
