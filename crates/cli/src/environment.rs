//! The environment. It is read here only.

use std::{env, ffi::OsString};

/// Returns a variable if it is set, not empty and valid UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(crate) fn get(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the variables of Squall, sorted by name.
pub(crate) fn ours() -> Vec<(String, String)> {
    let text = |text: OsString| text.into_string().ok();
    let mut all: Vec<(String, String)> =
        env::vars_os().filter_map(|(name, value)| text(name).zip(text(value))).collect();
    all.retain(|(name, value)| name.starts_with("SQUALL_") && !value.is_empty());
    all.sort();
    all
}
