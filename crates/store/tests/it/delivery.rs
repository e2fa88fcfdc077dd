//! Deliveries, each once.

use model::{Object, Timestamp};
use store::{
    Store, Transaction, WriteError,
    delivery::{Delivery, State},
};
use tempfile::tempdir;

fn delivery(key: &str) -> Delivery {
    Delivery { key: key.to_owned(), adapter: "irc".to_owned(), body: Object::new() }
}

async fn write(store: &Store, build: impl FnOnce(&mut Transaction)) -> Result<(), WriteError> {
    let mut transaction = Transaction::new();
    build(&mut transaction);
    store.write(transaction).await.map(|_| ())
}

#[tokio::test]
async fn a_key_is_delivered_once_whatever_happens() {
    let directory = tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let at = Timestamp::from_micros(1);
    write(&store, |t| t.insert_delivery(&delivery("a"), at)).await.unwrap();
    write(&store, |t| t.insert_delivery(&delivery("a"), at)).await.unwrap();
    assert_eq!(store.waiting_deliveries("irc", 10).await.unwrap().len(), 1);
    assert!(store.waiting_deliveries("other", 10).await.unwrap().is_empty());
    write(&store, |t| t.claim_delivery("a")).await.unwrap();
    assert_eq!(write(&store, |t| t.claim_delivery("a")).await, Err(WriteError::Conflict));
    assert!(store.waiting_deliveries("irc", 10).await.unwrap().is_empty());
    write(&store, |t| t.mark_delivery("a", State::Waiting)).await.unwrap();
    write(&store, |t| t.claim_delivery("a")).await.unwrap();
    // The process ends here; what was being written counts as sent.
    write(&store, Transaction::settle_deliveries).await.unwrap();
    write(&store, |t| t.mark_delivery("a", State::Waiting)).await.unwrap();
    assert!(store.waiting_deliveries("irc", 10).await.unwrap().is_empty());
}
