//! The robot in a room: on a real IRC server, and on a network inside the process.

use std::time::Duration;

use chat::Abilities;
use testkit::{House, IrcPerson, Ngircd, Plan};

fn irc(port: u16) -> chat::irc::Config {
    chat::irc::Config {
        server: "127.0.0.1".to_owned(),
        port,
        tls: false,
        nick: "squall".to_owned(),
        channels: vec![chat::irc::Channel { name: "#ops".to_owned(), key: None }],
        flood_burst: 1_000,
        flood_interval_ms: 1,
        ..chat::irc::Config::default()
    }
}

pub(crate) async fn house_in_room(port: u16, plan: Plan) -> House {
    let house = House::build(plan).await.expect("a house is built");
    let (sender, receiver) = tokio::sync::mpsc::channel(1_024);
    let handle = chat::irc::start(irc(port), sender);
    house.engine.attach(chat::Adapter::Irc(handle), vec!["#ops".to_owned()], receiver);
    // Whoever speaks before the robot is in the room is not heard.
    let is_there = || {
        house
            .engine
            .chatops()
            .health()
            .iter()
            .all(|(_, health)| health.up && health.reason.is_none())
    };
    for _ in 0..3_000 {
        if is_there() {
            break;
        }
        pause().await;
    }
    assert!(is_there(), "the robot did not come into the room");
    house
}

#[expect(clippy::disallowed_methods, reason = "a real server tells the house nothing")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

