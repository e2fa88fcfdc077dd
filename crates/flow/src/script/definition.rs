//! A definition that is ready to run, and where it is kept.

use std::sync::Arc;

use serde_json::Value;

use super::{error::Error, language::Language};
use crate::{
    chain,
    conductor::Plan,
    protocol::Change,
    spec::{self, Workflow},
};

/// The key of the cell of the definition.
const KEY: &str = "definition";

/// A definition that is ready to run.
#[derive(Debug, Clone)]
pub struct Definition {
    document: Arc<Value>,
    pub(super) program: Program,
}

/// What a document was compiled to.
#[derive(Debug, Clone)]
pub(super) enum Program {
    Orquesta(Arc<Orquesta>),
    Chain(Arc<chain::Definition>),
}

/// A workflow in Orquesta's language.
#[derive(Debug)]
pub(super) struct Orquesta {
    pub(super) plan: Arc<Plan>,
    /// Whether expressions call `task()`.
    pub(super) reads_tasks: bool,
}

impl Definition {
    /// Compiles a document.
    ///
    /// # Errors
    /// Fails when it is no workflow of this language.
    pub fn new(language: Language, document: Value) -> Result<Self, Error> {
        let program = match language {
            Language::Orquesta => {
                let plan = Arc::new(Plan::new(spec::parse(&document)?)?);
                let reads_tasks = reads_tasks(&document);
                Program::Orquesta(Arc::new(Orquesta { plan, reads_tasks }))
            }
            Language::Chain => Program::Chain(Arc::new(chain::Definition::parse(&document)?)),
        };
        Ok(Self { document: Arc::new(document), program })
    }

    /// Takes the definition out of the cells of a workflow.
    ///
    /// # Errors
    /// Fails when it is not there, or is no workflow of this language.
    pub fn take(language: Language, cells: &mut Vec<(String, Value)>) -> Result<Self, Error> {
        let index = cells.iter().position(|(key, _)| key == KEY);
        let document = index.map(|index| cells.swap_remove(index).1);
        Self::new(language, document.unwrap_or_default())
    }

    /// Returns the workflow of a definition in Orquesta's language.
    #[must_use]
    pub fn workflow(&self) -> Option<&Workflow> {
        match &self.program {
            Program::Orquesta(program) => Some(program.plan.workflow()),
            Program::Chain(_) => None,
        }
    }

    /// Returns the change that writes the document.
    pub(super) fn document(&self) -> Change {
        Change::Put(KEY.to_owned(), Value::clone(&self.document))
    }
}

/// Returns whether the expressions of a workflow call `task()`.
fn reads_tasks(document: &Value) -> bool {
    let text = document.to_string();
    text.match_indices("task").any(|(at, word)| {
        text.get(at + word.len()..).is_some_and(|rest| rest.trim_start().starts_with('('))
    })
}

/// Returns the ids of the executions that the cells of a workflow name: without these it cannot be
/// restored.
pub fn executions(cells: &[(String, Value)]) -> impl Iterator<Item = &str> {
    cells.iter().filter_map(|(key, cell)| {
        let (kind, _) = key.split_once('/')?;
        let id = match kind {
            "child" => Some(cell),
            "error" => cell.get("source"),
            "chain" => cell.get("child").and_then(|child| child.get("execution")),
            _ => None,
        };
        id?.as_str()
    })
}
