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

    /// Decides, and logs what is denied.
    pub fn ask(&self, who: &Principal, verb: Verb, what: &Resource<'_>) -> Decision {
        let decision = self.decide(who, verb, what);
        if !decision.is_allowed {
            tracing::warn!(
                user.name = %who.person(),
                user.origin = who.origin.as_str(),
                verb = verb.as_str(),
                resource.kind = what.kind.as_str(),
                resource.reference = what.reference,
                why = %decision.why,
                "A request was denied"
            );
        }
        decision
    }

    /// Decides, and refuses what is denied.
    ///
    /// # Errors
    /// Fails when the decision is no.
    pub fn check(
        &self,
        who: &Principal,
        verb: Verb,
        what: &Resource<'_>,
    ) -> Result<Decision, Refusal> {
        let decision = self.ask(who, verb, what);
        if decision.is_allowed {
            return Ok(decision);
        }
        let (person, deed, why) = (who.person(), Deed(verb, what), decision.why);
        Err(Refusal::Denied(format!("User \"{person}\" may not {deed}: {why}")))
    }
}
