//! What the operator decides about executions.

use runner::Limits;

/// The settings of this room; they stay for the life of the process.
#[derive(Debug, Clone)]
pub struct Settings {
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
    /// The bounds of each run.
    pub limits: Limits,
    /// The mail server; none for the local `sendmail`.
    pub smtp: Option<runner::Smtp>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            run_as: None,
            web_url: "http://127.0.0.1:9101".to_owned(),
            api_url: "http://127.0.0.1:9101/api/v1".to_owned(),
            concurrency_max: 60,
            open_max: 100_000,
            limits: Limits::default(),
            smtp: None,
        }
    }
}
