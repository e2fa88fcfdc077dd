//! The stream: its address, its events, and coming back after a break.

use client::{Error, Filter, ServerSentEvent, execution::Output};
use futures_util::{Stream, StreamExt as _, pin_mut};

use crate::script::{answer, serve, stream};

async fn all(events: impl Stream<Item = Result<ServerSentEvent, Error>>) -> Vec<String> {
    let text = |event: Result<ServerSentEvent, Error>| match event {
        Ok(event) => format!("{} {}", event.name, event.data),
        Err(error) => format!("error: {error}"),
    };
    events.map(text).collect().await
}

#[tokio::test]
async fn a_filter_becomes_the_query_and_events_come_until_the_end() {
    let body = "\nevent: st2.execution__update\ndata: {\"a\": \"é\"}\n\n\nevent: b\ndata: 2\n\n";
    let (client, asked) = serve(vec![stream(body)]).await;
    let filter = Filter {
        action_refs: vec!["core.noop".into()],
        last_event_id: Some("41".into()),
        ..Filter::events(&["st2.execution__*", "st2.announcement__chatops"])
    };
    let events = client.stream(&filter).await.unwrap();
    assert_eq!(all(events).await, ["st2.execution__update {\"a\": \"é\"}", "b 2"]);
    let request = asked.one().await;
    assert_eq!(
        request.line,
        "GET /stream/v1/stream?events=st2.execution__*%2Cst2.announcement__chatops&action_refs=core.noop"
    );
    assert_eq!(request.header("last-event-id"), Some("41"));
}

#[tokio::test]
async fn a_stream_that_is_refused_is_an_error_at_once() {
    let (client, asked) = serve(vec![answer(401, "", r#"{"faultstring": "Unauthorized"}"#)]).await;
    let opened = client.stream(&Filter::default()).await.map(drop);
    assert!(matches!(opened, Err(Error::Unauthorized(_))));
    assert_eq!(asked.one().await.line, "GET /stream/v1/stream");
}

#[tokio::test]
async fn forever_comes_back_after_the_last_event_and_stops_when_refused_for_good() {
    let (client, asked) = serve(vec![
        stream("id: 7\ndata: a\n\n"),
        answer(503, "", ""),
        stream("data: b\n\n"),
        answer(401, "", r#"{"faultstring": "Unauthorized"}"#),
    ])
    .await;
    let events = client.stream_forever(Filter::default());
    assert_eq!(
        all(events).await,
        [
            "message a",
            "error: Squall failed with status 503: Service Unavailable; its log says more",
            "message b",
            "error: Unauthorized; give a valid API key, or log in again",
        ]
    );
    let requests = asked.all().await;
    let ids: Vec<_> = requests.iter().map(|request| request.header("last-event-id")).collect();
    assert_eq!(ids, [None, Some("7"), Some("7"), Some("7")]);
}

#[tokio::test]
async fn a_stream_cut_within_an_event_is_an_error_and_then_over() {
    let cut = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n40\r\ndata";
    let (client, asked) = serve(vec![cut.to_owned()]).await;
    let events = client.stream(&Filter::default()).await.unwrap();
    pin_mut!(events);
    assert_eq!(events.next().await.unwrap().unwrap().data, "a");
    let broken = events.next().await.unwrap();
    assert!(matches!(broken, Err(Error::Broken { .. })), "{broken:?}");
    assert!(events.next().await.is_none());
    asked.one().await;
}

#[tokio::test]
async fn output_is_followed_to_its_end() {
    let body = "event: st2.execution.output__create\ndata: {}\n\nevent: EOF\ndata: ''\n\n";
    let (client, asked) = serve(vec![stream(body)]).await;
    let events = client.output_stream("last", Output::All).await.unwrap();
    assert_eq!(all(events).await, ["st2.execution.output__create {}", "EOF ''"]);
    let line = "GET /stream/v1/executions/last/output?output_type=all";
    assert_eq!(asked.one().await.line, line);
}
