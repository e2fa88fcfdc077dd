//! StackStorm's encrypted datastore values, compatible with keyczar: five bytes
//! of header, an initialization vector, AES in CBC mode, an HMAC of SHA-1; all
//! of it as upper-case hexadecimal digits.

use aes::cipher::{Array, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use aes::{Aes128, Aes192, Aes256};
use hex::FromHexError;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

const HEADER: &[u8] = b"00000";
const BLOCK: usize = 16;
const SIGNATURE: usize = 20;

/// What can be wrong with a key or a ciphertext.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The key file is not JSON of the right shape.
    #[error("invalid or malformed key file: {0}")]
    Key(&'static str),
    /// The ciphertext has characters that are no hexadecimal digits.
    #[error("{0}")]
    Hex(&'static str),
    /// The ciphertext is shorter than its fixed parts.
    #[error("Invalid or malformed ciphertext (too short)")]
    Short,
    /// The signature does not fit: another key, or a changed text.
    #[error("Signature did not match digest.")]
    Signature,
    /// What was decrypted is not padded text.
    #[error("the decrypted value is not text")]
    Text,
}

/// A symmetric key.
pub struct Key {
    cipher: Vec<u8>,
    signature: Vec<u8>,
}

impl Key {
    /// Reads a key file: JSON text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let json: serde_json::Value =
            serde_json::from_str(text).map_err(|_| Error::Key("it is not JSON"))?;
        let part = |value: Option<&serde_json::Value>, name: &'static str| {
            let text = value.and_then(serde_json::Value::as_str).ok_or(Error::Key(name))?;
            web_safe_base64(text).ok_or(Error::Key(name))
        };
        let mode = json.get("mode").and_then(serde_json::Value::as_str);
        if !mode.is_some_and(|mode| mode.eq_ignore_ascii_case("CBC")) {
            return Err(Error::Key("mode"));
        }
        let cipher = part(json.get("aesKeyString"), "aesKeyString")?;
        if !matches!(cipher.len(), 16 | 24 | 32) {
            return Err(Error::Key("aesKeyString"));
        }
        let hmac = json.get("hmacKey").and_then(|key| key.get("hmacKeyString"));
        Ok(Self { cipher, signature: part(hmac, "hmacKeyString")? })
    }

    /// Encrypts text; the initialization vector must be random.
    pub fn encrypt(&self, plaintext: &str, vector: [u8; BLOCK]) -> Result<String, Error> {
        let mut data = plaintext.as_bytes().to_vec();
        let padding = BLOCK - data.len() % BLOCK;
        data.extend(std::iter::repeat_n(u8::try_from(padding).unwrap_or(0), padding));
        let mut message = [HEADER, &vector].concat();
        let mut previous = vector;
        for chunk in data.chunks_exact(BLOCK) {
            let mut block = [0; BLOCK];
            for (out, (a, b)) in block.iter_mut().zip(chunk.iter().zip(previous)) {
                *out = a ^ b;
            }
            self.block(&mut block, true)?;
            message.extend(block);
            previous = block;
        }
        let mut hmac = self.hmac()?;
        hmac.update(&message);
        message.extend(hmac.finalize().into_bytes());
        Ok(hex::encode_upper(message))
    }

    /// Decrypts a ciphertext.
    pub fn decrypt(&self, ciphertext: &str) -> Result<String, Error> {
        let bytes = unhex(ciphertext)?;
        if bytes.len() < HEADER.len() + BLOCK + SIGNATURE {
            return Err(Error::Short);
        }
        let (message, signature) = bytes.split_at(bytes.len() - SIGNATURE);
        let mut hmac = self.hmac()?;
        hmac.update(message);
        hmac.verify_slice(signature).map_err(|_| Error::Signature)?;
        let (vector, encrypted) = message[HEADER.len()..].split_at(BLOCK);
        let mut previous = vector;
        let mut data = Vec::with_capacity(encrypted.len());
        for chunk in encrypted.chunks(BLOCK) {
            let mut block: [u8; BLOCK] = chunk.try_into().map_err(|_| Error::Text)?;
            self.block(&mut block, false)?;
            data.extend(block.iter().zip(previous).map(|(a, b)| a ^ b));
            previous = chunk;
        }
        let text = String::from_utf8(data).map_err(|_| Error::Text)?;
        let padding = text.chars().next_back().map(u32::from).ok_or(Error::Text)?;
        let kept = text.chars().count().saturating_sub(padding as usize);
        Ok(text.chars().take(kept).collect())
    }

    fn hmac(&self) -> Result<Hmac<Sha1>, Error> {
        Hmac::<Sha1>::new_from_slice(&self.signature).map_err(|_| Error::Key("hmacKeyString"))
    }

    fn block(&self, block: &mut [u8; BLOCK], encrypts: bool) -> Result<(), Error> {
        let wrong = |_| Error::Key("aesKeyString");
        let block: &mut Array<u8, _> = block.into();
        macro_rules! apply {
            ($cipher:ty) => {{
                let cipher = <$cipher>::new_from_slice(&self.cipher).map_err(wrong)?;
                if encrypts { cipher.encrypt_block(block) } else { cipher.decrypt_block(block) }
            }};
        }
        match self.cipher.len() {
            16 => apply!(Aes128),
            24 => apply!(Aes192),
            _ => apply!(Aes256),
        }
        Ok(())
    }
}

fn unhex(text: &str) -> Result<Vec<u8>, Error> {
    hex::decode(text).map_err(|error| match error {
        FromHexError::OddLength => Error::Hex("Odd-length string"),
        FromHexError::InvalidHexCharacter { .. } | FromHexError::InvalidStringLength => {
            Error::Hex("Non-hexadecimal digit found")
        }
    })
}

fn web_safe_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '=') {
        let value = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '-' | '+' => 62,
            '_' | '/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(out)
}
