//! The kinds of runner and the description of each that clients see.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object};

/// A runner: a closed set, matched exhaustively.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runner {
    /// Does nothing, well.
    Noop,
    /// A command line in a shell.
    LocalShellCmd,
    /// A script of the pack.
    LocalShellScript,
    /// An HTTP request.
    HttpRequest,
    /// A message on the stream.
    Announcement,
    /// An e-mail.
    Sendmail,
    /// An action that the engine itself carries out.
    Native,
    /// A workflow in Orquesta's language.
    Orquesta,
    /// A chain of actions.
    ActionChain,
    /// A question to people.
    Inquirer,
}

/// A name that is no runner's.
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

    /// Returns the name of the runner type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::LocalShellCmd => "local-shell-cmd",
            Self::LocalShellScript => "local-shell-script",
            Self::HttpRequest => "http-request",
            Self::Announcement => "announcement",
            Self::Sendmail => "sendmail",
            Self::Native => "native",
            Self::Orquesta => "orquesta",
            Self::ActionChain => "action-chain",
            Self::Inquirer => "inquirer",
        }
    }

    /// Tells whether an interrupted run has touched nothing outside the store, so that it may
    /// simply be started again.
    pub const fn is_harmless(self) -> bool {
        match self {
            Self::Noop | Self::Announcement | Self::Native => true,
            Self::LocalShellCmd
            | Self::LocalShellScript
            | Self::HttpRequest
            | Self::Sendmail
            | Self::Orquesta
            | Self::ActionChain
            | Self::Inquirer => false,
        }
    }

    /// Tells whether it runs other actions, so that it can be paused and has children.
    pub const fn is_workflow(self) -> bool {
        matches!(self, Self::Orquesta | Self::ActionChain)
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
        // StackStorm knows the runner of workflows by this name, too.
        if text == "orchestra" {
            return Ok(Self::Orquesta);
        }
        let found = Self::ALL.into_iter().find(|runner| runner.as_str() == text);
        found.ok_or_else(|| Error(text.to_owned()))
    }
}

/// The registered description of a runner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerType {
    /// The id.
    pub id: Id,
    /// The name, as in an action's `runner_type`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Whether it may run anything.
    pub enabled: bool,
    /// The package, as StackStorm names it.
    pub runner_package: String,
    /// The module, as StackStorm names it.
    pub runner_module: String,
    /// The parameters that every action of this runner has.
    pub runner_parameters: Object,
    /// The key of the result that an output schema describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_key: Option<String>,
    /// The schema of the result.
    pub output_schema: Object,
}

impl RunnerType {
    /// Returns the description that ships for `runner`, under `id`.
    pub fn shipped(runner: Runner, id: Id) -> Self {
        let (package, module, description) = match runner {
            Runner::Noop => ("noop_runner", "noop_runner", "Does nothing and reports success."),
            Runner::LocalShellCmd => (
                "local_runner",
                "local_shell_command_runner",
                "Runs a command line in a shell on this host.",
            ),
            Runner::LocalShellScript => (
                "local_runner",
                "local_shell_script_runner",
                "Runs a script of the pack on this host.",
            ),
            Runner::HttpRequest => ("http_runner", "http_runner", "Sends an HTTP request."),
            Runner::Announcement => (
                "announcement_runner",
                "announcement_runner",
                "Puts a message on the event stream.",
            ),
            Runner::Sendmail => ("squall", "sendmail", "Sends an e-mail."),
            Runner::Native => ("squall", "native", "Carries out an action of Squall itself."),
            Runner::Orquesta => {
                ("orquesta_runner", "orquesta_runner", "Runs a workflow in Orquesta's language.")
            }
            Runner::ActionChain => (
                "action_chain_runner",
                "action_chain_runner",
                "Runs actions one after the other, each choosing the next.",
            ),
            Runner::Inquirer => {
                ("inquirer_runner", "inquirer_runner", "Asks people and waits for their answer.")
            }
        };
        let (output_key, output_schema) = output(runner);
        Self {
            id,
            name: runner.as_str().to_owned(),
            description: description.to_owned(),
            enabled: true,
            runner_package: package.to_owned(),
            runner_module: module.to_owned(),
            runner_parameters: parameters(runner),
            output_key,
            output_schema,
        }
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "name": self.name,
            "description": self.description,
            "uid": format!("runner_type:{}", self.name),
            "enabled": self.enabled,
            "runner_package": self.runner_package,
            "runner_module": self.runner_module,
            "runner_parameters": self.runner_parameters,
            "output_schema": self.output_schema,
            "id": self.id,
        });
        if let (Some(key), Some(object)) = (&self.output_key, document.as_object_mut()) {
            object.insert("output_key".to_owned(), json!(key));
        }
        document
    }
}

