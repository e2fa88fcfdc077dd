//! Messages on their way out: in order within a room, and fair between rooms.
//!
//! Each room has a lane, and lanes take turns line by line, so the ack in one room does not wait
//! for the long answer in another. A message at the head of its lane goes through these states:
//!
//! ```text
//! waiting ──its turn, a token──► asked ──yes──► writing ──last line──► written ──PONG──► confirmed
//!    ▲                             │ no, or taken back: dropped            │
//!    └── stays through reconnects  └── connection lost: not written        └── lost: maybe written
//! ```
//!
//! The token of the first line is taken when the message is asked, so that nothing delays the
//! line once the sender has noted that it is being written.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::{Rich, Room, SendError, irc::session};

/// Tells the sender how it ended.
pub(super) type Done = oneshot::Sender<Result<(), SendError>>;

/// A message that waits for its turn.
pub(super) struct Item {
    pub(super) room: Room,
    pub(super) rich: Rich,
    /// Tells the sender that it is its turn; the answer carries the number.
    pub(super) turn: oneshot::Sender<u64>,
    pub(super) done: Done,
}

/// A message that has been written whole.
pub(super) struct Written {
    pub(super) room: Room,
    pub(super) done: Done,
    /// Whether it had several lines, of which the first may have been passed on.
    pub(super) several: bool,
    /// What the server said about not passing it on.
    pub(super) failure: Option<SendError>,
}

enum Head {
    Asked {
        number: u64,
        rich: Rich,
        done: Done,
    },
    Writing {
        lines: VecDeque<String>,
        paid: bool,
        begun: bool,
        failure: Option<SendError>,
        done: Done,
    },
}

struct Lane {
    /// Equal for all spellings of the room.
    key: String,
    room: Room,
    head: Option<Head>,
    waiting: VecDeque<Item>,
}

/// What is to be done next.
pub(super) enum Step {
    /// Write this line to the room.
    Line(Room, String),
    /// A message asks its sender for leave.
    Asked,
}

impl Written {
    /// Returns how it ended, now that the server has taken everything in.
    pub(super) fn outcome(&self) -> Result<(), SendError> {
        match self.failure {
            None => Ok(()),
            Some(SendError::NotWritten) if self.several => Err(SendError::MaybeWritten),
            Some(error) => Err(error),
        }
    }
}

/// All lanes, the one whose turn is next in front.
#[derive(Default)]
pub(super) struct Outgoing {
    lanes: VecDeque<Lane>,
    written: Vec<Written>,
    asked: u64,
}

