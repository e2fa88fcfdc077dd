//! Logging in with a name and a password.

use futures_util::future::BoxFuture;
use model::{Principal, principal::Origin};

use crate::{Access, Unauthorized, password};

/// How many passwords are checked at once: each check is slow on purpose.
pub(crate) const LOGINS_MAX: usize = 2;

impl Access {
    /// Checks a name and a password.
    ///
    /// # Errors
    /// Fails when they do not belong together.
    pub fn log_in<'a>(
        &'a self,
        name: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<Principal, Unauthorized>> {
        Box::pin(async move {
            let permit = self.state().logins.acquire().await;
            let known = {
                let users = self.state().users.read();
                users.get(name).and_then(|user| user.password_hash.clone())
            };
            // The answer takes as long for an unknown name as for a wrong password.
            let hash = known.clone().unwrap_or_else(|| password::OF_NOBODY.to_owned());
            let fits = password::fits(password.to_owned(), hash).await;
            drop(permit);
            if !fits || known.is_none() {
                return Err(Unauthorized::BadLogin);
            }
            Ok(self.principal(name, Origin::Token { expiry: self.now() }))
        })
    }
}
