//! The client's address and credential, and sending one request and reading its response.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use reqwest::{
    Method, RequestBuilder, Response, StatusCode, Url,
    header::{HeaderMap, HeaderName, HeaderValue, LOCATION},
    redirect,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The timeout of an ordinary request.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest response: a list with several results of 16 MB.
pub(crate) const ANSWER_BYTES_MAX: usize = 128 << 20;
const FAULT_CHARACTERS_MAX: usize = 2_000;

/// The credential that authenticates the caller.
#[derive(Clone)]
pub enum Credential {
    /// No credential: enough to log in and to read the health.
    None,
    /// An API key.
    ApiKey(String),
    /// A token from a login.
    Token(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::ApiKey(_) => "ApiKey(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

/// A client of one Squall. Clones share the connection pool.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Arc<Url>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items on this page.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: u64,
}

/// Selects a part of a list. For `None`, Squall's defaults apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Only items of this pack.
    pub pack: Option<String>,
    /// The maximum number of items; -1 for all.
    pub limit: Option<i64>,
    /// The number of items to skip.
    pub offset: Option<u64>,
}

/// How many items a page has where all are read.
const PAGE: i64 = 100;

/// The answer to come. It is boxed, so that what sends and reads is compiled here and not again
/// in each crate that awaits it.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// A request that was not sent yet.
pub(crate) struct Call {
    builder: RequestBuilder,
    url: String,
    timeout: Duration,
}

impl Client {
    /// Returns a client of the Squall at this address, such as `http://127.0.0.1:9101`, without
    /// connecting to it.
    pub fn new(base_url: &str, credential: Credential) -> Result<Self, Error> {
        let base = parse_base(base_url)?;
        // Another part of the process may have installed a provider; either works.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(Duration::from_secs(30))
            .default_headers(headers(credential)?)
            // A redirect would send the credential to an address that the caller did not name.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("squall/", env!("CARGO_PKG_VERSION")));
        if base.scheme() == "http" {
            // Otherwise a machine without root certificates could not even use plain HTTP.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let http =
            builder.build().map_err(|source| Error::Start { url: base_url.to_owned(), source })?;
        Ok(Self { http, base: Arc::new(base) })
    }

    /// Returns the address.
    pub fn base_url(&self) -> &str {
        self.base.as_str()
    }

    /// Builds a request below `/api/v1`.
    pub(crate) fn api(&self, method: Method, path: &[&str]) -> Call {
        self.call(method, &["api", "v1"], path)
    }

    /// Builds a request below any prefix.
    pub(crate) fn call(&self, method: Method, prefix: &[&str], path: &[&str]) -> Call {
        let mut url = Url::clone(&self.base);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(prefix).extend(path);
        }
        let text = url.to_string();
        Call { builder: self.http.request(method, url), url: text, timeout: ANSWER_TIMEOUT }
    }

    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<Page<T>, Error> {
        let answer = self.api(Method::GET, path).query(query).send().await?;
        let total = answer.total();
        let items: Vec<T> = answer.json().await?;
        let total = total.unwrap_or(items.len() as u64);
        Ok(Page { items, total })
    }

    /// Reads a part of a list; all of it page by page, for which nobody needs to be administrator.
    pub(crate) async fn listing<T: DeserializeOwned>(
        &self,
        path: &[&str],
        listing: &Listing,
    ) -> Result<Page<T>, Error> {
        if listing.limit != Some(-1) {
            return self.list(path, listing).await;
        }
        let mut items = Vec::new();
        loop {
            let offset = Some(items.len() as u64);
            let part = Listing { limit: Some(PAGE), offset, ..listing.clone() };
            let mut page = self.list(path, &part).await?;
            let is_last = page.items.is_empty();
            items.append(&mut page.items);
            if is_last || items.len() as u64 >= page.total {
                return Ok(Page { total: page.total, items });
            }
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Error> {
        self.api(Method::GET, path).send().await?.json().await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.api(Method::POST, path).body(body).send().await?.json().await
    }
}

impl Call {
    pub(crate) fn query(mut self, query: &impl Serialize) -> Self {
        self.builder = self.builder.query(query);
        self
    }

    pub(crate) fn body(mut self, body: &impl Serialize) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    pub(crate) fn basic_auth(mut self, user: &str, password: &str) -> Self {
        self.builder = self.builder.basic_auth(user, Some(password));
        self
    }

    /// Adds a header, unless its value is not valid in one.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            self.builder = self.builder.header(name, value);
        }
        self
    }

    pub(crate) const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the request; any status other than success is an error.
    pub(crate) async fn send(self) -> Result<Answer, Error> {
        let timeout = self.timeout;
        let sent = self.builder.timeout(timeout).send().await;
        let response = sent.map_err(|source| unsent(&self.url, timeout, source))?;
        Answer { response, url: self.url, timeout }.checked().await
    }

    /// Sends the request; the timeout applies to the head of the response only.
    pub(crate) async fn open(self) -> Result<Answer, Error> {
        let Self { builder, url, timeout } = self;
        let Ok(sent) = tokio::time::timeout(timeout, builder.send()).await else {
            return Err(Error::TimedOut { url, seconds: timeout.as_secs() });
        };
        let response = sent.map_err(|source| unsent(&url, timeout, source))?;
        Answer { response, url, timeout }.checked().await
    }
}

