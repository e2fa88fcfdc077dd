//! The operators: what each makes of a payload's value and a criterion's pattern. Types are
//! Python's, and so are the errors where a value has none of what an operator needs.

use model::Timestamp;
use python::dates;
use python::fnmatch::Wildcard;
use python::raise::{Class, Outcome, Raise, type_error};
use python::re::{DOTALL, IGNORECASE, Purpose, Regex};
use python::value::{self, Numeric, Sign, type_name};
use serde_json::Value;

/// What an operator tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `equals`.
    Equals,
    /// `nequals`.
    Differs,
    /// `iequals`.
    EqualsFolded,
    /// `contains`, `icontains`, `ncontains`, `incontains`.
    Contains { folded: bool, negated: bool },
    /// `startswith`, `istartswith`, `endswith`, `iendswith`.
    Affix { end: bool, folded: bool },
    /// `lessthan`, `greaterthan`.
    Order(Sign),
    /// `matchwildcard`.
    Wildcard,
    /// `matchregex`, `regex`, `iregex`.
    Regex(Mode),
    /// `timediff_lt`, `timediff_gt`.
    Age(Sign),
    /// `exists`, `nexists`.
    Exists { negated: bool },
    /// `inside`, `ninside`.
    Inside { negated: bool },
    /// `search`.
    Search,
}

/// How an operator uses a regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Anywhere in the text.
    Search,
    /// Anywhere in the text, where case is ignored.
    SearchFolded,
    /// From the start, and dots match line breaks.
    MatchAll,
}

impl Mode {
    fn compile(self, pattern: &str) -> Outcome<Regex> {
        let (flags, purpose) = match self {
            Self::Search => (0, Purpose::Search),
            Self::SearchFolded => (IGNORECASE, Purpose::Search),
            Self::MatchAll => (DOTALL, Purpose::Match),
        };
        Ok(Regex::new(pattern, flags, purpose)?)
    }
}

/// Every operator by its names, in the order in which a validation's complaint lists them.
const OPERATORS: [(&str, Operator); 33] = [
    ("matchwildcard", Operator::Wildcard),
    ("matchregex", Operator::Regex(Mode::MatchAll)),
    ("regex", Operator::Regex(Mode::Search)),
    ("iregex", Operator::Regex(Mode::SearchFolded)),
    ("eq", Operator::Equals),
    ("equals", Operator::Equals),
    ("neq", Operator::Differs),
    ("nequals", Operator::Differs),
    ("ieq", Operator::EqualsFolded),
    ("iequals", Operator::EqualsFolded),
    ("contains", Operator::Contains { folded: false, negated: false }),
    ("icontains", Operator::Contains { folded: true, negated: false }),
    ("ncontains", Operator::Contains { folded: false, negated: true }),
    ("incontains", Operator::Contains { folded: true, negated: true }),
    ("startswith", Operator::Affix { end: false, folded: false }),
    ("istartswith", Operator::Affix { end: false, folded: true }),
    ("endswith", Operator::Affix { end: true, folded: false }),
    ("iendswith", Operator::Affix { end: true, folded: true }),
    ("lt", Operator::Order(Sign::Less)),
    ("lessthan", Operator::Order(Sign::Less)),
    ("gt", Operator::Order(Sign::Greater)),
    ("greaterthan", Operator::Order(Sign::Greater)),
    ("td_lt", Operator::Age(Sign::Less)),
    ("timediff_lt", Operator::Age(Sign::Less)),
    ("td_gt", Operator::Age(Sign::Greater)),
    ("timediff_gt", Operator::Age(Sign::Greater)),
    ("exists", Operator::Exists { negated: false }),
    ("nexists", Operator::Exists { negated: true }),
    ("inside", Operator::Inside { negated: false }),
    ("in", Operator::Inside { negated: false }),
    ("ninside", Operator::Inside { negated: true }),
    ("nin", Operator::Inside { negated: true }),
    ("search", Operator::Search),
];

/// Returns the names of all operators.
pub fn names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, _)| *name)
}

/// What is made of a constant pattern once, before any event.
#[derive(Debug, Clone)]
pub(super) enum Prepared {
    /// Nothing.
    Nothing,
    /// A compiled regular expression, or why it does not compile.
    Regex(Outcome<Regex>),
    /// A compiled wildcard pattern.
    Wildcard(Wildcard),
    /// The text in lower case.
    Folded(String),
}

