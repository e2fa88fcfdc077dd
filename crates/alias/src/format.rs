//! The format grammar: a sentence with `{{ parameters }}`, translated to a regular expression as
//! StackStorm does it, and what a command gives its parameters.

use std::sync::LazyLock;

use model::Object;
use python::is_space;
use python::re::{
    self, At, BUDGET, Backtracker, Category, DOTALL, Exhausted, IGNORECASE, Item, Kind, Match,
    Node, Parsed, Set, UNLIMITED, parse,
};
use serde_json::Value;

use crate::sentence::{Reading, Sentence};

/// Why a command gives no parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The command is not what the format describes.
    #[error("Command \"{command}\" doesn't match format string \"{format}\"")]
    NoMatch {
        /// The command.
        command: String,
        /// The format.
        format: String,
    },
    /// Neither the command nor the format has anything to say.
    #[error("No value supplied and no default value found.")]
    NoValue,
    /// The format is no regular expression; the text is Python's.
    #[error("{0}")]
    Broken(String),
    /// The format has a default for a parameter that it does not match.
    #[error("'{0}'")]
    Unmatched(String),
    /// Matching took too many steps.
    #[error("matching the format took too long")]
    Exhausted,
}

impl Error {
    /// Returns whether the command is at fault and not the format.
    pub fn is_mismatch(&self) -> bool {
        matches!(self, Self::NoMatch { .. } | Self::NoValue)
    }
}

