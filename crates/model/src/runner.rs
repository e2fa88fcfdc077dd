//! Runners: a closed set, each with its names, its traits and its schema in a file of its own.
//!
//! What Squall decides by the runner of an action is a trait here; nothing else matches on
//! [`Runner`] but `runner::run`, which carries a run out. How to add one:
//! `docs/adding-a-runner.md`.

mod action_chain;
mod announcement;
mod http_request;
mod inquirer;
mod local_shell_cmd;
mod local_shell_script;
mod native;
mod noop;
mod orquesta;
mod sendmail;

use std::{fmt, str::FromStr};

use serde_json::{Value, json};

/// A runner: what runs an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runner {
    /// Actions one after the other, each choosing the next.
    ActionChain,
    /// A message on the stream.
    Announcement,
    /// An HTTP request.
    HttpRequest,
    /// A question to people.
    Inquirer,
    /// A command line in a shell.
    LocalShellCmd,
    /// A script of the pack.
    LocalShellScript,
    /// An action of Squall itself.
    Native,
    /// Does nothing.
    Noop,
    /// A workflow in Orquesta's language.
    Orquesta,
    /// An e-mail.
    Sendmail,
}

/// What Squall decides by the runner of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// The pool of permits that a run takes one of.
    pub pool: Pool,
    /// Whether an interrupted run may be repeated.
    pub harmless: Harmless,
    /// Whether a run gets a token, with which it calls the API as its user.
    pub gets_token: bool,
    /// Who leads the execution from its start to its end; none when it is one call of
    /// `runner::run`.
    pub leader: Option<Leader>,
    /// The meaning of the action's entry point.
    pub entry_point: EntryPoint,
    /// The shape of a result.
    pub result: Shape,
}

/// A pool of permits to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// For runs that start processes or wait for other machines; as many as the configuration
    /// says.
    Outside,
    /// For runs that stay inside Squall; a large, fixed number.
    Inside,
}

/// Whether a run has no effect before its end is written, so that an interrupted one may be
/// repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harmless {
    /// Every run.
    Always,
    /// No run.
    Never,
    /// Depends on the action, see `runner::is_harmless`.
    ByAction,
}

/// Who leads an execution that goes on over time, without holding a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leader {
    /// A workflow in this language. It has children, and can be paused and resumed.
    Workflow(Language),
    /// An inquiry, which is pending until it is answered.
    Question,
}

/// A language of workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// StackStorm's Orquesta.
    Orquesta,
    /// StackStorm's action chains.
    ActionChain,
}

/// The meaning of an action's entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryPoint {
    /// None: an action of this runner has no entry point.
    Unused,
    /// A script of the pack.
    Script,
    /// The definition of a workflow.
    Definition,
    /// The name of a native action.
    Native,
}

/// The shape of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any value.
    Any,
    /// That of a process: `return_code`, `stdout`, `stderr`, `succeeded` and `failed`.
    Process,
    /// An answer in `response`, described by the schema in `schema`.
    Answer,
}

/// The definition of a runner.
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    /// Other names that an action may use.
    pub(crate) aliases: &'static [&'static str],
    /// Names from old versions of StackStorm. An action that uses one is refused with a hint.
    pub(crate) former_names: &'static [&'static str],
    pub(crate) description: &'static str,
    /// The package, as StackStorm names it.
    pub(crate) package: &'static str,
    /// The module, as StackStorm names it.
    pub(crate) module: &'static str,
    pub(crate) traits: Traits,
    /// Returns the schema of each parameter that every action of this runner has.
    pub(crate) parameters: fn() -> Value,
    pub(crate) output: Output,
}

/// The schema of a result.
pub(crate) struct Output {
    /// The key of the result that an action's output schema describes.
    pub(crate) key: Option<&'static str>,
    pub(crate) schema: fn() -> Value,
}

impl Output {
    /// A result without a schema.
    const NONE: Self = Self { key: None, schema: empty };
}

/// The error of a name that is not a runner's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("runner type `{0}` does not exist here: the runner types are {list}", list = Runner::list())]
pub struct Error(pub String);

