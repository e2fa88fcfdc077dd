//! What becomes of messages: complete, in order, fair, and honest about losses.

use std::sync::atomic::{AtomicBool, Ordering};

use chat::{Event, Outgoing, Room, SendError, Sent};
use tokio::time::{Duration, timeout};

use super::{
    ngircd::Ngircd,
    person::Person,
    support::{Bot, config, ops},
};

#[tokio::test]
async fn two_hundred_messages_are_complete_and_in_order_in_each_room() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let mut bob = Person::enter(server.port, "bob", "#other").await;
    let private = Room::Private("bob".to_owned());
    let write = async |room: &Room| {
        let mut sending = tokio::task::JoinSet::new();
        for number in 0..200 {
            let (adapter, room) = (bot.adapter.clone(), room.clone());
            let text = Outgoing::text(format!("message {number}"));
            sending.spawn(async move { adapter.send(&room, &text, async { true }).await });
        }
        for result in sending.join_all().await {
            assert_eq!(result, Ok(Sent::default()));
        }
    };
    let read = async |person: &mut Person| {
        for number in 0..200 {
            assert_eq!(person.hears().await, format!("message {number}"));
        }
    };
    let room = ops();
    tokio::join!(write(&room), write(&private), read(&mut alice), read(&mut bob));
}

#[tokio::test]
async fn long_answer_in_one_room_does_not_delay_another() {
    let server = Ngircd::start().await;
    let slow = chat::irc::Config {
        flood_burst: 2,
        flood_interval_ms: 100,
        lines_max: 40,
        ..config(server.port)
    };
    let bot = Bot::in_ops(slow).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let _bob = Person::enter(server.port, "bob", "#other").await;
    let adapter = bot.adapter.clone();
    let long: String = (0..40).map(|number| format!("line {number}\n")).collect();
    let answer =
        tokio::spawn(
            async move { adapter.send(&ops(), &Outgoing::text(long), async { true }).await },
        );
    alice.reads(":line 3").await;
    let private = Room::Private("bob".to_owned());
    let ack = bot.says(&private, "on it");
    assert_eq!(timeout(Duration::from_secs(1), ack).await, Ok(Ok(())));
    assert!(!answer.is_finished());
    alice.reads(":line 39").await;
    assert_eq!(answer.await.unwrap(), Ok(Sent::default()));
}

#[tokio::test]
async fn nothing_is_written_before_the_sender_has_noted_it() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let (allow, allowed) = tokio::sync::oneshot::channel();
    let adapter = bot.adapter.clone();
    let sending = tokio::spawn(async move {
        let note = async { allowed.await.unwrap() };
        adapter.send(&ops(), &Outgoing::text("noted"), note).await
    });
    // A private message overtakes the one that is not noted yet.
    assert_eq!(bot.says(&Room::Private("alice".to_owned()), "first").await, Ok(()));
    assert_eq!(alice.hears().await, "first");
    allow.send(true).unwrap();
    assert_eq!(sending.await.unwrap(), Ok(Sent::default()));
    assert_eq!(alice.hears().await, "noted");
}

#[tokio::test]
async fn message_that_is_refused_or_taken_back_is_not_written() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let refused = bot.adapter.send(&ops(), &Outgoing::text("refused"), async { false }).await;
    assert_eq!(refused, Err(SendError::NotWritten));
    let text = Outgoing::text("taken back");
    let room = ops();
    let never = bot.adapter.send(&room, &text, std::future::pending());
    assert!(timeout(Duration::from_millis(100), never).await.is_err());
    assert_eq!(bot.says(&ops(), "written").await, Ok(()));
    assert_eq!(alice.hears().await, "written");
}

#[tokio::test]
async fn queued_message_waits_through_a_reconnect() {
    let mut server = Ngircd::start().await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    server.kill();
    bot.until(|event| matches!(event, Event::Down { .. })).await;
    let adapter = bot.adapter.clone();
    let asked = std::sync::Arc::new(AtomicBool::new(false));
    let noted = std::sync::Arc::clone(&asked);
    let note = async move {
        noted.store(true, Ordering::SeqCst);
        true
    };
    let sending =
        tokio::spawn(async move { adapter.send(&ops(), &Outgoing::text("late"), note).await });
    bot.until(|event| matches!(event, Event::Down { .. })).await;
    assert!(!asked.load(Ordering::SeqCst));
    server.restart().await;
    assert_eq!(sending.await.unwrap(), Ok(Sent::default()));
    assert!(asked.load(Ordering::SeqCst));
}

#[tokio::test]
async fn stop_refuses_what_waits() {
    let mut server = Ngircd::start().await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    server.kill();
    bot.until(|event| matches!(event, Event::Down { .. })).await;
    let adapter = bot.adapter.clone();
    let sending =
        tokio::spawn(
            async move { adapter.send(&ops(), &Outgoing::text("x"), async { true }).await },
        );
    tokio::task::yield_now().await;
    bot.adapter.stop().await;
    assert_eq!(sending.await.unwrap(), Err(SendError::Closed));
    assert_eq!(bot.says(&ops(), "x").await, Err(SendError::Closed));
    assert_eq!(bot.adapter.health().reason.as_deref(), Some("stopped"));
}

#[tokio::test]
async fn message_to_nobody_is_refused() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let nobody = Room::Private("nobody".to_owned());
    assert_eq!(bot.says(&nobody, "hello").await, Err(SendError::Refused));
    let elsewhere = Room::Channel("#elsewhere".to_owned());
    assert_eq!(bot.says(&elsewhere, "hello").await, Err(SendError::Refused));
    for name in ["", "a b", "x\r\nQUIT", "alice,bob", ":x"] {
        let room = Room::Private(name.to_owned());
        assert_eq!(bot.says(&room, "hello").await, Err(SendError::Refused), "{name:?}");
    }
    assert_eq!(bot.says(&ops(), "still here").await, Ok(()));
}

#[tokio::test]
async fn long_text_arrives_whole_and_uncut() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let text = "äöü🦀".repeat(300);
    assert_eq!(bot.says(&ops(), &text).await, Ok(()));
    let mut heard = String::new();
    let mut longest = 0;
    while heard.len() < text.len() {
        let line = alice.reads(" PRIVMSG ").await;
        longest = longest.max(line.len() + 2);
        heard.push_str(line.split_once(" :").unwrap().1);
    }
    assert_eq!(heard, text);
    assert!((500..=512).contains(&longest), "{longest}");
}

#[tokio::test]
async fn text_cannot_become_a_command() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let evil = "one\r\nQUIT :gone\rPART #ops\n\0JOIN #x\u{1}DCC\u{1}";
    assert_eq!(bot.says(&ops(), evil).await, Ok(()));
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(alice.hears().await);
    }
    assert_eq!(heard, ["one", "QUIT :gone", "PART #ops", "JOIN #xDCC"]);
}

#[tokio::test]
async fn megabyte_is_shown_cut_with_the_way_to_the_rest() {
    let server = Ngircd::start().await;
    let bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let more = Some("`result 3f2a1c` shows the rest".to_owned());
    let result = Outgoing { text: "some output\n".repeat(90_000), more, ..Outgoing::default() };
    assert_eq!(bot.adapter.send(&ops(), &result, async { true }).await, Ok(Sent::default()));
    let marker = alice.reads("…").await;
    assert!(
        marker.ends_with(":… 89981 more lines (1.0 MB): `result 3f2a1c` shows the rest"),
        "{marker}"
    );
}
