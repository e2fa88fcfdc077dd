//! What the load runs: a pack of workflows, chains, a question and commands under policies, and
//! the rule and the aliases that carry results to those who wait for them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use client::{Client, Error};
use model::Runner;
use serde_json::{Value, json};

/// What stands in front of an execution's id in an announcement.
pub(super) const MARK: &str = "chaos=";

/// The files to which actions append.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// Each start of an action.
    pub(super) starts: PathBuf,
    /// Each final message.
    pub(super) messages: PathBuf,
}

/// The pack.
pub(super) const PACK: &str = "chaos";
/// The route whose messages the rule appends to a file.
pub(super) const ROUTE: &str = "chaos";
/// The rule that appends the messages.
pub(super) const RULE: &str = "default.chaos_message";
/// The route of questions that the load leaves without an answer.
pub(super) const UNANSWERED: &str = "unanswered";

/// A command of which few may run at once.
pub(super) const LIMITED: &str = "chaos.limited";
/// How many of them.
pub(super) const LIMIT: usize = 3;
/// A command that fails every other time and is retried.
pub(super) const RETRIED: &str = "chaos.retried";
/// How often it is retried.
pub(super) const RETRIES: u64 = 2;

/// A workflow or a chain.
#[derive(Debug)]
pub(super) struct Flow {
    name: &'static str,
    runner: Runner,
    definition: &'static str,
    /// Whether it asks something.
    pub(super) asks: bool,
    /// The tasks and items that run when it succeeds.
    pub(super) tasks: &'static [&'static str],
    /// The tasks from which it can be run again, each with those that run then.
    pub(super) reruns: &'static [(&'static str, &'static [&'static str])],
}

/// A workflow without questions, as the others differ from it.
const ORQUESTA: Flow = Flow {
    name: "",
    runner: Runner::Orquesta,
    definition: "",
    asks: false,
    tasks: &[],
    reruns: &[],
};
const CHAIN: Flow = Flow { runner: Runner::ActionChain, ..ORQUESTA };

/// All of them.
const FLOWS: &[Flow] = &[
    Flow {
        name: "sequence",
        definition: include_str!("pack/sequence.yaml"),
        tasks: &["begin", "work", "end"],
        reruns: &[("work", &["work", "end"]), ("end", &["end"])],
        ..ORQUESTA
    },
    Flow {
        name: "join",
        definition: include_str!("pack/join.yaml"),
        tasks: &["left", "work", "both", "each/0", "each/1", "each/2", "each/3"],
        reruns: &[("both", &["both", "each/0", "each/1", "each/2", "each/3"])],
        ..ORQUESTA
    },
    Flow {
        name: "nested",
        definition: include_str!("pack/nested.yaml"),
        tasks: &["wait", "inner", "end"],
        reruns: &[("inner", &["inner", "end"]), ("inner.work", &["inner", "end"])],
        ..ORQUESTA
    },
    Flow {
        name: "items",
        definition: include_str!("pack/items.yaml"),
        tasks: &["each/0", "each/1", "end"],
        reruns: &[("end", &["end"])],
        ..ORQUESTA
    },
    Flow {
        name: "asks",
        definition: include_str!("pack/asks.yaml"),
        asks: true,
        tasks: &["work", "ask", "end"],
        reruns: &[("ask", &["ask", "end"])],
        ..ORQUESTA
    },
    Flow {
        name: "asks_twice",
        definition: include_str!("pack/asks_twice.yaml"),
        asks: true,
        tasks: &["one", "two", "work", "all"],
        reruns: &[("all", &["all"])],
        ..ORQUESTA
    },
    Flow {
        name: "mixed",
        definition: include_str!("pack/mixed.yaml"),
        asks: true,
        tasks: &["inner", "chain", "all"],
        reruns: &[("all", &["all"])],
        ..ORQUESTA
    },
    Flow {
        name: "steps",
        definition: include_str!("pack/steps.yaml"),
        tasks: &["begin", "work", "more", "end"],
        ..CHAIN
    },
    Flow {
        name: "chain_nested",
        definition: include_str!("pack/chain_nested.yaml"),
        tasks: &["inner", "chain", "end"],
        ..CHAIN
    },
    Flow {
        name: "chain_asks",
        definition: include_str!("pack/chain_asks.yaml"),
        asks: true,
        tasks: &["ask", "inner", "end"],
        ..CHAIN
    },
];

