//! Output: lines as they come, limits, odd bytes, slow listeners.

use std::time::Duration;

use model::{
    Status,
    job::{Chunk, Output},
};
use runner::Limits;
use serde_json::json;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::support::{command, limits, run_with, start, texts};

#[tokio::test]
async fn each_line_is_a_chunk() {
    let job = command(r"printf 'a\nb\nc'; echo d >&2");
    let (_, chunks) = run_with(&job, &limits(), &CancellationToken::new()).await;
    assert_eq!(texts(&chunks, Output::Stdout), ["a\n", "b\n", "c"]);
    assert_eq!(texts(&chunks, Output::Stderr), ["d\n"]);
}

#[tokio::test]
async fn lines_arrive_while_the_process_runs_even_without_their_end() {
    let (sender, mut receiver) = mpsc::channel(16);
    let job = command(r"echo one; printf 'two? '; read -t 30 < <(sleep 30); echo never");
    let cancel = CancellationToken::new();
    let limits = limits();
    let running = start(&job, &sender, &cancel, &limits);
    let listening = async {
        assert_eq!(receiver.recv().await.unwrap().data, "one\n");
        assert_eq!(receiver.recv().await.unwrap().data, "two? ");
        cancel.cancel();
    };
    let both = async { tokio::join!(running, listening) };
    let (outcome, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
    assert_eq!(outcome.status, Status::Canceled);
    assert_eq!(outcome.result["stdout"], "one\ntwo? ");
}

#[tokio::test]
async fn invalid_bytes_are_replaced_and_characters_never_cut() {
    let job = command(r"printf 'a\xff\xfeb\xc3'; printf '\xe2\x82'; sleep 0.5; printf '\xac!'");
    let (outcome, chunks) = run_with(&job, &limits(), &CancellationToken::new()).await;
    assert_eq!(outcome.result["stdout"], "a\u{FFFD}\u{FFFD}b\u{FFFD}€!");
    let output = texts(&chunks, Output::Stdout);
    assert_eq!(output.concat(), "a\u{FFFD}\u{FFFD}b\u{FFFD}€!");
    assert_eq!(output.len(), 2, "{output:?}");
}

#[tokio::test]
async fn long_lines_come_in_pieces_and_whole_in_the_result() {
    let job = command(r"head -c 999999 /dev/zero | tr '\0' x; printf 'é\n'");
    let (outcome, chunks) = run_with(&job, &limits(), &CancellationToken::new()).await;
    let text = outcome.result["stdout"].as_str().unwrap();
    assert_eq!(text.len(), 1_000_001);
    assert!(text.ends_with("xé"));
    let output = texts(&chunks, Output::Stdout);
    assert!(output.iter().all(|piece| piece.len() <= 64 * 1024));
    assert!(output.len() >= 16);
    assert_eq!(output.concat().trim_end(), text);
}

#[tokio::test]
async fn a_hundred_megabytes_are_read_and_what_is_over_the_limit_is_counted() {
    let job = command("yes 123456789 | head -c 100000000; echo end >&2");
    let limits = Limits { output_bytes_max: 1_000_000, ..limits() };
    let (outcome, chunks) = run_with(&job, &limits, &CancellationToken::new()).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.result["stderr"], "end");
    let text = outcome.result["stdout"].as_str().unwrap();
    let marker = "[99000000 more bytes left out: the limit is 1000000 bytes]";
    assert!(text.ends_with(marker), "{:?}", &text[text.len() - 100..]);
    assert_eq!(text.len(), 1_000_000 + marker.len());
    let output = texts(&chunks, Output::Stdout).concat();
    assert_eq!(output.trim_end(), text);
}

#[tokio::test]
async fn limit_may_fall_into_a_character_and_zero_is_no_limit() {
    let job = command("echo ééé");
    let limits = Limits { output_bytes_max: 3, ..limits() };
    let (outcome, _) = run_with(&job, &limits, &CancellationToken::new()).await;
    assert_eq!(outcome.result["stdout"], "é\n[5 more bytes left out: the limit is 3 bytes]");
    let limits = Limits { output_bytes_max: 0, ..limits };
    let job = command(r"head -c 11000000 /dev/zero | tr '\0' x");
    let (outcome, _) = run_with(&job, &limits, &CancellationToken::new()).await;
    assert_eq!(outcome.result["stdout"].as_str().unwrap().len(), 11_000_000);
}

#[tokio::test]
async fn nobody_listening_is_no_reason_to_stop() {
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let job = command("seq 1 50000; exit 3");
    let outcome = start(&job, &sender, &CancellationToken::new(), &limits()).await;
    assert_eq!(outcome.result["return_code"], 3);
    assert!(outcome.result["stdout"].as_str().unwrap().ends_with("\n50000"));
}

#[tokio::test]
async fn slow_listener_loses_nothing() {
    let (sender, mut receiver) = mpsc::channel::<Chunk>(1);
    let job = command("seq 1 300");
    let listening = tokio::spawn(async move {
        let mut text = String::new();
        while let Some(chunk) = receiver.recv().await {
            tokio::time::sleep(Duration::from_millis(3)).await;
            text.push_str(&chunk.data);
        }
        text
    });
    let limits = Limits { drain: Duration::from_millis(50), ..limits() };
    let outcome = start(&job, &sender, &CancellationToken::new(), &limits).await;
    drop(sender);
    assert!(outcome.result["stdout"].as_str().unwrap().ends_with("\n300"));
    assert!(listening.await.unwrap().ends_with("\n300\n"));
}

#[tokio::test]
async fn listener_that_never_listens_stops_neither_timeout_nor_cancel() {
    let (sender, receiver) = mpsc::channel(1);
    let mut job = command("yes");
    job.runner_parameters.insert("timeout".to_owned(), json!(1));
    let started = Instant::now();
    let outcome = start(&job, &sender, &CancellationToken::new(), &limits()).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert!(started.elapsed() < Duration::from_secs(6));
    let cancel = CancellationToken::new();
    let limits = limits();
    let started = Instant::now();
    let canceling = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(start(&job, &sender, &cancel, &limits), canceling);
    assert_eq!(outcome.status, Status::Canceled);
    assert!(started.elapsed() < Duration::from_secs(6));
    drop(receiver);
}
