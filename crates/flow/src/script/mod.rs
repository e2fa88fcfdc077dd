//! A workflow of either language, as one driver runs it.
//!
//! A [`Script`] decides what is to be requested, and is told what becomes of it. It does nothing by
//! itself: its driver admits the requests, writes the cells that changed, and carries out the
//! orders. After a restart it is restored from its cells and from the executions that they name.
//!
//! ```text
//!  start, restore, rerun ─► Script ◄── heard, pause, resume, cancel, time_out
//!                             │ next
//!                             ├─► Request ─► admitted, refused
//!                             ├─► Tell: an execution is to pause, resume or cancel
//!                             ├─► Wait   then `changes` is written with the executions
//!                             └─► End    likewise, with the result
//! ```

mod chain;
mod definition;
mod orquesta;
mod tasks;

use serde_json::{Map, Value, json};

pub use chain::ChainScript;
pub use definition::{Definition, executions};
pub use orquesta::{OrquestaScript, Rerun};
pub use tasks::documents;

use self::definition::Program;
use crate::{
    chain::Unreadable as UnreadableChain,
    conductor::{self, Unreadable},
    env::Env,
    protocol::{Admitted, Change, Known, Next, Report},
    status::Status,
};

/// A language of workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Orquesta.
    Orquesta,
    /// Action chains.
    Chain,
}

impl Language {
    /// Returns the result of a workflow that fails before anything runs.
    #[must_use]
    pub fn failure(self, errors: Vec<Value>) -> Value {
        match self {
            Self::Orquesta => json!({"errors": errors, "output": null}),
            Self::Chain => {
                let messages = errors.iter().filter_map(|error| error.get("message")?.as_str());
                let text = messages.collect::<Vec<&str>>().join("; ");
                json!({"error": text, "traceback": text})
            }
        }
    }
}

/// What a script is started with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inputs {
    /// The parameters of the action.
    pub parameters: Map<String, Value>,
    /// The parameters of the runner: `notify`, `skip_notify`, `display_published`.
    pub options: Map<String, Value>,
    /// The id under which the cells are kept.
    pub workflow_id: String,
    /// The id of the workflow's own execution.
    pub execution_id: String,
    /// The context of that execution.
    pub context: Map<String, Value>,
    /// The variable `st2`.
    pub st2: Map<String, Value>,
    /// Whom to notify of the end of that execution.
    pub notify: Option<Value>,
    /// Whether a person paused it: nothing but a person resumes it then.
    pub is_held: bool,
}

