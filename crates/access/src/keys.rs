//! API keys: made, changed and deleted. The text of a key is returned once, when it is made.

use model::{Id, Object};
use store::{Transaction, WriteError, account::ApiKey};

use crate::{Access, Refusal, key_hash, secret};

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
    /// Returns the API keys, oldest first.
    pub fn api_keys(&self) -> Vec<ApiKey> {
        let mut keys: Vec<ApiKey> = self.state().keys.read().values().cloned().collect();
        keys.sort_by_key(|key| key.id);
        keys
    }

    /// Returns the API key with this id or this text.
    pub fn api_key(&self, id_or_key: &str) -> Option<ApiKey> {
        let keys = self.state().keys.read();
        let by_id = keys.values().find(|key| key.id.to_string() == id_or_key);
        by_id.or_else(|| keys.get(&key_hash(id_or_key))).cloned()
    }

    /// Makes an API key; returns it with its text, unless it exists elsewhere.
    ///
    /// # Errors
    /// Fails when it exists already or cannot be written.
    pub async fn make_api_key(&self, new: NewKey) -> Result<(ApiKey, Option<String>), Refusal> {
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
        match self.parts().store.write(transaction).await {
            Err(WriteError::Conflict) => return Err(self.key_exists(&key)),
            written => written?,
        };
        self.remember_key(key.clone());
        Ok((key, text))
    }

    fn key_exists(&self, key: &ApiKey) -> Refusal {
        let keys = self.api_keys();
        let taken = keys.iter().find(|one| one.key_hash == key.key_hash || one.id == key.id);
        Refusal::Exists {
            message: "an API key of this id or hash exists already".to_owned(),
            conflict_id: taken.map(|one| one.id),
        }
    }

    /// Changes an API key.
    ///
    /// # Errors
    /// Fails when it is gone or cannot be written.
    pub async fn update_api_key(&self, key: ApiKey) -> Result<(), Refusal> {
        let mut transaction = Transaction::new();
        transaction.update_api_key(&key);
        self.parts().store.write(transaction).await?;
        self.remember_key(key);
        Ok(())
    }

    /// Deletes an API key.
    ///
    /// # Errors
    /// Fails when it is gone or the change cannot be written.
    pub async fn delete_api_key(&self, key: &ApiKey) -> Result<(), Refusal> {
        let mut transaction = Transaction::new();
        transaction.delete_api_key(key.id);
        self.parts().store.write(transaction).await?;
        self.state().keys.write().remove(&key.key_hash);
        Ok(())
    }

    fn remember_key(&self, key: ApiKey) {
        self.state().keys.write().insert(key.key_hash.clone(), key);
    }
}