impl Outgoing {
    /// Adds a message at the end of its lane.
    pub(super) fn push(&mut self, key: String, item: Item) {
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.key == key) {
            lane.waiting.retain(|item| !item.turn.is_closed());
            lane.waiting.push_back(item);
            return;
        }
        let room = item.room.clone();
        self.lanes.push_back(Lane { key, room, head: None, waiting: VecDeque::from([item]) });
    }

    /// Returns a line that a token has been paid for.
    pub(super) fn paid(&mut self) -> Option<(Room, String)> {
        let index = self.lanes.iter().position(Lane::is_paid)?;
        self.take_line(index)
    }

    /// Returns whether [`Self::step`] would do something.
    pub(super) fn wants_token(&self, open: impl Fn(&Room) -> bool) -> bool {
        self.lanes.iter().any(|lane| lane.is_ready() && open(&lane.room))
    }

    /// Uses one token for the next room whose turn it is and that is `open`.
    pub(super) fn step(&mut self, open: impl Fn(&Room) -> bool) -> Option<Step> {
        let index = self.lanes.iter().position(|lane| lane.is_ready() && open(&lane.room))?;
        if self.lanes.get(index)?.head.is_some() {
            return self.take_line(index).map(|(room, line)| Step::Line(room, line));
        }
        let mut lane = self.lanes.remove(index)?;
        let asked = self.ask(&mut lane);
        self.put_back(lane);
        asked.then_some(Step::Asked)
    }

    /// Lets the message with this number be written, as `lines`.
    pub(super) fn grant(&mut self, number: u64, render: impl FnOnce(&Room, &Rich) -> Vec<String>) {
        let Some(mut lane) = self.remove_asked(number) else { return };
        if let Some(Head::Asked { rich, done, .. }) = lane.head.take() {
            let lines: VecDeque<String> = render(&lane.room, &rich).into();
            if lines.is_empty() {
                answer(done, Ok(()));
            } else {
                let (paid, begun, failure) = (true, false, None);
                lane.head = Some(Head::Writing { lines, paid, begun, failure, done });
            }
        }
        self.lanes.push_front(lane);
        self.drop_empty();
    }

    /// Forgets the message with this number, whose sender said no. Returns whether there was one.
    pub(super) fn withdraw(&mut self, number: u64) -> bool {
        let Some(mut lane) = self.remove_asked(number) else { return false };
        lane.head = None;
        self.lanes.push_front(lane);
        self.drop_empty();
        true
    }

    /// Takes the messages that are written and not yet being confirmed.
    pub(super) fn take_written(&mut self) -> Vec<Written> {
        std::mem::take(&mut self.written)
    }

    /// Notes that the server did not pass on what is written to `key`.
    pub(super) fn refuse(&mut self, key: &str, error: SendError) {
        for written in self.written.iter_mut().filter(|written| session::key(&written.room) == key)
        {
            written.failure = Some(error);
        }
        for lane in self.lanes.iter_mut().filter(|lane| lane.key == key) {
            // One that is not begun cannot be meant.
            if let Some(Head::Writing { begun: true, failure, .. }) = &mut lane.head {
                *failure = Some(error);
            }
        }
    }

    /// Tells the senders of begun messages that the connection is lost.
    pub(super) fn lose(&mut self) {
        for written in self.written.drain(..) {
            answer(written.done, Err(SendError::MaybeWritten));
        }
        for lane in &mut self.lanes {
            match lane.head.take() {
                Some(Head::Asked { done, .. }) => answer(done, Err(SendError::NotWritten)),
                Some(Head::Writing { begun, done, .. }) => {
                    let error = if begun { SendError::MaybeWritten } else { SendError::NotWritten };
                    answer(done, Err(error));
                }
                None => {}
            }
        }
        self.drop_empty();
    }

    /// Refuses all that wait for their turn.
    pub(super) fn close(&mut self) {
        for lane in &mut self.lanes {
            for item in lane.waiting.drain(..) {
                answer(item.done, Err(SendError::Closed));
            }
        }
        self.drop_empty();
    }

    /// Returns whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.written.is_empty() && self.lanes.is_empty()
    }

    /// Returns whether nothing is begun.
    pub(super) fn is_settled(&self) -> bool {
        self.written.is_empty() && self.lanes.iter().all(|lane| lane.head.is_none())
    }

    /// Asks the first sender of the lane that still waits.
    fn ask(&mut self, lane: &mut Lane) -> bool {
        while let Some(item) = lane.waiting.pop_front() {
            let number = self.asked;
            if item.turn.send(number).is_ok() {
                self.asked += 1;
                lane.head = Some(Head::Asked { number, rich: item.rich, done: item.done });
                return true;
            }
        }
        false
    }

    fn take_line(&mut self, index: usize) -> Option<(Room, String)> {
        let mut lane = self.lanes.remove(index)?;
        let Some(Head::Writing { mut lines, begun, failure, done, .. }) = lane.head.take() else {
            self.put_back(lane);
            return None;
        };
        let line = lines.pop_front();
        let room = lane.room.clone();
        if lines.is_empty() {
            self.written.push(Written { room: room.clone(), done, several: begun, failure });
        } else {
            lane.head = Some(Head::Writing { lines, paid: false, begun: true, failure, done });
        }
        self.put_back(lane);
        line.map(|line| (room, line))
    }

    fn remove_asked(&mut self, number: u64) -> Option<Lane> {
        let asked =
            |lane: &Lane| matches!(&lane.head, Some(Head::Asked { number: n, .. }) if *n == number);
        let index = self.lanes.iter().position(asked)?;
        self.lanes.remove(index)
    }

    fn put_back(&mut self, lane: Lane) {
        if lane.head.is_some() || !lane.waiting.is_empty() {
            self.lanes.push_back(lane);
        }
    }

    fn drop_empty(&mut self) {
        self.lanes.retain(|lane| lane.head.is_some() || !lane.waiting.is_empty());
    }
}

impl Lane {
    fn is_paid(&self) -> bool {
        matches!(&self.head, Some(Head::Writing { paid: true, .. }))
    }

