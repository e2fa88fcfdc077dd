//! The datastore as templates see it. It holds nothing yet: a missing key reads as an empty text,
//! as in StackStorm.

use expr::jinja::Lookup;

/// The datastore.
#[derive(Debug, Clone, Copy)]
pub struct Datastore;

impl Lookup for Datastore {
    fn system(&self, _key: &str) -> Option<String> {
        None
    }

    fn user(&self, _key: &str) -> Option<String> {
        None
    }
}