impl Operator {
    /// Finds an operator by its name in any case.
    pub(super) fn find(name: &str) -> Outcome<Self> {
        let folded = name.to_lowercase();
        let found = OPERATORS.iter().find(|(known, _)| *known == folded);
        found
            .map(|(_, operator)| *operator)
            .ok_or_else(|| Raise::new(Class::Exception, format!("Invalid operator: {folded}")))
    }

    /// Makes of a pattern what the operator would otherwise make of it each time.
    pub(super) fn prepare(self, pattern: &Value) -> Prepared {
        let Value::String(text) = pattern else { return Prepared::Nothing };
        match self {
            Self::Regex(mode) => Prepared::Regex(mode.compile(text)),
            Self::Wildcard => Prepared::Wildcard(Wildcard::new(text)),
            Self::EqualsFolded
            | Self::Contains { folded: true, .. }
            | Self::Affix { folded: true, .. } => Prepared::Folded(text.to_lowercase()),
            Self::Equals
            | Self::Differs
            | Self::Contains { .. }
            | Self::Affix { .. }
            | Self::Order(_)
            | Self::Age(_)
            | Self::Exists { .. }
            | Self::Inside { .. }
            | Self::Search => Prepared::Nothing,
        }
    }

    /// Applies the operator; `search` is not applied here.
    pub(super) fn apply(
        self,
        value: &Value,
        pattern: &Value,
        prepared: &Prepared,
        now: Timestamp,
    ) -> Outcome<bool> {
        if let Some(decided) = self.without_pattern(value.is_null(), pattern) {
            return Ok(decided);
        }
        match self {
            Self::Differs => Ok(!value::equal(value, pattern)),
            Self::Equals => Ok(value::equal(value, pattern)),
            Self::EqualsFolded => Ok(lower(value)? == *folded(pattern, prepared)?),
            Self::Contains { folded: false, negated } => {
                Ok(value::contains(value, pattern)? != negated)
            }
            Self::Contains { folded: true, negated } => {
                // Python looks at the pattern first.
                let part = folded(pattern, prepared)?;
                Ok(lower(value)?.contains(part.as_ref()) != negated)
            }
            Self::Affix { end, folded: false } => affix(value, pattern, end),
            Self::Affix { end, folded: true } => {
                let text = lower(value)?;
                let part = folded(pattern, prepared)?;
                Ok(if end { text.ends_with(&*part) } else { text.starts_with(&*part) })
            }
            Self::Order(sign) => value::ordered(value, sign, pattern),
            Self::Wildcard => wildcard(value, pattern, prepared),
            Self::Regex(mode) => regex(value, pattern, (mode, prepared)),
            Self::Age(sign) => age(value, sign, pattern, now),
            Self::Inside { negated } => Ok(value::contains(pattern, value)? != negated),
            Self::Search | Self::Exists { .. } => Ok(false),
        }
    }

    /// Decides where the pattern does not matter, or is missing.
    fn without_pattern(self, is_nothing: bool, pattern: &Value) -> Option<bool> {
        match self {
            Self::Exists { negated } => Some(is_nothing == negated),
            Self::Differs => None,
            Self::Equals
            | Self::EqualsFolded
            | Self::Contains { .. }
            | Self::Affix { .. }
            | Self::Order(_)
            | Self::Wildcard
            | Self::Regex(_)
            | Self::Age(_)
            | Self::Inside { .. }
            | Self::Search => pattern.is_null().then_some(false),
        }
    }

    /// Applies the operator to a datastore lookup, which has neither text nor order nor length.
    pub(super) fn apply_to_lookup(
        self,
        pattern: &Value,
        stored: &str,
        now: Timestamp,
    ) -> Outcome<bool> {
        const TYPE: &str = "KeyValueLookup";
        if let Some(decided) = self.without_pattern(false, pattern) {
            return Ok(decided);
        }
        let not_callable = || Raise::new(Class::Type, format!("'{TYPE}' object is not callable"));
        match self {
            Self::Equals => Ok(false),
            Self::EqualsFolded | Self::Affix { .. } => Err(not_callable()),
            Self::Contains { folded: true, .. } => {
                folded(pattern, &Prepared::Nothing)?;
                Err(not_callable())
            }
            // Python never ends here: every index exists.
            Self::Contains { folded: false, .. } | Self::Search => {
                type_error(format!("argument of type '{TYPE}' is not iterable"))
            }
            Self::Order(sign) => {
                let (mark, other) =
                    (if sign == Sign::Less { '<' } else { '>' }, type_name(pattern));
                let text =
                    format!("'{mark}' not supported between instances of '{TYPE}' and '{other}'");
                type_error(text)
            }
            Self::Wildcard => Err(not_a_path(TYPE)),
            Self::Regex(_) => Err(not_text(TYPE)),
            Self::Age(sign) => age(&Value::String(stored.to_owned()), sign, pattern, now),
            Self::Inside { negated } => match pattern {
                Value::Array(_) | Value::Object(_) => Ok(negated),
                Value::String(_) => {
                    let text = "'in <string>' requires string as left operand, not ";
                    type_error(format!("{text}{TYPE}"))
                }
                Value::Null | Value::Bool(_) | Value::Number(_) => {
                    value::contains(pattern, &Value::Null)
                }
            },
            Self::Differs => Ok(true),
            Self::Exists { .. } => Ok(false),
        }
    }
}

