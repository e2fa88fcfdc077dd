//! Messages on their way out: in order within a room, and fair between rooms.
//!
//! Each room has a lane, and lanes take turns piece by piece, so the ack in one room does not wait
//! for the long answer in another. What a piece is, the network decides: a line, or a whole
//! message. A message at the head of its lane goes through these states:
//!
//! ```text
//! waiting ──its turn, a token──► asked ──yes──► writing ──last piece──► written ───► confirmed
//!    ▲                             │ no, or taken back: dropped            │
//!    └── stays through reconnects  └── connection lost: not written        └── lost: maybe written
//! ```
//!
//! The token of the first piece is taken when the sender is asked, so that nothing delays the
//! piece once the sender has noted that it is being written.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::{Outgoing, Room, SendError, Sent};

/// Tells the sender how it ended.
pub(crate) type Done = oneshot::Sender<Result<Sent, SendError>>;

/// A message that waits for its turn.
pub(crate) struct Item {
    pub(crate) room: Room,
    pub(crate) message: Outgoing,
    /// Tells the sender that it is its turn; the answer carries the number.
    pub(crate) turn: oneshot::Sender<u64>,
    pub(crate) done: Done,
}

/// A message of which every piece has been written.
pub(crate) struct Written {
    /// The lane.
    pub(crate) key: String,
    done: Done,
    /// Whether it had several pieces, of which the first may have been shown.
    several: bool,
    /// Why the network did not take it, when it said so.
    pub(crate) failure: Option<SendError>,
}

impl Written {
    /// Tells the sender that the network has taken everything in.
    pub(crate) fn confirm(self, sent: Sent) {
        let result = match self.failure {
            None => Ok(sent),
            Some(SendError::NotWritten) if self.several => Err(SendError::MaybeWritten),
            Some(error) => Err(error),
        };
        answer(self.done, result);
    }

    /// Tells the sender that the connection was lost before that.
    pub(crate) fn lose(self) {
        answer(self.done, Err(SendError::MaybeWritten));
    }
}

enum Head<P> {
    Asked { number: u64, message: Outgoing, done: Done },
    Writing { pieces: VecDeque<P>, paid: bool, begun: bool, failure: Option<SendError>, done: Done },
}

struct Lane<P> {
    /// Equal for all spellings of the room.
    key: String,
    room: Room,
    head: Option<Head<P>>,
    waiting: VecDeque<Item>,
}

/// What is to be done next.
pub(crate) enum Step<P> {
    /// Write this piece to the room.
    Piece(Room, P),
    /// A sender was asked whether its message may be written.
    Asked,
}

/// All lanes, the one whose turn is next in front.
pub(crate) struct Queue<P> {
    lanes: VecDeque<Lane<P>>,
    written: Vec<Written>,
    asked: u64,
}

impl<P> Default for Queue<P> {
    fn default() -> Self {
        Self { lanes: VecDeque::new(), written: Vec::new(), asked: 0 }
    }
}

