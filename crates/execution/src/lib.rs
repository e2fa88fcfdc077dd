//! Executions: from a request to its end.
//!
//! [`Executions::request`] admits a request and makes it durable. The worker takes it from the
//! queue when the gate of the policies lets it pass, and hands it to its runner. Every change of a
//! record is a [`Commit`]: planned as a value, written in one transaction, and followed by what it
//! releases.
//!
//! ```text
//! request ─► admission ─► commit ─► queue ─► gate ─► worker ─► runner ─► end ─► commit
//!                                                       └─► Hooks::lead (workflows, questions)
//! ```
//!
//! This room does not know the rooms above it. What they contribute is in [`Hooks`], given once.

mod admission;
mod agenda;
mod announce;
mod cancel;
mod commit;
mod end;
mod executions;
mod hooks;
mod inbox;
mod live;
pub mod metrics;
mod outlet;
mod output;
mod owner;
mod pause;
mod permit;
mod policy;
mod question;
mod read;
mod recovery;
mod request;
mod rerun;
mod settings;
mod step;
mod tick;
mod worker;

pub use self::{
    admission::Admitted,
    agenda::{Agenda, run_at},
    cancel::Canceled,
    commit::{Commit, Error, Failed, Illegal},
    end::End,
    executions::{Executions, Parts},
    hooks::{Happened, Hooks, Lead},
    inbox::{Ask, Inbox, Reply, Signal},
    live::Slot,
    outlet::Outlet,
    request::{Request, Templates},
    rerun::Rerun,
    settings::Settings,
    step::no_edit,
    worker::{final_parameters, runner_info},
};
