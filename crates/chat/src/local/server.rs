//! The server of a local network: rooms, what is in them, and the robot's connection.

use parking_lot::{Mutex, MutexGuard};
use std::{collections::HashSet, sync::Arc};

use tokio::sync::{
    mpsc::{self, UnboundedReceiver, UnboundedSender},
    watch,
};

use crate::{
    Attachment, Button, Event, File, Incoming, Mention, Room, SendError, Tone, address::addressed,
    local::Config, render::clean,
};

/// A message as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The id.
    pub id: String,
    /// Where it is.
    pub room: Room,
    /// The thread in the room: the id of the message that it began with.
    pub thread: Option<String>,
    /// Who wrote it.
    pub account: String,
    /// The text.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// Whom it mentions.
    pub mentions: Vec<Mention>,
    /// The files in it.
    pub files: Vec<File>,
    /// The buttons below it.
    pub buttons: Vec<Button>,
    /// Whether it was changed.
    pub is_edited: bool,
}

/// Who writes something, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account.
    pub account: String,
    /// Whether the network says that a program writes.
    pub is_bot: bool,
    /// The room.
    pub room: Room,
    /// The thread in the room.
    pub thread: Option<String>,
}

/// A server; clones are the same one.
#[derive(Clone)]
pub struct Server {
    state: Arc<Mutex<State>>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    posts: Vec<Post>,
    count: u64,
    /// The robot's account, once it was here.
    account: String,
    /// What addresses the robot besides its name.
    prefix: String,
    /// The robot's connection.
    robot: Option<UnboundedSender<Event>>,
    /// What the robot did not hear while it was away.
    missed: Vec<Event>,
    is_out_of_reach: bool,
    /// Whether the connection is lost while the next message is written.
    loses_next: bool,
    refusing: HashSet<Room>,
}

impl Default for Server {
    fn default() -> Self {
        Self { state: Arc::default(), changed: watch::Sender::new(()) }
    }
}

impl Server {
    /// Writes a message of a person. Returns its id.
    pub fn write(&self, author: &Author, text: &str, attachments: Vec<Attachment>) -> String {
        let mut state = self.state();
        let post = state.post(author, text);
        let id = post.id.clone();
        state.posts.push(post);
        let mut incoming = state.incoming(author, &id, text);
        incoming.attachments = attachments;
        state.tell(Event::Message(incoming));
        self.change(state);
        id
    }

    /// Changes a message that `author` wrote.
    pub fn edit(&self, author: &Author, id: &str, text: &str) {
        let mut state = self.state();
        for post in state.posts.iter_mut().filter(|post| post.id == id) {
            post.text = text.to_owned();
            post.is_edited = true;
        }
        let mut incoming = state.incoming(author, id, text);
        incoming.is_edited = true;
        state.tell(Event::Message(incoming));
        self.change(state);
    }

    /// Presses the button with this label below a message. Returns whether there is one.
    pub fn press(&self, account: &str, id: &str, label: &str) -> bool {
        let mut state = self.state();
        let Some(post) = state.posts.iter().find(|post| post.id == id) else { return false };
        let Some(button) = post.buttons.iter().find(|button| button.label == label) else {
            return false;
        };
        let value = button.value.clone();
        let author = Author {
            account: account.to_owned(),
            is_bot: false,
            room: post.room.clone(),
            thread: post.thread.clone(),
        };
        let press = state.next_id();
        let mut incoming = state.incoming(&author, &press, &value);
        incoming.text = value;
        incoming.addressed = true;
        state.tell(Event::Pressed(incoming));
        self.change(state);
        true
    }

    /// Returns every message that is there.
    pub fn posts(&self) -> Vec<Post> {
        self.state().posts.clone()
    }

