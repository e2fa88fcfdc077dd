//! Decides: admission, policies, executions, workflows, inquiries, triggers, rules, the notifier,
//! the robot's conversations.
//!
//! Everything is a request by a principal to run an action; it passes [`admission`], becomes one
//! durable execution, is run, and every change of it is an event ([`transition`]).

use std::time::Duration;

pub mod admission;
pub mod aliases;
pub mod announce;
pub mod cancel;
pub mod inquiry;
pub mod metrics;
pub mod policy;
pub mod robot;
pub mod settings;

mod commit;
mod delay;
mod engine;
mod finish;
mod inbox;
mod live;
mod native;
mod notifier;
mod recovery;
mod rules;
mod transition;
mod work;
mod workflow;

pub use engine::{Engine, Parts};
pub use settings::Settings;

/// How long what runs may go on after the request to stop.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(5);
