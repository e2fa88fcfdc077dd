//! Workflows: the state of each is a set of small cells, so that a step writes only what it
//! changed.

use futures_util::future::BoxFuture;
use model::Id;
use serde_json::Value as Json;
use sqlx::Row as _;

use crate::{Error, Store, Transaction, large, write::Value};

impl Transaction {
    /// Writes a cell of a workflow.
    pub fn put_cell(&mut self, workflow: Id, key: &str, body: &Json) {
        let body = large::extract(body, self);
        self.then(
            "INSERT INTO workflow_cells (workflow_id, key, body) VALUES ($1, $2, $3) \
             ON CONFLICT (workflow_id, key) DO UPDATE SET body = excluded.body",
            vec![Value::Text(workflow.to_string()), Value::Text(key.to_owned()), Value::Text(body)],
        );
    }

    /// Removes a cell of a workflow.
    pub fn remove_cell(&mut self, workflow: Id, key: &str) {
        self.then(
            "DELETE FROM workflow_cells WHERE workflow_id = $1 AND key = $2",
            vec![Value::Text(workflow.to_string()), Value::Text(key.to_owned())],
        );
    }

    /// Removes the cells of a workflow whose keys begin with a prefix.
    pub fn remove_cells(&mut self, workflow: Id, prefix: &str) {
        // No key contains this character, the last of Unicode.
        let end = format!("{prefix}\u{10ffff}");
        self.then(
            "DELETE FROM workflow_cells WHERE workflow_id = $1 AND key >= $2 AND key < $3",
            vec![
                Value::Text(workflow.to_string()),
                Value::Text(prefix.to_owned()),
                Value::Text(end),
            ],
        );
    }
}

impl Store {
    /// Returns the cells of a workflow.
    ///
    /// # Errors
    /// Fails when the database or a cell cannot be read.
    pub fn cells(&self, workflow: Id) -> BoxFuture<'_, Result<Vec<(String, Json)>, Error>> {
        Box::pin(async move {
            let mut connection = self.readers().acquire().await?;
            let query = sqlx::query("SELECT key, body FROM workflow_cells WHERE workflow_id = $1");
            let rows = query.bind(workflow.to_string()).fetch_all(&mut *connection).await?;
            let mut cells = Vec::with_capacity(rows.len());
            for row in rows {
                let (key, body): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                let value = large::restore(&body, "workflow_cells", &key, &mut connection).await?;
                cells.push((key, value));
            }
            Ok(cells)
        })
    }
}
