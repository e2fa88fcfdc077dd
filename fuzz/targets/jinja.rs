//! Jinja templates: what does not parse is not rendered, and output keeps to its limit.
#![no_main]

use expr::jinja::{self, Options, Undefined};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|template: &str| {
    let variables = fuzz::variables();
    let (checked, syntax) = (jinja::check(template), jinja::check_syntax(template));
    assert!(syntax.is_ok() || checked.is_err());
    let reads = jinja::variables(template);
    assert_eq!(reads.is_ok(), syntax.is_ok());
    let rendered = fuzz::input(|| jinja::render(template, &variables, &fuzz::options()));
    assert!(checked.is_ok() || rendered.is_err());
    if let Ok(text) = &rendered {
        assert!(text.len() <= fuzz::LIMITS.output_bytes_max);
    }
    let _hint = rendered.as_ref().map_err(|error| error.hint());
    assert_eq!(rendered, fuzz::input(|| jinja::render(template, &variables, &fuzz::options())));
    let lenient = Options { undefined: Undefined::Lenient, ..fuzz::options() };
    let lenient = fuzz::input(|| jinja::render(template, &variables, &lenient));
    // A text without a template is its own rendering.
    if !jinja::is_template(template) && !template.contains("{#") && rendered.is_ok() {
        let plain = template.replace("\r\n", "\n").replace('\r', "\n");
        let plain = plain.strip_suffix('\n').unwrap_or(&plain);
        assert_eq!(lenient.as_deref(), Ok(plain));
    }
});
