//! Scripts: arguments, how they are started, and revisions of their pack.

use std::{fs, path::Path, process::Command, time::Duration};

use model::{Status, job::Output};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{limits, object, run, run_with, script, script_in, start, texts};

const SHOW: &str = "#!/bin/sh\nfor a in \"$@\"; do printf '[%s]' \"$a\"; done\n";

#[tokio::test]
async fn named_arguments_precede_positional_ones_and_are_written_as_in_python() {
    let (_pack, mut job) = script(SHOW, 0o755);
    job.positional = ["p1", "p2", "p3", "p4", "p5", "p6"].map(str::to_owned).to_vec();
    job.action_parameters = object(json!({
        "p2": true, "p1": "a b", "name": "it's", "flag": true, "off": false, "none": null,
        "empty": "", "list": ["x", 1, null, true], "map": {"k": 1.5}, "number": 0,
        "p3": ["x", 2, false, null], "p4": {"k": ["v"]}, "p5": null,
    }));
    assert_eq!(
        run(&job).await.result["stdout"],
        "[--name=it's][--flag][--list=['x', 1, None, True]][--map={'k': 1.5}][--number=0]\
         [a b][1][x,2,False,None][{\"k\":[\"v\"]}][][]"
    );
    job.runner_parameters.insert("kwarg_op".to_owned(), json!("-"));
    job.positional.clear();
    job.action_parameters = object(json!({"x": "1", "y": true}));
    assert_eq!(run(&job).await.result["stdout"], "[-x=1][-y]");
}

