//! API keys: made, changed and deleted. The text of a key is returned once, when it is made.

use futures_util::future::BoxFuture;
use model::{Id, Object, Principal};
use store::{Transaction, WriteError, account::ApiKey};

use crate::{Access, Kind, Refusal, Resource, Verb, key_hash, secret};

/// A new API key.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// The user as whom it acts.
    pub user: String,
    /// Free data of its owner.
    pub metadata: Object,
    /// The hash of a key that exists elsewhere; none to make a key.
    pub key_hash: Option<String>,
    /// Its id, when it exists elsewhere.
    pub id: Option<Id>,
    /// Whether it is accepted.
    pub enabled: bool,
}

impl Access {
    /// Returns the API keys that `who` may read, oldest first.
    pub fn api_keys(&self, who: &Principal) -> Vec<ApiKey> {
        let keys = self.state().keys.read();
        let mut keys: Vec<ApiKey> =
            keys.values().filter(|key| self.is_readable(who, key)).cloned().collect();
        keys.sort_by_key(|key| key.id);
        keys
    }

    /// Returns the API key with this id or this text, if `who` may read it.
    pub fn api_key(&self, who: &Principal, id_or_key: &str) -> Option<ApiKey> {
        let keys = self.state().keys.read();
        let by_id = keys.values().find(|key| key.id.to_string() == id_or_key);
        let found = by_id.or_else(|| keys.get(&key_hash(id_or_key)));
        found.filter(|key| self.is_readable(who, key)).cloned()
    }

    fn is_readable(&self, who: &Principal, key: &ApiKey) -> bool {
        self.decide(who, Verb::Read, &Resource::of_user(Kind::ApiKey, "", &key.user)).is_allowed
    }

    /// Makes an API key; returns it with its text, unless it exists elsewhere.
    ///
    /// # Errors
    /// Fails when `who` may not, it exists already or it cannot be written.
    pub fn make_api_key<'a>(
        &'a self,
        who: &'a Principal,
        new: NewKey,
    ) -> BoxFuture<'a, Result<(ApiKey, Option<String>), Refusal>> {
        Box::pin(async move {
            self.check(who, Verb::Create, &Resource::of_user(Kind::ApiKey, "", &new.user))?;
            let text = new.key_hash.is_none().then(secret::base64);
            let hash = new.key_hash.or_else(|| text.as_deref().map(key_hash)).unwrap_or_default();
            let now = self.now();
            let key = ApiKey {
                id: new.id.unwrap_or_else(|| self.parts().ids.make(now)),
                key_hash: hash,
                user: new.user,
                enabled: new.enabled,
                created_at: now,
                metadata: new.metadata,
            };
            let mut transaction = Transaction::new();
            transaction.insert_api_key(&key);
            match self.write_key(transaction, key.clone()).await {
                Err(WriteError::Conflict) => return Err(self.key_exists(&key)),
                written => written?,
            }
            Ok((key, text))
        })
    }

    fn key_exists(&self, key: &ApiKey) -> Refusal {
        let keys = self.state().keys.read();
        let taken = keys.values().find(|one| one.key_hash == key.key_hash || one.id == key.id);
        Refusal::Exists {
            message: "an API key of this id or hash exists already".to_owned(),
            conflict_id: taken.map(|one| one.id),
        }
    }

    /// Changes an API key.
    ///
    /// # Errors
    /// Fails when `who` may not, it is gone or it cannot be written.
    pub fn update_api_key<'a>(
        &'a self,
        who: &'a Principal,
        key: ApiKey,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let id = key.id.to_string();
            let old = self.state().keys.read().get(&key.key_hash).map(|old| old.user.clone());
            let owner = old.as_deref().unwrap_or_default();
            self.check(who, Verb::Change, &Resource::of_user(Kind::ApiKey, &id, owner))?;
            self.check(who, Verb::Give, &Resource::of_user(Kind::ApiKey, &id, &key.user))?;
            let mut transaction = Transaction::new();
            transaction.update_api_key(&key);
            Ok(self.write_key(transaction, key).await?)
        })
    }

    /// Deletes an API key.
    ///
    /// # Errors
    /// Fails when `who` may not, it is gone or the change cannot be written.
    pub fn delete_api_key<'a>(
        &'a self,
        who: &'a Principal,
        key: &'a ApiKey,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let id = key.id.to_string();
            self.check(who, Verb::Delete, &Resource::of_user(Kind::ApiKey, &id, &key.user))?;
            let mut transaction = Transaction::new();
            transaction.delete_api_key(key.id);
            let (access, hash) = (self.clone(), key.key_hash.clone());
            let forget = move || drop(access.state().keys.write().remove(&hash));
            Ok(self.parts().store.write_then(transaction, forget).await?)
        })
    }

    async fn write_key(&self, rows: Transaction, key: ApiKey) -> Result<(), WriteError> {
        let access = self.clone();
        let remember = move || drop(access.state().keys.write().insert(key.key_hash.clone(), key));
        self.parts().store.write_then(rows, remember).await
    }
}
