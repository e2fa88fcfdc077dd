//! The routes, one file for each resource. What is open to strangers is listed by itself; all
//! else takes a token or a key.

mod actions;
mod alias_execution;
mod aliases;
mod apikeys;
mod body;
mod chat;
mod content;
mod executions;
mod health;
mod inquiries;
mod packs;
mod policies;
mod rules;
mod runnertypes;
mod stream;
mod tokens;
mod triggers;
mod user;
mod users;
mod workflows;

use std::any::Any;

use ::content::Registered;
use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::StatusCode;
use model::{ActionAlias, Pack, Policy, Rule, RunnerType, TriggerType};

use crate::{App, answer::Fault};

/// The largest body from a stranger, in bytes.
const OPEN_BODY_MAX: usize = 64 * 1024;

/// The routes by who may come.
pub(crate) struct Routes {
    /// For everybody.
    pub(crate) open: Router<App>,
    /// For callers with a credential.
    pub(crate) closed: Router<App>,
}

/// Returns every route.
pub(crate) fn all() -> Routes {
    let open = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/tokens", post(tokens::create))
        .route("/sso", get(tokens::sso))
        .layer(DefaultBodyLimit::max(OPEN_BODY_MAX));
    let closed = Router::new()
        .route("/", get(health::root))
        .route("/metrics", get(health::metrics))
        .route("/tokens/validate", post(tokens::validate))
        .route("/token/validate", get(tokens::validate_own))
        .route("/user", get(user::get))
        .route("/chat", post(chat::say))
        .route("/stream", get(stream::events))
        .route("/stream/executions/{id}/output", get(stream::output))
        .merge(content())
        .merge(executions())
        .merge(keys());
    Routes { open, closed }
}

fn content() -> Router<App> {
    aliases().merge(rules()).merge(policies()).merge(
        Router::new()
            .route("/actions", get(content::list::<Registered>))
            .route("/actions/{ref}", get(content::get::<Registered>))
            .route("/actions/views/parameters/{ref}", get(actions::parameters))
            .route("/actions/views/overview", get(actions::overview_list))
            .route("/actions/views/overview/{ref}", get(actions::overview))
            .route("/actions/views/entry_point/{ref}", get(actions::entry_point))
            .route("/packs", get(content::list::<Pack>))
            .route("/packs/register", post(packs::register))
            .route("/packs/{ref}", get(content::get::<Pack>))
            .route("/packs/views/files/{ref}", get(packs::files))
            .route("/packs/views/file/{ref}/{*path}", get(packs::file))
            .route("/triggertypes", get(content::list::<TriggerType>))
            .route("/triggertypes/{ref}", get(content::get::<TriggerType>))
            .route("/runnertypes", get(content::list::<RunnerType>))
            .route("/runnertypes/{name}", get(content::get::<RunnerType>)),
    )
}

fn aliases() -> Router<App> {
    Router::new()
        .route(
            "/actionalias",
            get(content::list::<ActionAlias>).post(content::create::<ActionAlias>),
        )
        .route("/actionalias/match", post(aliases::find))
        .route("/actionalias/help", get(aliases::help))
        .route(
            "/actionalias/{ref}",
            get(content::get::<ActionAlias>)
                .put(content::update::<ActionAlias>)
                .delete(content::delete::<ActionAlias>),
        )
        .route("/aliasexecution", post(alias_execution::create))
        .route("/aliasexecution/match_and_execute", post(alias_execution::match_and_execute))
}

fn rules() -> Router<App> {
    Router::new()
        .route("/rules", get(content::list::<Rule>).post(content::create::<Rule>))
        .route("/rules/views", get(rules::views))
        .route("/rules/views/{ref}", get(rules::view))
        .route(
            "/rules/{ref}",
            get(content::get::<Rule>).put(content::update::<Rule>).delete(content::delete::<Rule>),
        )
        .route("/ruletypes", get(rules::types))
}

fn policies() -> Router<App> {
    Router::new()
        .route("/policies", get(content::list::<Policy>).post(content::create::<Policy>))
        .route(
            "/policies/{ref}",
            get(content::get::<Policy>)
                .put(content::update::<Policy>)
                .delete(content::delete::<Policy>),
        )
        .route("/policytypes", get(policies::types))
        .route("/policytypes/{ref}", get(policies::type_of))
}

fn executions() -> Router<App> {
    Router::new()
        .route("/executions", get(executions::list).post(executions::create))
        .route("/executions/views/filters", get(executions::filters))
        .route(
            "/executions/{id}",
            get(executions::get).put(executions::update).delete(executions::cancel),
        )
        .route("/executions/{id}/attribute/{name}", get(executions::attribute))
        .route("/executions/{id}/output", get(executions::output))
        .route("/executions/{id}/result", get(executions::result))
        .route("/executions/{id}/children", get(executions::children))
        .route("/executions/{id}/tasks", get(executions::tasks))
        .route("/workflows/inspect", post(workflows::inspect))
        .route("/executions/{id}/re_run", post(executions::rerun))
        .route("/inquiries", get(inquiries::list))
        .route("/inquiries/{id}", get(inquiries::get).put(inquiries::respond))
}

fn keys() -> Router<App> {
    Router::new()
        .route("/users", post(users::create))
        .route("/apikeys", get(apikeys::list).post(apikeys::create))
        .route("/apikeys/{id}", get(apikeys::get).put(apikeys::update).delete(apikeys::delete))
}

/// Answers for a route that panicked: that request ends, nothing else.
pub(crate) fn internal(_: Box<dyn Any + Send + 'static>) -> Response<Body> {
    tracing::error!("a request made its route panic");
    Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
}
