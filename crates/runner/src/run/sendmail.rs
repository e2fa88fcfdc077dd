//! `sendmail`: sends an e-mail through an SMTP server or the local `sendmail`; parameters and
//! results are those of StackStorm's `core.sendmail`.

use std::{path::PathBuf, time::Duration};

use lettre::{
    AsyncSendmailTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use model::{Object, Outcome, Status};
use serde_json::{Value, json};

use crate::{
    Context, failure,
    smtp::{Security, Smtp},
};

/// The largest total size of attachments.
const ATTACHMENTS_MAX: u64 = 25 * 1024 * 1024;

/// Why an e-mail was not sent.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("parameter `{name}` is not an e-mail address: `{value}`")]
    Address {
        name: &'static str,
        value: String,
        #[source]
        source: lettre::address::AddressError,
    },
    #[error("content type `{0}` is not known: use `text/html` or `text/plain`")]
    ContentType(String),
    #[error("the attachments are larger than {} MiB in total", ATTACHMENTS_MAX / 1024 / 1024)]
    TooLarge,
    #[error("failed to build the e-mail")]
    Message(#[from] lettre::error::Error),
    #[error("SMTP server `{host}:{port}` did not accept the e-mail")]
    Smtp {
        host: String,
        port: u16,
        #[source]
        source: lettre::transport::smtp::Error,
    },
    #[error(
        "no SMTP server is configured ([smtp] in the configuration), and the local `{command}` did not accept the e-mail"
    )]
    Sendmail {
        command: String,
        #[source]
        source: lettre::transport::sendmail::Error,
    },
}

/// Sends the e-mail that the action's parameters describe.
pub(super) async fn run(context: &Context<'_>) -> Outcome {
    let Context { job, cancel, limits, smtp, .. } = *context;
    let sent = tokio::time::timeout(limits.timeout, deliver(&job.action_parameters, smtp));
    let sent = tokio::select! {
        sent = sent => sent,
        () = cancel.cancelled() => return Outcome::new(Status::Canceled, json!({})),
    };
    match sent {
        Err(_) => {
            let seconds = limits.timeout.as_secs();
            let error = format!("Action failed to complete in {seconds} seconds");
            outcome(Status::Timeout, -9, "", &error)
        }
        Ok(Ok(sent)) => outcome(Status::Succeeded, 0, &sent.stdout, &sent.stderr),
        Ok(Err(error)) => outcome(Status::Failed, 2, "", &failure::chain(&error).join(": ")),
    }
}

fn outcome(status: Status, return_code: i64, stdout: &str, stderr: &str) -> Outcome {
    let succeeded = status == Status::Succeeded;
    let result = json!({
        "failed": !succeeded, "succeeded": succeeded, "return_code": return_code, "stdout": stdout, "stderr": stderr,
    });
    Outcome::new(status, result)
}

struct Sent {
    stdout: String,
    stderr: String,
}

async fn deliver(parameters: &Object, smtp: Option<&Smtp>) -> Result<Sent, Error> {
    let body = text(parameters, "body");
    let to = text(parameters, "to");
    let send_empty = parameters.get("send_empty_body").and_then(Value::as_bool).unwrap_or(true);
    if body.trim().is_empty() && !send_empty {
        return Ok(Sent { stdout: "Nothing to send".to_owned(), stderr: String::new() });
    }
    let (attachments, stderr) = attachments(&text(parameters, "attachments")).await?;
    let message = message(parameters, &to, body, attachments)?;
    match smtp {
        Some(server) => by_smtp(server, message).await?,
        None => by_sendmail(&text(parameters, "sendmail_binary"), message).await?,
    }
    Ok(Sent { stdout: format!("Successfully sent mail to {to}"), stderr })
}

fn text(parameters: &Object, name: &str) -> String {
    match parameters.get(name) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

fn message(
    parameters: &Object,
    to: &str,
    mut body: String,
    attachments: Vec<SinglePart>,
) -> Result<Message, Error> {
    let mut from = text(parameters, "from");
    if from.is_empty() {
        "stanley".clone_into(&mut from);
    }
    if !from.contains('@') {
        from = format!("{from}@{}", rustix::system::uname().nodename().to_string_lossy());
    }
    let content_type = text(parameters, "content_type");
    let content_type = match content_type.as_str() {
        "" | "text/html" => {
            body.push_str("\n<br><br>\n");
            ContentType::TEXT_HTML
        }
        "text/plain" => ContentType::TEXT_PLAIN,
        other => ContentType::parse(&format!("{other}; charset=utf-8"))
            .map_err(|_| Error::ContentType(other.to_owned()))?,
    };
    body.push_str("\nSent by the Squall action core.sendmail\n");
    let mut builder =
        Message::builder().from(mailbox("from", &from)?).subject(text(parameters, "subject"));
    for address in to.split(',').map(str::trim).filter(|address| !address.is_empty()) {
        builder = builder.to(mailbox("to", address)?);
    }
    let text = SinglePart::builder()
        .header(content_type)
        .header(ContentTransferEncoding::Base64)
        .body(body);
    if attachments.is_empty() {
        return Ok(builder.singlepart(text)?);
    }
    let parts =
        attachments.into_iter().fold(MultiPart::mixed().singlepart(text), MultiPart::singlepart);
    Ok(builder.multipart(parts)?)
}

fn mailbox(name: &'static str, value: &str) -> Result<Mailbox, Error> {
    value.parse().map_err(|source| Error::Address { name, value: value.to_owned(), source })
}

/// Reads the files to attach; a missing one is skipped with a warning.
async fn attachments(list: &str) -> Result<(Vec<SinglePart>, String), Error> {
    let mut parts = Vec::new();
    let mut warnings = String::new();
    let mut bytes = 0;
    for path in list.split(',').map(str::trim).filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        let size = tokio::fs::metadata(&path).await.map(|found| found.len()).unwrap_or(0);
        bytes += size;
        if bytes > ATTACHMENTS_MAX {
            return Err(Error::TooLarge);
        }
        let Ok(content) = tokio::fs::read(&path).await else {
            warnings.push_str("Warning: attachment ");
            warnings.push_str(&path.to_string_lossy());
            warnings.push_str(" not found, skipping\n");
            continue;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind =
            ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
        parts.push(Attachment::new(name).body(content, kind));
    }
    Ok((parts, warnings))
}

async fn by_smtp(server: &Smtp, message: Message) -> Result<(), Error> {
    let failed = |source| Error::Smtp { host: server.host.clone(), port: server.port, source };
    let tls = match server.security {
        Security::None => Tls::None,
        Security::Starttls => {
            Tls::Required(TlsParameters::new(server.host.clone()).map_err(failed)?)
        }
        Security::Tls => Tls::Wrapper(TlsParameters::new(server.host.clone()).map_err(failed)?),
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(Duration::from_secs(20)));
    if let (Some(username), Some(password)) = (&server.username, &server.password) {
        transport = transport.credentials(Credentials::new(username.clone(), password.clone()));
    }
    transport.build().send(message).await.map_err(failed)?;
    Ok(())
}

async fn by_sendmail(binary: &str, message: Message) -> Result<(), Error> {
    let command = match binary {
        "" | "None" => "sendmail",
        other => other,
    };
    let transport = AsyncSendmailTransport::<Tokio1Executor>::new_with_command(command);
    let failed = |source| Error::Sendmail { command: command.to_owned(), source };
    transport.send(message).await.map_err(failed)?;
    Ok(())
}
