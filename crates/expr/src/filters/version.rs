//! Semantic versions, as python-semver 3 reads and compares them.

use std::cmp::Ordering;

use python::arguments::Arguments;
use python::object::Object;
use python::operators::iterate;
use python::raise::{Class, Outcome, Raise, type_error, value_error};
use python::text;

struct Version<'a> {
    numbers: [u128; 3],
    pre: Option<&'a str>,
}

pub(super) fn call(name: &str, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let other = |parameter: &str| -> Outcome<Object> {
        let [other] = arguments.bind(name, [parameter], 1)?;
        Ok(other.cloned().unwrap_or(Object::None))
    };
    Ok(match name {
        "version_compare" => Object::Int(match compare(value, &other("pattern")?)? {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }),
        "version_more_than" => {
            Object::Bool(compare(value, &other("pattern")?)? == Ordering::Greater)
        }
        "version_less_than" => Object::Bool(compare(value, &other("pattern")?)? == Ordering::Less),
        "version_equal" => Object::Bool(compare(value, &other("pattern")?)? == Ordering::Equal),
        "version_match" => Object::Bool(matches(value, &other("pattern")?)?),
        _ => {
            arguments.bind::<0>(name, [], 0)?;
            let text = string(value)?;
            let [major, minor, patch] = parse(text)?.numbers;
            Object::from(match name {
                "version_bump_major" => format!("{}.0.0", major + 1),
                "version_bump_minor" => format!("{major}.{}.0", minor + 1),
                "version_bump_patch" => format!("{major}.{minor}.{}", patch + 1),
                _ => format!("{major}.{minor}"),
            })
        }
    })
}

fn string(value: &Object) -> Outcome<&str> {
    match value {
        Object::Str(text) | Object::Markup(text) => Ok(text),
        Object::Undefined(undefined) => Err(undefined.error()),
        other => type_error(format!("not expecting type '<class '{}'>'", other.type_name())),
    }
}

fn parse(text: &str) -> Outcome<Version<'_>> {
    let wrong = || Raise::new(Class::Value, format!("{text} is not valid SemVer string"));
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let (core, pre) = match rest.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (rest, None),
    };
    let mut numbers = [0; 3];
    let mut parts = core.split('.');
    for number in &mut numbers {
        *number = parts.next().and_then(whole).ok_or_else(wrong)?;
    }
    let identifiers = |text: &str, strict: bool| {
        text.split('.').all(|part| {
            let plain =
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            plain && !(strict && digits && part.len() > 1 && part.starts_with('0'))
        })
    };
    let valid = parts.next().is_none()
        && pre.is_none_or(|pre| identifiers(pre, true))
        && build.is_none_or(|build| identifiers(build, false));
    if valid { Ok(Version { numbers, pre }) } else { Err(wrong()) }
}

fn whole(text: &str) -> Option<u128> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok().filter(|number| *number < u128::MAX) } else { None }
}

fn compare(value: &Object, other: &Object) -> Outcome<Ordering> {
    let a = parse(string(value)?)?;
    if matches!(other, Object::List(_) | Object::Tuple(_)) {
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(iterate(other)?) {
            *number = u128::try_from(python::arguments::whole(&part)?).unwrap_or(0);
        }
        return Ok(order(&a, &Version { numbers, pre: None }));
    }
    match other {
        Object::Str(text) | Object::Markup(text) => Ok(order(&a, &parse(text)?)),
        Object::Undefined(undefined) => Err(undefined.error()),
        other => type_error(format!(
            "Expected str, bytes, dict, tuple, list, or Version instance, but got <class '{}'>",
            other.type_name()
        )),
    }
}

fn order(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    a.numbers.cmp(&b.numbers).then_with(|| match (a.pre, b.pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => order_pre(a, b),
    })
}

fn order_pre(a: &str, b: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            },
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

fn matches(value: &Object, pattern: &Object) -> Outcome<bool> {
    let version = string(value)?;
    parse(version)?;
    let pattern = string(pattern)?;
    for sign in [">=", "<=", "==", "!=", ">", "<"] {
        let Some(other) = pattern.strip_prefix(sign) else { continue };
        let ordering = compare(value, &Object::str(other))?;
        return Ok(match sign {
            ">=" => ordering.is_ge(),
            "<=" => ordering.is_le(),
            "==" => ordering.is_eq(),
            "!=" => ordering.is_ne(),
            ">" => ordering.is_gt(),
            _ => ordering.is_lt(),
        });
    }
    if pattern.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(compare(value, &Object::str(pattern))?.is_eq());
    }
    value_error(format!(
        "match_expr parameter should be in format <op><ver>, where <op> is one of ['<', '>', \
         '==', '<=', '>=', '!=']. You provided: {}",
        text::quote(pattern)
    ))
}