    /// Returns what `look` finds among the messages, as soon as it finds something.
    pub async fn find<T>(&self, look: impl Fn(&[Post]) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            if let Some(found) = look(&self.state().posts) {
                return found;
            }
            // The sender is in `self`.
            let _alive = changed.changed().await;
        }
    }

    /// Waits until the robot is here.
    pub async fn wait_for_robot(&self) {
        let mut changed = self.changed.subscribe();
        while self.state().robot.is_none() {
            // The sender is in `self`.
            let _alive = changed.changed().await;
        }
    }

    /// Cuts the robot off, or lets it come back; then it hears what it missed.
    pub fn set_out_of_reach(&self, is_out_of_reach: bool) {
        let mut state = self.state();
        state.is_out_of_reach = is_out_of_reach;
        if is_out_of_reach {
            state.robot = None;
        }
        self.change(state);
    }

    /// Loses the robot's connection while its next message is written: after people see it and
    /// before the robot knows.
    pub fn lose_next(&self) {
        self.state().loses_next = true;
    }

    /// Takes no more messages of the robot in a room.
    pub fn refuse(&self, room: Room) {
        self.state().refusing.insert(room);
    }

    /// Lets the robot in.
    pub(super) fn connect(&self, config: &Config) -> Result<UnboundedReceiver<Event>, String> {
        let mut state = self.state();
        if state.is_out_of_reach {
            return Err("the server is out of reach".to_owned());
        }
        let (events, connection) = mpsc::unbounded_channel();
        state.account.clone_from(&config.account);
        state.prefix.clone_from(&config.prefix);
        state.robot = Some(events);
        for mut event in std::mem::take(&mut state.missed) {
            if let Event::Message(incoming) | Event::Pressed(incoming) = &mut event {
                incoming.is_replayed = true;
            }
            state.tell(event);
        }
        self.change(state);
        Ok(connection)
    }

    /// Takes a message of the robot; one that `replaces` another that is there takes its place.
    /// Returns its id.
    pub(super) fn take(&self, mut post: Post, replaces: Option<&str>) -> Result<String, SendError> {
        let mut state = self.state();
        if state.refusing.contains(&post.room) {
            return Err(SendError::Refused);
        }
        post.is_edited = replaces.is_some();
        let old = state.posts.iter_mut().find(|old| Some(old.id.as_str()) == replaces);
        let id = match old {
            Some(old) => {
                post.id.clone_from(&old.id);
                *old = post;
                old.id.clone()
            }
            None => {
                post.is_edited = false;
                post.id = state.next_id();
                state.posts.push(post);
                state.posts.last().map(|post| post.id.clone()).unwrap_or_default()
            }
        };
        let is_lost = std::mem::take(&mut state.loses_next);
        if is_lost {
            state.robot = None;
        }
        self.change(state);
        if is_lost { Err(SendError::MaybeWritten) } else { Ok(id) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn change(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.changed.send_replace(());
    }
}

impl State {
    fn next_id(&mut self) -> String {
        self.count += 1;
        format!("m{}", self.count)
    }

    fn post(&mut self, author: &Author, text: &str) -> Post {
        Post {
            id: self.next_id(),
            room: author.room.clone(),
            thread: author.thread.clone(),
            account: author.account.clone(),
            text: text.to_owned(),
            tone: Tone::Plain,
            mentions: Vec::new(),
            files: Vec::new(),
            buttons: Vec::new(),
            is_edited: false,
        }
    }

    /// Returns what the robot hears of a message.
    fn incoming(&self, author: &Author, id: &str, text: &str) -> Incoming {
        let text = clean(text);
        let same = str::eq_ignore_ascii_case;
        let to_robot = addressed(&text, &self.account, &self.prefix, same);
        Incoming {
            room: author.room.clone(),
            thread: author.thread.clone(),
            account: author.account.clone(),
            verified: Some(author.account.clone()),
            addressed: to_robot.is_some() || matches!(author.room, Room::Private(_)),
            mentions: mentions(&text, &self.account),
            text: to_robot.unwrap_or(text.trim()).to_owned(),
            attachments: Vec::new(),
            message_id: id.to_owned(),
            is_edited: false,
            is_replayed: false,
            is_bot: author.is_bot,
        }
    }

    fn tell(&mut self, event: Event) {
        match &self.robot {
            // A robot that is going away hears it no more.
            Some(robot) => drop(robot.send(event)),
            None => self.missed.push(event),
        }
    }
}

/// Returns who is mentioned besides the robot: `@name`.
fn mentions(text: &str, robot: &str) -> Vec<Mention> {
    let names = text.split_whitespace().filter_map(|word| word.strip_prefix('@'));
    let names = names.map(|name| name.trim_end_matches([',', ':', '.', '!', '?']));
    let others = names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(robot));
    others.map(|name| Mention { name: name.to_owned(), id: Some(name.to_owned()) }).collect()
}
