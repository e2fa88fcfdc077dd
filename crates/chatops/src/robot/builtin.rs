//! What the robot is asked for directly: `help`, `result`, `cancel`, `again`, `questions`, and
//! answers to these.

use std::sync::Arc;

use access::{Kind, Refusal, Resource, Verb};
use chat::Tone;
use model::{Execution, Id, Notify, Object, Principal, execution::Secrets, notify::Notification};
use serde_json::json;
use store::execution::{Column, Filter, Results};

use super::{pages, questions::Answer, refused, sentence};
use crate::{
    Chatops,
    said::{Heard, Reply},
};
use execution::{Canceled, Rerun};

/// Among how many executions the last one of a person is searched.
const LAST_MAX: i64 = 200;
/// How many lines of help are shown at once where the network is narrow.
const HELP_LINES: usize = 15;

enum Command<'a> {
    Help(&'a str),
    Result(&'a str, usize),
    Cancel(&'a str),
    Again(&'a str),
    Questions,
    Answer(&'a str, Answer<'a>),
}

impl<'a> Command<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (verb, first, second) = (words.next()?, words.next(), words.next());
        let rest = text.trim_start().get(verb.len()..).unwrap_or_default().trim();
        let is_last = words.next().is_none();
        let after = rest.get(first.unwrap_or_default().len()..).unwrap_or_default().trim();
        match (verb.to_ascii_lowercase().as_str(), first, second) {
            ("help", ..) => Some(Self::Help(rest)),
            ("result", Some(id), None) if is_id(id) => Some(Self::Result(id, 1)),
            ("result", Some(id), Some(page)) if is_last && is_id(id) => {
                Some(Self::Result(id, page.parse().ok()?))
            }
            ("cancel", Some(id), None) if is_id(id) => Some(Self::Cancel(id)),
            ("again", Some(id), None) if is_id(id) => Some(Self::Again(id)),
            ("questions", None, _) => Some(Self::Questions),
            ("answer", Some(id), _) if is_digits(id) => {
                Some(Self::Answer(id, Answer::Words(after)))
            }
            ("approve", Some(id), _) if is_digits(id) => {
                Some(Self::Answer(id, Answer::Decision(true, after)))
            }
            ("deny", Some(id), _) if is_digits(id) => {
                Some(Self::Answer(id, Answer::Decision(false, after)))
            }
            _ => None,
        }
    }
}

/// Returns the command whose first word is one slip of the finger away from the first word here.
pub(super) fn nearest(text: &str) -> Option<&'static str> {
    const COMMANDS: &[&str] = &[
        "help",
        "result <id>",
        "cancel <id>",
        "again <id>",
        "questions",
        "answer <id> <value>",
        "approve <id>",
        "deny <id>",
    ];
    let word = text.split_whitespace().next()?.to_ascii_lowercase();
    // One letter that is missing, added, wrong, or in the place of its neighbor.
    let is_near = |verb: &str| strsim::osa_distance(verb, &word) == 1;
    let verb = |command: &&&str| command.split(' ').next().is_some_and(is_near);
    COMMANDS.iter().find(verb).copied()
}

/// Tells whether a word may be an execution's id, or the end of one.
fn is_id(word: &str) -> bool {
    word == "last" || is_digits(word)
}

