//! From a credential to the principal it stands for.

use model::{Principal, principal::Origin};

use crate::{Access, key_hash};

/// The credential of a caller.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key.
    ApiKey(String),
    /// A token.
    Token(String),
}

/// Why a credential is refused; the texts are StackStorm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// There is no credential.
    #[error("Unauthorized - One of Token or API key required.")]
    Nothing,
    /// The token is unknown.
    #[error("Unauthorized")]
    UnknownToken,
    /// The token has expired.
    #[error("Unauthorized - Token has expired.")]
    Expired,
    /// The key is unknown.
    #[error("Unauthorized - ApiKey with key_hash={0} not found.")]
    UnknownKey(String),
    /// The key is disabled.
    #[error("Unauthorized - API key is disabled.")]
    Disabled,
    /// The name or the password is wrong.
    #[error("Invalid or missing credentials")]
    BadLogin,
}

impl Access {
    /// Returns the principal of a credential.
    ///
    /// # Errors
    /// Fails when the credential is unknown, expired or disabled.
    pub fn authenticate(&self, credential: &Credential) -> Result<Principal, Unauthorized> {
        match credential {
            Credential::ApiKey(key) => self.by_key(key),
            Credential::Token(token) => self.by_token(token),
        }
    }

    fn by_key(&self, key: &str) -> Result<Principal, Unauthorized> {
        let hash = key_hash(key);
        let keys = self.state().keys.read();
        let Some(found) = keys.get(&hash) else { return Err(Unauthorized::UnknownKey(hash)) };
        if !found.enabled {
            return Err(Unauthorized::Disabled);
        }
        Ok(self.principal(&found.user, Origin::ApiKey { id: found.id }))
    }

    fn by_token(&self, token: &str) -> Result<Principal, Unauthorized> {
        let hash = key_hash(token);
        let tokens = self.state().tokens.read();
        if let Some(found) = tokens.get(&hash) {
            if found.expiry <= self.now() {
                return Err(Unauthorized::Expired);
            }
            return Ok(self.principal(&found.user, Origin::Token { expiry: found.expiry }));
        }
        drop(tokens);
        self.state().actions.read().get(&hash).cloned().ok_or(Unauthorized::UnknownToken)
    }

    pub(crate) fn principal(&self, name: &str, origin: Origin) -> Principal {
        let is_admin = self.state().users.read().get(name).is_some_and(|user| user.is_admin);
        Principal { name: name.to_owned(), is_admin, origin }
    }
}
