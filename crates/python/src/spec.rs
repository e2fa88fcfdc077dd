//! Python's format specifications: `format(value, ">10.2f")`.

use super::budget;
use super::number::{exponent_text, plain, significant, truncate};
use super::object::Object;
use super::raise::{Outcome, type_error, value_error};
use super::text;

/// A parsed format specification.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) fill: char,
    pub(crate) align: Option<char>,
    pub(crate) sign: char,
    pub(crate) no_negative_zero: bool,
    pub(crate) alternate: bool,
    pub(crate) width: usize,
    pub(crate) grouping: Option<char>,
    pub(crate) precision: Option<usize>,
    pub(crate) kind: Option<char>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            fill: ' ',
            align: None,
            sign: '-',
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        }
    }
}

const WIDTH_MAX: usize = 1 << 20;

/// How many digits a number may be written with.
pub(crate) const PRECISION_MAX: usize = 1 << 15;

impl Spec {
    /// Parses a specification that formats a value of type `type_name`.
    pub(crate) fn parse(text: &str, type_name: &str) -> Outcome<Self> {
        let chars: Vec<char> = text.chars().collect();
        let mut spec = Self::default();
        let mut at = 0;
        let is_align = |c: Option<&char>| c.is_some_and(|c| "<>=^".contains(*c));
        if is_align(chars.get(1)) {
            (spec.fill, spec.align) = (chars[0], Some(chars[1]));
            at = 2;
        } else if is_align(chars.first()) {
            spec.align = Some(chars[0]);
            at = 1;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = chars.get(at) {
            spec.sign = *sign;
            at += 1;
        }
        let mut flag = |c: char| {
            let found = chars.get(at) == Some(&c);
            at += usize::from(found);
            found
        };
        spec.no_negative_zero = flag('z');
        spec.alternate = flag('#');
        if flag('0') && spec.align.is_none() {
            spec.fill = '0';
            spec.align = Some('=').filter(|_| type_name != "str").or(Some('<'));
        }
        spec.width = number(&chars, &mut at)?.unwrap_or(0);
        if let Some(grouping @ (',' | '_')) = chars.get(at) {
            spec.grouping = Some(*grouping);
            at += 1;
        }
        if chars.get(at) == Some(&'.') {
            at += 1;
            spec.precision = number(&chars, &mut at)?;
            if spec.precision.is_none() {
                return value_error("Format specifier missing precision");
            }
        }
        if let Some(kind) = chars.get(at) {
            spec.kind = Some(*kind);
            at += 1;
        }
        if at < chars.len() {
            return value_error(format!(
                "Invalid format specifier '{text}' for object of type '{type_name}'"
            ));
        }
        Ok(spec)
    }

    /// Pads a body behind its sign or prefix to the width.
    pub(crate) fn pad(&self, sign: &str, body: &str, align: char) -> Outcome<String> {
        let length = sign.chars().count() + body.chars().count();
        let missing = self.width.saturating_sub(length);
        budget::build(missing + sign.len() + body.len())?;
        let fill = |count: usize| self.fill.to_string().repeat(count);
        Ok(match self.align.unwrap_or(align) {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        })
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            _ => "",
        }
    }
}

fn number(chars: &[char], at: &mut usize) -> Outcome<Option<usize>> {
    let start = *at;
    let mut value: usize = 0;
    while let Some(digit) = chars.get(*at).and_then(|c| c.to_digit(10)) {
        value = value.saturating_mul(10).saturating_add(digit as usize);
        *at += 1;
    }
    if value > WIDTH_MAX {
        return value_error("Too many decimal digits in format string");
    }
    Ok((*at > start).then_some(value))
}

/// Returns `format(object, spec)`.
pub(crate) fn format_value(object: &Object, spec: &str) -> Outcome<String> {
    if let Object::Undefined(undefined) = object {
        return if undefined.strict { Err(undefined.error()) } else { Ok(String::new()) };
    }
    match object {
        Object::Bool(_) if spec.is_empty() => text::str(object),
        Object::Bool(_) | Object::Int(_) => {
            format_int(object.as_int().unwrap_or(0), &Spec::parse(spec, object.type_name())?)
        }
        Object::Float(number) => format_float(*number, &Spec::parse(spec, "float")?, "float"),
        Object::Str(value) | Object::Markup(value) => format_str(value, &Spec::parse(spec, "str")?),
        other if spec.is_empty() => text::str(other),
        other => type_error(format!(
            "unsupported format string passed to {}.__format__",
            other.type_name()
        )),
    }
}

fn format_str(value: &str, spec: &Spec) -> Outcome<String> {
    match spec.kind {
        None | Some('s') => {}
        Some(kind) => return unknown_code(kind, "str"),
    }
    if spec.sign != '-' {
        return value_error("Sign not allowed in string format specifier");
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return value_error("Alternate form (#) not allowed in string format specifier");
    }
    if let Some(grouping) = spec.grouping {
        return value_error(format!("Cannot specify '{grouping}' with 's'."));
    }
    if spec.align == Some('=') {
        return value_error("'=' alignment not allowed in string format specifier");
    }
    match spec.precision {
        Some(precision) => spec.pad("", &value.chars().take(precision).collect::<String>(), '<'),
        None => spec.pad("", value, '<'),
    }
}

