//! The HTTP face: API v1, auth, stream, chat. Paths, shapes, status codes and error texts are
//! StackStorm's.

mod answer;
mod caller;
#[cfg(fuzzing)]
pub mod fuzzing;
mod listing;
mod path;
mod pause;
mod query;
mod routes;
mod serve;
mod shell;

use std::sync::Arc;

use axum::Router;
use engine::Engine;

pub use serve::serve;

/// What every route can reach.
#[derive(Clone)]
pub struct App {
    /// The engine.
    pub engine: Engine,
    /// Renders the metrics as Prometheus reads them.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The address that clients are told to use.
    pub url: String,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Returns every route.
pub fn router(app: App) -> Router {
    shell::wrap(routes::all(), app)
}
