//! What a date says beside year, month and day.

use super::names;

/// What was found, beside year, month and day.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) hour: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) microsecond: Option<i64>,
    pub(super) weekday: Option<i64>,
    pub(super) half: Option<i64>,
    pub(super) zone: Option<String>,
    pub(super) offset: Option<i64>,
}

impl Found {
    pub(super) fn is_nothing(&self) -> bool {
        let parts = [self.hour, self.minute, self.second, self.microsecond];
        let others = [self.weekday, self.half, self.offset];
        parts.iter().chain(&others).all(Option::is_none) && self.zone.is_none()
    }

    pub(super) fn offset_seconds(&self) -> i64 {
        let utc = self.zone.as_deref().is_some_and(names::is_utc);
        self.offset.filter(|_| !utc).unwrap_or(0)
    }
}
