//! Formatting with `%`, as C's `printf` has it.

use std::iter::Peekable;
use std::str::Chars;

use super::budget;
use super::object::Object;
use super::operators::{like, subscript};
use super::raise::{Class, Outcome, Raise, type_error, value_error};
use super::spec::{PRECISION_MAX, Spec, float_digits, whole_of};
use super::text;

/// Returns `template % arguments`.
pub fn format(template: &Object, arguments: &Object) -> Outcome<Object> {
    let source = template.as_str().unwrap_or_default();
    let escape = matches!(template, Object::Markup(_));
    let mut state = State { arguments, next: 0, used: false, escape };
    let mut out = String::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let piece = state.directive(&mut chars)?;
        budget::build(piece.len())?;
        out.push_str(&piece);
    }
    state.finish()?;
    budget::build(out.len())?;
    Ok(like(template, out))
}

/// Replaces what is not ASCII by escapes.
#[must_use]
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code @ 0x80..=0xff => super::append(&mut out, format_args!("\\x{code:02x}")),
            code @ 0x100..=0xffff => super::append(&mut out, format_args!("\\u{code:04x}")),
            code => super::append(&mut out, format_args!("\\U{code:08x}")),
        }
    }
    out
}

struct State<'a> {
    arguments: &'a Object,
    next: usize,
    /// Whether an argument was asked for by its key.
    used: bool,
    escape: bool,
}

#[derive(Default)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl State<'_> {
    fn directive(&mut self, chars: &mut Peekable<Chars<'_>>) -> Outcome<String> {
        let key = if chars.next_if_eq(&'(').is_some() { Some(key(chars)?) } else { None };
        let mut flags = Flags::default();
        while let Some(c) = chars.next_if(|c| "-+ #0".contains(*c)) {
            match c {
                '-' => flags.left = true,
                '+' => flags.plus = true,
                ' ' => flags.space = true,
                '#' => flags.alternate = true,
                _ => flags.zero = true,
            }
        }
        if chars.next_if_eq(&'*').is_some() {
            let width = self.star()?;
            flags.left |= width < 0;
            flags.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        } else {
            flags.width = digits(chars).unwrap_or(0);
        }
        if chars.next_if_eq(&'.').is_some() {
            flags.precision = Some(if chars.next_if_eq(&'*').is_some() {
                usize::try_from(self.star()?.max(0)).unwrap_or(usize::MAX)
            } else {
                digits(chars).unwrap_or(0)
            });
        }
        if flags.width > 1 << 20
            || flags.precision.is_some_and(|precision| precision > PRECISION_MAX)
        {
            return value_error("width too big");
        }
        while chars.next_if(|c| "hlL".contains(*c)).is_some() {}
        let Some(kind) = chars.next() else { return value_error("incomplete format") };
        if kind == '%' {
            return Ok("%".to_owned());
        }
        let value = match key {
            Some(key) => self.by_key(&key)?,
            None => self.next_argument()?,
        };
        self.convert(kind, &value, &flags)
    }

    fn star(&mut self) -> Outcome<i128> {
        match self.next_argument()?.as_int() {
            Some(number) => Ok(number),
            None => type_error("* wants int"),
        }
    }

    fn by_key(&mut self, key: &str) -> Outcome<Object> {
        if !matches!(self.arguments, Object::Dict(_)) {
            return type_error("format requires a mapping");
        }
        self.used = true;
        match subscript(self.arguments, &Object::str(key))? {
            Some(value) => Ok(value),
            None => Err(Raise::new(Class::Key, text::quote(key)).about(key)),
        }
    }

    fn next_argument(&mut self) -> Outcome<Object> {
        let value = match self.arguments {
            Object::Tuple(seq) => seq.items.borrow().get(self.next).cloned(),
            other => (self.next == 0).then(|| other.clone()),
        };
        self.next += 1;
        match value {
            Some(value) => Ok(value),
            None => type_error("not enough arguments for format string"),
        }
    }

    fn finish(&self) -> Outcome<()> {
        let left = match self.arguments {
            Object::Tuple(seq) => seq.items.borrow().len() > self.next,
            Object::Dict(_) | Object::List(_) | Object::Range(_) | Object::Bytes(_) => false,
            Object::Undefined(_) => false,
            Object::Native(native) if native.is_mapping() => false,
            _ => self.next == 0 && !self.used,
        };
        if left {
            return type_error("not all arguments converted during string formatting");
        }
        Ok(())
    }

    fn convert(&self, kind: char, value: &Object, flags: &Flags) -> Outcome<String> {
        match kind {
            's' | 'r' | 'a' => {
                let mut shown = match kind {
                    's' => text::str(value)?,
                    'r' => text::repr(value)?,
                    _ => ascii(&text::repr(value)?),
                };
                if self.escape && !(kind == 's' && matches!(value, Object::Markup(_))) {
                    shown = crate::html::escape_text(&shown);
                }
                if let Some(precision) = flags.precision {
                    shown = shown.chars().take(precision).collect();
                }
                pad("", &shown, flags, false)
            }
            'c' => pad("", &character(value)?, flags, false),
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => whole_number(kind, value, flags),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => real_number(kind, value, flags),
            other => {
                let code = u32::from(other);
                value_error(format!("unsupported format character '{other}' (0x{code:x}) at index"))
            }
        }
    }
}

