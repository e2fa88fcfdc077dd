//! Executions: one row each. Large results have rows of their own, and equal snapshots share one.

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

use model::{Execution, Id, Object, Status, Timestamp, execution::Snapshot};
use sqlx::{AnyConnection, AssertSqlSafe, Row as _, any::AnyRow};

use crate::{Error, Store, Transaction, large, write::Value};

/// The largest result, in bytes, that is stored in the execution's row.
const INLINE_MAX: usize = 4096;
/// How many snapshots are kept in memory.
const SNAPSHOTS_MAX: usize = 1024;

const INSERT: &str = "INSERT INTO executions (id, liveaction_id, snapshot, status, is_final, action_ref, runner, \
    user_name, parent, rule_ref, trigger_ref, trigger_type, trigger_instance, start_us, end_us, run_at_us, version, \
    result_size, body, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
    $18, $19, $20) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE executions SET status = $1, is_final = $2, end_us = $3, run_at_us = $4, version = $5, \
    result_size = $6, body = $7, result = $8 WHERE id = $9 AND version = $10";
const COLUMNS: &str = "e.id, e.snapshot, e.body, e.result, e.result_size";

/// A cache of snapshots.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    known: Mutex<HashMap<String, Arc<Snapshot>>>,
}

impl Snapshots {
    fn get(&self, key: &str) -> Option<Arc<Snapshot>> {
        self.known.lock().get(key).cloned()
    }

    pub(crate) fn put(&self, key: &str, snapshot: &Arc<Snapshot>) {
        let mut known = self.known.lock();
        if known.len() >= SNAPSHOTS_MAX {
            known.clear();
        }
        known.insert(key.to_owned(), Arc::clone(snapshot));
    }
}

/// Which executions a list contains.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Columns, each with the values of which it must equal one.
    pub equal: Vec<(Column, Vec<String>)>,
    /// Only executions without a parent.
    pub only_roots: bool,
    /// Only executions requested after this moment.
    pub after: Option<Timestamp>,
    /// Only executions requested before this moment.
    pub before: Option<Timestamp>,
    /// The order: columns, each with whether it is descending.
    pub order: Vec<(Column, bool)>,
    /// The maximum number.
    pub limit: Option<i64>,
    /// The number to skip.
    pub offset: i64,
}

/// A column that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The id.
    Id,
    /// The action's reference.
    Action,
    /// The status.
    Status,
    /// The live action's id.
    Liveaction,
    /// The parent's id.
    Parent,
    /// The rule's reference.
    Rule,
    /// The runner's name.
    Runner,
    /// The trigger's reference.
    Trigger,
    /// The trigger type's reference.
    TriggerType,
    /// The event's id.
    TriggerInstance,
    /// The user's name.
    User,
    /// The time of the request.
    Start,
    /// The time of the end.
    End,
}

impl Column {
    const fn sql(self) -> &'static str {
        match self {
            Self::Id => "e.id",
            Self::Action => "e.action_ref",
            Self::Status => "e.status",
            Self::Liveaction => "e.liveaction_id",
            Self::Parent => "e.parent",
            Self::Rule => "e.rule_ref",
            Self::Runner => "e.runner",
            Self::Trigger => "e.trigger_ref",
            Self::TriggerType => "e.trigger_type",
            Self::TriggerInstance => "e.trigger_instance",
            Self::User => "e.user_name",
            Self::Start => "e.start_us",
            Self::End => "e.end_us",
        }
    }
}

/// Whether results are read with the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// Every result is read.
    Read,
    /// No result is read.
    Left,
}

impl Transaction {
    /// Adds a new execution; a conflict when its id exists.
    pub fn insert_execution(&mut self, store: &Store, execution: &Execution, run_at: Timestamp) {
        let key = snapshot_key(&execution.snapshot);
        let cause = execution.cause.as_deref();
        let name = |value: Option<&serde_json::Value>, key: &str| {
            let text = value.and_then(|value| value.get(key)).and_then(serde_json::Value::as_str);
            Value::OptionalText(text.map(str::to_owned))
        };
        let mut aside = Self::new();
        let body = aside.body(execution);
        let (inline, beside) = aside.split(execution);
        self.guard(
            INSERT,
            vec![
                Value::Text(execution.id.to_string()),
                Value::Text(execution.liveaction_id.to_string()),
                Value::Text(key.clone()),
                Value::Text(execution.status.as_str().to_owned()),
                Value::Integer(i64::from(execution.status.is_final())),
                Value::Text(execution.action_ref()),
                Value::Text(execution.snapshot.action.runner_type.clone()),
                Value::Text(user(&execution.context).to_owned()),
                Value::OptionalText(execution.parent.map(|id| id.to_string())),
                name(cause.map(|cause| &cause.rule), "ref"),
                name(cause.map(|cause| &cause.trigger), "ref"),
                name(cause.map(|cause| &cause.trigger_type), "ref"),
                name(cause.map(|cause| &cause.trigger_instance), "id"),
                Value::Integer(execution.start_timestamp.micros()),
                Value::OptionalInteger(execution.end_timestamp.map(Timestamp::micros)),
                Value::Integer(run_at.micros()),
                Value::Integer(execution.version),
                Value::Integer(i64::try_from(execution.result_size).unwrap_or(i64::MAX)),
                Value::Text(body),
                Value::OptionalText(inline),
            ],
        );
        self.extend(aside);
        if let Some(beside) = beside {
            self.put_result(execution.id, beside);
        }
        if !store.is_snapshot_written(&key) {
            let text = serde_json::to_string(&*execution.snapshot).unwrap_or_default();
            self.then(
                "INSERT INTO snapshots (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                vec![Value::Text(key), Value::Text(text)],
            );
        }
    }

