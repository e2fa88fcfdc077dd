//! Every rule: each principal, verb and kind, with and without being the owner.

use model::Id;

use super::*;

/// Who may beside administrators: `e` everybody, `o` the owner, `-` nobody. A row is a verb in the
/// order of `Verb::ALL`, a column a kind in the order of `Kind::ALL`.
const TABLE: &[(Verb, &str)] = &[
    //                  action . alias . api key . execution . inquiry . metrics . pack . policy
    //                  rule . runner type . stream . token . trigger type . user
    (Verb::Read, "eeoeeeeeeeeeee"),
    (Verb::ReadAll, "-e------------"),
    (Verb::ReadSecrets, "--------------"),
    (Verb::Create, "--o--------o--"),
    (Verb::Change, "--o--------o--"),
    (Verb::Delete, "--o--------o--"),
    (Verb::Give, "--o--------o--"),
    (Verb::Register, "--------------"),
    (Verb::Request, "e-------------"),
    (Verb::ActAs, "-------------o"),
    (Verb::Cancel, "---o----------"),
    (Verb::Pause, "---o----------"),
    (Verb::Resume, "---o----------"),
    (Verb::Rerun, "---o----------"),
];

/// A verb that is new does not compile here: it goes into `Verb::ALL` and `TABLE`.
const fn verb_is_listed(verb: Verb) {
    use Verb as V;
    match verb {
        V::Read
        | V::ReadAll
        | V::ReadSecrets
        | V::Create
        | V::Change
        | V::Delete
        | V::Give
        | V::Register
        | V::Request
        | V::ActAs
        | V::Cancel
        | V::Pause
        | V::Resume
        | V::Rerun
        | V::Answer => {}
    }
}

/// A kind that is new does not compile here: it goes into `Kind::ALL` and `TABLE`.
const fn kind_is_listed(kind: Kind) {
    use Kind as K;
    match kind {
        K::Action
        | K::Alias
        | K::ApiKey
        | K::Execution
        | K::Inquiry
        | K::Metrics
        | K::Pack
        | K::Policy
        | K::Rule
        | K::RunnerType
        | K::Stream
        | K::Token
        | K::TriggerType
        | K::User => {}
    }
}

const ID: Id = Id::from_bytes(*b"abcdefghijkl");

fn chat(adapter: &str, account: &str) -> Origin {
    Origin::Chat { adapter: adapter.to_owned(), account: account.to_owned(), room: "#ops".into() }
}

fn origins() -> Vec<Origin> {
    vec![
        Origin::ApiKey { id: ID },
        Origin::Token { expiry: model::Timestamp::from_micros(0) },
        chat("irc", "ann"),
        Origin::Rule { rule: "core.notify".to_owned() },
        Origin::Workflow { execution: ID },
        Origin::Action { execution: ID },
        Origin::System,
    ]
}

fn owner(origin: &Origin) -> Owner<'_> {
    if let Origin::Chat { adapter, account, .. } = origin {
        return Owner::Account { adapter, account };
    }
    Owner::User("ann")
}

/// Owners that are somebody else, or look alike and are not.
fn others<'a>(origin: &Origin) -> Vec<Option<Owner<'a>>> {
    let account = |adapter, account| Some(Owner::Account { adapter, account });
    let is_chat = matches!(origin, Origin::Chat { .. });
    let alike = if is_chat { Some(Owner::User("ann")) } else { account("irc", "ann") };
    vec![None, alike, Some(Owner::User("bob")), account("irc", "bob"), account("slack", "ann")]
}

#[test]
fn every_principal_verb_kind_and_owner_is_decided_by_the_table() {
    let verbs: Vec<Verb> = TABLE.iter().map(|(verb, _)| *verb).chain([Verb::Answer]).collect();
    assert_eq!(verbs, Verb::ALL, "a verb is not in the table");
    for (verb, row) in TABLE {
        verb_is_listed(*verb);
        assert_eq!(row.len(), Kind::ALL.len(), "{verb:?}");
        for (kind, cell) in Kind::ALL.into_iter().zip(row.chars()) {
            kind_is_listed(kind);
            for origin in origins() {
                check(*verb, kind, cell, &origin);
            }
        }
    }
}

