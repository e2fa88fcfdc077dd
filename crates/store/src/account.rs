//! Users, API keys and tokens. Passwords, keys and tokens are stored as hashes only.

use futures_util::future::BoxFuture;
use model::{Id, Object, Timestamp};
use sqlx::Row as _;

use crate::{Error, Store, Transaction, write::Value};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// The hash of the password; none when the user cannot log in.
    pub password_hash: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An API key.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// The id.
    pub id: Id,
    /// The hash of the key.
    pub key_hash: String,
    /// The user on whose behalf it acts.
    pub user: String,
    /// Whether it is accepted.
    pub enabled: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// The owner's notes.
    pub metadata: Object,
}

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The id.
    pub id: Id,
    /// The hash of the token.
    pub token_hash: String,
    /// The user on whose behalf it acts.
    pub user: String,
    /// When it expires.
    pub expiry: Timestamp,
    /// The owner's notes.
    pub metadata: Object,
}

fn object(metadata: &Object) -> Value {
    Value::Text(serde_json::to_string(metadata).unwrap_or_default())
}

impl Transaction {
    /// Adds or replaces a user.
    pub fn put_user(&mut self, user: &User) {
        self.then(
            "INSERT INTO users (name, is_admin, password_hash, created_us) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO UPDATE SET is_admin = excluded.is_admin, password_hash = excluded.password_hash",
            vec![
                Value::Text(user.name.clone()),
                Value::Integer(i64::from(user.is_admin)),
                Value::OptionalText(user.password_hash.clone()),
                Value::Integer(user.created_at.micros()),
            ],
        );
    }

    /// Adds an API key; a conflict when its id or hash exists.
    pub fn insert_api_key(&mut self, key: &ApiKey) {
        self.guard(
            "INSERT INTO api_keys (id, key_hash, user_name, is_enabled, created_us, metadata) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            vec![
                Value::Text(key.id.to_string()),
                Value::Text(key.key_hash.clone()),
                Value::Text(key.user.clone()),
                Value::Integer(i64::from(key.enabled)),
                Value::Integer(key.created_at.micros()),
                object(&key.metadata),
            ],
        );
    }

    /// Changes an API key.
    pub fn update_api_key(&mut self, key: &ApiKey) {
        self.guard(
            "UPDATE api_keys SET user_name = $1, is_enabled = $2, metadata = $3 WHERE id = $4",
            vec![
                Value::Text(key.user.clone()),
                Value::Integer(i64::from(key.enabled)),
                object(&key.metadata),
                Value::Text(key.id.to_string()),
            ],
        );
    }

    /// Removes an API key.
    pub fn delete_api_key(&mut self, id: Id) {
        self.guard("DELETE FROM api_keys WHERE id = $1", vec![Value::Text(id.to_string())]);
    }

    /// Adds a token.
    pub fn insert_token(&mut self, token: &Token) {
        self.guard(
            "INSERT INTO tokens (id, token_hash, user_name, expiry_us, metadata) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
            vec![
                Value::Text(token.id.to_string()),
                Value::Text(token.token_hash.clone()),
                Value::Text(token.user.clone()),
                Value::Integer(token.expiry.micros()),
                object(&token.metadata),
            ],
        );
    }

    /// Removes the tokens that expired before a moment.
    pub fn delete_tokens_before(&mut self, moment: Timestamp) {
        self.then("DELETE FROM tokens WHERE expiry_us < $1", vec![Value::Integer(moment.micros())]);
    }
}

fn metadata(text: &str, table: &'static str, id: &str) -> Result<Object, Error> {
    serde_json::from_str(text).map_err(|source| Error::Record { table, id: id.to_owned(), source })
}

impl Store {
    /// Returns every user.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn users(&self) -> BoxFuture<'_, Result<Vec<User>, Error>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT name, is_admin, password_hash, created_us FROM users ORDER BY name",
            )
            .fetch_all(self.readers())
            .await?;
            let mut users = Vec::with_capacity(rows.len());
            for row in rows {
                users.push(User {
                    name: row.try_get(0)?,
                    is_admin: row.try_get::<i64, _>(1)? != 0,
                    password_hash: row.try_get(2)?,
                    created_at: Timestamp::from_micros(row.try_get(3)?),
                });
            }
            Ok(users)
        })
    }

    /// Returns every API key, oldest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn api_keys(&self) -> BoxFuture<'_, Result<Vec<ApiKey>, Error>> {
        Box::pin(async move {
            let rows = sqlx::query(
            "SELECT id, key_hash, user_name, is_enabled, created_us, metadata FROM api_keys ORDER BY id",
        )
        .fetch_all(self.readers())
        .await?;
            let mut keys = Vec::with_capacity(rows.len());
            for row in rows {
                let id: String = row.try_get(0)?;
                let text: String = row.try_get(5)?;
                let Ok(parsed) = id.parse() else { continue };
                keys.push(ApiKey {
                    id: parsed,
                    key_hash: row.try_get(1)?,
                    user: row.try_get(2)?,
                    enabled: row.try_get::<i64, _>(3)? != 0,
                    created_at: Timestamp::from_micros(row.try_get(4)?),
                    metadata: metadata(&text, "api_keys", &id)?,
                });
            }
            Ok(keys)
        })
    }

    /// Returns every token.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn tokens(&self) -> BoxFuture<'_, Result<Vec<Token>, Error>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT id, token_hash, user_name, expiry_us, metadata FROM tokens ORDER BY id",
            )
            .fetch_all(self.readers())
            .await?;
            let mut tokens = Vec::with_capacity(rows.len());
            for row in rows {
                let id: String = row.try_get(0)?;
                let text: String = row.try_get(4)?;
                let Ok(parsed) = id.parse() else { continue };
                tokens.push(Token {
                    id: parsed,
                    token_hash: row.try_get(1)?,
                    user: row.try_get(2)?,
                    expiry: Timestamp::from_micros(row.try_get(3)?),
                    metadata: metadata(&text, "tokens", &id)?,
                });
            }
            Ok(tokens)
        })
    }
}
