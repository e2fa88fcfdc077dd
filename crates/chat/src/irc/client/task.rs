//! The task that keeps a connection and carries messages over it.
//!
//! A message is confirmed by a PING that follows it: the server answers in order, so its PONG
//! says that everything before was taken in. One such PING is under way at a time, for all that
//! was written since the last. The same PINGs keep watch: one that stays unanswered means that
//! the server is deaf, and the connection is given up.

use std::{io, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{
    Abilities, Event, Limits, Outgoing, Room, SendError, Sent,
    bucket::Bucket,
    irc::{
        Config,
        client::{
            link::Link,
            message::{self, Message},
            session::{Effect, Session},
        },
        config::{FLOOD_BURST, FLOOD_INTERVAL_MS},
    },
    mailbox::Answer,
    queue::{Step, Written},
    render::render,
    supervisor::{Ended, Supervisor},
};

/// When nothing else is due.
const FAR: Duration = Duration::from_secs(3600);
/// How fast a patient server is written to.
const PATIENT_BURST: u32 = 100;
const PATIENT_INTERVAL: Duration = Duration::from_millis(10);

/// Returns what lines of this length can show.
pub(super) fn abilities(lines_max: usize, line_bytes_max: usize) -> Abilities {
    let limits = Limits { lines_max, line_bytes_max, blank_lines: false, ..Limits::NONE };
    Abilities { limits, ..Abilities::TEXT }
}

/// Keeps the connection until it is stopped.
pub(super) async fn run(config: Arc<Config>, supervisor: Supervisor<String>) {
    let mut task = Task { config, supervisor };
    for serial in 0.. {
        let ended = task.serve(serial).await;
        if !task.supervisor.rest(ended).await {
            return;
        }
    }
}

struct Task {
    config: Arc<Config>,
    supervisor: Supervisor<String>,
}

/// A connection and what is under way on it.
struct Connection {
    link: Link,
    session: Session,
    bucket: Bucket,
    heard_at: Instant,
    ping: Option<Ping>,
    pings: u64,
    /// The server must have accepted us by then.
    register_by: Instant,
    /// When it did.
    up_at: Option<Instant>,
}

/// A PING that is not answered yet.
struct Ping {
    token: String,
    at: Instant,
    /// What its PONG confirms.
    written: Vec<Written>,
}

impl Task {
    /// Connects and serves until the end.
    async fn serve(&mut self, serial: u64) -> Ended {
        let link = match self.connect().await {
            Ok(link) => link,
            Err(error) => {
                let Config { server, port, .. } = &*self.config;
                let reason = format!("cannot connect to `{server}:{port}`: {error}");
                return Ended { reason, lasted: Duration::ZERO };
            }
        };
        let mut connection = Connection::begin(link, &self.config, serial);
        let reason = loop {
            match self.turn(&mut connection).await {
                Ok(None) => {}
                Ok(Some(reason)) => break reason,
                Err(error) => {
                    let known = connection.session.reason().map(str::to_owned);
                    break known.unwrap_or_else(|| error.to_string());
                }
            }
        };
        let under_way = connection.ping.take().into_iter().flat_map(|ping| ping.written);
        under_way.for_each(Written::lose);
        if self.supervisor.is_stopping() {
            goodbye(connection.link).await;
        }
        Ended { reason, lasted: connection.up_at.map_or(Duration::ZERO, |at| at.elapsed()) }
    }

    async fn connect(&mut self) -> io::Result<Link> {
        let config = Arc::clone(&self.config);
        let deadline = Instant::now() + config.ping_timeout;
        let connecting = timeout_at(deadline, Link::connect(&config));
        match self.supervisor.until(connecting).await {
            Some(Ok(link)) => link,
            Some(Err(_)) => {
                Err(io::Error::new(io::ErrorKind::TimedOut, "the server does not answer"))
            }
            None => Err(io::Error::other("stopped")),
        }
    }

    /// Does what is due, then waits for one thing. Returns a reason to end.
    async fn turn(&mut self, connection: &mut Connection) -> io::Result<Option<String>> {
        let now = Instant::now();
        connection.session.tick(now);
        if let Some(reason) = self.obey(connection, now) {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.watch(connection, now) {
            return Ok(Some(reason));
        }
        self.write(connection, now);
        // Who waits for a message to be confirmed may not read events until it is.
        let busy = !self.supervisor.queue.is_empty() || !connection.is_settled();
        let reads = busy || !self.supervisor.is_full();
        let due = self.due(connection, now);
        tokio::select! {
            advanced = connection.link.advance(reads) => advanced?,
            answer = self.supervisor.receive() => {
                if let Some(answer) = answer {
                    self.decide(&answer, connection);
                }
            }
            () = sleep_until(due) => {}
        }
        let now = Instant::now();
        while let Some(line) = connection.link.next_line()? {
            connection.heard_at = now;
            self.supervisor.note_heard(now);
            if let Some(message) = Message::parse(&line) {
                connection.session.receive(&message, now);
            }
            if let Some(reason) = self.obey(connection, now) {
                return Ok(Some(reason));
            }
        }
        if !reads {
            // The silence is ours.
            connection.heard_at = now;
            connection.ping.iter_mut().for_each(|ping| ping.at = now);
        }
        Ok(None)
    }

    /// Begins or drops the message whose sender answered.
    fn decide(&mut self, answer: &Answer, connection: &mut Connection) {
        let queue = &mut self.supervisor.queue;
        if !answer.granted {
            if queue.withdraw(answer.number) {
                connection.bucket.give_back();
            }
            return;
        }
        let lines_max = self.config.lines_max;
        queue.grant(answer.number, |room, message: Outgoing| {
            let abilities = abilities(lines_max, connection.session.text_bytes_max(room));
            render(&message, &abilities).lines
        });
    }

    /// Does what the session wants. Returns a reason to end.
    fn obey(&mut self, connection: &mut Connection, now: Instant) -> Option<String> {
        let mut changed = false;
        for effect in connection.session.take_effects() {
            match effect {
                Effect::Write(line) => connection.link.push(&line),
                Effect::Event(event) => {
                    changed |= !matches!(event, Event::Message(_));
                    self.supervisor.emit(event);
                }
                Effect::Pong(token) => connection.confirm(&token),
                Effect::Refused(key) => self.refuse(connection, &key),
                Effect::Patient => connection.hurry(&self.config),
                Effect::End(reason) => return Some(reason),
            }
        }
        if changed && connection.session.is_up() {
            self.supervisor.set_up(connection.session.missing());
            connection.up_at.get_or_insert(now);
        }
        None
    }

    /// Looks after the server's signs of life. Returns a reason to end.
    fn watch(&self, connection: &mut Connection, now: Instant) -> Option<String> {
        if self.supervisor.is_over(now, connection.is_settled()) {
            return Some("stopped".to_owned());
        }
        if !connection.session.is_up() {
            let late = connection.register_by <= now;
            return late.then(|| "the server did not let us in in time".to_owned());
        }
        match &connection.ping {
            Some(ping) if ping.at + self.config.ping_timeout <= now => {
                Some("the server stopped answering".to_owned())
            }
            None if connection.heard_at + self.config.ping_interval <= now => {
                connection.ping(now, Vec::new());
                None
            }
            Some(_) | None => None,
        }
    }

    /// Notes that the server did not take what was written to `key`.
    fn refuse(&mut self, connection: &mut Connection, key: &str) {
        // To a channel that we were thrown out of we come back.
        let is_open = connection.session.is_open(&Room::Channel(key.to_owned()));
        let error = if is_open { SendError::Refused } else { SendError::NotWritten };
        self.supervisor.queue.refuse(key, error);
        let under_way = connection.ping.iter_mut().flat_map(|ping| &mut ping.written);
        for written in under_way.filter(|written| written.key == key) {
            written.failure = Some(error);
        }
    }

    /// Writes what flood control lets through.
    fn write(&mut self, connection: &mut Connection, now: Instant) {
        // What the network has not taken yet is not worth adding to.
        if !connection.session.is_up() || !connection.link.is_idle() {
            return;
        }
        let queue = &mut self.supervisor.queue;
        while let Some((room, line)) = queue.paid() {
            connection.push_text(&room, &line);
        }
        let Connection { session, bucket, link, .. } = connection;
        while queue.wants_token(|room| session.is_open(room)) && bucket.take(now) {
            match queue.step(|room| session.is_open(room)) {
                Some(Step::Piece(room, line)) => match Session::privmsg(&room, &line) {
                    Ok(line) => link.push(&line),
                    Err(_) => bucket.give_back(),
                },
                Some(Step::Asked) => {}
                None => bucket.give_back(),
            }
        }
        if connection.ping.is_none() {
            let written = queue.take_written();
            if !written.is_empty() {
                connection.ping(now, written);
            }
        }
    }

    fn due(&self, connection: &Connection, now: Instant) -> Instant {
        let mut due = now + FAR;
        if connection.session.is_up() {
            let watched = match &connection.ping {
                Some(ping) => ping.at + self.config.ping_timeout,
                None => connection.heard_at + self.config.ping_interval,
            };
            due = due.min(watched);
            let open = |room: &Room| connection.session.is_open(room);
            if connection.link.is_idle() && self.supervisor.queue.wants_token(open) {
                due = due.min(connection.bucket.ready_at(now));
            }
        } else {
            due = due.min(connection.register_by);
        }
        let others = [connection.session.next_at(), self.supervisor.stop_at()];
        others.into_iter().flatten().fold(due, Instant::min)
    }
}

impl Connection {
    fn begin(link: Link, config: &Arc<Config>, serial: u64) -> Self {
        let now = Instant::now();
        let interval = Duration::from_millis(config.flood_interval_ms);
        Self {
            link,
            session: Session::begin(config, serial),
            bucket: Bucket::new(config.flood_burst, interval, now),
            heard_at: now,
            ping: None,
            pings: 0,
            register_by: now + config.ping_timeout,
            up_at: None,
        }
    }

    /// Writes faster, unless the configuration says how fast.
    fn hurry(&mut self, config: &Config) {
        let configured = (config.flood_burst, config.flood_interval_ms);
        if configured == (FLOOD_BURST, FLOOD_INTERVAL_MS) {
            self.bucket = Bucket::new(PATIENT_BURST, PATIENT_INTERVAL, Instant::now());
        }
    }

    fn push_text(&mut self, room: &Room, text: &str) {
        // The room was looked at when the message came in.
        if let Ok(line) = Session::privmsg(room, text) {
            self.link.push(&line);
        }
    }

    fn ping(&mut self, now: Instant, written: Vec<Written>) {
        self.pings += 1;
        let token = format!("squall-{}", self.pings);
        if let Ok(line) = message::with_text("PING", &[], &token) {
            self.link.push(&line);
        }
        self.ping = Some(Ping { token, at: now, written });
    }

    /// Confirms what was written before the PING that `token` answers.
    ///
    /// Some servers answer with a name of theirs instead of the token; as only one PING is under
    /// way, any PONG is its answer unless it has the token of an older one.
    fn confirm(&mut self, token: &str) {
        let is_token =
            token.strip_prefix("squall-").is_some_and(|number| number.parse::<u64>().is_ok());
        let answered = self.ping.take_if(|ping| !is_token || token == ping.token);
        for written in answered.into_iter().flat_map(|ping| ping.written) {
            written.confirm(Sent::default());
        }
    }

    fn is_settled(&self) -> bool {
        self.ping.as_ref().is_none_or(|ping| ping.written.is_empty())
    }
}

async fn goodbye(mut link: Link) {
    if let Ok(line) = message::with_text("QUIT", &[], "stopped") {
        link.push(&line);
    }
    // Whether it is heard or not, the end is the same.
    drop(timeout_at(Instant::now() + Duration::from_secs(1), link.close()).await);
}
