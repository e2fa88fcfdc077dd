//! `native`: carries out an action of Squall itself, which the entry point names.

use super::{Definition, EntryPoint, Harmless, Output, Pool, Shape, Traits, empty};

pub(super) const DEFINITION: Definition = Definition {
    name: "native",
    aliases: &[],
    former_names: &[],
    description: "Carries out an action of Squall itself.",
    package: "squall",
    module: "native",
    traits: Traits {
        pool: Pool::Inside,
        harmless: Harmless::ByAction,
        gets_token: false,
        leader: None,
        entry_point: EntryPoint::Native,
        result: Shape::Any,
    },
    parameters: empty,
    output: Output::NONE,
};
