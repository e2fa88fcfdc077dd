//! Error reports: an error is printed once, with its causes, and mapped to an exit code.

use std::error::Error;

use crate::{
    exit::{Code, Missing, Unreachable, Usage},
    print::{self, Color},
};

/// Prints an error and returns the exit code.
pub(crate) fn finish(done: anyhow::Result<Code>) -> Code {
    match done {
        Ok(code) => code,
        Err(error) => {
            print(&error);
            code_of(&error)
        }
    }
}

/// Prints an error with its causes.
pub(crate) fn print(error: &anyhow::Error) {
    let label = print::colored_talk(Color::Red, "error:");
    print::talk(format_args!("{label} {}", sentence(error)));
}

/// Returns an error and its causes in one sentence, without causes that the text before contains.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

fn code_of(error: &anyhow::Error) -> Code {
    // What was added on the way is not an element of the chain by its own type.
    if error.is::<Usage>() {
        return Code::Usage;
    }
    if error.is::<Missing>() {
        return Code::NotFound;
    }
    if error.is::<Unreachable>() {
        return Code::Unreachable;
    }
    error.chain().find_map(code_of_cause).unwrap_or(Code::Failed)
}

fn code_of_cause(error: &(dyn Error + 'static)) -> Option<Code> {
    if let Some(store::Error::Locked(_)) = error.downcast_ref() {
        return Some(Code::InUse);
    }
    match error.downcast_ref::<client::Error>()? {
        client::Error::Unreachable { .. } | client::Error::TimedOut { .. } => {
            Some(Code::Unreachable)
        }
        client::Error::Unauthorized(_) => Some(Code::Unauthorized),
        client::Error::NotFound(_) => Some(Code::NotFound),
        client::Error::Address { .. } | client::Error::Credential => Some(Code::Usage),
        client::Error::Start { .. }
        | client::Error::Refused { .. }
        | client::Error::Unreadable { .. }
        | client::Error::Broken { .. }
        | client::Error::TooLarge { .. } => Some(Code::Failed),
    }
}
