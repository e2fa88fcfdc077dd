//! Policies on the command line.

use crate::squall::{Squall, stderr, stdout};

#[test]
fn a_policy_is_made_switched_changed_and_removed() {
    let squall = Squall::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    let path = file.to_str().unwrap();
    let text = |threshold: &str| {
        format!(
            "name: few\npack: rig\nresource_ref: core.noop\npolicy_type: action.concurrency\n\
             parameters:\n  threshold: {threshold}\n  action: cancel\n"
        )
    };
    let good = |arguments: &[&str]| {
        let done = squall.run(arguments);
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {}", stderr(&done));
        [stdout(&done), stderr(&done)].concat()
    };
    std::fs::write(&file, text("0")).unwrap();
    assert_eq!(good(&["policy", "create", path]), "rig.few is made\n");
    assert_eq!(squall.run(&["run", "core.noop"]).status.code(), Some(1), "it is canceled");
    assert_eq!(good(&["policy", "disable", "rig.few"]), "rig.few is disabled\n");
    good(&["run", "core.noop"]);
    assert_eq!(good(&["policy", "enable", "rig.few"]), "rig.few is enabled\n");
    assert_eq!(squall.run(&["run", "core.noop"]).status.code(), Some(1));
    std::fs::write(&file, text("1")).unwrap();
    assert_eq!(good(&["policy", "update", "rig.few", path]), "rig.few is changed\n");
    good(&["run", "core.noop"]);
    assert_eq!(
        good(&["policy", "list", "--resource-ref", "core.noop"]),
        "REF      RESOURCE_REF  POLICY_TYPE         ENABLED\n\
         rig.few  core.noop     action.concurrency  true\n"
    );
    assert!(good(&["policy", "list"]).contains("examples.restart_service_one_at_a_time"));
    assert!(good(&["policy", "get", "rig.few"]).contains("\nresource_ref   core.noop\n"));
    let document: serde_json::Value =
        serde_json::from_str(&good(&["policy", "get", "rig.few", "--json"])).unwrap();
    assert_eq!(document["parameters"]["threshold"], 1);
    assert_eq!(good(&["policy", "delete", "rig.few"]), "rig.few is gone\n");
    assert_eq!(squall.run(&["policy", "get", "rig.few"]).status.code(), Some(3));
    std::fs::write(&file, "name: [").unwrap();
    let failed = squall.run(&["policy", "create", path]);
    assert_eq!(failed.status.code(), Some(2), "{}", stderr(&failed));
    std::fs::write(&file, text("many")).unwrap();
    let failed = squall.run(&["policy", "create", path]);
    assert!(stderr(&failed).contains("'many' is not of type 'integer'"), "{}", stderr(&failed));
}

#[test]
fn the_types_of_policies_are_shown() {
    let squall = Squall::start();
    let listed = stdout(&squall.run(&["policy-type", "list"]));
    for name in ["concurrency ", "concurrency.attr ", "retry "] {
        assert!(listed.contains(name), "{listed}");
    }
    let got = stdout(&squall.run(&["policy-type", "get", "action.retry"]));
    assert!(got.contains("max_retry_count"), "{got}");
    assert_eq!(squall.run(&["policy-type", "get", "action.x"]).status.code(), Some(3));
}
