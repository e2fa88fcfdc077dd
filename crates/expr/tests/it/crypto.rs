//! Encrypted datastore values.

use expr::crypto::{Error, Key};
use expr::jinja::{Options, render};
use serde_json::json;

const KEY: &str = r#"{"hmacKey": {"hmacKeyString": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "size": 256}, "aesKeyString": "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA", "mode": "CBC", "size": 256}"#;

#[test]
fn what_is_encrypted_decrypts() {
    let key = Key::parse(KEY).unwrap();
    for text in ["", "hunter2", "pässwörd ☃", "exactly sixteen!"] {
        let ciphertext = key.encrypt(text, *b"0123456789abcdef").unwrap();
        assert!(ciphertext.starts_with("3030303030"));
        assert_eq!(key.decrypt(&ciphertext).as_deref(), Ok(text));
    }
}

#[test]
fn a_changed_ciphertext_is_refused() {
    let key = Key::parse(KEY).unwrap();
    let mut ciphertext = key.encrypt("hunter2", [7; 16]).unwrap();
    ciphertext.replace_range(20..22, "00");
    assert_eq!(key.decrypt(&ciphertext), Err(Error::Signature));
    assert_eq!(key.decrypt("3030"), Err(Error::Short));
    assert_eq!(key.decrypt("zz"), Err(Error::Hex("Non-hexadecimal digit found")));
    assert!(Key::parse("{}").is_err());
}

#[test]
fn templates_decrypt_with_the_key_they_are_given() {
    let secret = Key::parse(KEY).unwrap().encrypt("hunter2", [9; 16]).unwrap();
    let context = json!({ "secret": secret });
    let context = context.as_object().unwrap();
    let options = Options { crypto_key: Some(KEY), ..Options::default() };
    assert_eq!(render("{{ secret | decrypt_kv }}", context, &options).as_deref(), Ok("hunter2"));
    assert!(render("{{ secret | decrypt_kv }}", context, &Options::default()).is_err());
}
