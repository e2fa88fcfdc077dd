//! The request, built from the parameters of the job.

use model::{Job, Object};
use reqwest::{
    Client, Method, Request, Url,
    header::{
        CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue,
        TRANSFER_ENCODING, USER_AGENT,
    },
};
use serde_json::Value;

use super::{Error as Failure, body, client::Route, host, pairs::pairs};
use crate::{
    limits::Limits,
    parameter::{self, Seconds},
};

/// The user agent; StackStorm's name comes first for servers that check it.
const AGENT: &str = concat!("st2/v3.9.0 squall/", env!("CARGO_PKG_VERSION"));

/// Why a request cannot be built.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("URL must be specified.")]
    NoUrl,
    #[error("`{url}` is not an HTTP address")]
    Url { url: String },
    #[error(
        "\"url_hosts_blacklist\" and \"url_hosts_whitelist\" parameters are mutually exclusive. \
         Only one should be provided."
    )]
    BothLists,
    #[error("URL \"{0}\" is blacklisted")]
    Blacklisted(String),
    #[error("URL \"{0}\" is not whitelisted")]
    NotWhitelisted(String),
    #[error("`{0}` is not an HTTP method")]
    Method(String),
    #[error("header `{0}` has a name or a value that HTTP does not allow")]
    Header(String),
    #[error("parameter `auth` must be written `header=value`")]
    Auth,
}

/// The hosts that are allowed or forbidden; empty lists forbid none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hosts {
    forbidden: Vec<String>,
    allowed: Vec<String>,
}

/// A request that is ready to be built.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) url: Url,
    pub(super) route: Route,
    pub(super) hosts: Hosts,
    pub(super) follow: bool,
    pub(super) timeout: Seconds,
    method: Method,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    basic: Option<(String, String)>,
}

/// Reads the parameters of `job`.
pub(super) fn prepare(job: &Job, limits: &Limits) -> Result<Prepared, Failure> {
    let runner = &job.runner_parameters;
    let action = &job.action_parameters;
    let hosts = Hosts::read(runner)?;
    let given = parameter::text(runner, "url")?.ok_or(Error::NoUrl)?;
    let url = url(given, action)?;
    hosts.check(&url, given)?;
    let mut headers = headers(runner, action)?;
    let body = body::read(action, headers.get(CONTENT_TYPE))?;
    let method = match parameter::text(action, "method")?.filter(|method| !method.is_empty()) {
        Some(method) => Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|_| Error::Method(method.to_owned()))?,
        None if body.is_some() => Method::POST,
        None => Method::GET,
    };
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    insert(&mut headers, "x-stanley-action", &job.action.name)?;
    let body = body.map(|body| {
        if let Some(kind) = body.kind {
            headers.insert(CONTENT_TYPE, kind);
        }
        body.bytes
    });
    let user = parameter::text(runner, "username")?.filter(|text| !text.is_empty());
    let password = parameter::text(runner, "password")?.filter(|text| !text.is_empty());
    let basic = (user.is_some() || password.is_some())
        .then(|| (user.unwrap_or_default().to_owned(), password.unwrap_or_default().to_owned()));
    Ok(Prepared {
        url,
        route: Route {
            http_proxy: proxy(runner, "http_proxy")?,
            https_proxy: proxy(runner, "https_proxy")?,
            verify: parameter::flag(runner, "verify_ssl_cert")?.unwrap_or(true),
        },
        hosts,
        follow: parameter::flag(runner, "allow_redirects")?.unwrap_or(false),
        timeout: parameter::seconds(action, "timeout", limits.timeout)?,
        method,
        headers,
        body,
        basic,
    })
}

impl Prepared {
    /// Builds the first request.
    pub(super) fn build(&self, client: &Client) -> Result<Request, Failure> {
        let mut builder = client.request(self.method.clone(), self.url.clone());
        builder = builder.headers(self.headers.clone());
        if let Some((user, password)) = &self.basic {
            builder = builder.basic_auth(user, Some(password));
        }
        if let Some(body) = &self.body {
            builder = builder.body(body.clone());
        }
        builder.build().map_err(Failure::Client)
    }
}

impl Hosts {
    fn read(parameters: &Object) -> Result<Self, Failure> {
        let read = |name| {
            let hosts = parameter::texts(parameters, name)?.into_iter();
            Ok::<_, Failure>(hosts.map(|host| host.to_ascii_lowercase()).collect::<Vec<_>>())
        };
        let hosts =
            Self { forbidden: read("url_hosts_blacklist")?, allowed: read("url_hosts_whitelist")? };
        if !hosts.forbidden.is_empty() && !hosts.allowed.is_empty() {
            return Err(Error::BothLists.into());
        }
        Ok(hosts)
    }

    /// Refuses a host that is forbidden or not allowed; `shown` is the address in the error.
    pub(super) fn check(&self, url: &Url, shown: &str) -> Result<(), Error> {
        let is_listed = |hosts: &[String]| {
            let host = host(url).trim_end_matches('.');
            hosts.iter().any(|listed| listed.trim_matches(['[', ']']).trim_end_matches('.') == host)
        };
        if is_listed(&self.forbidden) {
            return Err(Error::Blacklisted(shown.to_owned()));
        }
        if !self.allowed.is_empty() && !is_listed(&self.allowed) {
            return Err(Error::NotWhitelisted(shown.to_owned()));
        }
        Ok(())
    }
}

fn url(text: &str, action: &Object) -> Result<Url, Failure> {
    let wrong = || Error::Url { url: text.to_owned() };
    let mut url = Url::parse(text.trim_start()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong().into());
    }
    let pairs = pairs(parameter::object(action, "params")?);
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(url)
}

fn headers(runner: &Object, action: &Object) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in parameter::object(runner, "headers")?.into_iter().flatten() {
        if !value.is_null() {
            insert(&mut headers, name, &python::str_of_json(value))?;
        }
    }
    // The client sets these for the body that is sent.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    let cookies = pairs(parameter::object(runner, "cookies")?);
    if !cookies.is_empty() && !headers.contains_key(COOKIE) {
        let cookies: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        insert(&mut headers, "cookie", &cookies.join("; "))?;
    }
    if let Some(auth) = parameter::value(action, "auth") {
        match auth {
            Value::String(text) if text.is_empty() => {}
            Value::Object(object) if object.is_empty() => {}
            Value::String(text) => {
                let (name, value) = text.split_once('=').ok_or(Error::Auth)?;
                insert(&mut headers, name.trim(), value).map_err(|_| Error::Auth)?;
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                return Err(Error::Auth.into());
            }
        }
    }
    Ok(headers)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Error> {
    let wrong = || Error::Header(name.to_owned());
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    headers.insert(key, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?);
    Ok(())
}

fn proxy(parameters: &Object, name: &str) -> Result<Option<String>, Failure> {
    let proxy = parameter::text(parameters, name)?.filter(|proxy| !proxy.is_empty());
    Ok(proxy.map(str::to_owned))
}
