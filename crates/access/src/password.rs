//! Hashes of passwords: made and compared on a thread for slow work.

use argon2::{
    Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _, password_hash::SaltString,
};
use tokio::task::spawn_blocking;

use crate::Refusal;

/// The hash of a password that nobody has.
pub(crate) const OF_NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3F1YWxsc3F1YWxs$Qb7oG5Q0vKPrJ8O0XcI6ZJ1JZ2kT0H5Qm8v9cQ2fYpE";

pub(crate) async fn hash(password: String) -> Result<String, Refusal> {
    let failed =
        |reason: String| Refusal::Internal(format!("the password cannot be hashed: {reason}"));
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|error| failed(error.to_string()))?;
    let hash = spawn_blocking(move || {
        let salt = SaltString::encode_b64(&salt)?;
        Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hash.await
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))
}

/// Returns whether a password has this hash.
pub(crate) async fn fits(password: String, hash: String) -> bool {
    let verify = move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    spawn_blocking(verify).await.unwrap_or(false)
}
