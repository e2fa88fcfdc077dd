//! The environment as a layer of the configuration: each key with a single value has a variable.

use anyhow::bail;
use chat::{Network, config};
use toml::{Table, Value};

use crate::{environment, exit::Usage, suggest};

/// The type of a variable's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Flag,
    /// A list of texts with this separator.
    List(char),
}

/// The keys outside of `chat`.
const KEYS: &[(&str, Kind)] = &[
    ("data", Kind::Text),
    ("listen", Kind::Text),
    ("packs", Kind::List(':')),
    ("st2_ports", Kind::Flag),
    ("log_format", Kind::Text),
    ("log", Kind::Text),
    ("smtp.host", Kind::Text),
    ("smtp.port", Kind::Integer),
    ("smtp.security", Kind::Text),
    ("smtp.username", Kind::Text),
    ("smtp.password", Kind::Text),
    ("smtp.password_file", Kind::Text),
    ("limits.concurrency_max", Kind::Integer),
    ("limits.open_max", Kind::Integer),
    ("limits.chain_depth_max", Kind::Integer),
    ("limits.output_bytes_max", Kind::Integer),
    ("limits.timeout_s", Kind::Integer),
    ("limits.kill_grace_s", Kind::Integer),
    ("limits.token_ttl_s", Kind::Integer),
    ("actions.run_as", Kind::Text),
    ("users.system_user", Kind::Text),
    ("users.chat_user", Kind::Text),
];

/// Variables of commands that are not part of the configuration.
const OTHERS: &[&str] = &["SQUALL_CONFIG", "SQUALL_URL", "SQUALL_API_KEY", "SQUALL_KEY_FILE"];

/// One setting from the environment.
pub(super) struct Setting {
    /// The variable.
    pub(super) name: String,
    /// The key and its sections, outermost first.
    pub(super) path: Vec<String>,
    /// The value.
    pub(super) value: Value,
}

/// Returns the settings from the environment.
pub(super) fn read() -> anyhow::Result<Vec<Setting>> {
    let mut settings = Vec::new();
    for (name, text) in environment::ours() {
        if let Some((path, kind)) = find(&name) {
            let value = parse(&name, kind, &text)?;
            settings.push(Setting { name, path, value });
        }
    }
    Ok(settings)
}

/// Returns the unknown variables of Squall, each with a suggestion.
pub(crate) fn unknown() -> Vec<(String, Option<String>)> {
    let known: Vec<String> = KEYS
        .iter()
        .map(|(key, _)| variable(key))
        .chain(OTHERS.iter().map(|name| (*name).to_owned()))
        .collect();
    let mut unknown = Vec::new();
    for (name, _) in environment::ours() {
        if find(&name).is_none() && !OTHERS.contains(&name.as_str()) {
            let near = suggest::closest(&name, known.iter().map(String::as_str));
            unknown.push((name, near.map(str::to_owned)));
        }
    }
    unknown
}

fn variable(key: &str) -> String {
    format!("SQUALL_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn find(name: &str) -> Option<(Vec<String>, Kind)> {
    if let Some((key, kind)) = KEYS.iter().find(|(key, _)| variable(key) == name) {
        return Some((key.split('.').map(str::to_owned).collect(), *kind));
    }
    Network::ALL.iter().find_map(|network| find_in(*network, name))
}

/// Finds a variable of a chat network: `SQUALL_CHAT_NETWORK_NAME_KEY`.
fn find_in(network: Network, name: &str) -> Option<(Vec<String>, Kind)> {
    let prefix = variable(&format!("chat.{network}."));
    let rest = name.strip_prefix(&prefix)?.to_ascii_lowercase();
    let instance =
        |key: &str| rest.strip_suffix(key)?.strip_suffix('_').filter(|one| !one.is_empty());
    let fitting = network.keys().iter().filter_map(|key| Some((instance(key.0)?, *key)));
    // Of two keys that end alike, the longer is meant.
    let (instance, (key, kind)) = fitting.max_by_key(|(_, (key, _))| key.len())?;
    let path = ["chat", network.as_str(), instance, key].map(str::to_owned);
    Some((path.to_vec(), kind_of(kind)))
}

fn kind_of(kind: config::Kind) -> Kind {
    match kind {
        config::Kind::Text => Kind::Text,
        config::Kind::Integer => Kind::Integer,
        config::Kind::Flag => Kind::Flag,
        config::Kind::List => Kind::List(','),
    }
}

fn parse(name: &str, kind: Kind, text: &str) -> anyhow::Result<Value> {
    Ok(match kind {
        Kind::Text => Value::String(text.to_owned()),
        Kind::Integer => match text.parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => bail!(Usage(format!("`{name}` must be a whole number"))),
        },
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Value::Boolean(true),
            "0" | "false" | "no" | "off" => Value::Boolean(false),
            _ => bail!(Usage(format!("`{name}` must be `true` or `false`"))),
        },
        Kind::List(between) => {
            let items = text.split(between).map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
    })
}

/// Inserts a value into a table, below its sections.
pub(super) fn put(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), value);
        }
        [section, rest @ ..] => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_name_keys() {
        let check = |name: &str, expected: Option<&str>| {
            let found = find(name).map(|(path, _)| path.join("."));
            assert_eq!(found.as_deref(), expected, "{name}");
        };
        check("SQUALL_LISTEN", Some("listen"));
        check("SQUALL_SMTP_PASSWORD_FILE", Some("smtp.password_file"));
        check("SQUALL_CHAT_IRC_HOME_SERVER", Some("chat.irc.home.server"));
        check("SQUALL_CHAT_IRC_MY_NET_TLS_CA_FILE", Some("chat.irc.my_net.tls_ca_file"));
        check("SQUALL_CHAT_IRC_HOME_SASL_PASSWORD", Some("chat.irc.home.sasl_password"));
        check("SQUALL_CHAT_IRC_HOME_SASL_PASSWORD_FILE", Some("chat.irc.home.sasl_password_file"));
        check("SQUALL_CHAT_IRC_SERVER", None);
        check("SQUALL_LISEN", None);
    }
}
