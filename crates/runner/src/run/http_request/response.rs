//! The response as a result: `{status_code, body, parsed, headers}`.

use model::Object;
use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};

/// Header names with other capitals than one after each hyphen.
const NAMES: [&str; 12] = [
    "ETag",
    "WWW-Authenticate",
    "Content-MD5",
    "DNT",
    "TE",
    "NEL",
    "SourceMap",
    "X-DNS-Prefetch-Control",
    "X-UA-Compatible",
    "X-XSS-Protection",
    "X-GitHub-Request-Id",
    "X-GitHub-Media-Type",
];

/// Reads `response` with at most `bytes_max` bytes of its body, or all when that is 0.
pub(super) async fn read(
    mut response: Response,
    bytes_max: usize,
) -> Result<Value, reqwest::Error> {
    let bytes_max = if bytes_max == 0 { usize::MAX } else { bytes_max };
    let status = response.status().as_u16();
    let headers = headers(response.headers());
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    let length = response.content_length();
    let mut bytes = Vec::new();
    let mut is_complete = true;
    while let Some(chunk) = response.chunk().await? {
        let room = bytes_max - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            is_complete = false;
            break;
        }
    }
    let kind = kind.unwrap_or_default();
    let mut text = decode(bytes, &kind);
    if !is_complete {
        let length = length.map_or_else(String::new, |length| format!(" of {length}"));
        let bytes = format!("the first {bytes_max} bytes{length} are here");
        text.extend([
            "
[the rest left out: ",
            &bytes,
            "]
",
        ]);
    }
    let is_json = kind.split(';').next() == Some("application/json") && is_complete;
    let value = if is_json { serde_json::from_str(&text).ok() } else { None };
    let parsed = value.is_some();
    let body = value.unwrap_or(Value::String(text));
    Ok(json!({"status_code": status, "body": body, "parsed": parsed, "headers": headers}))
}

/// Returns the headers, those with the same name joined. Names get their usual capitals, which the
/// client does not keep, since workflows read `Content-Type`.
fn headers(headers: &HeaderMap) -> Object {
    let mut object = Object::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter();
        let values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        object.insert(title(name.as_str()), Value::String(values.join(", ")));
    }
    object
}

fn title(name: &str) -> String {
    if let Some(known) = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        return (*known).to_owned();
    }
    let mut start = true;
    let capital = |character: char| {
        let written = if start { character.to_ascii_uppercase() } else { character };
        start = character == '-';
        written
    };
    name.chars().map(capital).collect()
}

/// Decodes as Latin-1 when the server says so, or when the type is a text that is not UTF-8; else
/// as UTF-8.
fn decode(bytes: Vec<u8>, kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    let charset = kind.split_once("charset=").map_or("", |(_, charset)| charset);
    let charset = charset.split(';').next().unwrap_or_default().trim().trim_matches('"');
    let is_latin = matches!(charset, "iso-8859-1" | "latin-1" | "latin1" | "windows-1252");
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect();
    if is_latin {
        return latin(&bytes);
    }
    let is_text = charset.is_empty() && kind.starts_with("text/");
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if is_text => latin(error.as_bytes()),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_written_as_servers_write_them() {
        assert_eq!(title("content-type"), "Content-Type");
        assert_eq!(title("etag"), "ETag");
        assert_eq!(title("x-request-id"), "X-Request-Id");
    }

    #[test]
    fn text_is_decoded_as_the_server_says() {
        assert_eq!(decode(vec![0xE9], "text/plain; charset=ISO-8859-1"), "é");
        assert_eq!(decode(vec![0xE9], "text/html"), "é");
        assert_eq!(decode("é".into(), "text/html"), "é");
        assert_eq!(decode(vec![b'a', 0xE9], "application/json"), "a\u{FFFD}");
    }
}
