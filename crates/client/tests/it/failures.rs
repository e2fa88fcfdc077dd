//! What a person is told when a call fails.

use client::{Client, Credential, Error};
use serde_json::json;
use tokio::net::TcpListener;

use crate::script::{answer, serve};

async fn check(status: u16, headers: &str, body: &str, sentence: &str) -> Error {
    let (client, asked) = serve(vec![answer(status, headers, body)]).await;
    let error = client.user().await.unwrap_err();
    assert_eq!(error.to_string(), sentence);
    asked.one().await;
    error
}

fn fault(text: &str) -> String {
    json!({ "faultstring": text }).to_string()
}

#[tokio::test]
async fn each_refusal_has_its_kind_and_squalls_sentence() {
    let unauthorized = "Unauthorized - One of Token or API key required.";
    let sentence = format!("{unauthorized}; give a valid API key, or log in again");
    let error = check(401, "", &fault(unauthorized), &sentence).await;
    assert!(matches!(error, Error::Unauthorized(_)));

    let missing = "Resource with a reference or id \"nope\" not found";
    let error = check(404, "", &fault(missing), missing).await;
    assert!(matches!(error, Error::NotFound(_)));

    let error = check(409, "", &fault("Tried to save"), "Tried to save").await;
    assert!(matches!(error, Error::Refused { status: 409, .. }));

    let sentence = "Squall failed with status 502: Bad Gateway; its log says more";
    assert!(check(502, "", "", sentence).await.may_pass());
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let sentence = "the address has moved: https://elsewhere/; give the new address";
    check(301, "location: https://elsewhere/\r\n", "", sentence).await;
}

#[tokio::test]
async fn an_answer_that_is_not_json_names_the_address() {
    let (client, asked) = serve(vec![answer(200, "", "<html>")]).await;
    let url = format!("{}api/v1/user", client.base_url());
    let error = client.user().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the answer of `{url}` cannot be read: expected value at line 1 column 1; is Squall listening there?"
        )
    );
    asked.one().await;
}

#[tokio::test]
async fn an_answer_cut_off_is_told_from_a_whole_one() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"username\"";
    let (client, asked) = serve(vec![cut.to_owned()]).await;
    let error = client.user().await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    asked.one().await;
}

#[tokio::test]
async fn nobody_listening_is_unreachable_with_a_hint() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&url, Credential::None).unwrap();
    let error = client.healthz().await.unwrap_err();
    assert!(error.may_pass());
    assert_eq!(
        error.to_string(),
        format!("cannot reach Squall at `{url}/healthz`; is it running there (`squall up`)?")
    );
}