/// Why a script does not start, or refuses what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The definition is no workflow.
    #[error(transparent)]
    Workflow(#[from] crate::spec::Error),
    /// A task leads to one that does not exist.
    #[error(transparent)]
    UndefinedTask(#[from] crate::graph::UndefinedTask),
    /// The definition is no chain.
    #[error(transparent)]
    Chain(#[from] crate::chain::Error),
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

/// A workflow that runs.
#[derive(Debug)]
pub enum Script {
    /// A workflow in Orquesta's language.
    Orquesta(Box<OrquestaScript>),
    /// An action chain.
    Chain(Box<ChainScript>),
}

/// Calls the method of the same name, whatever the language is.
macro_rules! either {
    ($self:ident, $script:ident => $call:expr) => {
        match $self {
            Self::Orquesta($script) => $call,
            Self::Chain($script) => $call,
        }
    };
}

impl Script {
    /// Starts a workflow.
    ///
    /// # Errors
    /// Fails when the options do not fit the definition.
    pub fn start(definition: &Definition, inputs: Inputs, env: &Env<'_>) -> Result<Self, Error> {
        Ok(match &definition.program {
            Program::Orquesta(program) => {
                let document = definition.document();
                Self::Orquesta(Box::new(OrquestaScript::start(program, document, inputs, env)?))
            }
            Program::Chain(program) => {
                let document = definition.document();
                Self::Chain(Box::new(ChainScript::start(program, document, inputs, env)))
            }
        })
    }

    /// Restores a workflow from its cells, and takes note of what happened to its executions since
    /// they were written; `known` returns how they stand.
    ///
    /// # Errors
    /// Fails when the cells cannot be read, or do not fit the definition.
    pub fn restore(
        definition: &Definition,
        inputs: Inputs,
        cells: Vec<(String, Value)>,
        known: &dyn Fn(&str) -> Option<Known>,
        env: &Env<'_>,
    ) -> Result<Self, Error> {
        Ok(match &definition.program {
            Program::Orquesta(program) => {
                let script = OrquestaScript::restore(program, inputs, cells, known, env)?;
                Self::Orquesta(Box::new(script))
            }
            Program::Chain(program) => {
                let script = ChainScript::restore(program, inputs, cells, known, env)?;
                Self::Chain(Box::new(script))
            }
        })
    }

    /// Restores a workflow that ended, and makes it continue from some of its tasks.
    ///
    /// # Errors
    /// Fails as [`Self::restore`] does, and when a task was not run.
    pub fn rerun(
        definition: &Definition,
        (inputs, rerun): (Inputs, &Rerun),
        cells: Vec<(String, Value)>,
        known: &dyn Fn(&str) -> Option<Known>,
        env: &Env<'_>,
    ) -> Result<Self, Error> {
        let Program::Orquesta(program) = &definition.program else { return Err(Error::NoReruns) };
        let script = OrquestaScript::rerun(program, (inputs, rerun), cells, known, env)?;
        Ok(Self::Orquesta(Box::new(script)))
    }

    /// Returns the status of the workflow.
    #[must_use]
    pub fn status(&self) -> Status {
        either!(self, script => script.status())
    }

    /// Returns what is to be done next.
    ///
    /// A request is returned again until [`Self::admitted`] or [`Self::refused`] answers it, an
    /// order once.
    pub fn next(&mut self, env: &Env<'_>) -> Next {
        either!(self, script => script.next(env))
    }

    /// Takes note of the execution that was admitted for the request.
    pub fn admitted(&mut self, admitted: Admitted, env: &Env<'_>) {
        match self {
            Self::Orquesta(script) => script.admitted(admitted),
            Self::Chain(script) => script.admitted(admitted, env),
        }
    }

    /// Takes note that the request was refused.
    pub fn refused(&mut self, reason: &str, env: &Env<'_>) {
        match self {
            Self::Orquesta(script) => script.refused(reason),
            Self::Chain(script) => script.refused(reason, env),
        }
    }

    /// Takes note of what became of an execution. One that it did not request, or that has ended
    /// before, is ignored.
    pub fn heard(&mut self, execution_id: &str, report: Report, env: &Env<'_>) {
        either!(self, script => script.heard(execution_id, report, env));
    }

    /// Asks the workflow to pause, on behalf of a person: what runs continues to its end.
    ///
    /// # Errors
    /// Fails when it cannot: it is ending, say.
    pub fn pause(&mut self) -> Result<(), Error> {
        either!(self, script => script.pause())
    }

    /// Asks a workflow that is paused, or will be, to resume.
    ///
    /// # Errors
    /// Fails when it is not paused.
    pub fn resume(&mut self) -> Result<(), Error> {
        either!(self, script => script.resume())
    }

    /// Asks the workflow to cancel, and all that it runs with it. One that has ended stays so.
    pub fn cancel(&mut self) {
        either!(self, script => script.cancel());
    }

    /// Ends the workflow because its time is up, and cancels all that it runs.
    pub fn time_out(&mut self) {
        either!(self, script => script.time_out());
    }

    /// Returns what changed in the cells since the last call.
    pub fn changes(&mut self) -> Vec<Change> {
        either!(self, script => script.changes())
    }
}

/// Returns whether a status is news to a script. Of those on the way to an end it learns nothing,
/// unless the execution was paused before: see [`resumes`].
const fn is_news(status: Status) -> bool {
    status.is_completed() || matches!(status, Status::Pending | Status::Paused | Status::Resuming)
}

/// Returns whether an execution that was paused, as far as is known, runs again.
fn resumes(known: Option<Status>, status: Status) -> bool {
    known == Some(Status::Paused) && matches!(status, Status::Running | Status::Resuming)
}
