//! What lies around every route: paths, ids of requests, origins, authentication, limits.

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, OriginalUri, Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use tower::{Layer as _, util::MapRequestLayer};

use crate::{
    App,
    answer::Fault,
    caller, path,
    routes::{Routes, internal},
};

/// The largest body of a request, in bytes.
const BODY_MAX: usize = 20 * 1024 * 1024;

/// Puts the shell around the routes.
pub(crate) fn wrap(routes: Routes, app: App) -> Router {
    let closed = routes
        .closed
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::authenticate));
    let router = Router::new()
        .merge(routes.open)
        .merge(closed)
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(internal))
        .layer(middleware::from_fn_with_state(app.clone(), around))
        .with_state(app);
    // The path is made normal before it is matched.
    let normal = MapRequestLayer::new(normalize).layer(router);
    Router::new().fallback_service(normal)
}

async fn nowhere() -> Fault {
    Fault::nowhere()
}

fn normalize(mut request: Request) -> Request {
    let normal = path::normal(request.uri().path());
    let target = match request.uri().query() {
        Some(query) => format!("{normal}?{query}"),
        None => normal,
    };
    if let Ok(uri) = target.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let given = request.headers().get("x-request-id").cloned();
    let id = given.or_else(|| HeaderValue::from_str(&request_id(&app)).ok());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let whole = request.extensions().get::<OriginalUri>().map_or(request.uri(), |uri| &uri.0);
    let path = whole.path();
    let mut response = if request.method() == Method::OPTIONS {
        Response::new(Body::empty())
    } else if !path::is_decodable(path) {
        let text = format!(
            "Failed to parse request path \"{path}\". URL likely contains invalid or incorrectly \
             URL encoded values."
        );
        Fault::invalid(text).into_response()
    } else {
        next.run(request).await
    };
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let text = "the body of the request is too large: at most 20 MiB are read, and 64 KiB where no \
                    credential is asked for";
        response = Fault::new(StatusCode::PAYLOAD_TOO_LARGE, text).into_response();
    }
    let headers = response.headers_mut();
    if let Some(id) = id {
        headers.insert("x-request-id", id);
    }
    allow_origin(headers, origin.as_ref(), &app.url);
    response
}

/// Returns a new id in the form of a UUID of version 4.
fn request_id(app: &App) -> String {
    let (a, b) = (app.engine.make_id().to_string(), app.engine.make_id().to_string());
    format!("{}-{}-4{}-8{}-{}{}", &a[..8], &a[8..12], &a[13..16], &a[17..20], &a[20..24], &b[8..16])
}

/// Lets pages of this very address read answers, and no others.
fn allow_origin(headers: &mut HeaderMap, origin: Option<&HeaderValue>, own: &str) {
    let Ok(own) = HeaderValue::from_str(own) else { return };
    let allowed = origin.filter(|origin| is_local(origin)).cloned().unwrap_or(own);
    let pairs: [(HeaderName, HeaderValue); 5] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed),
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET,POST,PUT,DELETE,OPTIONS"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(
                "Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID",
            ),
        ),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Content-Type,X-Limit,X-Total-Count,X-Request-ID"),
        ),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
    ];
    headers.extend(pairs);
}

fn is_local(origin: &HeaderValue) -> bool {
    let Ok(text) = origin.to_str() else { return false };
    let host = text.split("://").nth(1).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
