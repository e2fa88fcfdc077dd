//! JSON in templates: what is read prints, and that is read as the same.
#![no_main]

use python::json::{self, Style};
use libfuzzer_sys::fuzz_target;
use python::object::Object;
use python::text;

fuzz_target!(|text: &str| {
    let Ok(value) = fuzz::input(|| json::loads(text)) else { return };
    let object = json::object(&value);
    assert_eq!(json::value(&object).ok().as_ref(), Some(&value));
    let styles = [Style::default(), Style { sorted: true, ..Style::default() }];
    let indented = [Object::Int(2), Object::str("\t")];
    let indented = indented.iter().filter_map(|indent| Style::indented(Some(indent)).ok());
    for style in styles.into_iter().chain(indented) {
        let Ok(printed) = fuzz::input(|| json::dumps(&object, &style)) else { continue };
        assert_eq!(json::loads(&printed).ok().as_ref(), Some(&value), "{printed}");
    }
    assert_eq!(text::repr(&object).ok(), Some(text::repr_of_json(&value)));
});
