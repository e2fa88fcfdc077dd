//! Policies, and what is compiled from all of them: for each action, the limits and the retries
//! that are in force.

use std::collections::HashMap;

use model::{Id, Object, Policy, Status, policy};
use pack::load::Raw;
use serde_json::Value;

use crate::{Catalog, Editable, Items, Kind, Registry};

/// How many executions of an action may run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The policy's reference.
    pub policy: String,
    /// How many.
    pub threshold: i64,
    /// Whether one more is canceled rather than delayed.
    pub cancels: bool,
    /// The parameters whose values must be equal to count together; none where all count.
    pub attributes: Vec<String>,
}

/// When an execution runs again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// The policy's reference.
    pub policy: String,
    /// The status that leads to another run.
    pub on: Status,
    /// How many more runs there are at most.
    pub count_max: i64,
    /// How long the next run waits.
    pub delay_ms: Option<i64>,
}

/// The policies that are in force, by the references of their actions.
#[derive(Debug, Default)]
pub struct Index {
    /// The limits.
    pub limits: HashMap<String, Vec<Limit>>,
    /// The retries.
    pub retries: HashMap<String, Vec<Retry>>,
}

impl Limit {
    fn of(policy: &Policy) -> Option<Self> {
        let get = |name: &str| policy.parameters.get(name);
        let attributes = match policy.policy_type {
            policy::Kind::Concurrency => Vec::new(),
            policy::Kind::ConcurrencyByAttribute => {
                let listed = get("attributes").and_then(Value::as_array).into_iter().flatten();
                listed.filter_map(Value::as_str).map(str::to_owned).collect()
            }
            policy::Kind::Retry => return None,
        };
        Some(Self {
            policy: policy.reference().to_string(),
            threshold: get("threshold").and_then(Value::as_i64)?,
            cancels: get("action").and_then(Value::as_str) == Some("cancel"),
            attributes,
        })
    }
}

impl Retry {
    fn of(policy: &Policy) -> Option<Self> {
        if policy.policy_type != policy::Kind::Retry {
            return None;
        }
        let get = |name: &str| policy.parameters.get(name);
        let on = match get("retry_on").and_then(Value::as_str)? {
            "timeout" => Status::Timeout,
            _ => Status::Failed,
        };
        let seconds = get("delay").and_then(Value::as_f64).filter(|seconds| *seconds > 0.0);
        #[expect(clippy::cast_possible_truncation, reason = "a schema bounds it at two minutes")]
        let delay_ms = seconds.map(|seconds| (seconds * 1000.0).ceil() as i64);
        Some(Self {
            policy: policy.reference().to_string(),
            on,
            count_max: get("max_retry_count").and_then(Value::as_i64)?,
            delay_ms,
        })
    }
}

/// Checks the parameters of a policy and returns them with defaults.
///
/// # Errors
/// Fails with the sentence that says what does not fit.
pub fn parameters(kind: policy::Kind, given: &Object) -> Result<Object, String> {
    let checked = python::schema::check_parameters(&kind.parameters(), given);
    checked.map_err(|error| error.to_string())
}

/// Reads a policy that was loaded with its pack.
pub(crate) fn of_pack(raw: &Raw) -> Option<Policy> {
    let text = |key: &str| raw.document.get(key).and_then(Value::as_str);
    let kind: policy::Kind = text("policy_type")?.parse().ok()?;
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

impl Kind for Policy {
    const NAME: &'static str = pack::Kind::Policy.as_str();
    const PLURAL: &'static str = "policies";
    const RESOURCE: access::Kind = access::Kind::Policy;

    type Index = Index;

    fn id(&self) -> Id {
        self.id
    }

    fn reference(&self) -> String {
        self.reference().to_string()
    }

    fn index(items: &Items<Self>) -> Index {
        Index { limits: by_action(items, Limit::of), retries: by_action(items, Retry::of) }
    }

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.policies
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.policies
    }
}

fn by_action<T>(
    policies: &Items<Policy>,
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

impl Editable for Policy {
    fn metadata_file(&self) -> &str {
        &self.metadata_file
    }

    /// One policy of a type for each action, and one of a name.
    fn excludes(&self, other: &Self) -> bool {
        self.reference() == other.reference()
            || (&self.resource_ref, self.policy_type) == (&other.resource_ref, other.policy_type)
    }
}
