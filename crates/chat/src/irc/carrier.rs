//! The task that keeps a connection and carries messages over it.
//!
//! A message is confirmed by a PING that follows it: the server answers in order, so its PONG
//! says that everything before was taken in. One such PING is under way at a time, for all that
//! was written since the last. The same PINGs keep watch: one that stays unanswered means that
//! the server is deaf, and the connection is given up.

use std::{
    io,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, sleep_until, timeout_at},
};
use tracing::warn;

use crate::{
    Event, Health, Rich, Room, SendError,
    irc::{
        Config,
        backoff::Backoff,
        bucket::Bucket,
        config::{FLOOD_BURST, FLOOD_INTERVAL_MS},
        ears::{Answer, Command, Ears, Heard},
        link::Link,
        message::{self, Message},
        outgoing::{Item, Outgoing, Step, Written, answer},
        session::{self, Effect, Session},
    },
    render::{Profile, render},
};

/// How long messages that are being written may take when the network is stopped.
const STOP_GRACE: Duration = Duration::from_secs(3);
/// A connection of this age was a good one: the waits begin anew.
const STABLE: Duration = Duration::from_secs(30);
/// When nothing else is due.
const FAR: Duration = Duration::from_secs(3600);
/// How fast a patient server is written to.
const PATIENT_BURST: u32 = 100;
const PATIENT_INTERVAL: Duration = Duration::from_millis(10);

/// Keeps the connection until it is stopped.
pub(super) async fn run(
    config: Arc<Config>,
    events: mpsc::Sender<Event>,
    commands: UnboundedReceiver<Command>,
    answers: UnboundedReceiver<Answer>,
    health: Arc<Mutex<Health>>,
) {
    let backoff = Backoff::new(config.backoff_min, config.backoff_max, config.seed);
    let ears = Ears::new(events, commands, answers);
    let outgoing = Outgoing::default();
    let mut carrier = Carrier { config, ears, health, outgoing, backoff, stop_at: None };
    for serial in 0.. {
        let (reason, age) = carrier.live(serial).await;
        carrier.outgoing.lose();
        if carrier.stop_at.is_some() {
            break;
        }
        if age >= STABLE {
            carrier.backoff.reset();
        }
        carrier.rest(reason).await;
        if carrier.stop_at.is_some() {
            break;
        }
    }
    carrier.outgoing.close();
    carrier.set_health(false, Some("stopped".to_owned()));
}

struct Carrier {
    config: Arc<Config>,
    ears: Ears,
    health: Arc<Mutex<Health>>,
    outgoing: Outgoing,
    backoff: Backoff,
    /// Set when it is to stop: until then what is begun may end.
    stop_at: Option<Instant>,
}

/// A connection and what is under way on it.
struct Live {
    link: Link,
    session: Session,
    bucket: Bucket,
    heard_at: Instant,
    /// The PING under way: its token, its time, and what its PONG confirms.
    ping: Option<(String, Instant, Vec<Written>)>,
    pings: u64,
    /// The server must have accepted us by then.
    register_by: Instant,
    /// When it did.
    up_at: Option<Instant>,
}

impl Carrier {
    /// Connects and carries until the end. Returns its reason and how long it went well.
    async fn live(&mut self, serial: u64) -> (String, Duration) {
        let link = match self.connect().await {
            Ok(link) => link,
            Err(error) => {
                let Config { server, port, .. } = &*self.config;
                let reason = format!("cannot connect to `{server}:{port}`: {error}");
                return (reason, Duration::ZERO);
            }
        };
        let mut live = self.begin(link, serial);
        let reason = loop {
            match self.turn(&mut live).await {
                Ok(None) => {}
                Ok(Some(reason)) => break reason,
                Err(error) => {
                    let said = live.session.reason().map(str::to_owned);
                    break said.unwrap_or_else(|| error.to_string());
                }
            }
        };
        for written in live.ping.take().into_iter().flat_map(|(_, _, written)| written) {
            answer(written.done, Err(SendError::MaybeWritten));
        }
        if self.stop_at.is_some() {
            goodbye(live.link).await;
        }
        (reason, live.up_at.map_or(Duration::ZERO, |at| at.elapsed()))
    }

    async fn connect(&mut self) -> io::Result<Link> {
        let config = Arc::clone(&self.config);
        let deadline = Instant::now() + config.ping_timeout;
        let mut connecting = pin!(timeout_at(deadline, Link::connect(&config)));
        loop {
            tokio::select! {
                link = &mut connecting => return link.unwrap_or_else(|_| {
                    Err(io::Error::new(io::ErrorKind::TimedOut, "the server does not answer"))
                }),
                heard = self.ears.hear() => self.heard(heard, None),
            }
            if self.stop_at.is_some() {
                return Err(io::Error::other("stopped"));
            }
        }
    }

