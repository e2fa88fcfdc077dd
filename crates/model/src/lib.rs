//! The nouns of Squall and their JSON: ids, references, actions, aliases, rules, executions,
//! runners, principals. Pure values: nothing here reads a clock, randomness, a file or a socket.

pub mod action;
pub mod action_alias;
pub mod announcement;
pub mod decision;
pub mod event;
pub mod execution;
pub mod id;
pub mod job;
pub mod mask;
pub mod notify;
pub mod pack;
pub mod parameter;
pub mod policy;
pub mod principal;
pub mod provenance;
pub mod reference;
pub mod rule;
pub mod runner;
pub mod runner_type;
pub mod status;
pub mod time;
pub mod trigger;

pub use action::Action;
pub use action_alias::ActionAlias;
pub use announcement::Announcement;
pub use decision::Decision;
pub use event::Event;
pub use execution::Execution;
pub use id::Id;
pub use job::{Job, Outcome};
pub use notify::Notify;
pub use pack::Pack;
pub use policy::Policy;
pub use principal::Principal;
pub use provenance::Provenance;
pub use reference::Ref;
pub use rule::Rule;
pub use runner::Runner;
pub use runner_type::RunnerType;
pub use status::Status;
pub use time::{Clock, Timestamp, Wake};
pub use trigger::{TriggerInstance, TriggerType};

/// A JSON object whose keys keep their order.
pub type Object = serde_json::Map<String, serde_json::Value>;
