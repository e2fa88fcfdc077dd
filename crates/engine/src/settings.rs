//! What the operator decides, gathered from the rooms. The values stay for the life of the process.

use std::path::PathBuf;

/// The settings of a running Squall.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folders of packs, in the order of their precedence.
    pub packs: Vec<PathBuf>,
    /// The user on whose behalf people in chat rooms act.
    pub chat_user: String,
    /// The longest life of a token, in seconds.
    pub token_ttl_s: i64,
    /// The settings of executions.
    pub execution: execution::Settings,
    /// The settings of rules.
    pub rules: events::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            packs: Vec::new(),
            chat_user: "chatops_bot".to_owned(),
            token_ttl_s: 86_400,
            execution: execution::Settings::default(),
            rules: events::Settings::default(),
        }
    }
}
