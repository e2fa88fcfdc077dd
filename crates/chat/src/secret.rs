//! Secrets in a configuration: never shown, and better kept in a file of their own.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

/// What is shown in place of a secret.
const MASK: &str = "********";

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOnly)
    }
}

/// Refuses everything but a text. The messages that serde makes by itself hold the value.
struct TextOnly;

fn refuse<T, E: de::Error>() -> Result<T, E> {
    Err(E::custom("a secret is a text in quotes"))
}

impl<'de> Visitor<'de> for TextOnly {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Secret, E> {
        refuse()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Secret, E> {
        refuse()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Secret, E> {
        refuse()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Secret, E> {
        refuse()
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<Secret, A::Error> {
        refuse()
    }

    fn visit_map<A: de::MapAccess<'de>>(self, _: A) -> Result<Secret, A::Error> {
        refuse()
    }
}

/// Why a secret is not known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is given twice.
    #[error("`{0}` and `{0}_file` are both given: keep one of them")]
    Both(&'static str),
    /// Its file cannot be read.
    #[error("`{key}_file`: cannot read `{}`", path.display())]
    Unreadable {
        /// The key of the secret.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Returns the secret that is given as it is or in a file.
///
/// # Errors
/// Fails when it is given in both ways, or its file cannot be read.
pub fn read(
    key: &'static str,
    given: Option<&Secret>,
    file: Option<&Path>,
) -> Result<Option<String>, Error> {
    match (given, file) {
        (Some(_), Some(_)) => Err(Error::Both(key)),
        (Some(given), None) => Ok(Some(given.reveal().to_owned())),
        (None, None) => Ok(None),
        (None, Some(file)) => {
            let text = fs::read_to_string(file).map_err(|source| Error::Unreadable {
                key,
                path: file.to_owned(),
                source,
            })?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_text_is_a_secret_and_no_message_holds_it() {
        for value in ["true", "4711", "-4711", "4711.5", "[\"4711\"]", "{ a = \"4711\" }"] {
            let text = format!("secret = {value}");
            let error = toml::from_str::<std::collections::BTreeMap<String, Secret>>(&text);
            let error = error.unwrap_err();
            assert_eq!(error.message(), "a secret is a text in quotes", "{value}");
        }
        let read: std::collections::BTreeMap<String, Secret> =
            toml::from_str("secret = \"4711\"").unwrap();
        assert_eq!(read["secret"].reveal(), "4711");
        assert_eq!(format!("{read:?}"), "{\"secret\": ********}");
        assert_eq!(toml::to_string(&read).unwrap(), "secret = \"********\"\n");
    }

    #[test]
    fn a_secret_comes_from_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "4711\r\n").unwrap();
        let given = Secret("4712".to_owned());
        assert_eq!(read("password", None, Some(&file)).unwrap().as_deref(), Some("4711"));
        assert_eq!(read("password", Some(&given), None).unwrap().as_deref(), Some("4712"));
        assert_eq!(read("password", None, None).unwrap(), None);
        let both = read("password", Some(&given), Some(&file)).unwrap_err().to_string();
        assert_eq!(both, "`password` and `password_file` are both given: keep one of them");
        let missing = read("password", None, Some(Path::new("/no/such"))).unwrap_err().to_string();
        assert_eq!(missing, "`password_file`: cannot read `/no/such`");
    }
}
