//! The client against a real server.

use chat::{Event, Room, irc::Channel};

use super::{
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

#[tokio::test]
async fn channel_with_a_key_is_joined_with_it() {
    let server = Ngircd::start().await;
    let mut right = config(server.port);
    right.channels.push(channel("#secret", Some("sesame")));
    let mut bot = Bot::start(right);
    bot.until(|event| *event == Event::Joined("#secret".to_owned())).await;

    let mut wrong = config(server.port);
    wrong.nick = "other".to_owned();
    wrong.channels.push(channel("#secret", Some("open")));
    let mut bot = Bot::start(wrong);
    let failed = bot.until(|event| matches!(event, Event::JoinFailed { .. })).await;
    let Event::JoinFailed { channel, reason } = failed else { panic!() };
    assert_eq!(channel, "#secret");
    assert!(reason.contains("+k"), "{reason}");
    let health = bot.adapter.health();
    assert!(health.up);
    assert!(health.reason.unwrap().starts_with("not in `#secret`: "));
}

#[tokio::test]
async fn taken_nick_is_replaced_and_taken_back_when_free() {
    let server = Ngircd::start().await;
    let mut holder = Person::enter(server.port, "robot", "#ops").await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    holder.reads(":robot_!").await;
    holder.says("#ops", "robot_: hello").await;
    assert!(bot.hears().await.addressed);
    holder.types("QUIT").await;
    bot.until(|event| *event == Event::Nick("robot".to_owned())).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    alice.says("#ops", "robot: hello").await;
    assert_eq!(bot.hears().await.text, "hello");
}

#[tokio::test]
async fn kicked_bot_comes_back_and_its_messages_wait_for_that() {
    let server = Ngircd::start().await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    for _ in 0..3 {
        alice.types("KICK #ops robot :out").await;
        let failed = bot.until(|event| matches!(event, Event::JoinFailed { .. })).await;
        let reason = "kicked by `alice`: out".to_owned();
        assert_eq!(failed, Event::JoinFailed { channel: "#ops".to_owned(), reason });
        assert_eq!(bot.says(&ops(), "back").await, Ok(()));
        assert_eq!(alice.hears().await, "back");
        bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
    }
    assert_eq!(bot.adapter.health().reason, None);
}

#[tokio::test]
async fn notices_ctcp_and_noise_are_ignored_and_colors_dropped() {
    let server = Ngircd::start().await;
    let mut bot = Bot::in_ops(config(server.port)).await;
    let mut alice = Person::enter(server.port, "alice", "#ops").await;
    alice.types("NOTICE #ops :!notice").await;
    alice.says("#ops", "\u{1}ACTION waves\u{1}").await;
    alice.says("robot", "\u{1}VERSION\u{1}").await;
    alice.says("#ops", "\u{3}").await;
    assert_eq!(bot.says(&ops(), "!of my own").await, Ok(()));
    alice.says("#ops", "\u{3}04!\u{2}dep\u{2}loy").await;
    let heard = bot.hears().await;
    assert_eq!((heard.text.as_str(), heard.addressed), ("deploy", true));
    alice.types_bytes(b"PRIVMSG #ops :caf\xe9\r\n").await;
    let next = bot.hears().await;
    assert_eq!(next.text, "café");
    assert_ne!(heard.message_id, next.message_id);
}

#[tokio::test]
async fn wrong_password_of_the_server_is_named() {
    let mut server = Ngircd::start().await;
    server.configure("Password = open");
    server.restart().await;
    let mut right = config(server.port);
    right.password = Some("open".to_owned());
    Bot::in_ops(right).await;
    let mut wrong = config(server.port);
    wrong.password = Some("shut".to_owned());
    let reason = Bot::start(wrong).is_down().await;
    assert!(reason.to_lowercase().contains("password"), "{reason}");
}

#[tokio::test]
async fn self_signed_certificate_is_trusted_when_its_file_is_named() {
    let server = Ngircd::start().await;
    let mut tls = config(server.tls_port);
    tls.tls = true;
    tls.nick = "stranger".to_owned();
    let reason = Bot::start(tls.clone()).is_down().await;
    let expected =
        "the server's certificate is self-signed; to trust it, name its file in `tls_ca_file`";
    assert!(reason.ends_with(expected), "{reason}");

    tls.nick = "careless".to_owned();
    tls.tls_insecure = true;
    let bot = Bot::in_ops(tls.clone()).await;
    assert_eq!(bot.says(&ops(), "hello").await, Ok(()));

    tls.nick = "careful".to_owned();
    tls.tls_insecure = false;
    tls.tls_ca_file = Some(server.certificate());
    let bot = Bot::in_ops(tls).await;
    assert_eq!(bot.says(&ops(), "hello").await, Ok(()));
}

#[tokio::test]
async fn long_message_passes_tls_at_once() {
    let server = Ngircd::start().await;
    let mut tls = config(server.tls_port);
    tls.tls = true;
    tls.tls_insecure = true;
    let bot = Bot::in_ops(tls).await;
    assert_eq!(bot.says(&ops(), &"long ".repeat(1_000)).await, Ok(()));
}

fn channel(name: &str, key: Option<&str>) -> Channel {
    Channel { name: name.to_owned(), key: key.map(str::to_owned) }
}
