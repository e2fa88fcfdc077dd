//! What the operator decides: values that stay for the life of the process.

use std::path::PathBuf;

use runner::Limits;

/// The settings of the engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folders of packs, in the order of their precedence.
    pub packs: Vec<PathBuf>,
    /// The user on whose behalf rules and Squall itself act.
    pub system_user: String,
    /// The user on whose behalf people in chat rooms act.
    pub chat_user: String,
    /// The user to run local commands as, through sudo; none for the user of this process.
    pub run_as: Option<String>,
    /// The base of the web page's addresses in executions.
    pub web_url: String,
    /// The base address of the API, for actions.
    pub api_url: String,
    /// How many processes and requests run at once.
    pub concurrency_max: usize,
    /// How many executions may wait or run; more are refused.
    pub open_max: usize,
    /// How deep rules may lead to executions that lead to rules.
    pub chain_depth_max: u32,
    /// The bounds of each run.
    pub limits: Limits,
    /// The longest life of a token, in seconds.
    pub token_ttl_s: i64,
    /// The mail server; none for the local `sendmail`.
    pub smtp: Option<runner::Smtp>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            packs: Vec::new(),
            system_user: "stanley".to_owned(),
            chat_user: "chatops_bot".to_owned(),
            run_as: None,
            web_url: "http://127.0.0.1:9101".to_owned(),
            api_url: "http://127.0.0.1:9101/api/v1".to_owned(),
            concurrency_max: 60,
            open_max: 100_000,
            chain_depth_max: 20,
            limits: Limits::default(),
            token_ttl_s: 86_400,
            smtp: None,
        }
    }
}