    fn begin(&self, link: Link, serial: u64) -> Live {
        let now = Instant::now();
        let interval = Duration::from_millis(self.config.flood_interval_ms);
        Live {
            link,
            session: Session::begin(&self.config, serial),
            bucket: Bucket::new(self.config.flood_burst, interval, now),
            heard_at: now,
            ping: None,
            pings: 0,
            register_by: now + self.config.ping_timeout,
            up_at: None,
        }
    }

    /// Writes faster, unless the configuration says how fast.
    fn hurry(&self, live: &mut Live) {
        let config = (self.config.flood_burst, self.config.flood_interval_ms);
        if config == (FLOOD_BURST, FLOOD_INTERVAL_MS) {
            live.bucket = Bucket::new(PATIENT_BURST, PATIENT_INTERVAL, Instant::now());
        }
    }

    /// Does what is due, then waits for one thing. Returns a reason to end.
    async fn turn(&mut self, live: &mut Live) -> io::Result<Option<String>> {
        let now = Instant::now();
        live.session.tick(now);
        if let Some(reason) = self.obey(live, now) {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.watch(live, now) {
            return Ok(Some(reason));
        }
        self.write(live, now);
        // Who waits for a message to be confirmed may not read events until it is.
        let busy = !self.outgoing.is_empty() || !live.is_settled();
        let reads = busy || !self.ears.is_full();
        let due = self.due(live, now);
        tokio::select! {
            advanced = live.link.advance(reads) => advanced?,
            heard = self.ears.hear() => self.heard(heard, Some(live)),
            () = sleep_until(due) => {}
        }
        let now = Instant::now();
        while let Some(line) = live.link.next_line()? {
            self.note_heard(live, now);
            if let Some(message) = Message::parse(&line) {
                live.session.receive(&message, now);
            }
            if let Some(reason) = self.obey(live, now) {
                return Ok(Some(reason));
            }
        }
        if !reads {
            // The silence is ours.
            live.heard_at = now;
            live.ping.iter_mut().for_each(|(_, at, _)| *at = now);
        }
        Ok(None)
    }

    fn heard(&mut self, heard: Heard, live: Option<&mut Live>) {
        match heard {
            Heard::Command(Some(Command::Write(item))) => self.accept(item),
            Heard::Command(Some(Command::Stop) | None) => {
                self.outgoing.close();
                self.stop_at.get_or_insert(Instant::now() + STOP_GRACE);
            }
            Heard::Answer(answer) => self.answered(&answer, live),
            Heard::Told => {}
        }
    }

    fn accept(&mut self, item: Item) {
        if self.stop_at.is_some() {
            return answer(item.done, Err(SendError::Closed));
        }
        if Session::privmsg(&item.room, "").is_err() {
            warn!(chat.network = %self.config.name, "A message went to no room that can exist");
            return answer(item.done, Err(SendError::Refused));
        }
        self.outgoing.push(session::key(&item.room), item);
    }

    fn answered(&mut self, answer: &Answer, live: Option<&mut Live>) {
        let Some(live) = live else { return };
        if !answer.granted {
            if self.outgoing.withdraw(answer.number) {
                live.bucket.give_back();
            }
            return;
        }
        let lines_max = self.config.lines_max;
        self.outgoing.grant(answer.number, |room, rich: &Rich| {
            render(rich, &Profile::irc(lines_max, live.session.text_bytes_max(room)))
        });
    }

    /// Does what the session wants. Returns a reason to end.
    fn obey(&mut self, live: &mut Live, now: Instant) -> Option<String> {
        let mut changed = false;
        for effect in live.session.take_effects() {
            match effect {
                Effect::Write(line) => live.link.push(&line),
                Effect::Event(event) => {
                    changed |= !matches!(event, Event::Message(_));
                    self.ears.tell(event);
                }
                Effect::Pong(token) => confirm(live, &token),
                Effect::Refused(key) => refuse(&mut self.outgoing, live, &key),
                Effect::Patient => self.hurry(live),
                Effect::End(reason) => return Some(reason),
            }
        }
        if changed && live.session.is_up() {
            let missing = live.session.missing();
            self.set_health(true, missing);
            live.up_at.get_or_insert(now);
        }
        None
    }

    /// Looks after the server's signs of life. Returns a reason to end.
    fn watch(&self, live: &mut Live, now: Instant) -> Option<String> {
        if self
            .stop_at
            .is_some_and(|at| at <= now || self.outgoing.is_settled() && live.is_settled())
        {
            return Some("stopped".to_owned());
        }
        if !live.session.is_up() {
            let late = live.register_by <= now;
            return late.then(|| "the server did not let us in in time".to_owned());
        }
        match &live.ping {
            Some((_, at, _)) if *at + self.config.ping_timeout <= now => {
                Some("the server stopped answering".to_owned())
            }
            None if live.heard_at + self.config.ping_interval <= now => {
                live.ping(now, Vec::new());
                None
            }
            Some(_) | None => None,
        }
    }

    /// Writes what flood control lets through.
    fn write(&mut self, live: &mut Live, now: Instant) {
        // What the network has not taken yet is not worth adding to.
        if !live.session.is_up() || !live.link.is_idle() {
            return;
        }
        while let Some((room, line)) = self.outgoing.paid() {
            live.push_text(&room, &line);
        }
        let (outgoing, bucket) = (&mut self.outgoing, &mut live.bucket);
        while outgoing.wants_token(|room| live.session.is_open(room)) && bucket.take(now) {
            match outgoing.step(|room| live.session.is_open(room)) {
                Some(Step::Line(room, line)) => match Session::privmsg(&room, &line) {
                    Ok(line) => live.link.push(&line),
                    Err(_) => bucket.give_back(),
                },
                Some(Step::Asked) => {}
                None => bucket.give_back(),
            }
        }
        if live.ping.is_none() {
            let written = self.outgoing.take_written();
            if !written.is_empty() {
                live.ping(now, written);
            }
        }
    }

    fn due(&self, live: &Live, now: Instant) -> Instant {
        let mut due = now + FAR;
        if live.session.is_up() {
            let watched = match &live.ping {
                Some((_, at, _)) => *at + self.config.ping_timeout,
                None => live.heard_at + self.config.ping_interval,
            };
            due = due.min(watched);
            let open = |room: &Room| live.session.is_open(room);
            if live.link.is_idle() && self.outgoing.wants_token(open) {
                due = due.min(live.bucket.ready_at(now));
            }
        } else {
            due = due.min(live.register_by);
        }
        [live.session.next_at(), self.stop_at].into_iter().flatten().fold(due, Instant::min)
    }

    /// Waits before the next attempt.
    async fn rest(&mut self, reason: String) {
        let retry_in = self.backoff.fail();
        let name = &self.config.name;
        warn!(chat.network = %name, "Chat network `{name}` is down: {reason}; next try in {retry_in:?}");
        self.set_health(false, Some(reason.clone()));
        self.ears.tell(Event::Down { reason, retry_in });
        let mut resting = pin!(sleep_until(Instant::now() + retry_in));
        loop {
            tokio::select! {
                () = &mut resting => return,
                heard = self.ears.hear() => self.heard(heard, None),
            }
            if self.stop_at.is_some() {
                return;
            }
        }
    }

    fn note_heard(&self, live: &mut Live, now: Instant) {
        live.heard_at = now;
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.last_heard = Some(now.into_std());
    }

    fn set_health(&self, up: bool, reason: Option<String>) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if health.up != up {
            health.since = std::time::Instant::now();
        }
        health.up = up;
        health.reason = reason;
    }
}

