//! The client against a real server.

use chat::{Event, Room};

use crate::{
    ngircd::Ngircd,
    person::Person,
    support::{Bot, config, ops},
};

#[tokio::test]
async fn bot_hears_and_answers_in_a_channel_and_privately() {
    let server = Ngircd::start().await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;

    alice.says("#ops", "just talking").await;
    let heard = bot.hears().await;
    assert_eq!((heard.text.as_str(), heard.addressed), ("just talking", false));
    alice.says("#ops", "!deploy web").await;
    let heard = bot.hears().await;
    assert_eq!((heard.text.as_str(), heard.addressed), ("deploy web", true));
    assert_eq!((heard.room, heard.account.as_str()), (ops(), "alice"));

    assert_eq!(bot.says(&ops(), "done").await, Ok(()));
    assert_eq!(alice.hears().await, "done");

    alice.says("robot", "status").await;
    let heard = bot.hears().await;
    assert_eq!((heard.text.as_str(), heard.addressed), ("status", true));
    assert_eq!(heard.room, Room::Private("alice".to_owned()));
    assert_eq!(bot.says(&heard.room, "fine").await, Ok(()));
    assert!(alice.reads(" PRIVMSG alice ").await.ends_with(" :fine"));
    assert!(bot.adapter.health().up);
    bot.adapter.stop().await;
    alice.reads(" QUIT ").await;
}

#[tokio::test]
async fn server_that_is_killed_is_found_again() {
    let mut server = Ngircd::start().await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    server.kill();
    bot.until(|event| matches!(event, Event::Down { .. })).await;
    assert!(!bot.adapter.health().up);
    server.restart().await;
    bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
    assert!(bot.adapter.health().up);
}