fn lower(value: &Value) -> Outcome<String> {
    let missing = || Raise::no_attribute(type_name(value), "lower");
    value.as_str().map(str::to_lowercase).ok_or_else(missing)
}

fn folded<'a>(pattern: &Value, prepared: &'a Prepared) -> Outcome<std::borrow::Cow<'a, str>> {
    match prepared {
        Prepared::Folded(text) => Ok(text.into()),
        Prepared::Nothing | Prepared::Regex(_) | Prepared::Wildcard(_) => {
            lower(pattern).map(Into::into)
        }
    }
}

fn affix(value: &Value, pattern: &Value, end: bool) -> Outcome<bool> {
    let method = if end { "endswith" } else { "startswith" };
    let Value::String(text) = value else {
        return Err(Raise::no_attribute(type_name(value), method));
    };
    let Value::String(part) = pattern else {
        let message =
            format!("{method} first arg must be str or a tuple of str, not {}", type_name(pattern));
        return type_error(message);
    };
    Ok(if end { text.ends_with(part.as_str()) } else { text.starts_with(part.as_str()) })
}

fn not_a_path(type_name: &str) -> Raise {
    Raise::new(Class::Type, format!("expected str, bytes or os.PathLike object, not {type_name}"))
}

fn not_text(type_name: &str) -> Raise {
    Raise::new(Class::Type, format!("expected string or bytes-like object, got '{type_name}'"))
}

fn wildcard(value: &Value, pattern: &Value, prepared: &Prepared) -> Outcome<bool> {
    let Value::String(text) = value else { return Err(not_a_path(type_name(value))) };
    let Value::String(source) = pattern else { return Err(not_a_path(type_name(pattern))) };
    Ok(match prepared {
        Prepared::Wildcard(wildcard) => wildcard.matches(text),
        Prepared::Nothing | Prepared::Regex(_) | Prepared::Folded(_) => {
            Wildcard::new(source).matches(text)
        }
    })
}

fn regex(value: &Value, pattern: &Value, (mode, prepared): (Mode, &Prepared)) -> Outcome<bool> {
    let source = match pattern {
        Value::String(source) => source,
        Value::Array(_) | Value::Object(_) => {
            let message = format!("unhashable type: '{}'", type_name(pattern));
            return type_error(message);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return type_error("first argument must be string or compiled pattern");
        }
    };
    let compiled;
    let regex = match prepared {
        Prepared::Regex(regex) => regex.as_ref().map_err(Clone::clone)?,
        Prepared::Nothing | Prepared::Wildcard(_) | Prepared::Folded(_) => {
            compiled = mode.compile(source)?;
            &compiled
        }
    };
    let Value::String(text) = value else { return Err(not_text(type_name(value))) };
    Ok(regex.is_match(text)?)
}

fn age(value: &Value, sign: Sign, pattern: &Value, now: Timestamp) -> Outcome<bool> {
    let moment = dates::parse(&expr::jinja::printed(value), now.micros())?;
    let seconds = now.seconds_since(Timestamp::from_micros(moment));
    Ok(sign.holds(seconds.partial_cmp(&float(pattern)?)))
}

/// Returns what Python's `float` makes of a pattern.
fn float(pattern: &Value) -> Outcome<f64> {
    #[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
    let whole = |number: i128| number as f64;
    match (value::numeric(pattern), pattern) {
        (Some(Numeric::Whole(number)), _) => Ok(whole(number)),
        (Some(Numeric::Float(number)), _) => Ok(number),
        (None, Value::String(text)) => python::number::parse_float(text)
            .map_err(|raise| Raise::new(Class::Value, raise.to_string())),
        (None, other) => {
            let message = "float() argument must be a string or a real number, not ";
            type_error(format!("{message}'{}'", type_name(other)))
        }
    }
}
