//! The bot of a test.

use chat::{
    Adapter, Event, Incoming, Outgoing, Room, SendError,
    irc::{self, Channel, Config},
};
use tokio::{
    sync::mpsc,
    time::{Duration, timeout},
};

/// A started network with its events.
pub(super) struct Bot {
    pub(super) adapter: Adapter,
    pub(super) events: mpsc::Receiver<Event>,
}

impl Bot {
    /// Starts the network.
    pub(super) fn start(config: Config) -> Self {
        let (sender, events) = mpsc::channel(64);
        Self { adapter: Adapter::Irc(irc::start(config, sender)), events }
    }

    /// Starts the network and waits until the bot is in `#ops`.
    pub(super) async fn in_ops(config: Config) -> Self {
        let mut bot = Self::start(config);
        bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
        bot
    }

    /// Waits for an event.
    pub(super) async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let mut seen = Vec::new();
        let waiting = async {
            loop {
                let event = self.events.recv().await.expect("the adapter ended");
                if wanted(&event) {
                    return event;
                }
                seen.push(event);
            }
        };
        match timeout(Duration::from_secs(20), waiting).await {
            Ok(event) => event,
            Err(_) => panic!("only this happened: {seen:?}"),
        }
    }

    /// Waits for the next message.
    pub(super) async fn hears(&mut self) -> Incoming {
        let event = self.until(|event| matches!(event, Event::Message(_))).await;
        let Event::Message(message) = event else { panic!("{event:?}") };
        message
    }

    /// Waits until the network is down and returns why.
    pub(super) async fn is_down(&mut self) -> String {
        let event = self.until(|event| matches!(event, Event::Down { .. })).await;
        let Event::Down { reason, .. } = event else { panic!("{event:?}") };
        reason
    }

    /// Says something in a room.
    pub(super) async fn says(&self, room: &Room, text: &str) -> Result<(), SendError> {
        let message = Outgoing::text(text);
        let sending = self.adapter.send(room, &message, async { true });
        let sent = timeout(Duration::from_secs(60), sending).await.expect("the message is stuck");
        sent.map(|_| ())
    }
}

/// Returns the room `#ops`.
pub(super) fn ops() -> Room {
    Room::Channel("#ops".to_owned())
}

/// Returns the configuration of a bot in `#ops` that is quick in everything.
pub(super) fn config(port: u16) -> Config {
    Config {
        name: "test".to_owned(),
        server: "127.0.0.1".to_owned(),
        port,
        tls: false,
        nick: "robot".to_owned(),
        user: "robot".to_owned(),
        channels: vec![Channel { name: "#ops".to_owned(), key: None }],
        flood_burst: 50,
        flood_interval_ms: 5,
        ping_interval: Duration::from_secs(2),
        ping_timeout: Duration::from_secs(5),
        backoff_min: Duration::from_millis(50),
        backoff_max: Duration::from_millis(500),
        seed: 7,
        ..Config::default()
    }
}