fn output(runner: Runner) -> (Option<String>, Object) {
    match runner {
        Runner::HttpRequest => {
            let schema = json!({
                "type": "object",
                "properties": {
                    "status_code": {"type": "integer"},
                    "body": {"anyOf": [
                        {"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "number"},
                        {"type": "boolean"}, {"type": "array"}, {"type": "null"},
                    ]},
                    "parsed": {"type": "boolean"},
                    "headers": {"type": "object"},
                },
                "additionalProperties": false,
            });
            (Some("body".to_owned()), object(schema))
        }
        Runner::LocalShellCmd | Runner::LocalShellScript => {
            let text = json!({"anyOf": [
                {"type": "string"}, {"type": "object"}, {"type": "array"}, {"type": "integer"},
                {"type": "number"}, {"type": "boolean"}, {"type": "null"},
            ]});
            let schema = json!({
                "type": "object",
                "properties": {
                    "succeeded": {"type": "boolean"},
                    "failed": {"type": "boolean"},
                    "return_code": {"type": "integer"},
                    "stdout": text,
                    "stderr": text,
                },
                "additionalProperties": true,
            });
            (None, object(schema))
        }
        Runner::Orquesta => {
            let schema = json!({
                "type": "object",
                "properties": {
                    "errors": {"anyOf": [{"type": "object"}, {"type": "array"}]},
                    "output": {"anyOf": [
                        {"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "number"},
                        {"type": "boolean"}, {"type": "array"}, {"type": "null"},
                    ]},
                },
                "additionalProperties": false,
            });
            (Some("output".to_owned()), object(schema))
        }
        Runner::ActionChain => {
            let schema = json!({
                "type": "object",
                "properties": {"published": {"type": "object"}, "tasks": {"type": "array"}},
                "additionalProperties": false,
            });
            (Some("published".to_owned()), object(schema))
        }
        Runner::Noop
        | Runner::Announcement
        | Runner::Sendmail
        | Runner::Native
        | Runner::Inquirer => (None, Object::new()),
    }
}

fn parameters(runner: Runner) -> Object {
    let schema = match runner {
        Runner::Noop | Runner::Sendmail | Runner::Native => json!({}),
        Runner::Announcement => json!({
            "experimental": {
                "description": "Must be true: it says that the caller knows this runner is experimental.",
                "required": true, "type": "boolean", "default": false,
            },
            "route": {
                "description": "The route by which listeners find the message; words may be joined by dots.",
                "type": "string", "default": "general", "minLength": 1, "maxLength": 255,
            },
        }),
        Runner::LocalShellCmd => shell(json!({
            "cmd": {"description": "The command line to run.", "type": "string"},
        })),
        Runner::LocalShellScript => shell(json!({
            "content_version": {
                "description": "A git revision of the pack to take the script from.",
                "type": "string", "required": false,
            },
            "debug": {
                "description": "Whether to keep what a run leaves behind.",
                "type": "boolean", "required": false, "default": false,
            },
        })),
        Runner::HttpRequest => http(),
        Runner::Orquesta => json!({
            "notify": {
                "description": "The tasks whose end is told to those whom the workflow's end is told.",
                "type": "array", "uniqueItems": true, "default": [],
                "items": {"type": "string", "minLength": 1, "pattern": "^\\w+$"},
            },
            "timeout": deadline(),
        }),
        Runner::ActionChain => json!({
            "display_published": {
                "description": "Whether the published variables are part of the result.",
                "type": "boolean", "default": true,
            },
            "skip_notify": {
                "description": "The tasks whose end is told to nobody.", "type": "array", "default": [],
            },
            "timeout": deadline(),
        }),
        Runner::Inquirer => inquiry(),
    };
    object(schema)
}

fn deadline() -> Value {
    json!({
        "description": "Seconds after which the workflow and all that it runs is stopped; 0 for never.",
        "type": "integer", "default": 0,
    })
}

fn inquiry() -> Value {
    json!({
        "schema": {
            "description": "The schema of the answer.",
            "type": "object", "required": true,
            "default": {
                "title": "response_data", "type": "object",
                "properties": {
                    "continue": {
                        "type": "boolean", "required": true,
                        "description": "Shall the workflow go on?",
                    },
                },
            },
        },
        "route": {
            "description": "The route by which rules bring the question to people.",
            "type": "string", "required": false, "default": "",
        },
        "roles": {
            "description": "The roles of which one who answers must have one; none for anybody.",
            "type": "array", "required": false, "default": [],
        },
        "users": {
            "description": "The users who may answer; none for anybody.",
            "type": "array", "required": false, "default": [],
        },
        "ttl": {
            "description": "Minutes after which nobody can answer any more; 0 for never.",
            "type": "integer", "required": true, "default": 1440,
        },
    })
}

fn shell(own: Value) -> Value {
    let mut schema = object(own);
    let shared = json!({
        "cwd": {"description": "The directory to run in.", "type": "string"},
        "env": {"description": "Variables to add to the environment.", "type": "object"},
        "kwarg_op": {
            "description": "What stands before the name of a named argument.",
            "type": "string", "default": "--",
        },
        "sudo": {"description": "Whether to run with sudo.", "type": "boolean", "default": false},
        "sudo_password": {
            "description": "The password for sudo, where it asks for one.",
            "type": "string", "required": false, "secret": true, "default": null,
        },
        "timeout": {
            "description": "Seconds after which the run is stopped.",
            "type": "integer", "default": 60,
        },
    });
    schema.extend(object(shared));
    Value::Object(schema)
}

fn http() -> Value {
    let hosts = |description: &str| {
        json!({
            "description": description, "required": false, "type": "array", "items": {"type": "string"},
        })
    };
    json!({
        "allow_redirects": {
            "description": "Whether redirects are followed.", "type": "boolean", "default": false,
        },
        "cookies": {"description": "Cookies to send.", "type": "object"},
        "headers": {"description": "Headers to send.", "type": "object"},
        "http_proxy": {"description": "The proxy for HTTP addresses.", "type": "string"},
        "https_proxy": {"description": "The proxy for HTTPS addresses.", "type": "string"},
        "password": {
            "description": "The password for basic authentication.", "type": "string", "secret": true,
        },
        "url": {"description": "The address.", "type": "string", "required": true},
        "username": {"description": "The user for basic authentication.", "type": "string"},
        "verify_ssl_cert": {
            "description": "Whether the server's certificate is checked.", "type": "boolean", "default": true,
        },
        "url_hosts_blacklist": hosts("Hosts that may not be reached."),
        "url_hosts_whitelist": hosts("The only hosts that may be reached."),
    })
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Object::new()
        }
    }
}
