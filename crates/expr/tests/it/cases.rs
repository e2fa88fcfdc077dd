//! Templates and what Jinja2 in StackStorm's sandbox makes of them, as files.

use std::fs;
use std::path::Path;

use expr::jinja::{Options, Undefined, render};
use serde_json::{Map, Value};

fn check(file: &Path, context: &Map<String, Value>) -> Vec<String> {
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let template = case["template"].as_str().unwrap();
        let undefined =
            if case["lenient"] == true { Undefined::Lenient } else { Undefined::Strict };
        let options = Options { undefined, ..Options::default() };
        let got = render(template, context, &options);
        let fits = match (&got, case["value"].as_str(), case["error"].as_str()) {
            (Ok(text), Some(expected), _) => text == expected,
            (Err(error), None, Some(expected)) => {
                let told = format!("{}: {}", error.class_name(), error.message);
                told == expected || error.class_name() == expected
            }
            _ => false,
        };
        if !fits {
            wrong.push(format!("{template}\n  expected {case}\n  got {got:?}"));
        }
    }
    wrong
}

#[test]
fn recorded_cases_render_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let context = fs::read_to_string(folder.join("context.json")).unwrap();
    let context: Map<String, Value> = serde_json::from_str(&context).unwrap();
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("context.json") {
            continue;
        }
        files += 1;
        let wrong = check(&path, &context);
        assert!(wrong.is_empty(), "{}: {}", path.display(), wrong.join("\n"));
    }
    assert!(files >= 6);
}
