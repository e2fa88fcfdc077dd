//! `http-request`: sends an HTTP request.

use serde_json::{Value, json};

use super::{Definition, EntryPoint, Harmless, Output, Pool, Shape, Traits, any_value};

pub(super) const DEFINITION: Definition = Definition {
    name: "http-request",
    aliases: &[],
    former_names: &["http-runner"],
    description: "Sends an HTTP request.",
    package: "http_runner",
    module: "http_runner",
    traits: Traits {
        pool: Pool::Outside,
        harmless: Harmless::Never,
        gets_token: false,
        leader: None,
        entry_point: EntryPoint::Unused,
        result: Shape::Any,
    },
    parameters,
    output: Output { key: Some("body"), schema: output },
};

fn parameters() -> Value {
    let hosts = |description: &str| {
        json!({
            "description": description, "required": false, "type": "array", "items": {"type": "string"},
        })
    };
    json!({
        "allow_redirects": {
            "description": "Whether redirects are followed.", "type": "boolean", "default": false,
        },
        "cookies": {"description": "Cookies to send.", "type": "object"},
        "headers": {"description": "Headers to send.", "type": "object"},
        "http_proxy": {"description": "The proxy for HTTP addresses.", "type": "string"},
        "https_proxy": {"description": "The proxy for HTTPS addresses.", "type": "string"},
        "password": {
            "description": "The password for basic authentication.", "type": "string", "secret": true,
        },
        "url": {"description": "The address.", "type": "string", "required": true},
        "username": {"description": "The user for basic authentication.", "type": "string"},
        "verify_ssl_cert": {
            "description": "Whether the server's certificate is checked.", "type": "boolean", "default": true,
        },
        "url_hosts_blacklist": hosts("Hosts that may not be reached."),
        "url_hosts_whitelist": hosts("The only hosts that may be reached."),
    })
}

fn output() -> Value {
    json!({
        "type": "object",
        "properties": {
            "status_code": {"type": "integer"},
            "body": any_value(),
            "parsed": {"type": "boolean"},
            "headers": {"type": "object"},
        },
        "additionalProperties": false,
    })
}
