//! Policies as content: those of packs and those of the API, and what they are checked against.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use model::{Object, Policy, policy::Kind};
use pack::load::Raw;
use serde_json::Value;
use store::content::{Content, Origin};

use crate::{catalog::Catalog, content::POLICY, engine::Engine, refusal::Refusal};

impl Engine {
    /// Registers a policy from the API, in place of one of the same id or reference.
    ///
    /// # Errors
    /// Fails when another policy has its name or does the same for the same action, or when it
    /// cannot be written.
    pub async fn put_policy(&self, policy: Policy) -> Result<Arc<Policy>, Refusal> {
        let _alone = self.content_lock.lock().await;
        let catalog = self.catalog();
        let mut others = catalog.policies.values().filter(|other| other.id != policy.id);
        let clashes = |other: &&Arc<Policy>| {
            other.reference() == policy.reference()
                || (&other.resource_ref, other.policy_type)
                    == (&policy.resource_ref, policy.policy_type)
        };
        if let Some(other) = others.find(clashes) {
            let message =
                "Tried to save duplicate unique keys (E11000 Duplicate Key Error)".to_owned();
            return Err(Refusal::Exists { message, conflict_id: Some(other.id) });
        }
        let policy = Arc::new(policy);
        let reference = policy.reference().to_string();
        let old = catalog.policy(&policy.id.to_string()).map(|old| old.reference().to_string());
        let content = Content {
            kind: POLICY.to_owned(),
            reference: reference.clone(),
            id: policy.id,
            origin: Origin::Api,
            body: Some(serde_json::to_value(&*policy).unwrap_or_default()),
        };
        self.record(content, old.filter(|old| *old != reference)).await?;
        let mut parts = self.parts();
        parts.policies.retain(|one| one.id != policy.id);
        parts.policies.push(Policy::clone(&policy));
        self.swap(Catalog::build(parts));
        Ok(policy)
    }

    /// Removes a policy.
    ///
    /// # Errors
    /// Fails when the change cannot be written.
    pub async fn delete_policy(&self, policy: &Policy) -> Result<(), Refusal> {
        let _alone = self.content_lock.lock().await;
        let reference = policy.reference().to_string();
        self.forget(POLICY, &reference, policy.id, policy.metadata_file.is_empty()).await?;
        let mut parts = self.parts();
        parts.policies.retain(|one| one.id != policy.id);
        self.swap(Catalog::build(parts));
        Ok(())
    }
}

/// Checks the parameters of a policy and returns them with defaults.
///
/// # Errors
/// Fails with the sentence that says what does not fit.
pub fn parameters(kind: Kind, given: &Object) -> Result<Object, String> {
    let checked = pack::schema::check_parameters(&kind.parameters(), given);
    checked.map_err(|error| error.to_string())
}

/// Reads a policy that was loaded with its pack.
pub(crate) fn of_pack(raw: &Raw) -> Option<Policy> {
    let text = |key: &str| raw.document.get(key).and_then(Value::as_str);
    let kind: Kind = text("policy_type")?.parse().ok()?;
    let given = raw.document.get("parameters").and_then(Value::as_object);
    Some(Policy {
        id: raw.id,
        name: raw.reference.name.clone(),
        pack: raw.reference.pack.clone(),
        description: text("description").map(str::to_owned),
        enabled: raw.enabled,
        resource_ref: text("resource_ref")?.to_owned(),
        policy_type: kind,
        parameters: parameters(kind, given.unwrap_or(&Object::new())).ok()?,
        metadata_file: text("metadata_file").unwrap_or_default().to_owned(),
    })
}

/// Compiles the policies that are in force, by their actions.
pub(crate) fn compile<T>(
    policies: &BTreeMap<String, Arc<Policy>>,
    read: impl Fn(&Policy) -> Option<T>,
) -> HashMap<String, Vec<T>> {
    let mut by_action: HashMap<String, Vec<T>> = HashMap::new();
    for policy in policies.values().filter(|policy| policy.enabled) {
        if let Some(read) = read(policy) {
            by_action.entry(policy.resource_ref.clone()).or_default().push(read);
        }
    }
    by_action
}
