//! Questions in a conversation: `questions`, `answer`, `approve`, `deny`.
//!
//! An answer is one function for every way that it can come by: what the robot adds is words. It
//! is given by the account that said it, as the network vouches for it.

use std::fmt::Write as _;

use access::{Kind, Refusal};
use chat::Tone;
use model::{Execution, Object, decision::Why, parameter::Parameter, principal::Origin};
use serde_json::Value;

use crate::{
    Chatops,
    said::{Heard, Reply},
};
use workflow::inquiry::{self, Inquiry, words};

/// Among how many questions one is looked for.
const OPEN_MAX: i64 = 1_000;
/// How many questions are listed.
const LISTED_MAX: usize = 10;

/// What somebody says to a question.
pub(super) enum Answer<'a> {
    /// These words.
    Words(&'a str),
    /// Yes or no, and words for what else is asked.
    Decision(bool, &'a str),
}

impl Answer<'_> {
    fn read(&self, schema: &Value) -> Result<Object, words::Error> {
        match self {
            Self::Words(text) => words::response(schema, text),
            Self::Decision(is_yes, more) => words::decided(schema, *is_yes, more),
        }
    }
}

impl Chatops {
    /// Lists the questions that wait.
    pub(super) async fn list_questions(&self, heard: &Heard) -> Result<Vec<Reply>, Refusal> {
        let open = self.open_questions(heard).await?;
        if open.is_empty() {
            return Ok(vec![Reply::new(Tone::Plain, "No question waits for an answer.")]);
        }
        let mut lines: Vec<String> =
            open.iter().take(LISTED_MAX).map(|inquiry| self.question_line(inquiry)).collect();
        if open.len() > LISTED_MAX {
            lines.push(format!("… and {} older ones", open.len() - LISTED_MAX));
        }
        Ok(vec![Reply::new(Tone::Plain, lines.join("\n"))])
    }

    async fn open_questions(&self, heard: &Heard) -> Result<Vec<Inquiry>, Refusal> {
        self.check_read(heard, Kind::Inquiry)?;
        Ok(self.workflows().inquiries(Some(OPEN_MAX), 0).await?.0)
    }

    fn question_line(&self, inquiry: &Inquiry) -> String {
        let source = self.workflows().asked_for(&inquiry.execution);
        let source = source.as_deref().unwrap_or(&inquiry.execution).action_ref();
        let short = inquiry.id().short();
        let mut line = format!("`{short}` ({source})");
        if let Some(users) = inquiry.users() {
            let _infallible = write!(line, " for {}", words::listed(&users, "and"));
        }
        if let Some(deadline) = inquiry.deadline() {
            let left = deadline.seconds_since(self.now());
            let _infallible = write!(line, ", {}", shown_left(left));
        }
        let body = inquiry::body(inquiry.schema(), &short);
        let _infallible = write!(line, ": {}", body.lines().next().unwrap_or_default());
        line
    }

    /// Gives an answer to the question whose id ends with these digits.
    pub(super) async fn hear_answer(
        &self,
        heard: &Heard,
        digits: &str,
        given: &Answer<'_>,
    ) -> Result<Vec<Reply>, Refusal> {
        let inquiry = match self.find_question(heard, digits).await? {
            Ok(inquiry) => inquiry,
            Err(reply) => return Ok(vec![reply]),
        };
        let answer = match given.read(inquiry.schema()) {
            Ok(answer) => answer,
            Err(error) => {
                let example = words::example(inquiry.schema());
                return Ok(vec![not_done(&with_id(&error.to_string(), &example, digits))]);
            }
        };
        match self.workflows().respond(&heard.principal, inquiry.id(), answer).await {
            Ok(execution) => {
                let mut text = answered(&execution);
                if holds_secret(inquiry.schema()) && !heard.is_private {
                    text.push_str(" Others could read it here: tell me secrets in private.");
                }
                Ok(vec![Reply::new(Tone::Plain, text)])
            }
            Err(error) => Ok(vec![not_done(&self.why_not_done(&inquiry, heard, error).await?)]),
        }
    }

