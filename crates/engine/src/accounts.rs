//! Accounts: who may come in, and by what. Everything is in memory, so that each request is
//! checked without the database; changes are durable first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{PoisonError, RwLock},
};

use argon2::{
    Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _, password_hash::SaltString,
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use model::{Execution, Id, Object, Principal, Timestamp, principal::Origin};
use sha2::{Digest as _, Sha512};
use store::{
    Store, Transaction,
    account::{ApiKey, Token, User},
};

use crate::{engine::Engine, refusal::Refusal};

/// StackStorm's fixed salt: keys that were made there keep working here.
const KEY_SALT: &str = "saltnpepper";
/// The digits of hexadecimal numbers.
const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// The life of a token for which no life was asked, at most: some bots count it down in a timer
/// of 31 bits of milliseconds, and log in without end when it overflows.
const UNASKED_TTL_MAX_S: i64 = 24 * 24 * 60 * 60;
/// How many passwords are checked at once: each check is made to be slow.
const LOGINS_MAX: usize = 2;

/// The accounts.
#[derive(Debug)]
pub struct Accounts {
    users: RwLock<BTreeMap<String, User>>,
    keys: RwLock<HashMap<String, ApiKey>>,
    tokens: RwLock<HashMap<String, Token>>,
    actions: RwLock<HashMap<String, Principal>>,
    logins: tokio::sync::Semaphore,
}

/// What a caller shows.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key.
    ApiKey(String),
    /// A token.
    Token(String),
}

/// Why a caller is not let in; the texts are StackStorm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// Nothing was shown.
    #[error("Unauthorized - One of Token or API key required.")]
    Nothing,
    /// The token is not known.
    #[error("Unauthorized")]
    UnknownToken,
    /// The token has ended.
    #[error("Unauthorized - Token has expired.")]
    Expired,
    /// The key is not known.
    #[error("Unauthorized - ApiKey with key_hash={0} not found.")]
    UnknownKey(String),
    /// The key opens nothing at present.
    #[error("Unauthorized - API key is disabled.")]
    Disabled,
    /// The name or the password is wrong.
    #[error("Invalid or missing credentials")]
    BadLogin,
}

impl Accounts {
    pub(crate) async fn load(store: &Store) -> Result<Self, store::Error> {
        let users = store.users().await?;
        let keys = store.api_keys().await?;
        let tokens = store.tokens().await?;
        Ok(Self {
            users: RwLock::new(users.into_iter().map(|user| (user.name.clone(), user)).collect()),
            keys: RwLock::new(keys.into_iter().map(|key| (key.key_hash.clone(), key)).collect()),
            tokens: RwLock::new(
                tokens.into_iter().map(|token| (token.token_hash.clone(), token)).collect(),
            ),
            actions: RwLock::default(),
            logins: tokio::sync::Semaphore::new(LOGINS_MAX),
        })
    }

    /// Finds out who shows this credential.
    ///
    /// # Errors
    /// Fails when it opens nothing.
    pub fn authenticate(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Principal, Unauthorized> {
        match credential {
            Credential::ApiKey(key) => self.by_key(key),
            Credential::Token(token) => self.by_token(token, now),
        }
    }

    fn by_key(&self, key: &str) -> Result<Principal, Unauthorized> {
        let hash = key_hash(key);
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = keys.get(&hash) else { return Err(Unauthorized::UnknownKey(hash)) };
        if !found.enabled {
            return Err(Unauthorized::Disabled);
        }
        Ok(self.principal(&found.user, Origin::ApiKey { id: found.id }))
    }

    fn by_token(&self, token: &str, now: Timestamp) -> Result<Principal, Unauthorized> {
        let hash = key_hash(token);
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = tokens.get(&hash) {
            if found.expiry <= now {
                return Err(Unauthorized::Expired);
            }
            return Ok(self.principal(&found.user, Origin::Token { expiry: found.expiry }));
        }
        drop(tokens);
        let actions = self.actions.read().unwrap_or_else(PoisonError::into_inner);
        actions.get(&hash).cloned().ok_or(Unauthorized::UnknownToken)
    }

    fn principal(&self, name: &str, origin: Origin) -> Principal {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let is_admin = users.get(name).is_some_and(|user| user.is_admin);
        Principal { name: name.to_owned(), is_admin, origin }
    }

    /// Returns whether there is a user of this name.
    pub fn has_user(&self, name: &str) -> bool {
        self.users.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// Returns whether nobody has been made yet.
    pub fn is_empty(&self) -> bool {
        self.users.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Returns the API keys, oldest first.
    pub fn api_keys(&self) -> Vec<ApiKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys: Vec<ApiKey> = keys.values().cloned().collect();
        keys.sort_by_key(|key| key.id);
        keys
    }

    /// Returns the API key with this id, or the one that is this very key.
    pub fn api_key(&self, id_or_key: &str) -> Option<ApiKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let by_id = keys.values().find(|key| key.id.to_string() == id_or_key);
        by_id.or_else(|| keys.get(&key_hash(id_or_key))).cloned()
    }

    /// Makes a token for the run of an action; it lives in memory, as long as the run does.
    pub(crate) fn issue_action_token(&self, execution: &Execution) -> String {
        // Only processes can use one.
        let Some(runner) =
            execution.snapshot.action.runner().filter(|runner| !runner.is_harmless())
        else {
            return String::new();
        };
        if runner == model::Runner::HttpRequest {
            return String::new();
        }
        let token = secret_hex();
        let principal = Engine::principal_of(execution);
        self.actions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key_hash(&token), principal);
        token
    }

