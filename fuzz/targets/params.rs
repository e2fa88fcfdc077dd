//! Parameters of a request: schemas and values as one JSON document.
#![no_main]

use expr::params::{Request, finish, render_live};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let Ok(Value::Object(given)) = serde_json::from_str(text) else { return };
    let (nothing, empty) = (Value::Object(Map::new()), Map::new());
    let object = |name: &str| given.get(name).and_then(Value::as_object).unwrap_or(&empty);
    let request = Request {
        runner_parameters: object("runner_parameters"),
        action_parameters: object("action_parameters"),
        params: object("params"),
        action_context: given.get("context").unwrap_or(&nothing),
        config: given.get("config").unwrap_or(&nothing),
        additional_contexts: given.get("additional_contexts").and_then(Value::as_object),
    };
    let options = fuzz::options();
    let live = match fuzz::input(|| render_live(&request, &options)) {
        Ok(live) => live,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.class_name().is_empty());
            return;
        }
    };
    assert!(request.params.keys().all(|name| live.contains_key(name)));
    let stored = Request { params: &live, additional_contexts: None, ..request };
    let _done = fuzz::input(|| finish(&stored, &options)).map_err(|error| error.to_string());
});
