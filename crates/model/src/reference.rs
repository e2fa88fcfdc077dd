//! References: `<pack>.<name>`, separated by the first dot.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The reference of content in a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    /// The pack.
    pub pack: String,
    /// The name inside the pack; it may contain dots.
    pub name: String,
}

/// The error of a text that is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a reference: a reference is written `pack.name`")]
pub struct Error(pub String);

impl Ref {
    /// Returns the reference of `name` in `pack`.
    pub fn new(pack: impl Into<String>, name: impl Into<String>) -> Self {
        Self { pack: pack.into(), name: name.into() }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.pack, self.name)
    }
}

impl FromStr for Ref {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once('.') {
            Some((pack, name)) if !pack.is_empty() && !name.is_empty() => Ok(Self::new(pack, name)),
            _ => Err(Error(text.to_owned())),
        }
    }
}

impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_dot_separates() {
        let parsed: Ref = "core.st2.generic.actiontrigger".parse().unwrap();
        assert_eq!(
            (parsed.pack.as_str(), parsed.name.as_str()),
            ("core", "st2.generic.actiontrigger")
        );
        for bad in ["", "core", ".x", "core."] {
            assert!(bad.parse::<Ref>().is_err(), "{bad}");
        }
    }
}
