//! The rules: who may apply which verb to which kind of resource.
//!
//! Squall itself and administrators may do everything. Everybody with an account may read and
//! request; who owns an execution may steer it; content and accounts are changed by
//! administrators. An inquiry has rules of its own, which hold for administrators too. What has no
//! rule is for administrators only.

use model::{Principal, decision::Why, principal::Origin};

use crate::resource::{Kind, Owner, Resource, Respondents, Verb};

/// Who may, beside administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Everybody with an account.
    Everybody,
    /// The owner; others are told why not.
    Owner(Why),
    /// Nobody.
    Administrators,
}

/// Decides by the rules.
pub(crate) fn decide(who: &Principal, verb: Verb, what: &Resource<'_>) -> Why {
    if verb == Verb::Answer {
        return answer(who, &what.respondents);
    }
    if who.origin == Origin::System {
        return Why::System;
    }
    if who.is_admin {
        return Why::Administrator;
    }
    match rule(verb, what.kind) {
        Rule::Everybody => Why::Everybody,
        Rule::Owner(_) if owns(who, what.owner) => Why::Owner,
        Rule::Owner(otherwise) => otherwise,
        Rule::Administrators => Why::NotAdministrator,
    }
}

const fn rule(verb: Verb, kind: Kind) -> Rule {
    match verb {
        Verb::Read => match kind {
            Kind::ApiKey => Rule::Owner(Why::NotOwner),
            Kind::Action
            | Kind::Alias
            | Kind::Execution
            | Kind::Inquiry
            | Kind::Metrics
            | Kind::Pack
            | Kind::Policy
            | Kind::Rule
            | Kind::RunnerType
            | Kind::Stream
            | Kind::Token
            | Kind::TriggerType
            | Kind::User => Rule::Everybody,
        },
        // Bots read all aliases, and need not be administrators.
        Verb::ReadAll => only(kind, Kind::Alias, Rule::Everybody),
        Verb::Request => only(kind, Kind::Action, Rule::Everybody),
        Verb::ActAs => only(kind, Kind::User, Rule::Owner(Why::NotAdministrator)),
        Verb::Cancel | Verb::Pause | Verb::Resume | Verb::Rerun => {
            only(kind, Kind::Execution, Rule::Owner(Why::NotOwner))
        }
        Verb::Create | Verb::Change | Verb::Delete | Verb::Give => match kind {
            Kind::ApiKey | Kind::Token => Rule::Owner(Why::NotAdministrator),
            Kind::Action
            | Kind::Alias
            | Kind::Execution
            | Kind::Inquiry
            | Kind::Metrics
            | Kind::Pack
            | Kind::Policy
            | Kind::Rule
            | Kind::RunnerType
            | Kind::Stream
            | Kind::TriggerType
            | Kind::User => Rule::Administrators,
        },
        Verb::ReadSecrets | Verb::Register | Verb::Answer => Rule::Administrators,
    }
}

/// Returns the rule of a verb that others than administrators have for one kind only.
const fn only(kind: Kind, its: Kind, rule: Rule) -> Rule {
    if kind as u8 == its as u8 { rule } else { Rule::Administrators }
}

fn owns(who: &Principal, owner: Option<Owner<'_>>) -> bool {
    match (&who.origin, owner) {
        (_, None) => false,
        (Origin::Chat { adapter, account, .. }, Some(owner)) => {
            owner == Owner::Account { adapter, account }
        }
        (
            Origin::ApiKey { .. }
            | Origin::Token { .. }
            | Origin::Rule { .. }
            | Origin::Workflow { .. }
            | Origin::Action { .. }
            | Origin::System,
            Some(owner),
        ) => owner == Owner::User(&who.name),
    }
}

/// Decides who may respond, as StackStorm does: a list of users and a list of roles restrict
/// administrators as well. An account in a chat network has no roles.
fn answer(who: &Principal, respondents: &Respondents<'_>) -> Why {
    if respondents.users.is_some_and(|users| !users.contains(&who.person())) {
        return Why::NotListed;
    }
    let is_admin = who.is_admin && !matches!(who.origin, Origin::Chat { .. });
    if respondents.roles.is_some_and(|roles| !(is_admin && roles.contains(&"admin"))) {
        return Why::NoRole;
    }
    Why::Respondent
}

#[cfg(test)]
mod tests;
