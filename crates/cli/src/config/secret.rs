//! Secrets in the configuration: never shown, and better kept in a file of their own.

use std::{fmt, fs, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    /// Returns the text.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(model::mask::MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(model::mask::MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The message of an ordinary failure would hold the value.
        match toml::Value::deserialize(deserializer) {
            Ok(toml::Value::String(text)) => Ok(Self(text)),
            _ => Err(de::Error::custom("a secret is a text in quotes")),
        }
    }
}

/// Returns the secret that is given as it is or in a file.
pub(super) fn read(
    key: &str,
    given: Option<&Secret>,
    file: Option<&Path>,
) -> anyhow::Result<Option<String>> {
    match (given, file) {
        (Some(_), Some(_)) => {
            anyhow::bail!("`{key}` and `{key}_file` are both given: keep one of them")
        }
        (Some(given), None) => Ok(Some(given.reveal().to_owned())),
        (None, None) => Ok(None),
        (None, Some(file)) => {
            let text = fs::read_to_string(file)
                .with_context(|| format!("`{key}_file`: cannot read `{}`", file.display()))?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }
}
