//! The network inside the process: what is written arrives, and what it cannot show is text.

use std::time::Duration;

use chat::{
    Abilities, Adapter, Attachment, Button, Event, File, Incoming, Limits, Mention, Outgoing, Part,
    Room, SendError,
    local::{self, Author, Config, Post, Server},
};
use tokio::{sync::mpsc, time::timeout};

struct Robot {
    adapter: Adapter,
    events: mpsc::Receiver<Event>,
    server: Server,
}

impl Robot {
    async fn start(abilities: Abilities) -> Self {
        let server = Server::default();
        let (sender, events) = mpsc::channel(16);
        let channels = vec!["#ops".to_owned()];
        let config = Config { abilities, channels, ..Config::new(server.clone()) };
        let adapter = Adapter::Local(local::start(config, sender));
        let mut robot = Self { adapter, events, server };
        assert_eq!(robot.next().await, Event::Up);
        assert_eq!(robot.next().await, Event::Joined("#ops".to_owned()));
        robot
    }

    async fn next(&mut self) -> Event {
        let event = timeout(Duration::from_secs(20), self.events.recv()).await;
        event.expect("nothing happened").expect("the network ended")
    }

    async fn hears(&mut self) -> Incoming {
        let event = self.next().await;
        let (Event::Message(incoming) | Event::Pressed(incoming)) = event else {
            panic!("{event:?}")
        };
        incoming
    }

    async fn sends(&self, message: &Outgoing) -> Result<Option<String>, SendError> {
        let room = ops();
        let sending = self.adapter.send(&room, message, async { true });
        let sent = timeout(Duration::from_secs(20), sending).await.expect("the message is stuck");
        sent.map(|sent| sent.message_id)
    }

    fn last(&self) -> Post {
        self.server.posts().pop().expect("a message")
    }
}

fn ops() -> Room {
    Room::Channel("#ops".to_owned())
}

fn alice() -> Author {
    Author { account: "alice".to_owned(), is_bot: false, room: ops(), thread: None }
}

fn rich() -> Outgoing {
    let file = File {
        name: "report.csv".to_owned(),
        media_type: "text/csv".to_owned(),
        content: b"a,b\n".as_slice().into(),
    };
    Outgoing {
        mentions: vec![Mention { name: "alice".to_owned(), id: Some("u1".to_owned()) }],
        thread: Some("m1".to_owned()),
        parts: vec![Part::Buttons(vec![Button::new("Yes", "approve 1")]), Part::File(file)],
        ..Outgoing::text("May it?")
    }
}

#[tokio::test]
async fn people_are_heard_with_all_that_they_send() {
    let mut robot = Robot::start(Abilities::ALL).await;
    let report = Attachment {
        name: "report.csv".to_owned(),
        media_type: Some("text/csv".to_owned()),
        size_bytes: Some(4),
        url: "local://report.csv".to_owned(),
    };
    let author = Author { thread: Some("m0".to_owned()), ..alice() };
    let id = robot.server.write(&author, "!deploy web for @bob", vec![report.clone()]);
    let heard = robot.hears().await;
    assert_eq!((heard.text.as_str(), heard.message_id), ("deploy web for @bob", id));
    assert_eq!((heard.account.as_str(), heard.verified.as_deref()), ("alice", Some("alice")));
    assert_eq!((heard.thread.as_deref(), heard.attachments), (Some("m0"), vec![report]));
    assert_eq!(heard.mentions, [Mention { name: "bob".to_owned(), id: Some("bob".to_owned()) }]);
    robot.server.write(&alice(), "just talking", Vec::new());
    assert!(!robot.hears().await.addressed);
    let private = Author { room: Room::Private("alice".to_owned()), ..alice() };
    robot.server.write(&private, "status", Vec::new());
    assert!(robot.hears().await.is_command());
}

#[tokio::test]
async fn edits_programs_and_what_was_missed_are_no_commands() {
    let mut robot = Robot::start(Abilities::ALL).await;
    let id = robot.server.write(&alice(), "!deploy web", Vec::new());
    assert!(robot.hears().await.is_command());
    robot.server.edit(&alice(), &id, "!deploy db");
    let edit = robot.hears().await;
    assert_eq!((edit.text.as_str(), edit.is_edited, edit.is_command()), ("deploy db", true, false));
    robot.server.write(&Author { is_bot: true, ..alice() }, "!deploy web", Vec::new());
    assert!(!robot.hears().await.is_command());

    robot.server.set_out_of_reach(true);
    assert!(matches!(robot.next().await, Event::Down { .. }));
    let private = Author { room: Room::Private("alice".to_owned()), ..alice() };
    robot.server.write(&private, "deploy web", Vec::new());
    robot.server.set_out_of_reach(false);
    let missed = loop {
        if let Event::Message(incoming) = robot.next().await {
            break incoming;
        }
    };
    assert!(missed.is_replayed && missed.addressed && !missed.is_command());
}

