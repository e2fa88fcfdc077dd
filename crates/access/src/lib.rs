//! Who may do what: users, API keys and tokens, and what they may do.
//!
//! Accounts are kept in memory, so that a request is authenticated without the database. A change
//! is durable before it is in force.

mod access;
mod action_token;
mod authenticate;
mod decide;
mod keys;
mod login;
mod password;
mod refusal;
mod resource;
mod rules;
mod secret;
mod tokens;
mod users;

pub use access::{Access, Parts};
pub use authenticate::{Credential, Unauthorized};
pub use keys::NewKey;
pub use refusal::Refusal;
pub use resource::{Kind, Owner, Resource, Respondents, Verb};
pub use secret::key_hash;
pub use users::{NewUser, put_user};
