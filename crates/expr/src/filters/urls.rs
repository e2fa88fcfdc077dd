//! Filters for addresses: quoting them, and finding them in text.

use std::collections::BTreeSet;
use std::rc::Rc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use python::arguments::{Arguments, flag, given, whole};
use python::budget;
use python::html::escape_text;
use python::object::{Object, View};
use python::operators::{is_iterable, iterate, view_items};
use python::raise::{Class, Outcome, Raise, value_error};
use python::re::functions::{compile, is_match};
use python::re::{IGNORECASE, Purpose, Regex};
use python::text;

use crate::jinja::machine::Machine;

pub(super) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    if name == "urlize" {
        return urlize(machine, value, arguments);
    }
    if value.as_str().is_some() || !is_iterable(value) {
        return Ok(Object::from(quote(&text::str(value)?, false)));
    }
    let pairs = match value {
        Object::Dict(map) => view_items(View::Items, map),
        other => iterate(other)?,
    };
    let mut parts = Vec::new();
    for pair in pairs {
        let items = iterate(&pair)?;
        let [key, value] = items.as_slice() else {
            return value_error("not enough values to unpack (expected 2)");
        };
        let part = format!("{}={}", quote(&text::str(key)?, true), quote(&text::str(value)?, true));
        budget::build(part.len())?;
        parts.push(part);
    }
    Ok(Object::from(parts.join("&")))
}

/// What `urllib.parse.quote_plus` encodes.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');
/// What `urllib.parse.quote` encodes.
const PATH: &AsciiSet = &QUERY.remove(b'/');

fn quote(text: &str, for_query: bool) -> String {
    if for_query {
        return utf8_percent_encode(text, QUERY).to_string().replace("%20", "+");
    }
    utf8_percent_encode(text, PATH).to_string()
}

const ADDRESS: &str = concat!(
    r"^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})",
    r"|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)",
    r"|(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}\])))",
    r"(?::[\d]{1,5})?(?:[/?#]\S*)?$"
);
const SCHEME: &str = r"^([\w.+-]{2,}:(/){0,2})$";
const MAIL: &str = r"^\S+@\w[\w.-]*\.\w+$";

struct Links {
    limit: Option<usize>,
    rel: String,
    target: String,
    schemes: Vec<String>,
    address: Rc<Regex>,
    mail: Rc<Regex>,
}

fn urlize(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [limit, nofollow, target, rel, schemes] = arguments.bind(
        "urlize",
        ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"],
        0,
    )?;
    let rel = given(rel).map(text::str).transpose()?.unwrap_or_default();
    let mut rels: BTreeSet<&str> = rel.split_whitespace().collect();
    rels.insert("noopener");
    if flag(nofollow)? {
        rels.insert("nofollow");
    }
    let rels: Vec<&str> = rels.into_iter().collect();
    let target = match given(target) {
        Some(target) => format!(" target=\"{}\"", escape_text(&text::str(target)?)),
        None => String::new(),
    };
    let mut known = Vec::new();
    for scheme in given(schemes).map(iterate).transpose()?.unwrap_or_default() {
        let scheme = text::str(&scheme)?;
        if !is_match(&*compile(SCHEME, 0, Purpose::Match)?, &scheme)? {
            let message = format!("{} is not a valid URI scheme prefix.", text::quote(&scheme));
            return Err(Raise::new(Class::FilterArgument, message));
        }
        known.push(scheme);
    }
    let links = Links {
        limit: given(limit).map(whole).transpose()?.and_then(|limit| usize::try_from(limit).ok()),
        rel: format!(" rel=\"{}\"", escape_text(&rels.join(" "))),
        target,
        schemes: known,
        address: compile(ADDRESS, IGNORECASE, Purpose::Match)?,
        mail: compile(MAIL, 0, Purpose::Match)?,
    };
    let source = text::str(value)?;
    let source = if matches!(value, Object::Markup(_)) { source } else { escape_text(&source) };
    let mut out = String::new();
    for word in source.split_inclusive(python::is_space) {
        let end = word.trim_end_matches(python::is_space).len();
        let linked = links.link(&word[..end])?;
        budget::build(linked.len())?;
        out.push_str(&linked);
        out.push_str(&word[end..]);
    }
    Ok(machine.marked(out))
}

impl Links {
    fn link(&self, word: &str) -> Outcome<String> {
        let (head, rest) = split_head(word);
        let (middle, tail) = split_tail(rest);
        let (mut middle, mut tail) = (middle.to_owned(), tail.to_owned());
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            let opened = middle.matches(open).count();
            if opened <= middle.matches(close).count() {
                continue;
            }
            for _ in 0..opened.min(tail.matches(close).count()) {
                let Some(at) = tail.find(close) else { break };
                let rest = tail.split_off(at + close.len());
                middle.push_str(&tail);
                tail = rest;
            }
        }
        let middle = self.anchor(&middle)?.unwrap_or(middle);
        Ok(format!("{head}{middle}{tail}"))
    }

    fn anchor(&self, middle: &str) -> Outcome<Option<String>> {
        let attributes = format!("{}{}", self.rel, self.target);
        if is_match(&self.address, middle)? {
            let full = middle.starts_with("https://") || middle.starts_with("http://");
            let scheme = if full { "" } else { "https://" };
            let shown = self.trim(middle);
            return Ok(Some(format!("<a href=\"{scheme}{middle}\"{attributes}>{shown}</a>")));
        }
        if let Some(address) = middle.strip_prefix("mailto:")
            && is_match(&self.mail, address)?
        {
            return Ok(Some(format!("<a href=\"{middle}\">{address}</a>")));
        }
        let may_be_mail = middle.contains('@')
            && !middle.starts_with("www.")
            && !middle.starts_with('@')
            && !middle.contains(':');
        if may_be_mail && is_match(&self.mail, middle)? {
            return Ok(Some(format!("<a href=\"mailto:{middle}\">{middle}</a>")));
        }
        let known =
            self.schemes.iter().any(|scheme| middle != scheme && middle.starts_with(scheme));
        Ok(known.then(|| format!("<a href=\"{middle}\"{attributes}>{middle}</a>")))
    }

    fn trim(&self, address: &str) -> String {
        match self.limit {
            Some(limit) if address.chars().count() > limit => {
                address.chars().take(limit).collect::<String>() + "..."
            }
            _ => address.to_owned(),
        }
    }
}

fn split_head(word: &str) -> (&str, &str) {
    let mut rest = word;
    loop {
        let next = rest.strip_prefix(['(', '<']).or_else(|| rest.strip_prefix("&lt;"));
        match next {
            Some(next) => rest = next,
            None => return word.split_at(word.len() - rest.len()),
        }
    }
}

fn split_tail(word: &str) -> (&str, &str) {
    let mut rest = word;
    loop {
        let next = rest.strip_suffix([')', '>', '.', ',']).or_else(|| rest.strip_suffix("&gt;"));
        match next {
            Some(next) => rest = next,
            None => return word.split_at(rest.len()),
        }
    }
}
