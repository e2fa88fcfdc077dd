//! Users: made, and changed by making them again.

use futures_util::future::BoxFuture;
use model::{Principal, Timestamp};
use store::{Store, Transaction, account::User};

use crate::{Access, Kind, Refusal, Resource, Verb, password};

/// A user to be made or changed.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// The password; none for users that only have keys.
    pub password: Option<String>,
}

impl Access {
    /// Returns whether there is a user of this name.
    pub fn has_user(&self, name: &str) -> bool {
        self.state().users.read().contains_key(name)
    }

    /// Makes or changes a user.
    ///
    /// # Errors
    /// Fails when `who` may not, the name cannot be used or nothing can be written.
    pub fn put_user<'a>(
        &'a self,
        who: &'a Principal,
        new: NewUser,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let verb = if self.has_user(&new.name) { Verb::Change } else { Verb::Create };
            self.check(who, verb, &Resource::new(Kind::User, &new.name))?;
            let (user, rows) = prepare(new, self.now()).await?;
            let access = self.clone();
            let remember =
                move || drop(access.state().users.write().insert(user.name.clone(), user));
            Ok(self.parts().store.write_then(rows, remember).await?)
        })
    }
}

/// Makes or changes a user in records that no engine runs on. Nobody is asked: who can write the
/// files may do everything.
///
/// # Errors
/// Fails when the name cannot be used or nothing can be written.
pub fn put_user(
    store: &Store,
    new: NewUser,
    now: Timestamp,
) -> BoxFuture<'_, Result<User, Refusal>> {
    Box::pin(async move {
        let (user, rows) = prepare(new, now).await?;
        store.write(rows).await?;
        Ok(user)
    })
}

/// Returns a user with the rows that make it durable.
async fn prepare(new: NewUser, now: Timestamp) -> Result<(User, Transaction), Refusal> {
    if new.name.is_empty() || new.name.chars().any(|c| c.is_control() || c == ':') {
        let reason =
            "a user's name must not be empty and holds neither colons nor control characters";
        return Err(Refusal::invalid(reason));
    }
    let password_hash = match new.password {
        Some(password) => Some(password::hash(password).await?),
        None => None,
    };
    let user = User { name: new.name, is_admin: new.is_admin, password_hash, created_at: now };
    let mut rows = Transaction::new();
    rows.put_user(&user);
    Ok((user, rows))
}
