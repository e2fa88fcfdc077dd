//! A typed client of Squall's HTTP API.
//!
//! A [`Client`] holds an address, a credential and a connection pool; its methods are grouped by
//! resource, one module each. Every response is limited in time and size, and every failure is an
//! [`Error`] whose message says what to do. Documents are `serde_json::Value`; the attributes that
//! programs decide by are typed.

pub mod action;
pub mod action_alias;
pub mod api_key;
pub mod chat;
pub mod connection;
pub mod error;
pub mod execution;
pub mod inquiry;
pub mod pack;
pub mod policy;
pub mod rule;
pub mod sse;
pub mod stream;
pub mod system;
pub mod token;
pub mod user;

pub use connection::{Client, Credential, Listing, Page, Reply};
pub use error::Error;
pub use execution::Execution;
pub use inquiry::Inquiry;
pub use sse::ServerSentEvent;
pub use stream::{Events, Filter};