/// Tells whether a word may be the last digits of an id.
fn is_digits(word: &str) -> bool {
    (4..=24).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Chatops {
    pub(super) async fn hear_builtin(&self, heard: &Heard, text: &str) -> Option<Vec<Reply>> {
        // An alias that says the same in full stands in front.
        let command = Command::parse(text)?;
        if !matches!(command, Command::Help(_)) && self.catalog().matcher().find(text).is_ok() {
            return None;
        }
        let done = match command {
            Command::Help(words) => {
                let may_read = self.check_read(heard, Kind::Alias);
                may_read.map(|()| vec![self.help(heard, words)])
            }
            Command::Result(id, page) => self.show_result(heard, id, page).await,
            Command::Cancel(id) => self.hear_cancel(heard, id).await,
            Command::Again(id) => self.hear_again(heard, id).await,
            Command::Questions => self.list_questions(heard).await,
            Command::Answer(id, answer) => self.hear_answer(heard, id, &answer).await,
        };
        Some(done.unwrap_or_else(|refusal| vec![refused(&refusal)]))
    }

    pub(super) fn check_read(&self, heard: &Heard, kind: Kind) -> Result<(), Refusal> {
        let resource = Resource::new(kind, "");
        self.executions().access().check(&heard.principal, Verb::Read, &resource)?;
        Ok(())
    }

    fn help(&self, heard: &Heard, words: &str) -> Reply {
        let catalog = self.catalog();
        let (wanted, page) = page_of(words);
        let found = if wanted.is_empty() {
            catalog
                .matcher()
                .help(None, None, -1, 0)
                .map(|help| help.helpstrings)
                .unwrap_or_default()
        } else {
            catalog.matcher().search(wanted)
        };
        if found.is_empty() {
            let why = format!("No command has to do with `{wanted}`. `help` lists all of them.");
            return Reply::new(Tone::Warning, why);
        }
        let mut lines: Vec<String> = found
            .iter()
            .map(|one| match one.description.as_deref().filter(|text| !text.is_empty()) {
                Some(description) => {
                    format!("{}  - {}", one.display, description.lines().next().unwrap_or_default())
                }
                None => one.display.clone(),
            })
            .collect();
        if wanted.is_empty() {
            lines.push("result <id>  - shows a result again, page by page".to_owned());
            lines.push("cancel <id>  - stops what runs".to_owned());
            lines.push("again <id>  - runs it once more".to_owned());
            lines.push("questions  - lists what waits for an answer".to_owned());
            lines.push("answer <id> <value>  - answers a question".to_owned());
            lines.push("approve <id> | deny <id>  - answers yes or no".to_owned());
            lines.push("help <words>  - searches this list".to_owned());
        }
        let is_wide = heard.adapter == "terminal";
        let size = if is_wide { lines.len() } else { HELP_LINES };
        let count = lines.len().div_ceil(size.max(1));
        let shown: Vec<String> = lines.into_iter().skip((page - 1) * size).take(size).collect();
        if shown.is_empty() {
            return Reply::new(Tone::Warning, format!("This help has {count} pages."));
        }
        let mut text = shown.join("\n");
        if page < count {
            let rest = format!("help {wanted} {}", page + 1);
            text.push_str(&format_more(
                page,
                count,
                &rest.split_whitespace().collect::<Vec<_>>().join(" "),
            ));
        }
        Reply::new(Tone::Plain, text)
    }

    async fn show_result(
        &self,
        heard: &Heard,
        id: &str,
        page: usize,
    ) -> Result<Vec<Reply>, Refusal> {
        let execution = self.find_execution(heard, id).await?;
        let short = execution.id.short();
        let status = execution.status;
        if execution.result.is_none() {
            let text = format!(
                "`{short}` ({}) is {status}: there is no result yet.",
                execution.action_ref()
            );
            return Ok(vec![Reply::new(Tone::Plain, text)]);
        }
        let text = result_text(&execution);
        let pages = pages::cut(
            &text,
            if heard.adapter == "terminal" { pages::WIDE } else { pages::NARROW },
        );
        let count = pages.len();
        let Some(shown) = page.checked_sub(1).and_then(|index| pages.get(index)) else {
            let why = format!("The result of `{short}` has {count} pages.");
            return Ok(vec![Reply::new(Tone::Warning, why)]);
        };
        let mut text = format!("`{short}` ({}) {status}:\n{shown}", execution.action_ref());
        if page < count {
            text.push_str(&format_more(page, count, &format!("result {short} {}", page + 1)));
        }
        let tone = if status.is_failure() { Tone::Bad } else { Tone::Plain };
        let mut reply = Reply::new(tone, text);
        reply.execution = Some(execution.id);
        Ok(vec![reply])
    }

    async fn hear_cancel(&self, heard: &Heard, id: &str) -> Result<Vec<Reply>, Refusal> {
        let execution = self.find_execution(heard, id).await?;
        let short = execution.id.short();
        let text = match self.executions().cancel(&heard.principal, execution.id).await? {
            Canceled::Done(_) => format!("Stopping `{short}` ({}).", execution.action_ref()),
            Canceled::TooLate(execution) => {
                format!(
                    "`{short}` ({}) is already {}: nothing to stop.",
                    execution.action_ref(),
                    execution.status
                )
            }
        };
        Ok(vec![Reply::new(Tone::Plain, text)])
    }

    async fn hear_again(&self, heard: &Heard, id: &str) -> Result<Vec<Reply>, Refusal> {
        let old = self.find_execution(heard, id).await?;
        let back = sentence(heard, &heard.text, false);
        let data = Object::from_iter([
            ("user".to_owned(), back.user.clone()),
            ("source_channel".to_owned(), json!(back.source_channel)),
            ("source_context".to_owned(), back.source_context.clone()),
        ]);
        let on_complete = Notification {
            message: None,
            data: Some(data),
            routes: Some(vec![back.route]),
            channels: None,
        };
        let rerun = Rerun {
            user: None,
            parameters: Object::new(),
            merge: true,
            delay_ms: None,
            notify: Some(Notify {
                on_complete: Some(on_complete),
                on_success: None,
                on_failure: None,
            }),
            tasks: Vec::new(),
            reset: Vec::new(),
        };
        let execution = self.executions().rerun(&heard.principal, old.id, rerun).await?;
        let text =
            format!("Once more: `{}` is `{}`.", execution.action_ref(), execution.id.short());
        let mut reply = Reply::new(Tone::Plain, text);
        reply.execution = Some(execution.id);
        Ok(vec![reply])
    }

    /// Returns the last execution that somebody asked for: no workflow and no rule did.
    async fn last_of(&self, who: &Principal) -> Result<Option<Id>, Refusal> {
        let filter = Filter {
            only_roots: true,
            order: vec![(Column::Start, true)],
            limit: Some(LAST_MAX),
            ..Filter::default()
        };
        let all = self.executions().list(who, &filter, Results::Left).await?;
        let is_own =
            |one: &&Execution| one.cause.is_none() && one.principal.person() == who.person();
        let own = all.iter().find(is_own);
        Ok(own.map(|one| one.id))
    }

    /// Finds an execution by its id or the end of it; the newest where several fit.
    async fn find_execution(&self, heard: &Heard, id: &str) -> Result<Arc<Execution>, Refusal> {
        let missing = || Refusal::not_found(format!("there is no execution `{id}`"));
        let found: Option<Id> = match id.parse() {
            Ok(id) => Some(id),
            Err(_) if id == "last" => self.last_of(&heard.principal).await?,
            Err(_) => self.store().id_ending(&id.to_ascii_lowercase()).await?,
        };
        let found = self.executions().execution(found.ok_or_else(missing)?).await?;
        let execution = found.ok_or_else(missing)?;
        self.executions().check_execution(&heard.principal, Verb::Read, &execution).await?;
        Ok(execution)
    }
}

fn format_more(page: usize, count: usize, command: &str) -> String {
    format!("\n(page {page} of {count}; `{command}` shows the next)")
}

/// Returns the words without a page number at their end, and the page.
fn page_of(words: &str) -> (&str, usize) {
    let (rest, last) = words.rsplit_once(' ').unwrap_or(("", words));
    match last.parse() {
        Ok(page) if page > 0 => (rest.trim(), page),
        _ => (words, 1),
    }
}

/// Returns what an execution gave, as text.
fn result_text(execution: &Execution) -> String {
    let result = execution.shown_result(Secrets::Masked);
    let Some(fields) = result.as_object() else { return expr::jinja::printed(&result) };
    let mut parts = Vec::new();
    for key in ["stdout", "stderr", "error", "result", "body"] {
        match fields.get(key) {
            None | Some(serde_json::Value::Null) => {}
            Some(serde_json::Value::String(text)) if text.is_empty() => {}
            Some(serde_json::Value::String(text)) => parts.push(text.clone()),
            Some(other) => parts.push(serde_json::to_string_pretty(other).unwrap_or_default()),
        }
    }
    if parts.is_empty() {
        serde_json::to_string_pretty(&result).unwrap_or_default()
    } else {
        parts.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_forgiven_and_two_are_not() {
        for text in ["hlep", "hep", "helpp", "holp me", "HLEP"] {
            assert_eq!(nearest(text), Some("help"), "{text}");
        }
        assert_eq!(nearest("resutl abc"), Some("result <id>"));
        for text in ["hello", "", "xxlp", "hepl2 x"] {
            assert_eq!(nearest(text), None, "{text}");
        }
    }
}
