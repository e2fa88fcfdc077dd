//! Every place where a network is named, so that a forgotten one is found.

use std::{collections::BTreeSet, fs, path::Path};

use chat::{
    Network,
    config::{Config, Section},
};

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn mistake(table: &str) -> String {
    toml::from_str::<Section>(table).map(|_| ()).unwrap_err().message().to_owned()
}

/// Returns the keys of a network, as its table takes them.
fn fields(network: Network) -> Vec<String> {
    let message = mistake(&format!("[{network}.home]\nno_such_key = 1\n"));
    let names = message.split('`').skip(1).step_by(2).map(str::to_owned);
    let fields: Vec<String> = names.skip(1).collect();
    assert!(message.starts_with("unknown field `no_such_key`"), "{network}: {message}");
    assert!(!fields.is_empty(), "{network}: {message}");
    fields
}

fn features(manifest: &str) -> toml::Table {
    let manifest: toml::Table = toml::from_str(&file(manifest)).unwrap();
    manifest["features"].as_table().unwrap().clone()
}

fn has(features: &toml::Table, name: &str, part: &str) -> bool {
    let parts = features.get(name).and_then(toml::Value::as_array).into_iter().flatten();
    parts.filter_map(toml::Value::as_str).any(|one| one == part)
}

#[test]
fn every_network_is_a_feature_and_the_binary_has_all() {
    let networks: BTreeSet<String> = Network::ALL.iter().map(ToString::to_string).collect();
    let (of_chat, of_cli) = (features("crates/chat/Cargo.toml"), features("crates/cli/Cargo.toml"));
    let mut chat: BTreeSet<String> = of_chat.keys().cloned().collect();
    // The others are what networks share.
    for shared in ["default", "tls"] {
        assert!(chat.remove(shared), "`{shared}` is gone");
    }
    assert_eq!(chat, networks, "the features of `chat` and `Network::ALL`");
    for network in &networks {
        assert!(has(&of_chat, "default", network), "`chat` does without `{network}`");
        assert!(has(&of_cli, "default", network), "`cli` has no `{network}`");
        let forwarded = has(&of_cli, network, &format!("chat/{network}"));
        assert!(forwarded, "`{network}` of `cli` does not switch on `chat/{network}`");
    }
}

#[test]
fn each_network_has_its_tests() {
    let main = file("crates/chat/tests/it/main.rs");
    for network in Network::ALL {
        assert!(main.contains(&format!("mod {network};")), "no tests of `{network}`");
    }
}

#[test]
fn keys_for_variables_are_those_of_the_table() {
    for network in Network::ALL {
        let fields = fields(*network);
        let keys: BTreeSet<&str> = network.keys().iter().map(|(key, _)| *key).collect();
        for key in &keys {
            assert!(fields.iter().any(|field| field == key), "`{network}` has no `{key}`");
        }
        for field in fields.iter().filter(|field| !keys.contains(field.as_str())) {
            // What has no variable must be a table.
            let message = mistake(&format!("[{network}.home]\n{field} = \"x\"\n"));
            let is_table =
                message.contains("expected a map") || message.contains("expected struct");
            assert!(is_table, "the keys of `{network}` lack `{field}`: {message}");
        }
    }
}

#[test]
fn every_key_is_documented() {
    let text = file("docs/configuration.md");
    for network in Network::ALL {
        let heading = format!("## `[chat.{network}.NAME]`\n");
        let start = text.find(&heading).unwrap_or_else(|| panic!("no section {heading}"));
        let section = &text[start + heading.len()..];
        let section = &section[..section.find("\n## ").unwrap_or(section.len())];
        for field in fields(*network) {
            assert!(section.contains(&format!("`{field}`")), "{heading} lacks `{field}`");
        }
    }
}

#[test]
fn mistakes_say_what_is_missing_and_what_does_nothing() {
    let check = |table: &str, expected: &str| {
        let section: Section = toml::from_str(&format!("[irc.home]\n{table}")).unwrap();
        let error = section.read(1).map(|_| ()).unwrap_err();
        assert_eq!(format!("{error}: {}", error.mistake), format!("[chat.irc.home]: {expected}"));
    };
    check("", "`server` is missing");
    let plain = "`sasl = \"plain\"` needs `sasl_password_file` or `sasl_password`";
    check("server = \"a\"\nsasl = \"plain\"", plain);
    let external = "`sasl = \"external\"` needs `tls_identity_file`";
    check("server = \"a\"\nsasl = \"external\"", external);
    let alone = "`sasl_password` does nothing without `sasl = \"plain\"`";
    check("server = \"a\"\nsasl_password = \"x\"", alone);
    let stray = "`channel_keys` names `#b`, which `channels` does not";
    check("server = \"a\"\nchannels = [\"#a\"]\nchannel_keys = { \"#b\" = \"k\" }", stray);
    let both = "`password` and `password_file` are both given: keep one of them";
    check("server = \"a\"\npassword = \"x\"\npassword_file = \"y\"", both);
}

#[test]
fn what_is_not_named_has_its_default() {
    let text = "[irc.home]\nserver = \"irc.test\"\ntls = false\nchannels = [\"#ops\"]\n\
                [irc.other]\nserver = \"irc.test\"\nsasl = \"plain\"\nsasl_password = \"x\"\n";
    let section: Section = toml::from_str(text).unwrap();
    let configs = section.read(7).unwrap();
    let [Config::Irc(home), Config::Irc(other)] = configs.as_slice() else { panic!() };
    assert_eq!((home.name.as_str(), home.port, home.nick.as_str()), ("home", 6667, "squall"));
    assert_eq!((other.name.as_str(), other.port, other.seed), ("other", 6697, 7));
    assert!(
        matches!(&other.sasl, Some(chat::irc::Sasl::Plain { account, .. }) if account == "squall")
    );
    assert_eq!(configs[0].channels(), ["#ops"]);
}
