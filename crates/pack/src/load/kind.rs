//! The kinds of content in a pack.

/// The kinds of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `pack.yaml`.
    Pack,
    /// `config.schema.yaml`.
    ConfigSchema,
    /// A trigger type.
    TriggerType,
    /// A sensor.
    Sensor,
    /// An action.
    Action,
    /// An alias.
    Alias,
    /// A rule.
    Rule,
    /// A policy.
    Policy,
    /// What is switched on or off from outside of a pack.
    Overrides,
}

impl Kind {
    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::ConfigSchema => "config_schema",
            Self::TriggerType => "trigger",
            Self::Sensor => "sensor",
            Self::Action => "action",
            Self::Alias => "alias",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Overrides => "overrides",
        }
    }

    /// Returns the name with its article, for messages.
    pub(crate) const fn a(self) -> &'static str {
        match self {
            Self::Pack => "a pack",
            Self::ConfigSchema => "a configuration schema",
            Self::TriggerType => "a trigger type",
            Self::Sensor => "a sensor",
            Self::Action => "an action",
            Self::Alias => "an alias",
            Self::Rule => "a rule",
            Self::Policy => "a policy",
            Self::Overrides => "a file of overrides",
        }
    }
}