    pub(crate) fn revoke_action_token(&self, token: &str) {
        if !token.is_empty() {
            self.actions.write().unwrap_or_else(PoisonError::into_inner).remove(&key_hash(token));
        }
    }
}

/// A new API key.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// On whose behalf it acts.
    pub user: String,
    /// What its owner notes.
    pub metadata: Object,
    /// The hash of a key that exists elsewhere; none to make a key.
    pub key_hash: Option<String>,
    /// Its id, when it exists elsewhere.
    pub id: Option<Id>,
    /// Whether it opens anything.
    pub enabled: bool,
}

/// How a user is made or changed.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// Whether everything is allowed.
    pub is_admin: bool,
    /// The password; none for users that only have keys.
    pub password: Option<String>,
}

impl Engine {
    /// Makes or changes a user.
    ///
    /// # Errors
    /// Fails when the name cannot be used or nothing can be written.
    pub async fn put_user(&self, new: NewUser) -> Result<(), Refusal> {
        let user = put_user(&self.store, new, self.now()).await?;
        let mut users = self.accounts.users.write().unwrap_or_else(PoisonError::into_inner);
        users.insert(user.name.clone(), user);
        Ok(())
    }

    /// Makes an API key; returns it with its text, which is shown this once.
    ///
    /// # Errors
    /// Fails when it exists already or cannot be written.
    pub async fn make_api_key(&self, new: NewKey) -> Result<(ApiKey, Option<String>), Refusal> {
        let text = new.key_hash.is_none().then(secret_base64);
        let hash = new.key_hash.or_else(|| text.as_deref().map(key_hash)).unwrap_or_default();
        let key = ApiKey {
            id: new.id.unwrap_or_else(|| self.make_id()),
            key_hash: hash,
            user: new.user,
            enabled: new.enabled,
            created_at: self.now(),
            metadata: new.metadata,
        };
        let mut transaction = Transaction::new();
        transaction.insert_api_key(&key);
        let written = self.store.write(transaction).await;
        if written == Err(store::WriteError::Conflict) {
            let keys = self.accounts.api_keys();
            let taken = keys.iter().find(|one| one.key_hash == key.key_hash || one.id == key.id);
            return Err(Refusal::Exists {
                message: "an API key of this id or hash exists already".to_owned(),
                conflict_id: taken.map(|one| one.id),
            });
        }
        written?;
        self.remember_key(key.clone());
        Ok((key, text))
    }

    /// Changes an API key.
    ///
    /// # Errors
    /// Fails when it is gone or cannot be written.
    pub async fn update_api_key(&self, key: ApiKey) -> Result<(), Refusal> {
        let mut transaction = Transaction::new();
        transaction.update_api_key(&key);
        self.store.write(transaction).await?;
        self.remember_key(key);
        Ok(())
    }

    /// Removes an API key.
    ///
    /// # Errors
    /// Fails when it is gone or the change cannot be written.
    pub async fn delete_api_key(&self, key: &ApiKey) -> Result<(), Refusal> {
        let mut transaction = Transaction::new();
        transaction.delete_api_key(key.id);
        self.store.write(transaction).await?;
        self.accounts.keys.write().unwrap_or_else(PoisonError::into_inner).remove(&key.key_hash);
        Ok(())
    }

