//! Trigger types.

use model::TriggerType;
use serde_json::Value;

use super::content::Shown;

impl Shown for TriggerType {
    const FILTERS: &'static [(&'static str, &'static str)] = &[("name", "name"), ("pack", "pack")];
    const LIMIT: Option<i64> = Some(100);

    fn document(&self) -> Value {
        self.to_json()
    }
}