impl Runner {
    /// Every runner.
    pub const ALL: [Self; 10] = [
        Self::ActionChain,
        Self::Announcement,
        Self::HttpRequest,
        Self::Inquirer,
        Self::LocalShellCmd,
        Self::LocalShellScript,
        Self::Native,
        Self::Noop,
        Self::Orquesta,
        Self::Sendmail,
    ];

    pub(crate) const fn definition(self) -> &'static Definition {
        match self {
            Self::ActionChain => &action_chain::DEFINITION,
            Self::Announcement => &announcement::DEFINITION,
            Self::HttpRequest => &http_request::DEFINITION,
            Self::Inquirer => &inquirer::DEFINITION,
            Self::LocalShellCmd => &local_shell_cmd::DEFINITION,
            Self::LocalShellScript => &local_shell_script::DEFINITION,
            Self::Native => &native::DEFINITION,
            Self::Noop => &noop::DEFINITION,
            Self::Orquesta => &orquesta::DEFINITION,
            Self::Sendmail => &sendmail::DEFINITION,
        }
    }

    /// Returns the name of the runner type.
    pub const fn as_str(self) -> &'static str {
        self.definition().name
    }

    /// Returns the traits.
    pub const fn traits(self) -> &'static Traits {
        &self.definition().traits
    }

    /// Returns the names from old versions of StackStorm, which are refused.
    pub const fn former_names(self) -> &'static [&'static str] {
        self.definition().former_names
    }

    /// Tells whether its executions run other actions.
    pub const fn is_workflow(self) -> bool {
        matches!(self.traits().leader, Some(Leader::Workflow(_)))
    }

    fn list() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Runner {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_meant = |runner: &Self| {
            let Definition { name, aliases, .. } = runner.definition();
            *name == text || aliases.contains(&text)
        };
        Self::ALL.into_iter().find(is_meant).ok_or_else(|| Error(text.to_owned()))
    }
}

fn empty() -> Value {
    json!({})
}

/// Returns the schema of a value of any type, with the types in the order of StackStorm's runners
/// of workflows and requests.
fn any_value() -> Value {
    json!({"anyOf": [
        {"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "number"},
        {"type": "boolean"}, {"type": "array"}, {"type": "null"},
    ]})
}

/// Returns the parameter by which a workflow is stopped when it takes too long.
fn workflow_timeout() -> Value {
    json!({
        "description": "Seconds after which the workflow and all that it runs is stopped; 0 for never.",
        "type": "integer", "default": 0,
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    #[test]
    fn each_runner_has_its_file_and_its_place_in_the_list() {
        let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/runner")).unwrap();
        let files: BTreeSet<String> = files
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let runners = Runner::ALL.map(|runner| runner.as_str().replace('-', "_"));
        assert_eq!(files, BTreeSet::from(runners));
    }

    #[test]
    fn each_name_means_one_runner() {
        let mut taken = BTreeSet::new();
        for runner in Runner::ALL {
            let Definition { name, aliases, former_names, .. } = runner.definition();
            for name in [name].into_iter().chain(*aliases) {
                assert_eq!(name.parse(), Ok(runner));
                assert!(taken.insert(*name), "`{name}` means two runners");
            }
            for name in *former_names {
                assert_eq!(name.parse::<Runner>(), Err(Error((*name).to_owned())));
                assert!(taken.insert(name), "`{name}` means two runners");
            }
        }
        assert_eq!("orchestra".parse(), Ok(Runner::Orquesta));
    }

    #[test]
    fn traits_agree_with_each_other() {
        for runner in Runner::ALL {
            let traits = runner.traits();
            let is_outside = traits.pool == Pool::Outside;
            assert!(is_outside || !traits.gets_token, "{runner} stays inside and needs no token");
            if traits.leader.is_some() {
                assert_eq!(traits.pool, Pool::Inside, "{runner} only waits");
                assert_eq!(traits.harmless, Harmless::Never, "{runner} is restored, not run again");
            }
            let is_question = traits.leader == Some(Leader::Question);
            assert_eq!(is_question, traits.result == Shape::Answer, "{runner}");
        }
    }
}