    fn is_ready(&self) -> bool {
        match &self.head {
            None => !self.waiting.is_empty(),
            Some(Head::Asked { .. }) => false,
            Some(Head::Writing { paid, .. }) => !paid,
        }
    }
}

/// Tells a sender how it ended; one that is gone does not want to know.
pub(super) fn answer(done: Done, result: Result<(), SendError>) {
    let _ = done.send(result);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Turn = oneshot::Receiver<u64>;
    type End = oneshot::Receiver<Result<(), SendError>>;

    fn push(outgoing: &mut Outgoing, room: &str, text: &str) -> (Turn, End) {
        let (turn, my_turn) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let room = Room::Channel(room.to_owned());
        let rich = Rich { text: text.to_owned(), ..Rich::default() };
        outgoing.push(session::key(&room), Item { room, rich, turn, done });
        (my_turn, ended)
    }

    fn lines(_: &Room, rich: &Rich) -> Vec<String> {
        rich.text.split(' ').map(str::to_owned).collect()
    }

    /// Uses tokens until nothing is ready, and lets every sender agree at once.
    fn drain(outgoing: &mut Outgoing, turns: &mut [Turn]) -> Vec<String> {
        let mut written = Vec::new();
        loop {
            for turn in turns.iter_mut() {
                if let Ok(number) = turn.try_recv() {
                    outgoing.grant(number, lines);
                }
            }
            if let Some((_, line)) = outgoing.paid() {
                written.push(line);
                continue;
            }
            match outgoing.step(|_| true) {
                Some(Step::Line(_, line)) => written.push(line),
                Some(Step::Asked) => {}
                None => return written,
            }
        }
    }

    #[test]
    fn rooms_take_turns_line_by_line() {
        let mut outgoing = Outgoing::default();
        let (long, _ended) = push(&mut outgoing, "#a", "a1 a2 a3 a4");
        let (next, _ended) = push(&mut outgoing, "#A", "a5");
        let (other, _ended) = push(&mut outgoing, "#b", "b1 b2");
        let written = drain(&mut outgoing, &mut [long, next, other]);
        assert_eq!(written, ["a1", "b1", "a2", "b2", "a3", "a4", "a5"]);
        assert_eq!(outgoing.take_written().len(), 3);
        assert!(outgoing.is_empty());
    }

    #[test]
    fn closed_room_waits_and_others_go_on() {
        let mut outgoing = Outgoing::default();
        let (mut closed, _ended) = push(&mut outgoing, "#closed", "x");
        let (mut open, _ended) = push(&mut outgoing, "#open", "y");
        let is_open = |room: &Room| room.name() == "#open";
        assert!(matches!(outgoing.step(is_open), Some(Step::Asked)));
        assert!(open.try_recv().is_ok());
        assert!(closed.try_recv().is_err());
        assert!(!outgoing.wants_token(is_open));
    }

    #[test]
    fn loss_is_reported_by_how_far_a_message_was() {
        let mut outgoing = Outgoing::default();
        let (_turn, mut asked) = push(&mut outgoing, "#asked", "x");
        let (mut turn, mut begun) = push(&mut outgoing, "#begun", "x y");
        let (mut granted_turn, mut granted) = push(&mut outgoing, "#granted", "x");
        for _ in 0..3 {
            assert!(matches!(outgoing.step(|_| true), Some(Step::Asked)));
        }
        let (waiting_turn, mut waiting) = push(&mut outgoing, "#asked", "later");
        outgoing.grant(turn.try_recv().unwrap(), lines);
        assert_eq!(outgoing.paid().unwrap().1, "x");
        outgoing.grant(granted_turn.try_recv().unwrap(), lines);
        outgoing.lose();
        assert_eq!(asked.try_recv(), Ok(Err(SendError::NotWritten)));
        assert_eq!(begun.try_recv(), Ok(Err(SendError::MaybeWritten)));
        assert_eq!(granted.try_recv(), Ok(Err(SendError::NotWritten)));
        assert!(waiting.try_recv().is_err());
        assert_eq!(drain(&mut outgoing, &mut [waiting_turn]), ["later"]);
    }

    #[test]
    fn message_whose_sender_is_gone_is_skipped() {
        let mut outgoing = Outgoing::default();
        drop(push(&mut outgoing, "#a", "gone"));
        let (turn, _ended) = push(&mut outgoing, "#a", "here");
        assert_eq!(drain(&mut outgoing, &mut [turn]), ["here"]);
    }
}
