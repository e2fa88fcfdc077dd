//! `sendmail`: sends an e-mail.

use super::{Definition, EntryPoint, Harmless, Output, Pool, Shape, Traits, empty};

pub(super) const DEFINITION: Definition = Definition {
    name: "sendmail",
    aliases: &[],
    former_names: &[],
    description: "Sends an e-mail.",
    package: "squall",
    module: "sendmail",
    traits: Traits {
        pool: Pool::Outside,
        harmless: Harmless::Never,
        gets_token: false,
        leader: None,
        entry_point: EntryPoint::Unused,
        result: Shape::Any,
    },
    parameters: empty,
    output: Output::NONE,
};
