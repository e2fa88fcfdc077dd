//! What a decision is about: a verb, and the resource it is applied to.

use std::fmt;

/// What a caller wants to do. A closed set: each public operation is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Read records, with secrets masked.
    Read,
    /// Read all records at once, without a limit.
    ReadAll,
    /// Read secrets.
    ReadSecrets,
    /// Create a resource.
    Create,
    /// Change a resource.
    Change,
    /// Delete a resource.
    Delete,
    /// Give a resource to the user who is named as the owner.
    Give,
    /// Read the packs from their directories.
    Register,
    /// Request an action.
    Request,
    /// Request an action on behalf of the user who is named as the owner.
    ActAs,
    /// Cancel an execution.
    Cancel,
    /// Pause an execution.
    Pause,
    /// Resume an execution.
    Resume,
    /// Request an execution again.
    Rerun,
    /// Respond to an inquiry.
    Answer,
}

/// The kinds of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An action.
    Action,
    /// An action alias.
    Alias,
    /// An API key.
    ApiKey,
    /// An execution.
    Execution,
    /// An inquiry.
    Inquiry,
    /// The metrics of the process.
    Metrics,
    /// A pack.
    Pack,
    /// A policy, or a type of policy.
    Policy,
    /// A rule, or a type of rule.
    Rule,
    /// A runner type.
    RunnerType,
    /// The event stream.
    Stream,
    /// A token.
    Token,
    /// A trigger type.
    TriggerType,
    /// A user.
    User,
}

/// What a verb is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The kind.
    pub kind: Kind,
    /// The reference or id; empty for the kind as a whole.
    pub reference: &'a str,
    /// The owner, for a resource that has one.
    pub owner: Option<Owner<'a>>,
    /// Who may respond, for an inquiry.
    pub respondents: Respondents<'a>,
}

/// To whom a resource belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A user.
    User(&'a str),
    /// An account in a chat network.
    Account {
        /// The adapter of the network.
        adapter: &'a str,
        /// The account, as the network vouches for it.
        account: &'a str,
    },
}

/// Who may respond to an inquiry. None of a list is everybody; a list is a restriction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Respondents<'a> {
    /// The users.
    pub users: Option<&'a [&'a str]>,
    /// The roles of which one is required.
    pub roles: Option<&'a [&'a str]>,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 15] = [
        Self::Read,
        Self::ReadAll,
        Self::ReadSecrets,
        Self::Create,
        Self::Change,
        Self::Delete,
        Self::Give,
        Self::Register,
        Self::Request,
        Self::ActAs,
        Self::Cancel,
        Self::Pause,
        Self::Resume,
        Self::Rerun,
        Self::Answer,
    ];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadAll => "read_all",
            Self::ReadSecrets => "read_secrets",
            Self::Create => "create",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Give => "give",
            Self::Register => "register",
            Self::Request => "request",
            Self::ActAs => "act_as",
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rerun => "rerun",
            Self::Answer => "answer",
        }
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Action,
        Self::Alias,
        Self::ApiKey,
        Self::Execution,
        Self::Inquiry,
        Self::Metrics,
        Self::Pack,
        Self::Policy,
        Self::Rule,
        Self::RunnerType,
        Self::Stream,
        Self::Token,
        Self::TriggerType,
        Self::User,
    ];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Alias => "alias",
            Self::ApiKey => "api_key",
            Self::Execution => "execution",
            Self::Inquiry => "inquiry",
            Self::Metrics => "metrics",
            Self::Pack => "pack",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::RunnerType => "runner_type",
            Self::Stream => "stream",
            Self::Token => "token",
            Self::TriggerType => "trigger_type",
            Self::User => "user",
        }
    }

    /// Returns the name of several, as a sentence has it.
    const fn plural(self) -> &'static str {
        match self {
            Self::Action => "actions",
            Self::Alias => "aliases",
            Self::ApiKey => "API keys",
            Self::Execution => "executions",
            Self::Inquiry => "inquiries",
            Self::Metrics => "metrics",
            Self::Pack => "packs",
            Self::Policy => "policies",
            Self::Rule => "rules",
            Self::RunnerType => "runner types",
            Self::Stream => "events",
            Self::Token => "tokens",
            Self::TriggerType => "trigger types",
            Self::User => "users",
        }
    }
}

impl<'a> Resource<'a> {
    /// Returns a resource without an owner.
    pub const fn new(kind: Kind, reference: &'a str) -> Self {
        let respondents = Respondents { users: None, roles: None };
        Self { kind, reference, owner: None, respondents }
    }

    /// Returns a resource that belongs to a user.
    pub const fn of_user(kind: Kind, reference: &'a str, user: &'a str) -> Self {
        Self { owner: Some(Owner::User(user)), ..Self::new(kind, reference) }
    }
}

/// A verb with its resource, as it stands after "may not".
pub(crate) struct Deed<'a>(pub(crate) Verb, pub(crate) &'a Resource<'a>);

impl fmt::Display for Deed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(verb, resource) = self;
        let (all, reference) = (resource.kind.plural(), resource.reference);
        let others = if resource.owner.is_some() { " for others" } else { "" };
        match verb {
            Verb::Read => write!(f, "read {all}"),
            Verb::ReadAll => write!(f, "read all {all} at once"),
            Verb::ReadSecrets => write!(f, "read the secrets of {all}"),
            Verb::Create => write!(f, "make {all}{others}"),
            Verb::Change => write!(f, "change {all}"),
            Verb::Delete => write!(f, "remove {all}"),
            Verb::Give => write!(f, "give {all} to others"),
            Verb::Register => write!(f, "register {all}"),
            Verb::Request => write!(f, "run {all}"),
            Verb::ActAs => f.write_str("run actions on behalf of others"),
            Verb::Cancel => write!(f, "cancel execution \"{reference}\""),
            Verb::Pause => write!(f, "pause execution \"{reference}\""),
            Verb::Resume => write!(f, "resume execution \"{reference}\""),
            Verb::Rerun => write!(f, "run execution \"{reference}\" again"),
            Verb::Answer => write!(f, "respond to inquiry \"{reference}\""),
        }
    }
}
