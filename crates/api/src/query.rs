//! Query strings: read once, asked by name.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::answer::Fault;

/// The query of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        });
        Self { pairs: pairs.collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the parts of a list between commas, or none where the name is absent or empty.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.get(name).filter(|text| !text.is_empty())?;
        Some(text.split(',').map(|part| part.trim().to_owned()).collect())
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let parsed = text.trim().parse().map(Some);
        parsed.map_err(|_| Fault::invalid(format!("Parameter \"{name}\" is not of type integer")))
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|text| {
            matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "y" | "t" | "on")
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// Undoes the percent-encoding of a query; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex =
            |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'+', _, _) => decoded.push(b' '),
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 2;
            }
            (byte, _, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_the_last_of_a_name_counts() {
        let query = Query::parse("a=1&b=x%20y+z&a=2&limit=abc&flag=True&e=%C3%A9%zz");
        assert_eq!(query.get("a"), Some("2"));
        assert_eq!(query.get("b"), Some("x y z"));
        assert_eq!(query.get("e"), Some("é%zz"));
        assert!(query.flag("flag"));
        assert_eq!(query.integer("a").unwrap(), Some(2));
        assert_eq!(
            query.integer("limit").unwrap_err().text,
            "Parameter \"limit\" is not of type integer"
        );
    }
}