fn key(chars: &mut Peekable<Chars<'_>>) -> Outcome<String> {
    let mut depth = 1;
    let mut key = String::new();
    for c in chars.by_ref() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(key);
        }
        key.push(c);
    }
    value_error("incomplete format key")
}

fn digits(chars: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let mut value: Option<usize> = None;
    while let Some(c) = chars.next_if(char::is_ascii_digit) {
        let digit = c.to_digit(10).unwrap_or(0) as usize;
        value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit));
    }
    value
}

fn character(value: &Object) -> Outcome<String> {
    if let Some(text) = value.as_str() {
        if text.chars().count() == 1 {
            return Ok(text.to_owned());
        }
        return type_error("%c requires int or char");
    }
    match value.as_int() {
        Some(code) => match u32::try_from(code).ok().and_then(char::from_u32) {
            Some(c) => Ok(c.to_string()),
            None => Err(Raise::new(Class::Overflow, "%c arg not in range(0x110000)")),
        },
        None => type_error("%c requires int or char"),
    }
}

fn whole_number(kind: char, value: &Object, flags: &Flags) -> Outcome<String> {
    let number = match value {
        Object::Float(_) if !matches!(kind, 'd' | 'i' | 'u') => None,
        Object::Undefined(undefined) => return Err(undefined.error()),
        other => whole_of(other)?,
    };
    let Some(number) = number else {
        let name = value.type_name();
        return type_error(if matches!(kind, 'd' | 'i' | 'u') {
            format!("%{kind} format: a real number is required, not {name}")
        } else {
            format!("%{kind} format: an integer is required, not {name}")
        });
    };
    let size = number.unsigned_abs();
    let (digits, prefix) = match kind {
        'x' => (format!("{size:x}"), "0x"),
        'X' => (format!("{size:X}"), "0X"),
        'o' => (format!("{size:o}"), "0o"),
        _ => (size.to_string(), ""),
    };
    let precision = flags.precision.unwrap_or(0);
    let digits = format!("{digits:0>precision$}");
    let prefix = if flags.alternate { prefix } else { "" };
    let sign = sign(number < 0, flags);
    pad(&format!("{sign}{prefix}"), &digits, flags, true)
}

fn real_number(kind: char, value: &Object, flags: &Flags) -> Outcome<String> {
    let number = match value {
        Object::Undefined(undefined) => return Err(undefined.error()),
        other => match other.as_float() {
            Some(number) => number,
            None => return type_error(format!("must be real number, not {}", value.type_name())),
        },
    };
    let digits = float_digits(number, kind, flags.precision, flags.alternate);
    let sign = sign(number.is_sign_negative() && !number.is_nan(), flags);
    pad(sign, &digits, flags, number.is_finite() || flags.zero)
}

fn sign(negative: bool, flags: &Flags) -> &'static str {
    match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn pad(sign: &str, body: &str, flags: &Flags, numeric: bool) -> Outcome<String> {
    let zero = flags.zero && numeric && !flags.left;
    let spec = Spec {
        width: flags.width,
        fill: if zero { '0' } else { ' ' },
        align: Some(match (flags.left, zero) {
            (true, _) => '<',
            (false, true) => '=',
            (false, false) => '>',
        }),
        ..Spec::default()
    };
    spec.pad(sign, body, '>')
}