#[tokio::test]
async fn arguments_never_meet_a_shell() {
    let (pack, mut job) = script(SHOW, 0o755);
    let evil = format!("$(touch {0}/a) `touch {0}/b`; touch {0}/c\n'\"\\", pack.path().display());
    job.positional = vec!["p".to_owned()];
    job.action_parameters = object(json!({"n;m": evil, "p": evil}));
    assert_eq!(run(&job).await.result["stdout"], format!("[--n;m={evil}][{evil}]"));
    assert_eq!(fs::read_dir(pack.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn script_is_made_executable() {
    let (_pack, job) = script(
        "#!/bin/bash\necho \"$BASH_VERSION\" | cut -c1 | grep -q '[0-9]' && echo ran\n",
        0o644,
    );
    assert_eq!(run(&job).await.result["stdout"], "ran");
}

#[tokio::test]
async fn script_without_an_interpreter_line_runs_in_sh() {
    let (_pack, mut job) = script("echo plain \"$1\"\nexit 4\n", 0o755);
    job.positional = vec!["p".to_owned()];
    job.action_parameters = object(json!({"p": "a  b"}));
    let outcome = run(&job).await;
    assert_eq!(outcome.result["stdout"], "plain a  b");
    assert_eq!(outcome.result["return_code"], 4);
}

#[tokio::test]
async fn missing_script_and_missing_interpreter_are_named() {
    let (pack, mut job) = script("#!/no/such/interpreter\n", 0o755);
    let path = pack.path().join("actions/run.sh");
    let outcome = run(&job).await;
    let error = outcome.result["error"].as_str().unwrap();
    assert!(
        error.starts_with(&format!("failed to start `{}`: No such file", path.display())),
        "{error}"
    );
    job.entry_point = "gone.sh".to_owned();
    let outcome = run(&job).await;
    let error = outcome.result["error"].as_str().unwrap();
    assert!(
        error.starts_with("failed to find script `") && error.contains("/actions/gone.sh`"),
        "{error}"
    );
}

fn git(directory: &Path, line: &str) {
    #[expect(clippy::disallowed_methods, reason = "the test needs a checkout")]
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(["-c", "user.name=t", "-c", "user.email=t@t"]);
    assert!(command.args(line.split(' ')).output().unwrap().status.success(), "{line}");
}

/// A directory with a checkout whose first revision, `v1`, has another script than its last.
fn checkout(inside: &str) -> (tempfile::TempDir, model::Job) {
    let root = tempfile::tempdir().unwrap();
    let pack = root.path().join(inside);
    git(root.path(), "init -q");
    script_in(&pack, "#!/bin/sh\necho one \"$0\"\n", 0o755);
    git(root.path(), "add .");
    git(root.path(), "commit -qm one");
    git(root.path(), "tag v1");
    let job = script_in(&pack, "#!/bin/sh\necho two\n", 0o755);
    git(root.path(), "commit -qam two");
    (root, job)
}

#[tokio::test]
async fn revision_of_the_pack_is_taken_and_removed_again() {
    for inside in [".", "packs/mine"] {
        let (root, mut job) = checkout(inside);
        assert_eq!(run(&job).await.result["stdout"], "two");
        job.runner_parameters.insert("content_version".to_owned(), json!("v1"));
        let outcome = run(&job).await;
        assert_eq!(outcome.status, Status::Succeeded, "{}", outcome.result);
        let stdout = outcome.result["stdout"].as_str().unwrap();
        let path = Path::new(stdout.strip_prefix("one ").unwrap());
        assert!(!path.exists());
        assert!(!path.starts_with(root.path()));
        let worktrees = root.path().join(".git/worktrees");
        assert!(!worktrees.exists() || fs::read_dir(worktrees).unwrap().count() == 0);
    }
}

#[tokio::test]
async fn debug_keeps_the_revision_and_says_where() {
    let (_root, mut job) = checkout(".");
    job.runner_parameters = object(json!({"content_version": "v1", "debug": true}));
    let (outcome, chunks) = run_with(&job, &limits(), &CancellationToken::new()).await;
    let message = texts(&chunks, Output::Output).concat();
    let path = Path::new(message.strip_prefix("Worktree kept in ").unwrap().trim_end());
    assert!(path.join("actions/run.sh").exists());
    assert_eq!(outcome.status, Status::Succeeded);
    fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn impossible_revisions_are_explained() {
    let (_root, mut job) = checkout(".");
    let mut fails = async |revision: &str, expected: &str| {
        job.runner_parameters = object(json!({"content_version": revision}));
        let outcome = run(&job).await;
        assert_eq!(outcome.status, Status::Failed);
        let error = outcome.result["error"].as_str().unwrap();
        assert!(error.contains(expected), "{error}");
    };
    fails(
        "nowhere",
        "failed to take revision `nowhere` of pack `core`: invalid reference: nowhere",
    )
    .await;
    fails("--lock", "`--lock` is no revision").await;
    let (_pack, mut job) = script(SHOW, 0o755);
    job.runner_parameters = object(json!({"content_version": "v1"}));
    let error = run(&job).await.result["error"].as_str().unwrap().to_owned();
    assert!(error.contains("is not a git checkout"), "{error}");
    let (_root, mut job) = checkout(".");
    job.runner_parameters = object(json!({"content_version": "v1"}));
    job.entry_point = "../../etc/x".to_owned();
    let error = run(&job).await.result["error"].clone();
    assert_eq!(error, "entry point `../../etc/x` lies outside the pack");
}

#[tokio::test]
async fn dropped_run_removes_the_revision() {
    let (root, mut job) = checkout(".");
    script_in(root.path(), "#!/bin/sh\necho \"$0\"\nsleep 310.1\n", 0o755);
    git(root.path(), "commit -qam three");
    job.runner_parameters = object(json!({"content_version": "HEAD"}));
    let (sender, mut receiver) = mpsc::channel(16);
    let (cancel, limits) = (CancellationToken::new(), limits());
    let path = tokio::select! {
        outcome = start(&job, &sender, &cancel, &limits) => panic!("{outcome:?}"),
        chunk = receiver.recv() => chunk.unwrap().data,
        () = tokio::time::sleep(Duration::from_secs(10)) => panic!("it does not begin"),
    };
    assert!(!Path::new(path.trim_end()).exists());
}
