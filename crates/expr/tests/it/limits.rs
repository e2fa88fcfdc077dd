//! No template takes the program down or keeps it busy.

use expr::jinja::{Limits, Options, evaluate, render};
use proptest::prelude::*;
use python::Class;
use serde_json::{Map, json};

fn class_of(template: &str) -> Class {
    render(template, &Map::new(), &Options::default()).unwrap_err().class
}

#[test]
fn loops_end_when_the_fuel_is_used_up() {
    let nested =
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ a * b }}{% endfor %}{% endfor %}";
    assert_eq!(class_of(nested), Class::Limit);
}

#[test]
fn text_does_not_grow_without_end() {
    assert_eq!(class_of("{{ 'x' * 999999999999 }}"), Class::Limit);
    assert_eq!(class_of("{{ ('x' * 10000000).replace('x', 'y' * 10000) }}"), Class::Limit);
    assert_eq!(class_of("{{ [0] * 99999999999 }}"), Class::Limit);
    assert_eq!(class_of("{{ '%999999999d' % 1 }}"), Class::Value);
    assert_eq!(class_of("{{ ' ' | center(99999999999) }}"), Class::Limit);
    assert_eq!(class_of("{{ 'a' | indent(99999999999) }}"), Class::Limit);
}

#[test]
fn output_is_limited() {
    let limits = Limits { output_bytes_max: 100, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let error = render("{{ 'x' * 101 }}", &Map::new(), &options).unwrap_err();
    assert_eq!(error.class, Class::Limit);
}

#[test]
fn recursion_is_limited() {
    let endless = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
    assert_eq!(class_of(endless), Class::Recursion);
    let deep = "{% set ns = namespace(x=[]) %}{% for i in range(5000) %}{% set ns.x = [ns.x] %}{% endfor %}";
    assert_eq!(class_of(&format!("{deep}{{{{ ns.x }}}}")), Class::Recursion);
    assert!(render(deep, &Map::new(), &Options::default()).is_ok());
}

#[test]
fn a_list_may_hold_itself() {
    let template = "{% set l = [1] %}{% set _ = l.append(l) %}{{ l }}";
    assert_eq!(render(template, &Map::new(), &Options::default()).as_deref(), Ok("[1, [...]]"));
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}"), ("not ", ""), ("-", "")] {
        let template = format!("{{{{ {}1{} }}}}", open.repeat(5000), close.repeat(5000));
        assert_eq!(class_of(&template), Class::TemplateSyntax, "{open}");
    }
    let chain = format!("{{{{ 1{} }}}}", " + 1".repeat(5000));
    assert_eq!(class_of(&chain), Class::TemplateSyntax);
    let filters = format!("{{{{ 'a'{} }}}}", " | upper".repeat(5000));
    assert_eq!(class_of(&filters), Class::TemplateSyntax);
    let blocks = format!("{}{}", "{% if true %}".repeat(5000), "{% endif %}".repeat(5000));
    assert_eq!(class_of(&blocks), Class::TemplateSyntax);
}

#[test]
fn the_deepest_accepted_nesting_fits_the_stack() {
    let parentheses = format!("{}1{}", "(1 + ".repeat(55), ")".repeat(55));
    let value = evaluate(&parentheses, &Map::new(), &Options::default());
    assert!(value.is_ok());
    let body = format!("{}x{}", "{% if true %}".repeat(55), "{% endif %}".repeat(55));
    let nested = format!(
        "{{% macro m(n) %}}{{% if n > 0 %}}{body}{{{{ m(n - 1) }}}}{{% endif %}}{{% endmacro %}}{{{{ m(70) }}}}"
    );
    let rendered = render(&nested, &Map::new(), &Options::default());
    assert!(rendered.is_ok() || rendered.is_err_and(|error| error.class == Class::Recursion));
}

#[test]
fn regular_expressions_give_up() {
    let template = "{{ ('a' * 40) | regex_search('^(a|a)*(?=b)\\\\1$') }}";
    assert_eq!(class_of(template), Class::Regex);
}

const PIECES: &[&str] = &[
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{#",
    "#}",
    "if",
    "for i in ",
    "endif",
    "endfor",
    "set x = ",
    "macro m(a)",
    "endmacro",
    "call",
    "x",
    "d",
    "l",
    "s",
    ".",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "|",
    "upper",
    "map('upper')",
    "list",
    "join",
    "sort",
    "'",
    "\"",
    "\\",
    "é",
    "☃",
    "-",
    "+",
    "**",
    "//",
    "%",
    "~",
    "1",
    "2.5",
    "1e999",
    ":",
    ",",
    "is ",
    "not ",
    "in ",
    "none",
    "\n",
    "format(1)",
    "'%s' % ",
    "raw",
    "endraw",
    "loop(",
    "self",
    "_",
    "0x",
    "-%}",
    "{%-",
    "=",
    "| regex_replace('(', ')')",
    "| from_yaml_string",
    "| jsonpath_query('$..a')",
    "[::-1]",
    "| to_yaml_string",
    "| from_json_string",
    "| pprint",
    "| round(-400)",
    "| int(base=99)",
    "'{:99999999}'.format(1)",
    "range(9)",
    "namespace(",
    "| batch(0)",
    "| slice(-3)",
];

fn pieces() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(PIECES);
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_panics(template in pieces()) {
        let context = json!({ "d": { "a": 1 }, "l": [3, "é", null], "s": "Héllo ☃\n" });
        let limits = Limits { fuel: 20_000, built_bytes_max: 1 << 20, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        drop(render(&template, context.as_object().unwrap(), &options));
        drop(evaluate(&template, context.as_object().unwrap(), &options));
        drop(expr::jinja::variables(&template));
    }

    #[test]
    fn no_text_panics(template in ".{0,40}", value in ".{0,30}") {
        let context = json!({ "v": value });
        let context = context.as_object().unwrap();
        let options = Options::default();
        drop(render(&template, context, &options));
        for filter in ["from_yaml_string", "from_json_string", "to_yaml_string", "urlize",
            "wordwrap(3)", "striptags", "pprint", "regex_search(v)", "jsonpath_query(v)",
            "version_bump_major", "int", "float", "format(1)", "truncate(3)", "title"] {
            drop(render(&format!("{{{{ v | {filter} }}}}"), context, &options));
        }
        drop(expr::cast::cast("object", &json!(value)));
        drop(expr::cast::cast("integer", &json!(value)));
    }
}
