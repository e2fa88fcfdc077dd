//! The methods of `bytes`, and the way from text to bytes.

use std::rc::Rc;

use super::arguments::Arguments;
use super::methods;
use super::object::Object;
use super::raise::{Class, Outcome, Raise};

pub(super) fn call(value: &Rc<[u8]>, name: &str, arguments: &Arguments) -> Outcome<Object> {
    match name {
        "decode" => decode(value, arguments),
        "hex" => Ok(Object::from(hex::encode(value))),
        "upper" => Ok(Object::Bytes(value.to_ascii_uppercase().into())),
        "lower" => Ok(Object::Bytes(value.to_ascii_lowercase().into())),
        "strip" => Ok(Object::Bytes(value.trim_ascii().into())),
        _ => Err(methods::missing(&Object::Bytes(Rc::clone(value)), name)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Codec {
    Utf8,
    Ascii,
    Latin1,
}

impl Codec {
    fn parse(arguments: &Arguments, function: &str) -> Outcome<(Self, String)> {
        let [encoding, errors] = arguments.bind(function, ["encoding", "errors"], 0)?;
        let name = encoding.and_then(Object::as_str).unwrap_or("utf-8");
        let plain = name.to_lowercase().replace(['-', '_', ' '], "");
        let codec = match plain.as_str() {
            "utf8" | "u8" => Self::Utf8,
            "ascii" | "usascii" | "646" => Self::Ascii,
            "latin1" | "iso88591" | "latin" | "l1" => Self::Latin1,
            _ => return Err(Raise::new(Class::Lookup, format!("unknown encoding: {name}"))),
        };
        let errors = errors.and_then(Object::as_str).unwrap_or("strict");
        Ok((codec, errors.to_owned()))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
        }
    }

    fn limit(self) -> u32 {
        match self {
            Self::Utf8 => 0x11_0000,
            Self::Ascii => 0x80,
            Self::Latin1 => 0x100,
        }
    }
}

/// Returns `value.encode(*arguments)`.
pub(super) fn encode(value: &str, arguments: &Arguments) -> Outcome<Object> {
    let (codec, errors) = Codec::parse(arguments, "encode")?;
    if codec == Codec::Utf8 {
        return Ok(Object::Bytes(value.as_bytes().into()));
    }
    let mut out = Vec::new();
    for (index, c) in value.chars().enumerate() {
        let code = u32::from(c);
        if code < codec.limit() {
            out.extend(u8::try_from(code));
            continue;
        }
        match errors.as_str() {
            "ignore" => {}
            "replace" => out.push(b'?'),
            "xmlcharrefreplace" => out.extend(format!("&#{code};").bytes()),
            "backslashreplace" => out.extend(super::percent::ascii(&c.to_string()).bytes()),
            _ => {
                let message = format!(
                    "'{}' codec can't encode character '{}' in position {index}: ordinal not in range({})",
                    codec.name(),
                    super::percent::ascii(&c.to_string()),
                    codec.limit()
                );
                return Err(Raise::new(Class::Unicode, message));
            }
        }
    }
    Ok(Object::Bytes(out.into()))
}

fn decode(value: &[u8], arguments: &Arguments) -> Outcome<Object> {
    let (codec, errors) = Codec::parse(arguments, "decode")?;
    if codec == Codec::Latin1 {
        return Ok(Object::from(value.iter().map(|byte| char::from(*byte)).collect::<String>()));
    }
    let valid =
        std::str::from_utf8(value).ok().filter(|_| codec == Codec::Utf8 || value.is_ascii());
    if let Some(text) = valid {
        return Ok(Object::str(text));
    }
    let replaced = if codec == Codec::Utf8 {
        String::from_utf8_lossy(value).into_owned()
    } else {
        value.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '\u{fffd}' }).collect()
    };
    match errors.as_str() {
        "replace" => Ok(Object::from(replaced)),
        "ignore" => Ok(Object::from(replaced.replace('\u{fffd}', ""))),
        _ => {
            let message = format!("'{}' codec can't decode the bytes", codec.name());
            Err(Raise::new(Class::Unicode, message))
        }
    }
}