impl Live {
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
        self.ping = Some((token, now, written));
    }

    fn is_settled(&self) -> bool {
        self.ping.as_ref().is_none_or(|(_, _, written)| written.is_empty())
    }
}

/// Some servers answer with a name of theirs instead of the token; as only one PING is under way,
/// any PONG is its answer unless it has the token of an older one.
fn confirm(live: &mut Live, token: &str) {
    let is_token =
        token.strip_prefix("squall-").is_some_and(|number| number.parse::<u64>().is_ok());
    let Some((_, _, written)) =
        live.ping.take_if(|(expected, _, _)| !is_token || token == expected.as_str())
    else {
        return;
    };
    for written in written {
        let outcome = written.outcome();
        answer(written.done, outcome);
    }
}

fn refuse(outgoing: &mut Outgoing, live: &mut Live, key: &str) {
    // To a channel that we were thrown out of we come back.
    let is_open = live.session.is_open(&Room::Channel(key.to_owned()));
    let error = if is_open { SendError::Refused } else { SendError::NotWritten };
    outgoing.refuse(key, error);
    let under_way = live.ping.iter_mut().flat_map(|(_, _, written)| written);
    for written in under_way.filter(|written| session::key(&written.room) == key) {
        written.failure = Some(error);
    }
}

async fn goodbye(mut link: Link) {
    if let Ok(line) = message::with_text("QUIT", &[], "stopped") {
        link.push(&line);
    }
    // Whether it is heard or not, the end is the same.
    drop(timeout_at(Instant::now() + Duration::from_secs(1), link.close()).await);
}
