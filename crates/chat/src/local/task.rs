//! The task of the robot on a local network.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

use crate::{
    Event, Outgoing, Room, SendError, Sent,
    bucket::Bucket,
    local::{Config, Post},
    mailbox::Answer,
    queue::Step,
    render::render,
    supervisor::{Ended, Supervisor},
};

/// When nothing else is due.
const FAR: Duration = Duration::from_secs(3600);

/// A message as it will be seen, and the id of the one that it takes the place of.
pub(super) struct Draft {
    post: Post,
    replaces: Option<String>,
}

/// Keeps the robot on the network until it is stopped.
pub(super) async fn run(config: Arc<Config>, supervisor: Supervisor<Draft>) {
    let mut task = Task { config, supervisor };
    loop {
        let ended = task.serve().await;
        if !task.supervisor.rest(ended).await {
            return;
        }
    }
}

struct Task {
    config: Arc<Config>,
    supervisor: Supervisor<Draft>,
}

impl Task {
    /// Connects and serves until the end.
    async fn serve(&mut self) -> Ended {
        let began = Instant::now();
        let mut connection = match self.config.server.connect(&self.config) {
            Ok(connection) => connection,
            Err(reason) => return Ended { reason, lasted: Duration::ZERO },
        };
        self.enter();
        let mut bucket = Bucket::new(self.config.burst, self.config.interval, began);
        let reason = loop {
            if let Some(reason) = self.turn(&mut connection, &mut bucket).await {
                break reason;
            }
        };
        Ended { reason, lasted: began.elapsed() }
    }

    fn enter(&mut self) {
        self.supervisor.emit(Event::Up);
        for channel in &self.config.channels {
            self.supervisor.emit(Event::Joined(channel.clone()));
        }
        self.supervisor.set_up(None);
    }

    /// Does what is due, then waits for one thing. Returns a reason to end.
    async fn turn(
        &mut self,
        connection: &mut UnboundedReceiver<Event>,
        bucket: &mut Bucket,
    ) -> Option<String> {
        let now = Instant::now();
        if self.supervisor.is_over(now, true) {
            return Some("stopped".to_owned());
        }
        self.write(bucket, now);
        let waits = self.supervisor.queue.wants_token(|_| true);
        let due = if waits { bucket.ready_at(now) } else { now + FAR };
        let due = self.supervisor.stop_at().map_or(due, |stop| due.min(stop));
        tokio::select! {
            answer = self.supervisor.receive() => {
                if let Some(answer) = answer {
                    self.decide(&answer, bucket);
                }
            }
            event = connection.recv(), if !self.supervisor.is_full() => match event {
                Some(event) => {
                    self.supervisor.note_heard(Instant::now());
                    self.supervisor.emit(event);
                }
                None => return Some("the connection was cut".to_owned()),
            },
            () = sleep_until(due) => {}
        }
        None
    }

    /// Begins or drops the message whose sender answered.
    fn decide(&mut self, answer: &Answer, bucket: &mut Bucket) {
        let queue = &mut self.supervisor.queue;
        if answer.granted {
            let config = &self.config;
            queue.grant(answer.number, |room, message| vec![draft(config, room, &message)]);
        } else if queue.withdraw(answer.number) {
            bucket.give_back();
        }
    }

    /// Writes what the rate lets through.
    fn write(&mut self, bucket: &mut Bucket, now: Instant) {
        while let Some((_, draft)) = self.supervisor.queue.paid() {
            self.write_one(draft);
        }
        let queue = &mut self.supervisor.queue;
        while queue.wants_token(|_| true) && bucket.take(now) {
            match queue.step(|_| true) {
                Some(Step::Asked) => {}
                // A message is one piece, whose token is paid when its sender is asked.
                Some(Step::Piece(..)) | None => bucket.give_back(),
            }
        }
    }

    fn write_one(&mut self, draft: Draft) {
        let taken = self.config.server.take(draft.post, draft.replaces.as_deref());
        for mut written in self.supervisor.queue.take_written() {
            match taken {
                Ok(ref id) => written.confirm(Sent { message_id: Some(id.clone()) }),
                Err(SendError::MaybeWritten) => written.lose(),
                Err(error) => {
                    written.failure = Some(error);
                    written.confirm(Sent::default());
                }
            }
        }
    }
}

/// Returns a message as people will see it.
fn draft(config: &Config, room: &Room, message: &Outgoing) -> Draft {
    let rendered = render(message, &config.abilities);
    let post = Post {
        id: String::new(),
        room: room.clone(),
        thread: message.thread.clone().filter(|_| config.abilities.threads),
        account: config.account.clone(),
        text: rendered.lines.join("\n"),
        tone: message.tone,
        mentions: rendered.mentions.to_vec(),
        files: rendered.files.into_iter().cloned().collect(),
        buttons: rendered.buttons.into_iter().cloned().collect(),
        is_edited: false,
    };
    Draft { post, replaces: message.replaces.clone().filter(|_| config.abilities.edits) }
}