fn unknown_code<T>(kind: char, type_name: &str) -> Outcome<T> {
    value_error(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn format_int(number: i128, spec: &Spec) -> Outcome<String> {
    let size = number.unsigned_abs();
    let (digits, prefix, group) = match spec.kind {
        None | Some('d' | 'n') => (size.to_string(), "", 3),
        Some('b') => (format!("{size:b}"), "0b", 4),
        Some('o') => (format!("{size:o}"), "0o", 4),
        Some('x') => (format!("{size:x}"), "0x", 4),
        Some('X') => (format!("{size:X}"), "0X", 4),
        Some('c') => {
            let c = u32::try_from(number).ok().and_then(char::from_u32);
            return match c {
                Some(c) => spec.pad("", &c.to_string(), '<'),
                None => {
                    Err(super::Raise::new(super::Class::Overflow, "%c arg not in range(0x110000)"))
                }
            };
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            return format_float(number as f64, spec, "int");
        }
        Some(kind) => return unknown_code(kind, "int"),
    };
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in integer format specifier");
    }
    if spec.precision.is_some() {
        return value_error("Precision not allowed in integer format specifier");
    }
    if let (Some(','), Some('b' | 'o' | 'x' | 'X')) = (spec.grouping, spec.kind) {
        let kind = spec.kind.unwrap_or('d');
        return value_error(format!("Cannot specify ',' with '{kind}'."));
    }
    let sign = spec.sign_of(number < 0);
    let sign = if spec.alternate { format!("{sign}{prefix}") } else { sign.to_owned() };
    spec.pad(&sign, &grouped(&digits, "", spec, group, sign.len()), '>')
}

/// Puts separators between the digits, and zeros before them as the width asks for.
fn grouped(whole: &str, rest: &str, spec: &Spec, size: usize, sign: usize) -> String {
    let Some(separator) = spec.grouping else { return format!("{whole}{rest}") };
    let mut digits = whole.to_owned();
    if spec.fill == '0' && spec.align == Some('=') {
        let room = spec.width.saturating_sub(rest.chars().count() + sign);
        while digits.len() + (digits.len() - 1) / size < room {
            digits.insert(0, '0');
        }
        if digits.len() + (digits.len() - 1) / size > room && digits.len() > whole.len() {
            digits.remove(0);
            if digits.len().is_multiple_of(size) && digits.len() + (digits.len() - 1) / size < room
            {
                digits.insert(0, '0');
            }
        }
    }
    let mut out = String::new();
    for (index, c) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(c);
    }
    out + rest
}

fn format_float(number: f64, spec: &Spec, type_name: &str) -> Outcome<String> {
    let kind = spec.kind.unwrap_or('\0');
    if !matches!(kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') {
        return unknown_code(kind, type_name);
    }
    if spec.precision.is_some_and(|precision| precision > PRECISION_MAX) {
        return value_error("precision too big");
    }
    let body = float_digits(number, kind, spec.precision, spec.alternate);
    let mut negative = number.is_sign_negative() && !number.is_nan();
    if spec.no_negative_zero && body.chars().all(|c| !c.is_ascii_digit() || c == '0') {
        negative = false;
    }
    let sign = spec.sign_of(negative);
    let end = body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len());
    let (whole, rest) = body.split_at(end);
    if whole.is_empty() {
        return spec.pad(sign, &body, '>');
    }
    spec.pad(sign, &grouped(whole, rest, spec, 3, sign.len()), '>')
}

/// Writes the size of a float by a format code.
pub(crate) fn float_digits(
    number: f64,
    kind: char,
    precision: Option<usize>,
    alternate: bool,
) -> String {
    let upper = matches!(kind, 'E' | 'F' | 'G');
    let percent = if kind == '%' { "%" } else { "" };
    let cased = |text: String| if upper { text.to_uppercase() } else { text };
    if !number.is_finite() {
        return cased(if number.is_nan() { "nan" } else { "inf" }.to_owned()) + percent;
    }
    let size = number.abs();
    match kind.to_ascii_lowercase() {
        'e' => {
            let precision = precision.unwrap_or(6);
            let (digits, exponent) = significant(size, precision + 1);
            let (head, tail) = digits.split_at(1);
            let point = if tail.is_empty() && !alternate { "" } else { "." };
            cased(format!("{head}{point}{tail}{}", exponent_text(exponent)))
        }
        'f' | '%' => {
            let precision = precision.unwrap_or(6);
            let size = if kind == '%' { size * 100.0 } else { size };
            let point = if precision == 0 && alternate { "." } else { "" };
            format!("{size:.precision$}{point}{percent}")
        }
        'g' | 'n' => cased(general(size, precision.unwrap_or(6).max(1), alternate, false)),
        _ => match precision {
            Some(precision) => general(size, precision.max(1), alternate, true),
            None => super::number::float_repr(size),
        },
    }
}

fn general(size: f64, precision: usize, alternate: bool, like_repr: bool) -> String {
    let (digits, exponent) =
        if size == 0.0 { ("0".to_owned(), 0) } else { significant(size, precision) };
    let digits = if alternate {
        format!("{digits:0<precision$}")
    } else {
        let trimmed = digits.trim_end_matches('0');
        if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }
    };
    let limit = i32::try_from(precision).unwrap_or(i32::MAX);
    let top = if like_repr { limit - 1 } else { limit };
    if exponent >= -4 && exponent < top.max(i32::from(like_repr)) {
        let text = plain(&digits, exponent, like_repr && !alternate);
        return if alternate && !text.contains('.') { text + "." } else { text };
    }
    let (head, tail) = digits.split_at(1);
    let point = if tail.is_empty() && !alternate { "" } else { "." };
    format!("{head}{point}{tail}{}", exponent_text(exponent))
}

/// Writes a number for `%d` and its like: a float is cut to a whole number.
pub(crate) fn whole_of(object: &Object) -> Outcome<Option<i128>> {
    match object {
        Object::Float(number) => truncate(*number).map(Some),
        other => Ok(other.as_int()),
    }
}
