//! Tokens of running actions. They live in memory, as long as the run.

use model::Principal;

use crate::{Access, key_hash, secret};

impl Access {
    /// Makes a token for the run of an action, under which it acts as `principal`.
    pub fn issue_action_token(&self, principal: Principal) -> String {
        let token = secret::hexadecimal();
        self.state().actions.write().insert(key_hash(&token), principal);
        token
    }

    /// Ends the token of a run.
    pub fn revoke_action_token(&self, token: &str) {
        self.state().actions.write().remove(&key_hash(token));
    }
}
