//! HTTP clients, one for each route, shared between runs so that connections are reused.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Once},
};

use reqwest::{Client, ClientBuilder, Proxy, redirect::Policy};
use rustls::{ClientConfig, RootCertStore};

/// How many clients are kept.
const CLIENTS_MAX: usize = 32;

/// A route: proxies and certificate checks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) http_proxy: Option<String>,
    pub(super) https_proxy: Option<String>,
    pub(super) verify: bool,
}

static CLIENTS: LazyLock<Mutex<HashMap<Route, Client>>> = LazyLock::new(Mutex::default);

/// Returns the client for `route`.
pub(super) fn shared(route: &Route) -> Result<Client, reqwest::Error> {
    let known = CLIENTS.lock().get(route).cloned();
    if let Some(client) = known {
        return Ok(client);
    }
    let client = build(route)?;
    let mut clients = CLIENTS.lock();
    if clients.len() >= CLIENTS_MAX {
        clients.clear();
    }
    clients.insert(route.clone(), client.clone());
    Ok(client)
}

fn build(route: &Route) -> Result<Client, reqwest::Error> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error means that one is installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    if !route.verify {
        return builder(route)?.tls_danger_accept_invalid_certs(true).build();
    }
    // Where the machine has no root certificates, Mozilla's are used.
    builder(route)?
        .build()
        .or_else(|_| builder(route)?.tls_backend_preconfigured(mozilla()).build())
}

fn builder(route: &Route) -> Result<ClientBuilder, reqwest::Error> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .http1_only()
        .http1_title_case_headers();
    if let Some(proxy) = &route.http_proxy {
        builder = builder.proxy(Proxy::http(proxy)?);
    }
    if let Some(proxy) = &route.https_proxy {
        builder = builder.proxy(Proxy::https(proxy)?);
    }
    Ok(builder)
}

fn mozilla() -> ClientConfig {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config =
        ClientConfig::builder().with_root_certificates(Arc::new(roots)).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
