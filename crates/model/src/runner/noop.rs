//! `noop`: does nothing and succeeds.

use super::{Definition, EntryPoint, Harmless, Output, Pool, Shape, Traits, empty};

pub(super) const DEFINITION: Definition = Definition {
    name: "noop",
    aliases: &[],
    former_names: &[],
    description: "Does nothing and reports success.",
    package: "noop_runner",
    module: "noop_runner",
    traits: Traits {
        pool: Pool::Inside,
        harmless: Harmless::Always,
        gets_token: false,
        leader: None,
        entry_point: EntryPoint::Unused,
        result: Shape::Any,
    },
    parameters: empty,
    output: Output::NONE,
};
