//! What the targets share: how long one input may take, a small world to evaluate in, and how an
//! input is split.

use std::{sync::Once, time::Duration};

use expr::{
    document::Context,
    jinja::{Limits, Options},
};
use model::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

/// The longest that one input may compute. Everything that is evaluated has limits, and those of
/// [`LIMITS`] are reached much earlier.
const INPUT_TIME_MAX: Duration = Duration::from_secs(1);

/// How large the second stack is.
const SIGNAL_STACK_BYTES: usize = 256 * 1024;

/// The limits of an evaluation: smaller than Squall's own, so that more inputs are tried.
pub const LIMITS: Limits = Limits {
    fuel: 200_000,
    depth: 80,
    built_bytes_max: 16 << 20,
    output_bytes_max: 1 << 20,
    template_bytes_max: 4 << 20,
};

/// The surroundings of an event.
pub const EVENT: criteria::Context<'static> = criteria::Context {
    now: Timestamp::from_micros(1_795_608_000_000_000),
    lookup: None,
    crypto_key: None,
    rule: "demo.rule",
    instance: "5f0000000000000000000001",
};

/// Does the work of one input, and panics when it takes too long.
pub fn input<T>(work: impl FnOnce() -> T) -> T {
    static STACK: Once = Once::new();
    STACK.call_once(lend_signal_stack);
    let before = computed();
    let result = work();
    let taken = computed() - before;
    assert!(taken < INPUT_TIME_MAX, "one input took {taken:?}");
    result
}

/// Returns how long this thread has computed.
fn computed() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Gives libFuzzer's handler a stack to stand on when the stack itself is what ran out; without
/// one the process ends and the input is lost.
fn lend_signal_stack() {
    let memory: &'static mut [u8] = Box::leak(vec![0; SIGNAL_STACK_BYTES].into_boxed_slice());
    let stack =
        libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: memory.len() };
    // SAFETY: the memory is never freed and nobody else uses it.
    let status = unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
    assert_eq!(status, 0, "the signal stack is refused");
}

/// Splits an input at its first line break.
#[must_use]
pub fn halves(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// Reads JSON; any other text stands for itself.
#[must_use]
pub fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Returns how deeply values nest.
#[must_use]
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Returns the variables that expressions can read.
#[must_use]
pub fn variables() -> Map<String, Value> {
    let variables = json!({
        "a": 1, "b": -2.5, "t": true, "n": null, "s": "Some Text é", "e": "",
        "l": [3, 1, 2], "m": {"k": "v", "x": {"y": [1, {"z": "deep"}]}},
        "rows": [{"id": 1, "name": "web", "up": true}, {"id": 2, "name": "db", "up": false}],
        "words": ["b", "a", "c", "a"], "json": "{\"k\": [1, 2]}", "date": "2026-11-24T12:00:00Z",
        "big": 9_007_199_254_740_993_i64, "html": "<b class='x'>&amp;</b>",
        "__current_task": {"id": "t1", "route": 0, "result": {"stdout": "ok"}},
        "__current_item": {"host": "h1"},
        "__state": {
            "tasks": {"t1__r0": 0}, "routes": [[]],
            "sequence": [{"id": "t1", "route": 0, "status": "succeeded"}],
        },
    });
    variables.as_object().cloned().unwrap_or_default()
}

/// Returns how templates are rendered.
#[must_use]
pub fn options() -> Options<'static> {
    Options { limits: LIMITS, bare_system: true, ..Options::default() }
}

/// Returns the context of workflows' expressions.
#[must_use]
pub fn context(variables: &Value) -> Context<'_> {
    Context { limits: LIMITS, ..Context::new(variables) }
}