    /// Adds a change of an execution; a conflict unless the stored record has the previous version.
    pub fn update_execution(&mut self, execution: &Execution, run_at: Timestamp) {
        let mut aside = Self::new();
        let body = aside.body(execution);
        let (inline, beside) = aside.split(execution);
        self.guard(
            UPDATE,
            vec![
                Value::Text(execution.status.as_str().to_owned()),
                Value::Integer(i64::from(execution.status.is_final())),
                Value::OptionalInteger(execution.end_timestamp.map(Timestamp::micros)),
                Value::Integer(run_at.micros()),
                Value::Integer(execution.version),
                Value::Integer(i64::try_from(execution.result_size).unwrap_or(i64::MAX)),
                Value::Text(body),
                Value::OptionalText(inline),
                Value::Text(execution.id.to_string()),
                Value::Integer(execution.version - 1),
            ],
        );
        self.extend(aside);
        if let Some(beside) = beside {
            self.put_result(execution.id, beside);
        }
    }

    /// Returns the text of the record; large parameters become rows of their own.
    fn body(&mut self, execution: &Execution) -> String {
        let text = serde_json::to_string(execution).unwrap_or_default();
        if !large::needs_extraction(&text) {
            return text;
        }
        large::extract(&serde_json::to_value(execution).unwrap_or_default(), self)
    }

    /// Returns the text of the result: the first for the execution's row, or the second for a row of
    /// its own.
    fn split(&mut self, execution: &Execution) -> (Option<String>, Option<String>) {
        let Some(result) = &execution.result else { return (None, None) };
        let text = large::extract(result, self);
        if text.len() > INLINE_MAX { (None, Some(text)) } else { (Some(text), None) }
    }

    fn put_result(&mut self, id: Id, text: String) {
        self.then(
            "INSERT INTO results (execution_id, body) VALUES ($1, $2) \
             ON CONFLICT (execution_id) DO UPDATE SET body = excluded.body",
            vec![Value::Text(id.to_string()), Value::Text(text)],
        );
    }
}

impl Store {
    /// Records that the execution's snapshot is durable.
    pub fn keep_snapshot(&self, snapshot: &Arc<Snapshot>) {
        let key = snapshot_key(snapshot);
        if !self.is_snapshot_written(&key) {
            self.note_snapshot(&key, snapshot);
        }
    }

