//! Paths: StackStorm has three services, each under several prefixes; here they are one.

/// Returns the path without the prefix of a service or a version, and without a slash at its end.
pub(crate) fn normal(path: &str) -> String {
    let path = match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter,
        _ => path,
    };
    if let Some(rest) = path.strip_prefix("/stream/v1/executions") {
        return format!("/stream/executions{rest}");
    }
    let bare = ["/api/v1", "/auth/v1", "/stream/v1", "/api/exp", "/v1", "/exp", "/api", "/auth"]
        .iter()
        .find_map(|prefix| {
            path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .unwrap_or(path);
    if let Some(rest) = bare.strip_prefix("/actionexecutions") {
        return format!("/executions{rest}");
    }
    if bare.is_empty() { "/".to_owned() } else { bare.to_owned() }
}

/// Tells whether everything behind a percent sign is a number, and the whole is UTF-8.
pub(crate) fn is_decodable(path: &str) -> bool {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return false };
        decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    std::str::from_utf8(&decoded).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_come_before_numbers_that_make_utf_8() {
        assert!(is_decodable("/a/%C3%A9%20b"));
        for wrong in ["/%", "/%4", "/%zz", "/%C3", "/%ff%fe"] {
            assert!(!is_decodable(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_prefix_leads_to_one_path() {
        let check = |path: &str, expected: &str| assert_eq!(normal(path), expected, "{path}");
        check("/api/v1/actions/", "/actions");
        check("/v1/actions", "/actions");
        check("/actions", "/actions");
        check("/actions/core.local", "/actions/core.local");
        check("/auth/v1/tokens", "/tokens");
        check("/auth/tokens", "/tokens");
        check("/v1/tokens/validate", "/tokens/validate");
        check("/stream/v1/stream", "/stream");
        check("/v1/stream", "/stream");
        check("/stream", "/stream");
        check("/stream/v1/executions/x/output", "/stream/executions/x/output");
        check("/v1/actionexecutions/x", "/executions/x");
        check("/api/v1", "/");
        check("/v1/", "/");
        check("/", "/");
        check("/apikeys", "/apikeys");
        check("/v1/apikeys", "/apikeys");
    }
}
