//! A Squall that is killed under load again and again loses nothing and does nothing twice.

use serde_json::Value;

use crate::squall;

/// How often it is killed.
const ROUNDS: &str = "8";
/// How long a start and what follows it may take: other tests run on the same machine.
const SETTLE_S: &str = "60";

#[test]
fn kills_under_load_lose_nothing_and_do_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments =
        ["selftest", "--chaos", "--rounds", ROUNDS, "--settle", SETTLE_S, "--json", "--data"];
    let arguments = [arguments.as_slice(), &[data.to_str().unwrap()]].concat();
    let output = squall::run(folder.path(), &arguments, "");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", squall::stderr(&output)));
    assert_eq!(report["violations"], Value::Array(Vec::new()), "{report}");
    assert!(output.status.success(), "{report}");
    // A load that did nothing would prove nothing.
    for what in ["kills", "acknowledged", "messages", "announcements"] {
        assert!(report[what].as_u64().is_some_and(|count| count >= 4), "{what}: {report}");
    }
    for what in ["workflows", "chains", "questions", "answers"] {
        assert!(report[what].as_u64().is_some_and(|count| count >= 1), "{what}: {report}");
    }
}