impl Flow {
    /// Returns the one that an action runs.
    pub(super) fn of(action: &str) -> Option<&'static Self> {
        let name = action.strip_prefix(PACK)?.strip_prefix('.')?;
        FLOWS.iter().find(|flow| flow.name == name)
    }

    /// Returns one by a random number.
    pub(super) fn any(number: u64) -> &'static Self {
        let index = usize::try_from(number).unwrap_or_default() % FLOWS.len();
        &FLOWS[index]
    }

    /// Returns the reference of its action.
    pub(super) fn reference(&self) -> String {
        format!("{PACK}.{}", self.name)
    }

    /// Returns the tasks that must have run when it succeeds, after a re-run from some of them.
    pub(super) fn tasks_after(&self, rerun: &[String]) -> &'static [&'static str] {
        let [first, ..] = rerun else { return self.tasks };
        let found = self.reruns.iter().find(|(task, _)| task == first);
        found.map_or(&[], |(_, tasks)| tasks)
    }

    fn action(&self) -> Value {
        let mut parameters = json!({"cmd": {"type": "string", "required": true}});
        if self.asks {
            parameters["ttl"] = json!({"type": "integer", "default": 0});
            parameters["route"] = json!({"type": "string", "default": ""});
        }
        json!({
            "name": self.name, "runner_type": self.runner.as_str(), "enabled": true,
            "entry_point": format!("workflows/{}.yaml", self.name), "parameters": parameters,
        })
    }
}

/// Returns the schema of the answers to the questions.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"choice": {"type": "string", "required": true}},
        "additionalProperties": false,
    })
}

/// Writes the pack into a folder of packs.
pub(super) fn write_pack(packs: &Path) -> anyhow::Result<()> {
    let pack = packs.join(PACK);
    for folder in ["actions/workflows", "policies"] {
        let folder = pack.join(folder);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    }
    let about = json!({
        "ref": PACK, "name": PACK, "version": "1.0.0", "author": "Squall",
        "description": "The actions of the self-test.",
    });
    fs::write(pack.join("pack.yaml"), about.to_string())?;
    for flow in FLOWS {
        let file = format!("{}.yaml", flow.name);
        fs::write(pack.join("actions").join(&file), flow.action().to_string())?;
        fs::write(pack.join("actions/workflows").join(&file), flow.definition)?;
    }
    write_commands(&pack)
}

fn write_commands(pack: &Path) -> anyhow::Result<()> {
    let ask = json!({
        "name": "ask", "runner_type": Runner::Inquirer.as_str(), "enabled": true,
        "parameters": {"schema": {"default": schema()}, "ttl": {"default": 0}},
    });
    fs::write(pack.join("actions/ask.yaml"), ask.to_string())?;
    let policies = [
        (LIMITED, "action.concurrency", json!({"threshold": LIMIT, "action": "delay"})),
        (
            RETRIED,
            "action.retry",
            json!({"retry_on": "failure", "max_retry_count": RETRIES, "delay": 0.2}),
        ),
    ];
    for (reference, kind, parameters) in policies {
        let name = reference.split('.').next_back().unwrap_or_default();
        let action = json!({
            "name": name, "runner_type": Runner::LocalShellCmd.as_str(), "enabled": true,
            "entry_point": "", "parameters": {"cmd": {"type": "string", "required": true}},
        });
        let policy = json!({
            "name": name, "resource_ref": reference, "policy_type": kind, "enabled": true,
            "parameters": parameters,
        });
        let file = format!("{name}.yaml");
        fs::write(pack.join("actions").join(&file), action.to_string())?;
        fs::write(pack.join("policies").join(&file), policy.to_string())?;
    }
    Ok(())
}

/// Makes the rule and the aliases.
pub(super) async fn prepare(client: &Client, files: &Files) -> Result<(), Error> {
    let append = format!(
        "echo \"$ST2_ACTION_EXECUTION_ID {{{{ trigger.execution_id }}}}\" >> {}",
        quoted(&files.messages)
    );
    let rule = json!({
        "pack": "default", "name": "chaos_message", "enabled": true,
        "trigger": {"type": "core.st2.generic.notifytrigger"},
        "criteria": {"trigger.route": {"type": "equals", "pattern": ROUTE}},
        "action": {"ref": "core.local", "parameters": {"cmd": append}},
    });
    made(client.create_rule(&rule).await)?;
    for (name, action, word) in
        [("chaos", "core.local", "chaos"), ("chaos_flow", "chaos.sequence", "chaos-flow")]
    {
        let alias = json!({
            "pack": "default", "name": name, "action_ref": action,
            "formats": [format!("{word} {{{{ cmd }}}}")],
            "result": {"format": format!("{MARK}{{{{ execution.id }}}}")},
        });
        made(client.create_alias(&alias).await)?;
    }
    Ok(())
}

/// A directory that was used before has them already.
fn made(answer: Result<Value, Error>) -> Result<(), Error> {
    match answer {
        Ok(_) | Err(Error::Refused { status: 409, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Returns a path as one word of a shell.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
