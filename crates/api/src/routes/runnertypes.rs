//! Runner types.

use model::RunnerType;
use serde_json::Value;

use super::content::Shown;

impl Shown for RunnerType {
    const FILTERS: &'static [(&'static str, &'static str)] = &[("name", "name")];
    const LIMIT: Option<i64> = Some(100);

    fn document(&self) -> Value {
        self.to_json()
    }
}
