//! Why a script does not start, or refuses what it is asked for.

use crate::{
    chain::{self, Unreadable as UnreadableChain},
    conductor::{self, Unreadable},
    graph::UndefinedTask,
    spec,
};

/// Why a script does not start, or refuses what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The definition is no workflow.
    #[error(transparent)]
    Workflow(#[from] spec::Error),
    /// A task leads to one that does not exist.
    #[error(transparent)]
    UndefinedTask(#[from] UndefinedTask),
    /// The definition is no chain.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Tasks that are to notify do not exist.
    #[error(
        "The following tasks in the notify parameter do not exist in the workflow definition: {0}."
    )]
    UnknownTasks(String),
    /// The cells of a workflow cannot be read back.
    #[error(transparent)]
    Cells(#[from] Unreadable),
    /// The cells of a chain cannot be read back.
    #[error(transparent)]
    ChainCells(#[from] UnreadableChain),
    /// A workflow cannot do what it is asked for.
    #[error(transparent)]
    Refused(#[from] conductor::Error),
    /// A chain cannot do what it is asked for.
    #[error("the chain is ending or was asked already")]
    ChainRefused,
    /// Only tasks of Orquesta's workflows run again.
    #[error("the tasks of a chain cannot run again one by one")]
    NoReruns,
}