fn check(verb: Verb, kind: Kind, cell: char, origin: &Origin) {
    let decide = |is_admin: bool, owner: Option<Owner<'_>>| {
        let who = Principal { name: "ann".to_owned(), is_admin, origin: origin.clone() };
        let why = decide(&who, verb, &Resource { owner, ..Resource::new(kind, "x") });
        assert_eq!(model::Decision::from(why).is_allowed, why.is_allowed());
        why
    };
    let is_system = *origin == Origin::System;
    let admin = if is_system { Why::System } else { Why::Administrator };
    let for_owner = match cell {
        _ if is_system => Why::System,
        'e' => Why::Everybody,
        'o' => Why::Owner,
        _ => Why::NotAdministrator,
    };
    let own = Some(owner(origin));
    assert_eq!(decide(true, own), admin, "{verb:?} {kind:?} {origin:?}");
    assert_eq!(decide(false, own), for_owner, "{verb:?} {kind:?} {origin:?}");
    for other in others(origin) {
        assert_eq!(decide(true, other), admin, "{verb:?} {kind:?} {origin:?} {other:?}");
        let why = decide(false, other);
        let is_allowed = is_system || cell == 'e';
        assert_eq!(why.is_allowed(), is_allowed, "{verb:?} {kind:?} {origin:?} {other:?}: {why:?}");
    }
}

#[test]
fn an_inquiry_admits_by_its_own_lists_and_administrators_are_no_exception() {
    let answer =
        |is_admin: bool, origin: Origin, users: Option<&[&str]>, roles: Option<&[&str]>| {
            let who = Principal { name: "ann".to_owned(), is_admin, origin };
            let respondents = Respondents { users, roles };
            let what = Resource { respondents, ..Resource::new(Kind::Inquiry, "x") };
            decide(&who, Verb::Answer, &what)
        };
    let (listed, other, roles): (&[&str], &[&str], &[&str]) = (&["ann"], &["bob"], &["admin"]);
    for origin in origins() {
        let is_chat = matches!(origin, Origin::Chat { .. });
        for is_admin in [false, true] {
            let answer = |users, roles| answer(is_admin, origin.clone(), users, roles);
            let by_role = if is_admin && !is_chat { Why::Respondent } else { Why::NoRole };
            assert_eq!(answer(None, None), Why::Respondent, "{origin:?}");
            assert_eq!(answer(Some(listed), None), Why::Respondent, "{origin:?}");
            assert_eq!(answer(Some(other), None), Why::NotListed, "{origin:?}");
            assert_eq!(answer(Some(&[]), None), Why::NotListed, "{origin:?}");
            assert_eq!(answer(None, Some(roles)), by_role, "{origin:?}");
            assert_eq!(answer(None, Some(&["sre"])), Why::NoRole, "{origin:?}");
            assert_eq!(answer(Some(other), Some(roles)), Why::NotListed, "{origin:?}");
        }
    }
}

#[test]
fn the_account_in_a_chat_network_counts_and_not_the_user_that_all_share() {
    let who =
        Principal { name: "chatops_bot".to_owned(), is_admin: false, origin: chat("irc", "ann") };
    let respondents = Respondents { users: Some(&["chatops_bot"]), roles: None };
    let what = Resource { respondents, ..Resource::new(Kind::Inquiry, "x") };
    assert_eq!(decide(&who, Verb::Answer, &what), Why::NotListed);
    let shared = Resource::of_user(Kind::Execution, "x", "chatops_bot");
    assert_eq!(decide(&who, Verb::Cancel, &shared), Why::NotOwner);
}
