//! The handle of this room: the accounts in memory, and what a change of them needs.

use futures_util::future::BoxFuture;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use model::{Clock, Principal, Timestamp};
use parking_lot::RwLock;
use store::{
    Store,
    account::{ApiKey, Token, User},
};
use tokio::sync::Semaphore;

use crate::login::LOGINS_MAX;

/// The accounts. Clones are handles on the same ones.
#[derive(Debug, Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

/// What an [`Access`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The records.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The maker of ids.
    pub ids: Arc<model::id::Maker>,
    /// The longest life of a token, in seconds.
    pub token_ttl_s: i64,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    state: State,
}

/// The accounts in memory. No two of these locks are held at once, except that `users` is read
/// while `keys` or `tokens` is.
#[derive(Debug)]
pub(crate) struct State {
    /// By name.
    pub(crate) users: RwLock<BTreeMap<String, User>>,
    /// By hash.
    pub(crate) keys: RwLock<HashMap<String, ApiKey>>,
    /// By hash.
    pub(crate) tokens: RwLock<HashMap<String, Token>>,
    /// The principals of running actions, by the hash of their token.
    pub(crate) actions: RwLock<HashMap<String, Principal>>,
    /// Permits to check a password.
    pub(crate) logins: Semaphore,
}

impl Access {
    /// Reads the accounts.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub fn load(parts: Parts) -> BoxFuture<'static, Result<Self, store::Error>> {
        Box::pin(async move {
            let users = parts.store.users().await?;
            let keys = parts.store.api_keys().await?;
            let tokens = parts.store.tokens().await?;
            let users = users.into_iter().map(|user| (user.name.clone(), user)).collect();
            let keys = keys.into_iter().map(|key| (key.key_hash.clone(), key)).collect();
            let tokens =
                tokens.into_iter().map(|token| (token.token_hash.clone(), token)).collect();
            let state = State {
                users: RwLock::new(users),
                keys: RwLock::new(keys),
                tokens: RwLock::new(tokens),
                actions: RwLock::default(),
                logins: Semaphore::new(LOGINS_MAX),
            };
            Ok(Self { inner: Arc::new(Inner { parts, state }) })
        })
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.inner.parts
    }

    pub(crate) fn state(&self) -> &State {
        &self.inner.state
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts().clock.now()
    }
}
