//! Many transactions, one writer.

use model::{Announcement, Id, Timestamp, TriggerInstance};
use serde_json::json;
use store::{Error, Store, Transaction, WriteError};
use tempfile::tempdir;

fn id(n: u8) -> Id {
    Id::from_bytes([n; 12])
}

fn event(n: u8) -> TriggerInstance {
    TriggerInstance {
        id: id(n),
        trigger: "core.st2.generic.notifytrigger".to_owned(),
        payload: json!({"n": n}).as_object().expect("it is an object").clone(),
        occurrence_time: Timestamp::from_micros(i64::from(n)),
        depth: 0,
    }
}

fn insert(n: u8) -> Transaction {
    let mut transaction = Transaction::new();
    transaction.insert_trigger_instance(&event(n), None);
    transaction
}

#[tokio::test]
async fn a_conflict_leaves_nothing_behind_and_harms_nobody_else() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    store.write(insert(1)).await.unwrap();
    let mut twice = insert(1);
    twice.insert_announcement(
        id(1),
        &Announcement {
            route: "r".into(),
            payload: model::Object::new(),
            trace_context: json!(null),
        },
        Timestamp::from_micros(1),
    );
    let (refused, accepted) = tokio::join!(store.write(twice), store.write(insert(2)));
    assert_eq!(refused, Err(WriteError::Conflict));
    accepted.unwrap();
    assert!(store.announcements_after(0, 10).await.unwrap().is_empty());
    let pending = store.pending_trigger_instances(Timestamp::from_micros(9), 10).await.unwrap();
    assert_eq!(pending, [event(1), event(2)]);
}

#[tokio::test]
async fn of_events_with_the_same_key_one_is_kept() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let keyed = |n: u8, key: &str| {
        let mut transaction = Transaction::new();
        transaction.insert_trigger_instance(&event(n), Some(key));
        store.write(transaction)
    };
    keyed(1, "a").await.unwrap();
    assert_eq!(keyed(2, "a").await, Err(WriteError::Conflict));
    keyed(3, "b").await.unwrap();
    let trigger = event(1).trigger;
    assert_eq!(store.trigger_instance_of_key(&trigger, "a").await.unwrap(), Some(id(1)));
    assert_eq!(store.trigger_instance_of_key(&trigger, "c").await.unwrap(), None);
    assert_eq!(store.trigger_instance_of_key("other.trigger", "a").await.unwrap(), None);
}

#[tokio::test]
async fn a_later_guard_that_fails_undoes_the_earlier_ones() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    store.write(insert(1)).await.unwrap();
    let mut both = insert(2);
    both.extend(insert(1));
    let (refused, accepted) = tokio::join!(store.try_write(both), store.write(insert(3)));
    let refused = refused.unwrap_err();
    assert_eq!(refused.error, WriteError::Conflict);
    accepted.unwrap();
    let pending = store.pending_trigger_instances(Timestamp::from_micros(9), 10).await.unwrap();
    assert_eq!(pending, [event(1), event(3)]);
}

#[tokio::test]
async fn a_refused_transaction_is_given_back_whole() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    store.write(insert(1)).await.unwrap();
    let refused = store.try_write(insert(1)).await.unwrap_err();
    let mut unclaimed = Transaction::new();
    unclaimed.claim_trigger_instance(id(1), true);
    store.write(unclaimed).await.unwrap();
    let again = store.try_write(refused.transaction).await.unwrap_err();
    assert_eq!(again.error, WriteError::Conflict, "the rows are still there");
}

#[tokio::test]
async fn an_event_is_claimed_once() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    store.write(insert(1)).await.unwrap();
    let claim = || {
        let mut transaction = Transaction::new();
        transaction.claim_trigger_instance(id(1), true);
        store.write(transaction)
    };
    let (first, second) = tokio::join!(claim(), claim());
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let writes = (1..=100).map(|n| store.write(insert(n)));
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    store.close().await;
    assert_eq!(store.write(insert(101)).await, Err(WriteError::Stopped));
    drop(store);
    let again = Store::open(directory.path()).await.unwrap();
    let pending =
        again.pending_trigger_instances(Timestamp::from_micros(1_000), 1_000).await.unwrap();
    assert_eq!(pending.len(), 100);
}

#[tokio::test]
async fn a_directory_belongs_to_one_process_at_a_time() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let refused = Store::open(directory.path()).await.unwrap_err();
    assert!(matches!(refused, Error::Locked(_)), "{refused}");
    // One that is about to go, as what a killed process leaves, is waited for.
    let (opened, ()) = tokio::join!(Store::open(directory.path()), async { drop(store) });
    opened.unwrap();
}

#[tokio::test]
async fn announcements_are_numbered_in_the_order_of_their_commits() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let announce = |route: &str| {
        let mut transaction = Transaction::new();
        let announcement = Announcement {
            route: route.into(),
            payload: model::Object::new(),
            trace_context: json!(null),
        };
        transaction.insert_announcement(id(1), &announcement, Timestamp::from_micros(5));
        store.write(transaction)
    };
    assert_eq!(announce("a").await.unwrap().sequences, [1]);
    assert_eq!(announce("b").await.unwrap().sequences, [2]);
    let mut heard = Transaction::new();
    heard.note_heard(1);
    store.write(heard).await.unwrap();
    let unheard = store.unheard_announcements(Timestamp::from_micros(0), 10).await.unwrap();
    let routes: Vec<&str> = unheard.iter().map(|one| one.announcement.route.as_str()).collect();
    assert_eq!(routes, ["b"]);
    store.close().await;
    drop(store);
    let again = Store::open(directory.path()).await.unwrap();
    let mut transaction = Transaction::new();
    let announcement = Announcement {
        route: "c".into(),
        payload: model::Object::new(),
        trace_context: json!(null),
    };
    transaction.insert_announcement(id(1), &announcement, Timestamp::from_micros(6));
    assert_eq!(again.write(transaction).await.unwrap().sequences, [3]);
}
