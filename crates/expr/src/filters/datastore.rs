//! `decrypt_kv`: the plain text of an encrypted datastore value.

use python::arguments::Arguments;
use python::object::Object;
use python::raise::{Class, Outcome, Raise, type_error, value_error};

use crate::crypto::{Error, Key};
use crate::jinja::as_lookup;
use crate::jinja::machine::Machine;

pub(super) fn decrypt(
    machine: &Machine<'_>,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    arguments.bind::<0>("decrypt_kv", [], 0)?;
    let ciphertext = match as_lookup(value) {
        Some(found) => {
            let text = found.value()?;
            if text.is_empty() {
                return value_error(format!(
                    "Referenced datastore item \"{}\" doesn't exist or it contains an empty string",
                    found.full_name()
                ));
            }
            text
        }
        None => match value {
            Object::Str(text) | Object::Markup(text) => text.to_string(),
            other => {
                let name = other.type_name();
                return type_error(format!(
                    "Ciphertext needs to either be a string/unicode or bytes (was <class '{name}'>)."
                ));
            }
        },
    };
    let Some(key) = machine.options.crypto_key else {
        return value_error("no crypto key is configured to decrypt values");
    };
    let plain = Key::parse(key).and_then(|key| key.decrypt(&ciphertext));
    plain.map(Object::from).map_err(|error| {
        let class = match error {
            Error::Hex(_) => Class::Hex,
            Error::Signature => Class::Signature,
            Error::Key(_) => Class::Key,
            Error::Short | Error::Text => Class::Value,
        };
        Raise::new(class, error.to_string())
    })
}
