//! ChatOps: what people say becomes requests, and results come back as messages.
//!
//! ```text
//! network ─► robot ─┬─► alias ─► request ─► acknowledgement
//!                   ├─► built-in command (help, result, cancel, again, questions, answer)
//!                   └─► question, or suggestion
//! announcement ─► delivery (a row) ─► network
//! ```

mod adapter;
mod aliases;
mod choices;
mod deliver;
mod listen;
pub mod metrics;
mod native;
mod robot;
mod said;

use std::sync::Arc;

use content::{Catalog, Content};
use execution::Executions;
use model::Timestamp;
use store::Store;
use workflow::Workflows;

pub use self::{
    adapter::Adapter,
    aliases::{Accepted, Sentence},
    said::{Heard, Reply},
};
use self::{adapter::Adapters, choices::Waiting};

/// The conversations of a running Squall. Clones are handles on the same ones.
#[derive(Debug, Clone)]
pub struct Chatops {
    inner: Arc<Inner>,
}

/// What a [`Chatops`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The executions.
    pub executions: Executions,
    /// The workflows and questions.
    pub workflows: Workflows,
    /// What is registered.
    pub content: Content,
    /// The user on whose behalf people in chat rooms act.
    pub chat_user: String,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    adapters: Adapters,
    choices: Waiting,
}

impl Chatops {
    /// Returns the room without networks: [`Chatops::attach`] adds them.
    pub fn new(parts: Parts) -> Self {
        let inner = Inner { parts, adapters: Adapters::default(), choices: Waiting::default() };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn executions(&self) -> &Executions {
        &self.inner.parts.executions
    }

    pub(crate) fn workflows(&self) -> &Workflows {
        &self.inner.parts.workflows
    }

    pub(crate) fn choices(&self) -> &Waiting {
        &self.inner.choices
    }

    pub(crate) fn adapters(&self) -> &Adapters {
        &self.inner.adapters
    }

    pub(crate) fn chat_user(&self) -> &str {
        &self.inner.parts.chat_user
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.inner.parts.content.catalog()
    }

    pub(crate) fn store(&self) -> &Store {
        self.executions().store()
    }

    pub(crate) fn web_url(&self) -> &str {
        self.executions().web_url()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.executions().now()
    }

    /// Sets the metrics that are levels rather than counts.
    pub fn measure(&self) {
        for (name, health) in self.adapters().health() {
            ::metrics::gauge!(crate::metrics::ADAPTER_UP, "adapter" => name)
                .set(f64::from(u8::from(health.up)));
        }
    }

    /// Returns how each network is.
    pub fn health(&self) -> Vec<(String, chat::Health)> {
        self.adapters().health()
    }
}
