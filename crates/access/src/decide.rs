//! The gate: asked by every public operation before anything else happens.

use model::{Principal, decision::Decision};

use crate::{
    Access, Refusal,
    resource::{Deed, Resource, Verb},
    rules,
};

impl Access {
    /// Decides whether a principal may apply a verb to a resource.
    pub fn decide(&self, who: &Principal, verb: Verb, what: &Resource<'_>) -> Decision {
        rules::decide(who, verb, what).into()
    }

    /// Decides, and refuses what is denied.
    ///
    /// # Errors
    /// Fails when the decision is no; the log says who wanted what.
    pub fn check(
        &self,
        who: &Principal,
        verb: Verb,
        what: &Resource<'_>,
    ) -> Result<Decision, Refusal> {
        let decision = self.decide(who, verb, what);
        if decision.is_allowed {
            return Ok(decision);
        }
        let (person, why) = (who.person(), decision.why);
        tracing::warn!(
            user.name = %person,
            user.origin = who.origin.as_str(),
            verb = verb.as_str(),
            resource.kind = what.kind.as_str(),
            resource.r#ref = what.reference,
            why = ?why,
            "A request was denied"
        );
        Err(Refusal::Denied(format!("User \"{person}\" may not {}: {why}", Deed(verb, what))))
    }
}
