//! Reading: the file is checked by itself, so that errors have a position; then the environment
//! overrides it.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use toml::Table;

use super::{Config, variables};
use crate::{exit::Usage, suggest};

/// Returns the configuration of the file, if one is given, and the environment.
pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    let mut table = Table::new();
    if let Some(file) = file {
        let text = fs::read_to_string(file).with_context(|| {
            Usage(format!("cannot read the configuration `{}`", file.display()))
        })?;
        let named = file.display().to_string();
        if let Err(error) = toml::from_str::<Config>(&text) {
            bail!(Usage(explain(&named, &text, &error)));
        }
        table = toml::from_str(&text).map_err(|error| Usage(explain(&named, &text, &error)))?;
    }
    for setting in variables::read()? {
        variables::put(&mut table, &setting.path, setting.value.clone());
        if let Err(error) = Config::try_from_table(table.clone()) {
            let reason = error.message();
            bail!(Usage(format!("`{}` cannot be used: {reason}", setting.name)));
        }
    }
    Config::try_from_table(table).context("the configuration cannot be read")
}

impl Config {
    fn try_from_table(table: Table) -> Result<Self, toml::de::Error> {
        table.try_into()
    }
}

/// Returns the error with its position, without the line: it may contain a secret.
fn explain(file: &str, text: &str, error: &toml::de::Error) -> String {
    let message = error.message().trim_end();
    let place = match error.span() {
        None => String::new(),
        Some(span) => {
            let before = text.get(..span.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!(":{line}:{column}")
        }
    };
    format!("{file}{place}: {}", with_suggestion(message))
}

/// Rewrites serde's list of expected fields as a sentence.
fn with_suggestion(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let Some(wrong) = names.next().filter(|_| message.starts_with("unknown field")) else {
        return message.replace('\n', " ");
    };
    let known: Vec<&str> = names.collect();
    match suggest::closest(wrong, known.iter().copied()) {
        Some(near) => format!("unknown key `{wrong}`: did you mean `{near}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("unknown key `{wrong}`: there are {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn check(text: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("squall.toml");
        fs::write(&file, text).unwrap();
        let error = load(Some(&file)).unwrap_err().to_string();
        let error = error.replace(&*folder.path().to_string_lossy(), "");
        assert_eq!(error, expected, "{text}");
    }

    #[test]
    fn mistakes_have_a_place_and_a_suggestion() {
        check("lisen = \"x\"\n", "/squall.toml:1:1: unknown key `lisen`: did you mean `listen`?");
        check(
            "[limits]\n\nconcurrency = 3\n",
            "/squall.toml:3:1: unknown key `concurrency`: there are `concurrency_max`, `open_max`, \
             `chain_depth_max`, `output_bytes_max`, `timeout_s`, `kill_grace_s`, `token_ttl_s`",
        );
        check(
            "[chat.irc.home]\nservr = \"a\"\n",
            "/squall.toml:2:1: unknown key `servr`: did you mean `server`?",
        );
        check(
            "[chat.ric.home]\nserver = \"a\"\n",
            "/squall.toml:1:7: unknown key `ric`: did you mean `irc`?",
        );
        check(
            "[chat.irc.home]\npassword = 123456\n",
            "/squall.toml:2:12: a secret is a text in quotes",
        );
    }

    #[test]
    fn a_secret_is_not_in_the_message_about_it() {
        check(
            "[smtp]\nhost = \"a\"\npassword = 123456\n",
            "/squall.toml:3:12: a secret is a text in quotes",
        );
    }
}
