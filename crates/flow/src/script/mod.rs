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
mod error;
mod language;
mod orquesta;
mod tasks;

use serde_json::{Map, Value};

pub use chain::ChainScript;
pub use definition::{Definition, executions};
pub use error::Error;
pub use language::Language;
pub use orquesta::{OrquestaScript, Rerun};
pub use tasks::documents;

use self::definition::Program;
use crate::{
    env::Env,
    protocol::{Admitted, Change, Known, Next, Report},
    status::Status,
};

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
