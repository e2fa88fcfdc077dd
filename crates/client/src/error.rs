//! Errors of calls to Squall.

use std::fmt;

/// The error of a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be used.
    #[error("`{url}` is not the address of a Squall: {reason}")]
    Address {
        /// The given address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The credential cannot be sent in a header.
    #[error("the credential cannot be sent: a key or token has visible ASCII characters only")]
    Credential,
    /// The HTTP client could not be made, usually because the system has no root certificates.
    #[error("cannot prepare connections to `{url}`; are root certificates installed here?")]
    Start {
        /// The address.
        url: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// Nothing listens at the address.
    #[error("cannot reach Squall at `{url}`; is it running there (`squall up`)?")]
    Unreachable {
        /// The address.
        url: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// The response did not come in time.
    #[error("`{url}` did not answer within {seconds} s; ask again, or look at Squall's log")]
    TimedOut {
        /// The address.
        url: String,
        /// The timeout.
        seconds: u64,
    },
    /// The credential was missing, unknown, expired or disabled.
    #[error("{0}; give a valid API key, or log in again")]
    Unauthorized(String),
    /// The resource does not exist.
    #[error("{0}")]
    NotFound(String),
    /// Squall refused the request, or failed.
    #[error("{}", refusal(*status, fault))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Squall's message.
        fault: String,
    },
    /// The response does not follow Squall's API.
    #[error("the answer of `{url}` cannot be read: {reason}; is Squall listening there?")]
    Unreadable {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The connection broke while a response was read.
    #[error("the connection to `{url}` broke before the answer was complete")]
    Broken {
        /// The address.
        url: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// The response is larger than the client accepts.
    #[error("the answer of `{url}` has more than {bytes_max} bytes; ask for less at once")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        bytes_max: usize,
    },
}

impl Error {
    /// Returns whether the same call may succeed later, without a change by the caller.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::Address { .. }
            | Self::Credential
            | Self::Start { .. }
            | Self::Unauthorized(_)
            | Self::NotFound(_)
            | Self::Unreadable { .. }
            | Self::TooLarge { .. } => false,
        }
    }
}

fn refusal(status: u16, fault: &str) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| match status {
        300..400 => write!(f, "the address has moved: {fault}; give the new address"),
        500.. => write!(f, "Squall failed with status {status}: {fault}; its log says more"),
        _ => f.write_str(fault),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: &Error, sentence: &str, may_pass: bool) {
        assert_eq!(error.to_string(), sentence);
        assert_eq!(error.may_pass(), may_pass, "{sentence}");
    }

    #[test]
    fn sentences_say_what_happened_and_what_to_do() {
        let url = || "http://127.0.0.1:9101".to_owned();
        check(
            &Error::TimedOut { url: url(), seconds: 60 },
            "`http://127.0.0.1:9101` did not answer within 60 s; ask again, or look at Squall's log",
            true,
        );
        check(
            &Error::Unauthorized("Unauthorized - Token has expired.".into()),
            "Unauthorized - Token has expired.; give a valid API key, or log in again",
            false,
        );
        check(
            &Error::Refused { status: 400, fault: "'cmd' is a required property".into() },
            "'cmd' is a required property",
            false,
        );
        check(
            &Error::Refused { status: 503, fault: "no place to write".into() },
            "Squall failed with status 503: no place to write; its log says more",
            true,
        );
        check(
            &Error::Refused { status: 302, fault: "https://squall.example/".into() },
            "the address has moved: https://squall.example/; give the new address",
            false,
        );
    }
}
