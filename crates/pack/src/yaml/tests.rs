use serde_json::{Value, json};

use super::*;

fn value(text: &str) -> Value {
    read(text.as_bytes(), Duplicates::KeepLast).unwrap().value
}