impl<P> Queue<P> {
    /// Adds a message at the end of its lane.
    pub(crate) fn push(&mut self, key: String, item: Item) {
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.key == key) {
            lane.waiting.retain(|item| !item.turn.is_closed());
            lane.waiting.push_back(item);
            return;
        }
        let room = item.room.clone();
        self.lanes.push_back(Lane { key, room, head: None, waiting: VecDeque::from([item]) });
    }

    /// Returns a piece that a token has been paid for.
    pub(crate) fn paid(&mut self) -> Option<(Room, P)> {
        let index = self.lanes.iter().position(Lane::is_paid)?;
        self.take_piece(index)
    }

    /// Returns whether [`Self::step`] would do something.
    pub(crate) fn wants_token(&self, open: impl Fn(&Room) -> bool) -> bool {
        self.lanes.iter().any(|lane| lane.is_ready() && open(&lane.room))
    }

    /// Uses one token for the next room whose turn it is and that is `open`.
    pub(crate) fn step(&mut self, open: impl Fn(&Room) -> bool) -> Option<Step<P>> {
        let index = self.lanes.iter().position(|lane| lane.is_ready() && open(&lane.room))?;
        if self.lanes.get(index)?.head.is_some() {
            return self.take_piece(index).map(|(room, piece)| Step::Piece(room, piece));
        }
        let mut lane = self.lanes.remove(index)?;
        let asked = self.ask(&mut lane);
        self.put_back(lane);
        asked.then_some(Step::Asked)
    }

    /// Lets the message with this number be written, in the pieces that `render` makes of it.
    pub(crate) fn grant(&mut self, number: u64, render: impl FnOnce(&Room, Outgoing) -> Vec<P>) {
        let Some(mut lane) = self.remove_asked(number) else { return };
        if let Some(Head::Asked { message, done, .. }) = lane.head.take() {
            let pieces: VecDeque<P> = render(&lane.room, message).into();
            if pieces.is_empty() {
                answer(done, Ok(Sent::default()));
            } else {
                let (paid, begun, failure) = (true, false, None);
                lane.head = Some(Head::Writing { pieces, paid, begun, failure, done });
            }
        }
        self.lanes.push_front(lane);
        self.drop_empty();
    }

    /// Forgets the message with this number, whose sender said no. Returns whether there was one.
    pub(crate) fn withdraw(&mut self, number: u64) -> bool {
        let Some(mut lane) = self.remove_asked(number) else { return false };
        lane.head = None;
        self.lanes.push_front(lane);
        self.drop_empty();
        true
    }

    /// Takes the messages that are written and not yet being confirmed.
    pub(crate) fn take_written(&mut self) -> Vec<Written> {
        std::mem::take(&mut self.written)
    }

    /// Notes that the network did not take what is written to the lane `key`.
    pub(crate) fn refuse(&mut self, key: &str, error: SendError) {
        for written in self.written.iter_mut().filter(|written| written.key == key) {
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
    pub(crate) fn lose(&mut self) {
        self.written.drain(..).for_each(Written::lose);
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
    pub(crate) fn close(&mut self) {
        for lane in &mut self.lanes {
            for item in lane.waiting.drain(..) {
                answer(item.done, Err(SendError::Closed));
            }
        }
        self.drop_empty();
    }

    /// Returns whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.written.is_empty() && self.lanes.is_empty()
    }

    /// Returns whether nothing is begun.
    pub(crate) fn is_settled(&self) -> bool {
        self.written.is_empty() && self.lanes.iter().all(|lane| lane.head.is_none())
    }

    /// Asks the first sender of the lane that still waits.
    fn ask(&mut self, lane: &mut Lane<P>) -> bool {
        while let Some(item) = lane.waiting.pop_front() {
            let number = self.asked;
            if item.turn.send(number).is_ok() {
                self.asked += 1;
                lane.head = Some(Head::Asked { number, message: item.message, done: item.done });
                return true;
            }
        }
        false
    }

    fn take_piece(&mut self, index: usize) -> Option<(Room, P)> {
        let mut lane = self.lanes.remove(index)?;
        let Some(Head::Writing { mut pieces, begun, failure, done, .. }) = lane.head.take() else {
            self.put_back(lane);
            return None;
        };
        let piece = pieces.pop_front();
        let room = lane.room.clone();
        if pieces.is_empty() {
            self.written.push(Written { key: lane.key.clone(), done, several: begun, failure });
        } else {
            lane.head = Some(Head::Writing { pieces, paid: false, begun: true, failure, done });
        }
        self.put_back(lane);
        piece.map(|piece| (room, piece))
    }

    fn remove_asked(&mut self, number: u64) -> Option<Lane<P>> {
        let asked = |lane: &Lane<P>| matches!(&lane.head, Some(Head::Asked { number: n, .. }) if *n == number);
        let index = self.lanes.iter().position(asked)?;
        self.lanes.remove(index)
    }

    fn put_back(&mut self, lane: Lane<P>) {
        if lane.head.is_some() || !lane.waiting.is_empty() {
            self.lanes.push_back(lane);
        }
    }

    fn drop_empty(&mut self) {
        self.lanes.retain(|lane| lane.head.is_some() || !lane.waiting.is_empty());
    }
}

impl<P> Lane<P> {
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
pub(crate) fn answer(done: Done, result: Result<Sent, SendError>) {
    drop(done.send(result));
}

#[cfg(test)]
mod tests {
    use super::*;

    type Turn = oneshot::Receiver<u64>;
    type End = oneshot::Receiver<Result<Sent, SendError>>;

    fn push(queue: &mut Queue<String>, room: &str, text: &str) -> (Turn, End) {
        let (turn, my_turn) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let room = Room::Channel(room.to_owned());
        let message = Outgoing::text(text);
        queue.push(room.name().to_lowercase(), Item { room, message, turn, done });
        (my_turn, ended)
    }

    fn words(_: &Room, message: Outgoing) -> Vec<String> {
        message.text.split(' ').map(str::to_owned).collect()
    }

    /// Uses tokens until nothing is ready, and lets every sender agree at once.
    fn drain(queue: &mut Queue<String>, turns: &mut [Turn]) -> Vec<String> {
        let mut written = Vec::new();
        loop {
            for turn in turns.iter_mut() {
                if let Ok(number) = turn.try_recv() {
                    queue.grant(number, words);
                }
            }
            if let Some((_, piece)) = queue.paid() {
                written.push(piece);
                continue;
            }
            match queue.step(|_| true) {
                Some(Step::Piece(_, piece)) => written.push(piece),
                Some(Step::Asked) => {}
                None => return written,
            }
        }
    }

    #[test]
    fn rooms_take_turns_piece_by_piece() {
        let mut queue = Queue::default();
        let (long, _ended) = push(&mut queue, "#a", "a1 a2 a3 a4");
        let (next, _ended) = push(&mut queue, "#A", "a5");
        let (other, _ended) = push(&mut queue, "#b", "b1 b2");
        let written = drain(&mut queue, &mut [long, next, other]);
        assert_eq!(written, ["a1", "b1", "a2", "b2", "a3", "a4", "a5"]);
        assert_eq!(queue.take_written().len(), 3);
        assert!(queue.is_empty());
    }

    #[test]
    fn closed_room_waits_and_others_go_on() {
        let mut queue = Queue::default();
        let (mut closed, _ended) = push(&mut queue, "#closed", "x");
        let (mut open, _ended) = push(&mut queue, "#open", "y");
        let is_open = |room: &Room| room.name() == "#open";
        assert!(matches!(queue.step(is_open), Some(Step::Asked)));
        assert!(open.try_recv().is_ok());
        assert!(closed.try_recv().is_err());
        assert!(!queue.wants_token(is_open));
    }

    #[test]
    fn loss_is_reported_by_how_far_a_message_was() {
        let mut queue = Queue::default();
        let (_turn, mut asked) = push(&mut queue, "#asked", "x");
        let (mut turn, mut begun) = push(&mut queue, "#begun", "x y");
        let (mut granted_turn, mut granted) = push(&mut queue, "#granted", "x");
        for _ in 0..3 {
            assert!(matches!(queue.step(|_| true), Some(Step::Asked)));
        }
        let (waiting_turn, mut waiting) = push(&mut queue, "#asked", "later");
        queue.grant(turn.try_recv().unwrap(), words);
        assert_eq!(queue.paid().unwrap().1, "x");
        queue.grant(granted_turn.try_recv().unwrap(), words);
        queue.lose();
        assert_eq!(asked.try_recv(), Ok(Err(SendError::NotWritten)));
        assert_eq!(begun.try_recv(), Ok(Err(SendError::MaybeWritten)));
        assert_eq!(granted.try_recv(), Ok(Err(SendError::NotWritten)));
        assert!(waiting.try_recv().is_err());
        assert_eq!(drain(&mut queue, &mut [waiting_turn]), ["later"]);
    }

    #[test]
    fn message_whose_sender_is_gone_is_skipped() {
        let mut queue = Queue::default();
        drop(push(&mut queue, "#a", "gone"));
        let (turn, _ended) = push(&mut queue, "#a", "here");
        assert_eq!(drain(&mut queue, &mut [turn]), ["here"]);
    }
}
