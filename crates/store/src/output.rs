//! The output of running actions, in pieces.

use futures_util::future::BoxFuture;
use model::{
    Id, Timestamp,
    job::{Chunk, Output},
};
use sqlx::Row as _;

use crate::{Error, Store, Transaction, write::Value};

/// A piece of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The id.
    pub id: Id,
    /// The position among the execution's pieces.
    pub sequence: i64,
    /// When it was read.
    pub timestamp: Timestamp,
    /// The stream and the text.
    pub chunk: Chunk,
}

impl Transaction {
    /// Adds pieces of output.
    pub fn insert_output(&mut self, execution: Id, pieces: &[Piece]) {
        for piece in pieces {
            self.then(
                "INSERT INTO outputs (execution_id, sequence, id, stream, at_us, data) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                vec![
                    Value::Text(execution.to_string()),
                    Value::Integer(piece.sequence),
                    Value::Text(piece.id.to_string()),
                    Value::Text(piece.chunk.output.as_str().to_owned()),
                    Value::Integer(piece.timestamp.micros()),
                    Value::Text(piece.chunk.data.clone()),
                ],
            );
        }
    }
}

impl Store {
    /// Returns the output of an execution, in order.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn output(&self, execution: Id) -> BoxFuture<'_, Result<Vec<Piece>, Error>> {
        Box::pin(async move {
            let query = sqlx::query(
                "SELECT sequence, id, stream, at_us, data FROM outputs WHERE execution_id = $1 ORDER BY sequence",
            );
            let rows = query.bind(execution.to_string()).fetch_all(self.readers()).await?;
            let mut pieces = Vec::with_capacity(rows.len());
            for row in rows {
                let id: String = row.try_get(1)?;
                let stream: String = row.try_get(2)?;
                let output = match stream.as_str() {
                    "stdout" => Output::Stdout,
                    "stderr" => Output::Stderr,
                    _ => Output::Output,
                };
                pieces.push(Piece {
                    id: id.parse().unwrap_or(execution),
                    sequence: row.try_get(0)?,
                    timestamp: Timestamp::from_micros(row.try_get(3)?),
                    chunk: Chunk { output, data: row.try_get(4)? },
                });
            }
            Ok(pieces)
        })
    }
}