#[tokio::test]
async fn everything_is_shown_where_it_can_be() {
    let mut robot = Robot::start(Abilities::ALL).await;
    let id = robot.sends(&rich()).await.unwrap();
    let post = robot.last();
    assert_eq!(id.as_ref(), Some(&post.id));
    assert_eq!((post.text.as_str(), post.thread.as_deref()), ("May it?", Some("m1")));
    assert_eq!(
        (post.mentions[0].name.as_str(), post.files[0].name.as_str()),
        ("alice", "report.csv")
    );
    assert!(!robot.server.press("bob", &post.id, "No"));
    assert!(robot.server.press("bob", &post.id, "Yes"));
    let pressed = robot.hears().await;
    assert_eq!((pressed.text.as_str(), pressed.account.as_str()), ("approve 1", "bob"));
    assert_eq!((pressed.thread.as_deref(), pressed.is_command()), (Some("m1"), true));

    let done = Outgoing { replaces: id.clone(), ..Outgoing::text("Done.") };
    assert_eq!(robot.sends(&done).await.unwrap(), id);
    let posts = robot.server.posts();
    assert_eq!((posts.len(), posts[0].text.as_str(), posts[0].is_edited), (1, "Done.", true));
}

#[tokio::test]
async fn what_a_network_cannot_show_is_text() {
    let limits = Limits { bytes_max: 120, ..Limits::NONE };
    let robot = Robot::start(Abilities { limits, ..Abilities::TEXT }).await;
    let id = robot.sends(&rich()).await.unwrap();
    let expected = "alice: May it?\n1. Yes: `approve 1`\nfile: report.csv (text/csv, 4 B)";
    let post = robot.last();
    assert_eq!((post.text.as_str(), post.thread), (expected, None));
    assert!(post.mentions.is_empty() && post.files.is_empty() && post.buttons.is_empty());
    let again = Outgoing { replaces: id, ..Outgoing::text("x ".repeat(100)) };
    robot.sends(&again).await.unwrap();
    let posts = robot.server.posts();
    assert_eq!(posts.len(), 2);
    assert!(posts[1].text.ends_with("B)") && posts[1].text.len() <= 120, "{}", posts[1].text);
}

#[tokio::test]
async fn losses_and_refusals_are_told() {
    let mut robot = Robot::start(Abilities::ALL).await;
    robot.server.lose_next();
    assert_eq!(robot.sends(&Outgoing::text("x")).await, Err(SendError::MaybeWritten));
    assert_eq!(robot.last().text, "x");
    assert!(matches!(robot.next().await, Event::Down { .. }));
    robot.server.refuse(ops());
    assert_eq!(robot.sends(&Outgoing::text("y")).await, Err(SendError::Refused));
    assert_eq!(robot.last().text, "x");
    let refused = robot.adapter.send(&ops(), &Outgoing::text("z"), async { false }).await;
    assert_eq!(refused, Err(SendError::NotWritten));
    robot.adapter.stop().await;
    assert_eq!(robot.sends(&Outgoing::text("late")).await, Err(SendError::Closed));
    assert!(!robot.adapter.health().up);
}

#[tokio::test]
async fn messages_wait_until_the_network_is_back() {
    let mut robot = Robot::start(Abilities::ALL).await;
    robot.server.set_out_of_reach(true);
    assert!(matches!(robot.next().await, Event::Down { .. }));
    assert!(!robot.adapter.health().up);
    let adapter = robot.adapter.clone();
    let message = Outgoing::text("late");
    let sending = tokio::spawn(async move { adapter.send(&ops(), &message, async { true }).await });
    assert!(matches!(robot.next().await, Event::Down { .. }));
    assert!(!sending.is_finished());
    robot.server.set_out_of_reach(false);
    assert!(sending.await.unwrap().is_ok());
    assert_eq!(robot.last().text, "late");
}
