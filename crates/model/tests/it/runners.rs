//! The documents of runner types, as clients know them.

use model::{Id, Runner, RunnerType};

#[test]
fn each_runner_has_the_document_that_clients_know() {
    for runner in Runner::ALL {
        let document = RunnerType::shipped(runner, Id::from_bytes([0; 12])).to_json();
        insta::assert_snapshot!(runner.as_str(), format!("{document:#}"));
    }
}