    /// Finds the question whose id ends with these digits, or says why there is not just one.
    async fn find_question(
        &self,
        heard: &Heard,
        digits: &str,
    ) -> Result<Result<Inquiry, Reply>, Refusal> {
        let digits = digits.to_ascii_lowercase();
        let open = self.open_questions(heard).await?;
        let is_it = |inquiry: &Inquiry| inquiry.id().to_string().ends_with(&digits);
        let mut found: Vec<Inquiry> = open.into_iter().filter(is_it).collect();
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => return Ok(Ok(one)),
            (Some(one), false) => {
                found.push(one);
                let mut lines = vec![format!("`{digits}` can mean several questions:")];
                let line = |one: &Inquiry| {
                    let line = self.question_line(one);
                    // The short id is what did not tell them apart.
                    line.replacen(&one.id().short(), &one.id().to_string(), 1)
                };
                lines.extend(found.iter().take(LISTED_MAX).map(line));
                lines.push("Say more digits of its id; nothing is answered before.".to_owned());
                return Ok(Err(Reply::new(Tone::Warning, lines.join("\n"))));
            }
            (None, _) => {}
        }
        let missing = || not_done(&format!("there is no question `{digits}`"));
        let Some(id) = self.store().id_ending(&digits).await? else { return Ok(Err(missing())) };
        let Some(execution) = self.executions().execution(id).await? else {
            return Ok(Err(missing()));
        };
        match Inquiry::of(std::sync::Arc::clone(&execution)) {
            Ok(inquiry) => Ok(Ok(inquiry)),
            Err(error) => Ok(Err(not_done(&over(&execution, &error)))),
        }
    }

    /// Says in the words of a conversation why an answer is not taken.
    async fn why_not_done(
        &self,
        inquiry: &Inquiry,
        heard: &Heard,
        error: inquiry::Error,
    ) -> Result<String, Refusal> {
        let short = inquiry.id().short();
        match error {
            inquiry::Error::Denied { user, why, .. } => {
                let roles = inquiry.roles().unwrap_or_default();
                let roles = words::listed(&roles, "or");
                if why == Why::NotListed {
                    let users = inquiry.users().unwrap_or_default();
                    let users = words::listed(&users, "and");
                    return Ok(format!("only {users} may answer `{short}`, and you are {user}"));
                }
                if matches!(heard.principal.origin, Origin::Chat { .. }) {
                    return Ok(format!(
                        "it takes the role {roles} to answer `{short}`, and accounts in a chat \
                         room have no roles: `squall inquiry respond` can do it"
                    ));
                }
                Ok(format!("it takes the role {roles} to answer `{short}`"))
            }
            inquiry::Error::Invalid { error, .. } => {
                let path: Vec<String> = error.path.iter().map(ToString::to_string).collect();
                if path.is_empty() {
                    return Ok(error.message);
                }
                Ok(format!("`{}`: {}", path.join("."), error.message))
            }
            inquiry::Error::Refused(refusal) => Err(refusal),
            error @ (inquiry::Error::Missing(_)
            | inquiry::Error::NotAnInquiry(_)
            | inquiry::Error::TimedOut(_)
            | inquiry::Error::AlreadyResponded(_)
            | inquiry::Error::NotWaiting { .. }) => {
                let execution = self.executions().execution(inquiry.id()).await?;
                let execution = execution.as_deref().unwrap_or(&inquiry.execution);
                Ok(over(execution, &error))
            }
        }
    }
}

/// Says why an execution takes no answer.
fn over(execution: &Execution, error: &inquiry::Error) -> String {
    let short = execution.id.short();
    match error {
        inquiry::Error::NotAnInquiry(_) => {
            format!("`{short}` ({}) asks nothing", execution.action_ref())
        }
        inquiry::Error::TimedOut(_) => format!("the time to answer `{short}` is over"),
        inquiry::Error::AlreadyResponded(_) => {
            let by = execution.context.get("responded_by").and_then(Value::as_str);
            let by = by.map(|user| format!(" by {user}")).unwrap_or_default();
            format!("`{short}` has already been answered{by}")
        }
        inquiry::Error::NotWaiting { status, .. } => {
            format!("`{short}` is {status} and takes no answer")
        }
        inquiry::Error::Missing(_)
        | inquiry::Error::Denied { .. }
        | inquiry::Error::Invalid { .. }
        | inquiry::Error::Refused(_) => error.to_string(),
    }
}

/// Says what was answered, as far as everybody may know it.
fn answered(execution: &Execution) -> String {
    let shown = execution.shown_result(model::execution::Secrets::Masked);
    let response = shown.get(inquiry::RESPONSE).and_then(Value::as_object);
    let pair = |(name, value): (&String, &Value)| format!("{name} = {}", words::printed(value));
    let pairs: Vec<String> = response.into_iter().flatten().map(pair).collect();
    format!("Answered `{}`: {}.", execution.id.short(), pairs.join(", "))
}

fn holds_secret(schema: &Value) -> bool {
    let is_secret = |part: &Value| Parameter::of(part).is_some_and(Parameter::is_secret);
    words::properties(schema).into_iter().any(|(_, part)| is_secret(part))
}

fn not_done(why: &str) -> Reply {
    Reply::new(Tone::Bad, format!("Not done: {why}."))
}

/// Completes an example of an answer to what can be said.
fn with_id(text: &str, example: &str, digits: &str) -> String {
    text.replace(&format!("`{example}`"), &format!("`answer {digits} {example}`"))
}

fn shown_left(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "minutes that are left fit")]
    let minutes = (seconds / 60.0).ceil().max(0.0) as i64;
    match minutes {
        0..=119 => format!("{minutes} min left"),
        120..=2_879 => format!("{} h left", minutes / 60),
        _ => format!("{} d left", minutes / 1_440),
    }
}
