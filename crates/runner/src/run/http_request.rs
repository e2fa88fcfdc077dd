//! `http-request`: sends an HTTP request.
//!
//! Redirects are followed here and not by the client: each address is checked against the lists of
//! hosts, and runs share no cookies.

mod body;
mod client;
mod pairs;
mod request;
mod response;

use std::time::Duration;

use model::{Outcome, Status};
use reqwest::{
    Client, Method, Request, Response, StatusCode, Url,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap, LOCATION,
        TRANSFER_ENCODING,
    },
};
use serde_json::json;

use crate::{Context, failure, parameter};

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 30;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Parameter(#[from] parameter::Error),
    #[error(transparent)]
    Body(#[from] body::Error),
    #[error(transparent)]
    Address(#[from] request::Error),
    #[error("failed to prepare the HTTP client")]
    Client(#[source] reqwest::Error),
    #[error("request to `{host}` failed")]
    Send { host: String, source: reqwest::Error },
    #[error("`{host}` redirects to `{location}`, which is not an HTTP address")]
    Location { host: String, location: String },
    #[error("Exceeded {REDIRECTS_MAX} redirects.")]
    Redirects,
}

/// Sends the request that the parameters describe.
pub(super) async fn run(context: &Context<'_>) -> Outcome {
    let prepared = match request::prepare(context.job, context.limits) {
        Ok(prepared) => prepared,
        Err(error) => return failure::outcome(&error),
    };
    let timeout = prepared.timeout.clone();
    let host = host(&prepared.url).to_owned();
    tokio::select! {
        answer = exchange(prepared, context.limits.output_bytes_max) => {
            answer.unwrap_or_else(|error| failure::outcome(&error))
        }
        () = crate::pause::pause(timeout.duration.max(Duration::from_millis(1))) => {
            let error = format!("`{host}` did not answer within {} seconds", timeout.text);
            Outcome::new(Status::Timeout, json!({"error": error}))
        }
        () = context.cancel.cancelled() => {
            Outcome::new(Status::Canceled, json!({"error": "the request was canceled"}))
        }
    }
}

async fn exchange(prepared: request::Prepared, bytes_max: usize) -> Result<Outcome, Error> {
    let client = client::shared(&prepared.route).map_err(Error::Client)?;
    let mut request = prepared.build(&client)?;
    for _ in 0..=REDIRECTS_MAX {
        let next = request.try_clone();
        let response = send(&client, request).await?;
        match next.filter(|_| prepared.follow && response.status().is_redirection()) {
            Some(next) => match redirected(&response, next)? {
                Some(next) => {
                    prepared.hosts.check(next.url(), next.url().as_str())?;
                    request = next;
                }
                None => return finish(response, bytes_max).await,
            },
            None => return finish(response, bytes_max).await,
        }
    }
    Err(Error::Redirects)
}

async fn send(client: &Client, request: Request) -> Result<Response, Error> {
    let host = host(request.url()).to_owned();
    // The error must not show the address, which may contain secrets.
    let sent = client.execute(request).await;
    sent.map_err(|error| Error::Send { host, source: error.without_url() })
}

async fn finish(response: Response, bytes_max: usize) -> Result<Outcome, Error> {
    let host = host(response.url()).to_owned();
    let code = response.status().as_u16();
    let status = if (200..=206).contains(&code) { Status::Succeeded } else { Status::Failed };
    let result = response::read(response, bytes_max).await;
    let result = result.map_err(|error| Error::Send { host, source: error.without_url() })?;
    Ok(Outcome::new(status, result))
}

/// Returns the request that follows a redirect, or none when `response` has no location to follow.
fn redirected(response: &Response, mut request: Request) -> Result<Option<Request>, Error> {
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
    let before = response.url();
    let url = match before.join(&location) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ => return Err(Error::Location { host: host(before).to_owned(), location }),
    };
    let method = request.method();
    let becomes_get = match response.status() {
        StatusCode::SEE_OTHER | StatusCode::FOUND => *method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY => *method == Method::POST,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => false,
        _ => return Ok(None),
    };
    if becomes_get {
        *request.method_mut() = Method::GET;
        *request.body_mut() = None;
        remove(request.headers_mut(), &[CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING]);
    }
    if url.host_str() != before.host_str() {
        remove(request.headers_mut(), &[AUTHORIZATION, COOKIE, HOST]);
    } else if url.port_or_known_default() != before.port_or_known_default()
        && !(before.scheme() == "http" && url.scheme() == "https" && url.port().is_none())
    {
        remove(request.headers_mut(), &[AUTHORIZATION, HOST]);
    }
    *request.url_mut() = url;
    Ok(Some(request))
}

fn remove(headers: &mut HeaderMap, names: &[reqwest::header::HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}
