//! Tokens of users: made after a login, forgotten when they expire.

use futures_util::future::BoxFuture;
use model::{Object, Principal};
use store::{Transaction, account::Token};

use crate::{Access, Kind, Refusal, Resource, Verb, key_hash, secret};

/// The longest life of a token for which no life was requested: some bots count it down in a
/// timer of 31 bits of milliseconds, and log in without end when it overflows.
const UNREQUESTED_TTL_MAX_S: i64 = 24 * 24 * 60 * 60;

impl Access {
    /// Makes a token for the user of `who`; returns it with its text, which is shown this once.
    ///
    /// # Errors
    /// Fails when `who` may not, its life is too long or it cannot be written.
    pub fn make_token<'a>(
        &'a self,
        who: &'a Principal,
        ttl_s: Option<i64>,
        metadata: Object,
    ) -> BoxFuture<'a, Result<(Token, String), Refusal>> {
        Box::pin(async move {
            self.check(who, Verb::Create, &Resource::of_user(Kind::Token, "", &who.name))?;
            let ttl_s = self.token_ttl(ttl_s)?;
            let text = secret::hexadecimal();
            let now = self.now();
            let token = Token {
                id: self.parts().ids.make(now),
                token_hash: key_hash(&text),
                user: who.name.clone(),
                expiry: now.plus_ms(ttl_s * 1_000),
                metadata,
            };
            let mut transaction = Transaction::new();
            transaction.insert_token(&token);
            let (access, made) = (self.clone(), token.clone());
            let remember = move || {
                let mut tokens = access.state().tokens.write();
                let now = access.now();
                tokens.retain(|_, token| token.expiry > now);
                tokens.insert(made.token_hash.clone(), made);
            };
            self.parts().store.write_then(transaction, remember).await?;
            Ok((token, text))
        })
    }

    fn token_ttl(&self, requested_s: Option<i64>) -> Result<i64, Refusal> {
        let most = self.parts().token_ttl_s;
        let ttl_s = requested_s.unwrap_or(most.min(UNREQUESTED_TTL_MAX_S));
        if ttl_s > most {
            let text = format!("TTL specified {ttl_s} is greater than max allowed {most}.");
            return Err(Refusal::invalid(text));
        }
        if ttl_s <= 0 {
            return Err(Refusal::invalid(
                "the TTL of a token must be a positive number of seconds",
            ));
        }
        Ok(ttl_s)
    }
}
