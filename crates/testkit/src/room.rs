//! A fake room: a chat network inside the process, and one person in it.

use anyhow::{Result, ensure};
use chat::{
    Abilities, Adapter,
    local::{self, Author, Config, Post, Server},
};
use tokio::{sync::mpsc, time::timeout};

use crate::{House, wait::PATIENCE};

/// How many events may wait for the robot.
const EVENTS_MAX: usize = 1_024;
/// The channel.
const CHANNEL: &str = "#ops";
/// The robot's account.
const ROBOT: &str = "squall";

/// A room as one person sees it, with a robot in it.
///
/// What is not as a test expects ends the test, as an assertion does.
#[derive(Clone)]
pub struct Room {
    /// The network.
    pub server: Server,
    /// The robot's end of it.
    pub adapter: Adapter,
    author: Author,
    /// How many messages of the network were there when the person last heard something.
    heard: usize,
}

impl House {
    /// Opens a chat network that can show everything, with the robot in the channel `#ops` and
    /// alice there.
    ///
    /// # Errors
    /// Fails when the robot does not come.
    pub async fn room(&self) -> Result<Room> {
        self.room_with(Abilities::ALL).await
    }

    /// Opens a chat network that can show this.
    ///
    /// # Errors
    /// Fails when the robot does not come.
    pub async fn room_with(&self, abilities: Abilities) -> Result<Room> {
        let server = Server::default();
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let channels = vec![CHANNEL.to_owned()];
        let mut config = Config::new(server.clone());
        config.account = ROBOT.to_owned();
        config.abilities = abilities;
        config.channels.clone_from(&channels);
        let adapter = Adapter::Local(local::start(config, sender));
        self.engine.attach(adapter.clone(), channels, events);
        let came = timeout(PATIENCE, server.wait_for_robot()).await;
        ensure!(came.is_ok(), "the robot did not come into the room");
        let author = Author {
            account: "alice".to_owned(),
            is_bot: false,
            room: chat::Room::Channel(CHANNEL.to_owned()),
            thread: None,
        };
        Ok(Room { server, adapter, author, heard: 0 })
    }
}

impl Room {
    /// Returns the room as somebody else sees it.
    pub fn person(&self, account: &str) -> Self {
        let mut room = self.clone();
        account.clone_into(&mut room.author.account);
        room
    }

    /// Returns the person's private conversation with the robot.
    pub fn in_private(&self) -> Self {
        let mut room = self.clone();
        room.author.room = chat::Room::Private(self.author.account.clone());
        room.author.thread = None;
        room
    }

    /// Returns the thread that begins with a message.
    pub fn in_thread(&self, id: &str) -> Self {
        let mut room = self.clone();
        room.author.thread = Some(id.to_owned());
        room
    }

    /// Says something. Returns the id of the message.
    pub fn says(&self, text: &str) -> String {
        self.server.write(&self.author, text, Vec::new())
    }

    /// Changes a message.
    pub fn edits(&self, id: &str, text: &str) {
        self.server.edit(&self.author, id, text);
    }

    /// Presses the button with this label below a message.
    pub fn presses(&self, post: &Post, label: &str) {
        let is_there = self.server.press(&self.author.account, &post.id, label);
        assert!(is_there, "no button `{label}` in {post:?}");
    }

    /// Waits until the robot says something that holds `part`, after what was heard last, and
    /// returns it.
    pub async fn hears(&mut self, part: &str) -> Post {
        let look = |posts: &[Post]| {
            let new = posts.iter().enumerate().skip(self.heard);
            let mut fitting = new.filter(|(_, post)| self.sees(post) && post.text.contains(part));
            fitting.next().map(|(index, post)| (index + 1, post.clone()))
        };
        let Ok((heard, post)) = timeout(PATIENCE, self.server.find(look)).await else {
            panic!("the robot did not say `{part}`, but: {:#?}", self.said());
        };
        self.heard = heard;
        post
    }

    /// Returns everything that the robot has said here.
    pub fn said(&self) -> Vec<String> {
        let all = self.server.posts().into_iter().filter(|post| self.sees(post));
        all.map(|post| post.text).collect()
    }

    /// Returns whether a message is the robot's, and is where this person looks.
    fn sees(&self, post: &Post) -> bool {
        let Author { room, thread, .. } = &self.author;
        post.account == ROBOT && post.room == *room && post.thread == *thread
    }
}
