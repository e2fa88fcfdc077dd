//! Executions: written, changed, listed.

use std::sync::Arc;

use model::{
    Execution, Id, Object, Principal, Status, Timestamp,
    execution::{LogEntry, Snapshot},
};
use serde_json::json;
use store::{
    Store, Transaction, WriteError,
    execution::{Column, Filter, Results},
};
use tempfile::tempdir;

fn execution(n: u8) -> Execution {
    let now = Timestamp::from_micros(i64::from(n) * 1_000_000);
    Execution {
        id: Id::from_bytes([n; 12]),
        liveaction_id: Id::from_bytes([n | 128; 12]),
        snapshot: Arc::new(Snapshot::default()),
        principal: Principal::system("ann"),
        parameters: json!({"cmd": "é"}).as_object().expect("it is an object").clone(),
        context: json!({"user": "ann"}).as_object().expect("it is an object").clone(),
        status: Status::Requested,
        result: None,
        result_size: 0,
        notify: None,
        runner_info: Object::new(),
        start_timestamp: now,
        end_timestamp: None,
        delay_ms: None,
        log: vec![LogEntry { timestamp: now, status: Status::Requested }],
        parent: None,
        cause: None,
        decision: None,
        depth: 0,
        version: 0,
    }
}

async fn insert(store: &Store, execution: &Execution) -> Result<(), WriteError> {
    let mut transaction = Transaction::new();
    transaction.insert_execution(store, execution, execution.start_timestamp);
    store.write(transaction).await.map(|_| ())
}

async fn update(store: &Store, execution: &Execution) -> Result<(), WriteError> {
    let mut transaction = Transaction::new();
    transaction.update_execution(execution, execution.start_timestamp);
    store.write(transaction).await.map(|_| ())
}

#[tokio::test]
async fn a_record_reads_back_as_it_was_written() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let mut one = execution(1);
    insert(&store, &one).await.unwrap();
    assert_eq!(insert(&store, &one).await, Err(WriteError::Conflict));
    assert_eq!(store.execution(one.id, Results::Read).await.unwrap(), Some(one.clone()));
    one.version = 1;
    one.status = Status::Succeeded;
    one.result = Some(Arc::new(json!({"stdout": "x".repeat(100_000)})));
    update(&store, &one).await.unwrap();
    assert_eq!(store.execution(one.id, Results::Read).await.unwrap(), Some(one.clone()));
    let without = store.execution(one.id, Results::Left).await.unwrap().unwrap();
    assert_eq!(without.result, None);
    assert_eq!(store.execution(Id::from_bytes([9; 12]), Results::Read).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_must_follow_the_one_before() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let mut one = execution(1);
    insert(&store, &one).await.unwrap();
    one.version = 2;
    assert_eq!(update(&store, &one).await, Err(WriteError::Conflict));
    one.version = 1;
    update(&store, &one).await.unwrap();
    assert_eq!(update(&store, &one).await, Err(WriteError::Conflict));
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_cut() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    for n in 1..=5 {
        let mut one = execution(n);
        one.parent = (n > 3).then(|| Id::from_bytes([1; 12]));
        insert(&store, &one).await.unwrap();
    }
    let ids = async |filter: Filter| -> Vec<u8> {
        let found = store.executions(&filter, Results::Left).await.unwrap();
        found.iter().map(|one| u8::from_str_radix(&one.id.to_string()[..2], 16).unwrap()).collect()
    };
    assert_eq!(ids(Filter::default()).await, [5, 4, 3, 2, 1]);
    let roots =
        Filter { only_roots: true, order: vec![(Column::Start, false)], ..Filter::default() };
    assert_eq!(ids(roots).await, [1, 2, 3]);
    let page = Filter { limit: Some(2), offset: 1, ..Filter::default() };
    assert_eq!(ids(page.clone()).await, [4, 3]);
    assert_eq!(store.count_executions(&page).await.unwrap(), 5);
    let between = Filter {
        after: Some(Timestamp::from_micros(2_000_000)),
        before: Some(Timestamp::from_micros(4_000_000)),
        ..Filter::default()
    };
    assert_eq!(ids(between).await, [3]);
    let none = Filter { equal: vec![(Column::User, vec!["bob".to_owned()])], ..Filter::default() };
    assert!(ids(none).await.is_empty());
    assert_eq!(store.open_executions().await.unwrap().len(), 5);
    assert_eq!(store.id_ending("020202").await.unwrap(), Some(Id::from_bytes([2; 12])));
    assert_eq!(store.id_ending("").await.unwrap(), Some(Id::from_bytes([5; 12])));
    assert_eq!(store.id_ending("ffff").await.unwrap(), None);
    assert_eq!(store.distinct(Column::User).await.unwrap(), ["ann"]);
}
