//! Random secrets, and the hash under which keys and tokens are kept.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest as _, Sha512};

/// StackStorm's fixed salt: keys that were made there are accepted here.
const KEY_SALT: &str = "saltnpepper";

/// Returns the hash under which a key or a token is kept.
pub fn key_hash(key: &str) -> String {
    hex::encode(Sha512::digest(format!("{KEY_SALT}{key}")))
}

/// Makes the text of a token.
pub(crate) fn hexadecimal() -> String {
    hex::encode(random::<16>())
}

/// Makes the text of an API key.
pub(crate) fn base64() -> String {
    STANDARD_NO_PAD.encode(hex::encode(random::<32>()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("an operating system without entropy cannot keep secrets");
    bytes
}