    /// Returns the execution with this id.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub async fn execution(&self, id: Id, results: Results) -> Result<Option<Execution>, Error> {
        let filter =
            Filter { equal: vec![(Column::Id, vec![id.to_string()])], ..Filter::default() };
        Ok(self.executions(&filter, results).await?.pop())
    }

    /// Returns the executions that match the filter.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn executions<'a>(
        &'a self,
        filter: &'a Filter,
        results: Results,
    ) -> BoxFuture<'a, Result<Vec<Execution>, Error>> {
        Box::pin(async move {
            let (condition, values) = condition(filter);
            let join = "LEFT JOIN results r ON r.execution_id = e.id";
            let (columns, join) = match results {
                Results::Read => (format!("{COLUMNS}, r.body"), join),
                Results::Left => (format!("{COLUMNS}, NULL"), ""),
            };
            let sql = format!(
                "SELECT {columns} FROM executions e {join} WHERE {condition} ORDER BY {} LIMIT {} OFFSET {}",
                order(filter),
                filter.limit.unwrap_or(i64::MAX),
                filter.offset.max(0),
            );
            let mut connection = self.readers().acquire().await?;
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for value in values {
                query = query.bind(value);
            }
            let rows = query.fetch_all(&mut *connection).await?;
            let mut executions = Vec::with_capacity(rows.len());
            for row in rows {
                executions.push(self.read(&row, results, &mut connection).await?);
            }
            Ok(executions)
        })
    }

    /// Returns how many executions match the filter, regardless of its limit.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn count_executions<'a>(&'a self, filter: &'a Filter) -> BoxFuture<'a, Result<i64, Error>> {
        Box::pin(async move {
            let (condition, values) = condition(filter);
            let sql = format!("SELECT COUNT(*) FROM executions e WHERE {condition}");
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for value in values {
                query = query.bind(value);
            }
            Ok(query.fetch_one(self.readers()).await?.try_get(0)?)
        })
    }

    /// Returns every execution that has not ended, oldest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn open_executions(&self) -> BoxFuture<'_, Result<Vec<Execution>, Error>> {
        Box::pin(async move {
            let open = Status::ALL.into_iter().filter(|status| !status.is_final());
            let statuses = open.map(|status| status.as_str().to_owned()).collect();
            let filter = Filter {
                equal: vec![(Column::Status, statuses)],
                order: vec![(Column::Id, false)],
                ..Filter::default()
            };
            self.executions(&filter, Results::Read).await
        })
    }

    /// Returns the distinct values of a column.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn distinct(&self, column: Column) -> BoxFuture<'_, Result<Vec<String>, Error>> {
        Box::pin(async move {
            let name = column.sql();
            let sql = format!(
                "SELECT DISTINCT {name} FROM executions e WHERE {name} IS NOT NULL ORDER BY 1"
            );
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(self.readers()).await?;
            rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
        })
    }

    /// Returns the newest id that ends with these digits; without digits, the newest execution that
    /// no rule requested.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn id_ending<'a>(&'a self, digits: &'a str) -> BoxFuture<'a, Result<Option<Id>, Error>> {
        Box::pin(async move {
            let sql = if digits.is_empty() {
                "SELECT id FROM executions WHERE rule_ref IS NULL AND id LIKE $1 ORDER BY id DESC LIMIT 1"
            } else {
                "SELECT id FROM executions WHERE id LIKE $1 ORDER BY id DESC LIMIT 1"
            };
            let query = sqlx::query(sql).bind(format!("%{digits}"));
            let row = query.fetch_optional(self.readers()).await?;
            let id = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
            Ok(id.and_then(|id| id.parse().ok()))
        })
    }

    async fn read(
        &self,
        row: &AnyRow,
        results: Results,
        connection: &mut AnyConnection,
    ) -> Result<Execution, Error> {
        let id: String = row.try_get(0)?;
        let key: String = row.try_get(1)?;
        let body: String = row.try_get(2)?;
        let unreadable = |source| Error::Record { table: "executions", id: id.clone(), source };
        let mut execution: Execution = if large::needs_restoring(&body) {
            let value = large::restore(&body, "executions", &id, connection).await?;
            serde_json::from_value(value).map_err(unreadable)?
        } else {
            serde_json::from_str(&body).map_err(unreadable)?
        };
        execution.snapshot = self.snapshot(&key, connection).await?;
        if results == Results::Read {
            let inline: Option<String> = row.try_get(3)?;
            let beside: Option<String> = row.try_get(5)?;
            if let Some(text) = inline.or(beside) {
                let result = large::restore(&text, "executions", &id, connection).await?;
                execution.result = Some(Arc::new(result));
            }
        }
        Ok(execution)
    }

    async fn snapshot(
        &self,
        key: &str,
        connection: &mut AnyConnection,
    ) -> Result<Arc<Snapshot>, Error> {
        if let Some(snapshot) = self.inner.snapshots.get(key) {
            return Ok(snapshot);
        }
        let query = sqlx::query("SELECT body FROM snapshots WHERE key = $1").bind(key.to_owned());
        let text: String = query.fetch_one(connection).await?.try_get(0)?;
        let unreadable = |source| Error::Record { table: "snapshots", id: key.to_owned(), source };
        let snapshot = Arc::new(serde_json::from_str(&text).map_err(unreadable)?);
        self.note_snapshot(key, &snapshot);
        Ok(snapshot)
    }
}

/// Returns the key of a snapshot: the id of its action and its digest.
fn snapshot_key(snapshot: &Arc<Snapshot>) -> String {
    format!("{}-{:016x}", snapshot.action.id, snapshot.digest())
}

fn user(context: &Object) -> &str {
    context.get("user").and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn condition(filter: &Filter) -> (String, Vec<String>) {
    let mut terms = vec!["1 = 1".to_owned()];
    let mut values = Vec::new();
    for (column, wanted) in &filter.equal {
        let places: Vec<String> = wanted
            .iter()
            .map(|value| {
                values.push(value.clone());
                format!("${}", values.len())
            })
            .collect();
        terms.push(format!("{} IN ({})", column.sql(), places.join(", ")));
    }
    if filter.only_roots {
        terms.push("e.parent IS NULL".to_owned());
    }
    if let Some(after) = filter.after {
        terms.push(format!("e.start_us > {}", after.micros()));
    }
    if let Some(before) = filter.before {
        terms.push(format!("e.start_us < {}", before.micros()));
    }
    (terms.join(" AND "), values)
}

fn order(filter: &Filter) -> String {
    let mut terms: Vec<String> = Vec::new();
    for (column, descends) in &filter.order {
        terms.push(format!("{}{}", column.sql(), if *descends { " DESC" } else { "" }));
    }
    let descends = filter.order.first().is_none_or(|(_, descends)| *descends);
    terms.push(if descends { "e.id DESC" } else { "e.id" }.to_owned());
    terms.join(", ")
}