impl From<re::Error> for Error {
    fn from(error: re::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Exhausted> for Error {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// Returns the parameters that a command gives: texts, or null where a group took no part.
pub fn extract(format: &str, command: &str) -> Result<Object, Error> {
    let format = Format::new(format, Reading::Strict)?;
    format.extract(&Sentence::new(command, Reading::Strict), &mut budget())
}

/// Returns the parameters of every match in a command.
pub fn extract_multiple(format: &str, command: &str) -> Result<Vec<Object>, Error> {
    let format = Format::new(format, Reading::Strict)?;
    format.extract_all(&Sentence::new(command, Reading::Strict), &mut budget())
}

/// Returns the parameters as a robot understands them: as [`extract`] where that succeeds, else
/// with letters of either size, and with only plain words as keys of trailing pairs.
pub fn extract_lenient(format: &str, command: &str) -> Result<Object, Error> {
    match extract(format, command) {
        Ok(parameters) => Ok(parameters),
        Err(error) if error.is_mismatch() => {
            let lenient = Format::new(format, Reading::Lenient)?;
            let sentence = Sentence::new(command, Reading::Lenient);
            lenient.extract(&sentence, &mut budget()).map_err(|_| error)
        }
        Err(error) => Err(error),
    }
}

/// Checks that a format is sound.
pub fn check(format: &str) -> Result<(), Error> {
    Format::new(format, Reading::Strict).map(|_| ())
}

fn budget() -> u64 {
    BUDGET
}

const KEY: &str = r"\s*(\S+?)\s*";
const DEFAULT: &str = r#"\s*=\s*(?:""|''|"(.+?)"|'(.+?)'|({.+?})|(.+?))\s*"#;
/// What stands for a parameter, before and after its name.
const PARAMETER: (&str, &str) =
    (r#"["\']?(?P<"#, r#">(?:(?<=\').+?(?=\')|(?<=").+?(?=")|{.+?}|.+?))["\']?"#);

static OPTIONAL: LazyLock<Result<Backtracker, re::Error>> =
    LazyLock::new(|| Backtracker::new(&format!("{{{{{KEY}{DEFAULT}}}}}"), DOTALL));
static OPTIONAL_IN_LINE: LazyLock<Result<Backtracker, re::Error>> =
    LazyLock::new(|| Backtracker::new(&format!("{{{{{KEY}{DEFAULT}}}}}"), 0));
static REQUIRED: LazyLock<Result<Backtracker, re::Error>> =
    LazyLock::new(|| Backtracker::new(&format!("{{{{{KEY}}}}}"), 0));

/// A format, compiled.
#[derive(Debug)]
pub(crate) struct Format {
    text: String,
    defaults: Vec<(String, String)>,
    regex: Backtracker,
}

/// A format's regular expression and its defaults.
#[derive(Debug)]
pub(crate) struct Translation {
    pub(crate) parsed: Parsed,
    defaults: Vec<(String, String)>,
}

/// Translates a format to a regular expression with its anchors.
pub(crate) fn translate(format: &str, reading: Reading) -> Result<Translation, Error> {
    let flags = DOTALL | if reading == Reading::Lenient { IGNORECASE } else { 0 };
    let (pattern, defaults) = if format.contains("{{") {
        (substitute(format)?, defaults(format)?)
    } else {
        (format.to_owned(), Vec::new())
    };
    let mut parsed = parse(&pattern, flags)?;
    let begin = !has_anchor(&parsed.tree, [At::Begin, At::BeginText]);
    let end = !has_anchor(&parsed.tree, [At::End, At::EndText]);
    if parsed.branched || parsed.flags != flags {
        // Anchors become part of the outer alternatives, and flags may no longer come first.
        let (before, behind) = (if begin { r"^\s*" } else { "" }, if end { r"\s*$" } else { "" });
        parsed = parse(&format!("{before}{pattern}{behind}"), flags)?;
    } else {
        anchor(&mut parsed.tree, begin, end);
    }
    Ok(Translation { parsed, defaults })
}

/// Puts `^\s*` before and `\s*$` behind, where that is wanted.
fn anchor(tree: &mut Vec<Node>, begin: bool, end: bool) {
    let space = Item::Category { category: Category::Space, negative: false };
    let blanks = || Node::Repeat {
        min: 0,
        max: UNLIMITED,
        kind: Kind::Greedy,
        body: vec![Node::Set(Set { negative: false, items: vec![space] })],
    };
    if begin {
        tree.splice(0..0, [Node::At(At::Begin), blanks()]);
    }
    if end {
        tree.extend([blanks(), Node::At(At::End)]);
    }
}

/// Returns whether one of the places occurs, as StackStorm searches for it: through groups, and of
/// a branch only in the second alternative.
fn has_anchor(tree: &[Node], wanted: [At; 2]) -> bool {
    tree.iter().any(|node| match node {
        Node::At(at) => wanted.contains(at),
        Node::Group { body, .. } => has_anchor(body, wanted),
        Node::Branch(branches) => branches.get(1).is_some_and(|body| has_anchor(body, wanted)),
        Node::Literal(_)
        | Node::Any
        | Node::Set(_)
        | Node::Atomic(_)
        | Node::Repeat { .. }
        | Node::Look { .. }
        | Node::Backref(_)
        | Node::Conditional { .. }
        | Node::Fail => false,
    })
}

impl Format {
    /// Compiles a format.
    pub(crate) fn new(format: &str, reading: Reading) -> Result<Self, Error> {
        let Translation { parsed, defaults } = translate(format, reading)?;
        Ok(Self { text: format.to_owned(), defaults, regex: Backtracker::from_parsed(parsed)? })
    }

    /// Returns the parameters of the first match.
    pub(crate) fn extract(&self, sentence: &Sentence, budget: &mut u64) -> Result<Object, Error> {
        match self.regex.search(&sentence.text, budget)? {
            Some(found) => self.parameters(sentence, &found),
            None => Err(Error::NoMatch {
                command: sentence.original.clone(),
                format: self.text.clone(),
            }),
        }
    }

    /// Returns the parameters of all matches.
    pub(crate) fn extract_all(
        &self,
        sentence: &Sentence,
        budget: &mut u64,
    ) -> Result<Vec<Object>, Error> {
        let all = self.regex.find_all(&sentence.text, budget)?;
        all.iter().map(|found| self.parameters(sentence, found)).collect()
    }

    fn parameters(&self, sentence: &Sentence, found: &Match) -> Result<Object, Error> {
        let mut out = Object::new();
        for (name, group) in self.regex.names() {
            let value = found.group(*group).map(|(from, to)| text(&sentence.text[from..to]));
            out.insert(name.clone(), value.map_or(Value::Null, Value::String));
        }
        for (name, default) in &self.defaults {
            let Some(value) = out.get_mut(name) else {
                return Err(Error::Unmatched(name.clone()));
            };
            if value.as_str().unwrap_or_default().is_empty() {
                *value = Value::String(default.clone());
            }
        }
        for (name, value) in &sentence.pairs {
            out.insert(name.clone(), Value::String(value.clone()));
        }
        let says = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        if !self.text.is_empty() && sentence.blank && !out.values().any(says) {
            return Err(Error::NoValue);
        }
        Ok(out)
    }
}

fn text(chars: &[char]) -> String {
    chars.iter().collect()
}

fn ready(
    regex: &'static LazyLock<Result<Backtracker, re::Error>>,
) -> Result<&'static Backtracker, Error> {
    regex.as_ref().map_err(|error| error.clone().into())
}

/// Returns the optional parameters with their defaults.
fn defaults(format: &str) -> Result<Vec<(String, String)>, Error> {
    let chars: Vec<char> = format.chars().collect();
    let all = ready(&OPTIONAL)?.find_all(&chars, &mut budget())?;
    let group = |found: &Match, group| {
        found.group(group).map(|(from, to)| text(&chars[from..to])).unwrap_or_default()
    };
    let one = |found: &Match| {
        let value = (2..=5).map(|number| group(found, number)).collect();
        (group(found, 1), value)
    };
    Ok(all.iter().map(one).collect())
}

/// Replaces parameters by named groups: first the optional ones, then the others. The blanks
/// before a parameter go with it.
fn substitute(format: &str) -> Result<String, Error> {
    let optional = replace(ready(&OPTIONAL_IN_LINE)?, format, ["(?:", ")?"])?;
    replace(ready(&REQUIRED)?, &optional, ["", ""])
}

fn replace(regex: &Backtracker, format: &str, around: [&str; 2]) -> Result<String, Error> {
    let chars: Vec<char> = format.chars().collect();
    let mut out = String::with_capacity(2 * format.len() + 128);
    let mut done = 0;
    for found in regex.find_all(&chars, &mut budget())? {
        let (from, to) = found.bounds();
        let blanks = chars[done..from].iter().rev().take_while(|c| is_space(**c)).count();
        let name = found.group(1).map_or(&[][..], |(from, to)| &chars[from..to]);
        out.extend(&chars[done..from - blanks]);
        out.push_str(around[0]);
        out.extend(&chars[from - blanks..from]);
        out.push_str(PARAMETER.0);
        out.extend(name);
        out.push_str(PARAMETER.1);
        out.push_str(around[1]);
        done = to;
    }
    out.extend(&chars[done..]);
    Ok(out)
}
