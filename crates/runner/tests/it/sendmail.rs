//! E-mails through the local `sendmail`; an SMTP server takes some in `engine/tests/it`.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use model::{Job, Runner, Status};
use runner::Limits;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::{job, limits, object, run, run_with};

/// A program in place of `sendmail`, and a job that uses it.
fn mail(program: &str, parameters: Value) -> (TempDir, Job) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sendmail");
    fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{program}", directory.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut job = job(Runner::Sendmail, json!({}));
    job.action_parameters = object(json!({
        "to": "ann@example.com, bob@example.com", "from": "squall@example.com", "subject": "news",
        "body": "it works", "content_type": "text/plain", "sendmail_binary": path,
    }));
    job.action_parameters.extend(object(parameters));
    (directory, job)
}

fn taken(directory: &TempDir) -> PathBuf {
    directory.path().join("taken")
}

#[tokio::test]
async fn e_mail_goes_through_the_local_program() {
    let (directory, job) = mail("cat > taken", json!({}));
    let outcome = run(&job).await;
    assert_eq!(outcome.status, Status::Succeeded);
    let stdout = "Successfully sent mail to ann@example.com, bob@example.com";
    assert_eq!(
        outcome.result,
        json!({"failed": false, "succeeded": true, "return_code": 0, "stdout": stdout, "stderr": ""})
    );
    let text = fs::read_to_string(taken(&directory)).unwrap();
    assert!(text.contains("To: ann@example.com, bob@example.com\r\n"), "{text}");
    assert!(text.contains("Subject: news\r\n"), "{text}");
}

#[tokio::test]
async fn empty_body_is_not_sent_where_that_is_not_wanted() {
    let (directory, job) = mail("cat > taken", json!({"body": " ", "send_empty_body": false}));
    let outcome = run(&job).await;
    assert_eq!(outcome.result["stdout"], "Nothing to send");
    assert!(!taken(&directory).exists());
}

#[tokio::test]
async fn refused_e_mail_fails_with_the_reason() {
    let (_directory, job) = mail("cat > taken; echo full >&2; exit 1", json!({}));
    let outcome = run(&job).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.result["return_code"], 2);
    let error = outcome.result["stderr"].as_str().unwrap();
    assert!(error.starts_with("no SMTP server is configured"), "{error}");
    assert!(error.contains("full"), "{error}");
    let (_directory, job) = mail("cat > taken", json!({"to": "nobody"}));
    let error = run(&job).await.result["stderr"].as_str().unwrap().to_owned();
    assert!(error.starts_with("parameter `to` is not an e-mail address: `nobody`"), "{error}");
    let (_directory, job) = mail("cat > taken", json!({"content_type": "words"}));
    let error = run(&job).await.result["stderr"].as_str().unwrap().to_owned();
    assert!(error.starts_with("content type `words` is not known"), "{error}");
}

#[tokio::test]
async fn missing_attachment_is_left_out_with_a_warning() {
    let (directory, mut job) = mail("cat > taken", json!({}));
    let there = directory.path().join("there.txt");
    fs::write(&there, "content").unwrap();
    let attachments = format!("{}, /nowhere", there.display());
    job.action_parameters.insert("attachments".to_owned(), json!(attachments));
    let outcome = run(&job).await;
    assert_eq!(outcome.result["stderr"], "Warning: attachment /nowhere not found, skipping\n");
    let text = fs::read_to_string(taken(&directory)).unwrap();
    assert!(text.contains("filename=\"there.txt\""), "{text}");
}

#[tokio::test]
async fn slow_program_is_waited_for_until_the_timeout_or_a_cancel() {
    let (_directory, job) = mail("exec sleep 30", json!({}));
    let limits = Limits { timeout: Duration::from_millis(300), ..limits() };
    let cancel = CancellationToken::new();
    let (outcome, _) = run_with(&job, &limits, &cancel).await;
    assert_eq!((outcome.status, &outcome.result["return_code"]), (Status::Timeout, &json!(-9)));
    let limits = Limits { timeout: Duration::from_secs(30), ..limits };
    let canceling = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    };
    let ((outcome, _), ()) = tokio::join!(run_with(&job, &limits, &cancel), canceling);
    assert_eq!(outcome.status, Status::Canceled);
}