    fn remember_key(&self, key: ApiKey) {
        self.accounts
            .keys
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.key_hash.clone(), key);
    }

    /// Checks a name and a password.
    ///
    /// # Errors
    /// Fails when they do not belong together.
    pub async fn log_in(&self, name: &str, password: &str) -> Result<Principal, Unauthorized> {
        let place = self.accounts.logins.acquire().await;
        let known = {
            let users = self.accounts.users.read().unwrap_or_else(PoisonError::into_inner);
            users.get(name).and_then(|user| user.password_hash.clone())
        };
        // A stranger takes as long as somebody with a wrong password.
        let hash = known.clone().unwrap_or_else(|| NOBODY.to_owned());
        let password = password.to_owned();
        let fits =
            tokio::task::spawn_blocking(move || fits(&password, &hash)).await.unwrap_or(false);
        drop(place);
        if !fits || known.is_none() {
            return Err(Unauthorized::BadLogin);
        }
        let expiry = self.now();
        Ok(self.accounts.principal(name, Origin::Token { expiry }))
    }

    /// Makes a token for a user; returns it with its text, which is shown this once.
    ///
    /// # Errors
    /// Fails when its life is too long or it cannot be written.
    pub async fn make_token(
        &self,
        user: &str,
        ttl_s: Option<i64>,
        metadata: Object,
    ) -> Result<(Token, String), Refusal> {
        let most = self.settings.token_ttl_s;
        let ttl_s = ttl_s.unwrap_or(most.min(UNASKED_TTL_MAX_S));
        if ttl_s > most {
            let text = format!("TTL specified {ttl_s} is greater than max allowed {most}.");
            return Err(Refusal::invalid(text));
        }
        if ttl_s <= 0 {
            return Err(Refusal::invalid(
                "the TTL of a token must be a positive number of seconds",
            ));
        }
        let text = secret_hex();
        let token = Token {
            id: self.make_id(),
            token_hash: key_hash(&text),
            user: user.to_owned(),
            expiry: self.now().plus_ms(ttl_s * 1_000),
            metadata,
        };
        let mut transaction = Transaction::new();
        transaction.insert_token(&token);
        self.store.write(transaction).await?;
        let mut tokens = self.accounts.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        tokens.retain(|_, token| token.expiry > now);
        tokens.insert(token.token_hash.clone(), token.clone());
        Ok((token, text))
    }
}

/// Makes or changes a user in records that no engine runs on.
///
/// # Errors
/// Fails when the name cannot be used or nothing can be written.
pub async fn put_user(store: &Store, new: NewUser, now: Timestamp) -> Result<User, Refusal> {
    if new.name.is_empty() || new.name.chars().any(|c| c.is_control() || c == ':') {
        let reason =
            "a user's name must not be empty and holds neither colons nor control characters";
        return Err(Refusal::invalid(reason));
    }
    let password_hash = match new.password {
        Some(password) => Some(hash_password(password).await?),
        None => None,
    };
    let user = User { name: new.name, is_admin: new.is_admin, password_hash, created_at: now };
    let mut transaction = Transaction::new();
    transaction.put_user(&user);
    store.write(transaction).await?;
    Ok(user)
}

/// The hash of a password that nobody has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3F1YWxsc3F1YWxs$Qb7oG5Q0vKPrJ8O0XcI6ZJ1JZ2kT0H5Qm8v9cQ2fYpE";

async fn hash_password(password: String) -> Result<String, Refusal> {
    let failed =
        |reason: String| Refusal::Internal(format!("the password cannot be hashed: {reason}"));
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|error| failed(error.to_string()))?;
    let hash = tokio::task::spawn_blocking(move || {
        let salt = SaltString::encode_b64(&salt)?;
        Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hash.await
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))
}

fn fits(password: &str, hash: &str) -> bool {
    let parsed = PasswordHash::new(hash);
    parsed
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

/// Returns the hash under which a key or a token is kept.
pub fn key_hash(key: &str) -> String {
    let digest = Sha512::digest(format!("{KEY_SALT}{key}"));
    hex(&digest)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("an operating system without entropy cannot keep secrets");
    bytes
}

fn secret_hex() -> String {
    hex(&secret::<16>())
}

fn secret_base64() -> String {
    STANDARD_NO_PAD.encode(hex(&secret::<32>()))
}