/// A response whose body was not read yet.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) url: String,
    timeout: Duration,
}

impl Answer {
    fn total(&self) -> Option<u64> {
        self.response.headers().get("x-total-count")?.to_str().ok()?.parse().ok()
    }

    async fn checked(self) -> Result<Self, Error> {
        let status = self.response.status();
        if status.is_success() {
            return Ok(self);
        }
        if status.is_redirection() {
            let location = self.response.headers().get(LOCATION);
            let fault = location.and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
            return Err(Error::Refused { status: status.as_u16(), fault: fault.to_owned() });
        }
        let body = self.bytes().await.unwrap_or_default();
        let fault = fault(status, &body);
        Err(match status {
            StatusCode::UNAUTHORIZED => Error::Unauthorized(fault),
            StatusCode::NOT_FOUND => Error::NotFound(fault),
            _ => Error::Refused { status: status.as_u16(), fault },
        })
    }

    pub(crate) async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        loop {
            match self.response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    return Err(Error::TooLarge { url: self.url, bytes_max: ANSWER_BYTES_MAX });
                }
                Err(source) => return Err(broken(&self.url, self.timeout, source)),
            }
        }
    }

    pub(crate) async fn text(self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }

    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let url = self.url.clone();
        let body = self.bytes().await?;
        serde_json::from_slice(&body)
            .map_err(|error| Error::Unreadable { url, reason: error.to_string() })
    }
}

fn parse_base(base_url: &str) -> Result<Url, Error> {
    let refuse = |reason: String| Error::Address { url: base_url.to_owned(), reason };
    let url = Url::parse(base_url.trim()).map_err(|error| {
        refuse(format!("{error}; an address looks like `http://127.0.0.1:9101`"))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("it begins neither with `http://` nor with `https://`".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(refuse("it may have a host, a port and a path, nothing else".to_owned()));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn headers(credential: Credential) -> Result<HeaderMap, Error> {
    let (name, secret) = match credential {
        Credential::None => return Ok(HeaderMap::new()),
        Credential::ApiKey(key) => ("st2-api-key", key),
        Credential::Token(token) => ("x-auth-token", token),
    };
    let mut value = HeaderValue::from_str(secret.trim()).map_err(|_| Error::Credential)?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(HeaderName::from_static(name), value)]))
}

fn unsent(url: &str, timeout: Duration, source: reqwest::Error) -> Error {
    if source.is_connect() || !source.is_timeout() {
        return Error::Unreachable { url: url.to_owned(), source: source.without_url() };
    }
    Error::TimedOut { url: url.to_owned(), seconds: timeout.as_secs() }
}

pub(crate) fn broken(url: &str, timeout: Duration, source: reqwest::Error) -> Error {
    if source.is_timeout() {
        return Error::TimedOut { url: url.to_owned(), seconds: timeout.as_secs() };
    }
    Error::Broken { url: url.to_owned(), source: source.without_url() }
}

/// Returns Squall's message from the body of an error; a proxy may have sent another body.
fn fault(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Fault {
        faultstring: Value,
    }
    if let Ok(Fault { faultstring: Value::String(text) }) = serde_json::from_slice(body) {
        return text;
    }
    let text = String::from_utf8_lossy(body);
    match text.trim() {
        "" => status.canonical_reason().unwrap_or("no reason was given").to_owned(),
        text => text.chars().take(FAULT_CHARACTERS_MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_work_are_refused_with_a_reason() {
        for (url, reason) in [
            ("localhost", "relative URL without a base"),
            ("ftp://host", "neither with `http://` nor with `https://`"),
            ("http://host/?a=b", "nothing else"),
            ("http://me:secret@host", "nothing else"),
        ] {
            let error = Client::new(url, Credential::None).unwrap_err();
            assert!(error.to_string().contains(reason), "{url}: {error}");
        }
    }

    #[test]
    fn paths_are_joined_below_the_base_and_escaped() {
        for base in ["http://localhost:1/squall", "http://localhost:1/squall/"] {
            let client = Client::new(base, Credential::None).unwrap();
            let call = client.api(Method::GET, &["actions", "a/b c"]);
            assert_eq!(call.url, "http://localhost:1/squall/api/v1/actions/a%2Fb%20c");
        }
    }

    #[test]
    fn credentials_are_neither_printed_nor_split_over_lines() {
        assert_eq!(format!("{:?}", Credential::ApiKey("secret".into())), "ApiKey(…)");
        let injected = Credential::Token("a\r\nHost: evil".into());
        assert!(matches!(Client::new("http://localhost", injected), Err(Error::Credential)));
    }

    #[test]
    fn the_loopback_is_recognised_in_each_spelling() {
        let check = |url, expected| assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected);
        check("http://localhost:9101", true);
        check("http://127.0.0.1", true);
        check("https://[::1]:9101", true);
        check("http://squall.example", false);
    }

    #[test]
    fn a_fault_is_squalls_sentence_or_what_the_proxy_said() {
        let status = StatusCode::BAD_GATEWAY;
        assert_eq!(fault(status, br#"{"faultstring": "no"}"#), "no");
        assert_eq!(fault(status, b"<html>nginx</html>\n"), "<html>nginx</html>");
        assert_eq!(fault(status, b""), "Bad Gateway");
        assert_eq!(fault(status, "é".repeat(9_000).as_bytes()).chars().count(), 2_000);
    }
}
