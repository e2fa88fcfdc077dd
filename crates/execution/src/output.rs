//! Output of a run: collected into pieces, written and published a few at a time.

use std::{sync::Arc, time::Duration};

use model::{Event, Execution, event, job::Chunk};
use store::{Transaction, output::Piece};
use tokio::sync::mpsc;

use crate::Executions;

/// How many pieces of output wait for the disk before the process is slowed down.
pub(crate) const OUTPUT_QUEUE: usize = 256;
/// How long a piece of output waits for others to share its commit.
const OUTPUT_WAIT: Duration = Duration::from_millis(50);

impl Executions {
    /// Puts output on record and on the stream, a few pieces at a time; returns what is left when
    /// the action has ended, for the transaction of the end.
    pub(crate) async fn collect(
        &self,
        execution: &Arc<Execution>,
        mut chunks: mpsc::Receiver<Chunk>,
    ) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut sequence = 0;
        while let Some(chunk) = chunks.recv().await {
            let wait = crate::pause::pause(OUTPUT_WAIT);
            tokio::pin!(wait);
            let mut next = Some(chunk);
            let ended = loop {
                if let Some(chunk) = next.take() {
                    sequence += 1;
                    pieces.push(Piece {
                        id: self.make_id(),
                        sequence,
                        timestamp: self.now(),
                        chunk,
                    });
                }
                tokio::select! {
                    chunk = chunks.recv(), if pieces.len() < OUTPUT_QUEUE => match chunk {
                        Some(chunk) => next = Some(chunk),
                        None => break true,
                    },
                    () = &mut wait => break false,
                }
            };
            if ended {
                return pieces;
            }
            let mut transaction = Transaction::new();
            transaction.insert_output(execution.id, &pieces);
            if let Err(error) = self.store().write(transaction).await {
                tracing::error!(execution.id = %execution.id, %error, "output of an action could not be written yet");
                continue;
            }
            self.publish_output(execution, &pieces);
            pieces.clear();
        }
        pieces
    }

    pub(crate) fn publish_output(&self, execution: &Arc<Execution>, pieces: &[Piece]) {
        if !self.bus().is_read() {
            return;
        }
        for piece in pieces {
            self.bus().publish(Event::new(event::Kind::Output {
                id: piece.id,
                execution: Arc::clone(execution),
                timestamp: piece.timestamp,
                chunk: piece.chunk.clone(),
            }));
        }
    }
}
