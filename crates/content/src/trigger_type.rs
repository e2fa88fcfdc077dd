//! Trigger types: those of packs and those of Squall itself.

use model::{
    Id, Object, Ref, TriggerType,
    trigger::{ACTION_TRIGGER, NOTIFY_TRIGGER},
};
use serde_json::json;

use crate::{Catalog, Items, Kind, Registry};

impl Kind for TriggerType {
    const NAME: &'static str = pack::Kind::TriggerType.as_str();
    const PLURAL: &'static str = "triggers";
    const RESOURCE: access::Kind = access::Kind::TriggerType;

    type Index = ();

    fn id(&self) -> Id {
        self.id
    }

    fn reference(&self) -> String {
        self.reference().to_string()
    }

    fn index(_: &Items<Self>) -> Self::Index {}

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.trigger_types
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.trigger_types
    }
}

/// Adds the triggers of Squall itself where no pack describes them.
pub(crate) fn with_internal(mut types: Vec<TriggerType>) -> Vec<TriggerType> {
    for trigger in [ACTION_TRIGGER, NOTIFY_TRIGGER] {
        if types.iter().any(|one| one.reference().to_string() == trigger) {
            continue;
        }
        let Ok(Ref { pack, name }) = trigger.parse() else { continue };
        types.push(TriggerType {
            id: Id::from_bytes(*b"squalltrigge"),
            name,
            pack,
            description: "Tells of an execution's end.".to_owned(),
            payload_schema: json!({"type": "object"}).as_object().cloned().unwrap_or_default(),
            parameters_schema: Object::new(),
            tags: Vec::new(),
        });
    }
    types
}