fn plan() -> Plan {
    let files = vec![
        ("t/pack.yaml", "name: t\ndescription: d\nversion: 1.0.0\nauthor: a\n".to_owned()),
        (
            "t/aliases/sh.yaml",
            "name: sh\naction_ref: core.local\nformats: ['sh {{cmd}}']\nresult: {format: 'got {{ execution.status }} {{ execution.result.stdout }}'}\n".to_owned(),
        ),
        ("t/aliases/one.yaml", "name: one\naction_ref: core.noop\nformats: ['restart {{a}}']\n".to_owned()),
        ("t/aliases/two.yaml", "name: two\naction_ref: core.noop\nformats: ['restart {{b}}']\n".to_owned()),
    ];
    Plan { files, ..Plan::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_in_a_room_is_acknowledged_and_answered_once() {
    let ngircd = Ngircd::start().await.unwrap();
    let house = house_in_room(ngircd.port, plan()).await;
    let mut alice = IrcPerson::join(ngircd.port, "alice", "#ops").await.unwrap();
    alice.says("#ops", "!help sh").await.unwrap();
    alice.hears("sh {{cmd}}").await.unwrap();
    alice.says("#ops", "squall: sh echo hi").await.unwrap();
    alice.hears("On it").await.unwrap();
    let answer = alice.hears("got succeeded hi").await.unwrap();
    assert!(answer.starts_with("alice: "), "{answer}");
    alice.says("#ops", "!restat web").await.unwrap();
    alice.hears("Did you mean").await.unwrap();
    alice.says("#ops", "!sh sleep 60").await.unwrap();
    let ack = alice.hears("On it").await.unwrap();
    let id = ack.split('`').rev().nth(1).unwrap().to_owned();
    alice.says("#ops", &format!("!cancel {id}")).await.unwrap();
    alice.hears("got canceled").await.unwrap();
    alice.hears_all(Duration::from_millis(500)).await.unwrap();
    let answers =
        alice.heard.iter().filter(|(_, _, text)| text.contains("got succeeded hi")).count();
    assert_eq!(answers, 1);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sentences_are_each_acknowledged_and_answered_once() {
    let ngircd = Ngircd::start().await.unwrap();
    let house = house_in_room(ngircd.port, plan()).await;
    let mut alice = IrcPerson::join(ngircd.port, "alice", "#ops").await.unwrap();
    alice.says("#ops", "!help").await.unwrap();
    alice.hears("result <id>").await.unwrap();
    for number in 0..200 {
        alice.says("#ops", &format!("!sh echo number-{number}-x")).await.unwrap();
    }
    alice.hears_all(Duration::from_secs(3)).await.unwrap();
    let count = |part: &str| {
        alice.heard.iter().filter(|(_, nick, text)| nick == "squall" && text.contains(part)).count()
    };
    assert_eq!(count("On it"), 200);
    for number in 0..200 {
        assert_eq!(count(&format!("number-{number}-x")), 1, "{number}");
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_sentence_asks_and_the_number_chooses() {
    let house = House::build(plan()).await.unwrap();
    let mut alice = house.room().await.unwrap();
    alice.says("!restart web");
    let question = alice.hears("").await;
    assert!(question.text.starts_with("`restart web` can mean:"), "{}", question.text);
    assert!(question.text.ends_with("nothing runs before."), "{}", question.text);
    alice.says("!7");
    alice.hears("no choice 7").await;
    assert_eq!(alice.said().len(), 2);
    alice.says("!2");
    alice.hears("On it").await;
    alice.says("!2");
    alice.hears("No command `2`.").await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_says_its_value_for_whoever_presses_it() {
    let house = House::build(plan()).await.unwrap();
    let mut alice = house.room().await.unwrap();
    let mut bob = alice.person("bob");
    alice.says("!restart web");
    let question = alice.hears("can mean:").await;
    bob.presses(&question, "restart {{b}}");
    let refused = bob.hears("No command `").await;
    assert_eq!(refused.mentions[0].name, "bob");
    alice.presses(&question, "restart {{b}}");
    let accepted = alice.hears("On it").await;
    assert_eq!(accepted.mentions[0].name, "alice");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_results_come_where_the_sentence_was_said() {
    let house = House::build(plan()).await.unwrap();
    let room = house.room().await.unwrap();
    let mut thread = room.in_thread(&room.says("who deploys?"));
    thread.says("squall: sh echo in the thread");
    thread.hears("On it").await;
    thread.hears("got succeeded in the thread").await;
    let mut private = room.in_private();
    private.says("sh echo in private");
    private.hears("On it").await;
    let result = private.hears("got succeeded in private").await;
    assert!(result.mentions.is_empty());
    assert_eq!(room.said(), Vec::<String>::new());
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_of_text_alone_names_whom_it_speaks_to() {
    let house = House::build(plan()).await.unwrap();
    let mut alice = house.room_with(Abilities::TEXT).await.unwrap();
    alice.says("!restart web");
    let question = alice.hears("can mean:").await;
    assert!(question.text.starts_with("alice: `restart web`"), "{}", question.text);
    assert!(question.text.ends_with("Say the number; nothing runs before."), "{}", question.text);
    alice.says("!sh echo hi");
    alice.hears("alice: On it").await;
    alice.hears("alice: got succeeded hi").await;
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_runs_nothing_a_second_time() {
    let house = House::build(plan()).await.unwrap();
    let mut alice = house.room().await.unwrap();
    let id = alice.says("!sh echo first");
    alice.hears("got succeeded first").await;
    alice.edits(&id, "!sh echo second");
    alice.says("!sh echo third");
    alice.hears("got succeeded third").await;
    assert!(!alice.said().iter().any(|text| text.contains("second")), "{:?}", alice.said());
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_room_the_account_that_asked_steers_and_others_do_not() {
    let house = House::build(plan()).await.unwrap();
    let mut alice = house.room().await.unwrap();
    let mut bob = alice.person("bob");
    alice.says("!sh sleep 600");
    let accepted = alice.hears("On it").await.text;
    let id = accepted.split('`').rev().nth(1).unwrap();
    for verb in ["cancel", "again"] {
        bob.says(&format!("!{verb} {id}"));
        let refused = bob.hears("Not done: User \"bob\" may not ").await.text;
        assert!(refused.ends_with(": it takes its owner or an administrator"), "{refused}");
    }
    // What others asked for is not one's last.
    bob.says("!cancel last");
    bob.hears("Not done: there is no execution `last`").await;
    bob.says("!sh true");
    bob.hears("On it").await;
    alice.says("!cancel last");
    alice.hears(&format!("Stopping `{id}`")).await;
    alice.hears("got canceled").await;
    house.close().await.unwrap();
}
