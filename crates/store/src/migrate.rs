//! Migrates the tables to the present version. Migrations only add.

use std::path::Path;

use sqlx::{AnyConnection, Executor as _, Row as _};

use crate::Error;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_ground.sql"),
    include_str!("../migrations/0002_workflows.sql"),
    include_str!("../migrations/0003_event_keys.sql"),
];

pub(crate) async fn run(connection: &mut AnyConnection, directory: &Path) -> Result<(), Error> {
    connection
        .execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        .await?;
    let row = sqlx::query("SELECT value FROM meta WHERE key = 'version'")
        .fetch_optional(&mut *connection)
        .await?;
    let found = match row {
        Some(row) => row.try_get::<String, _>(0)?.parse().unwrap_or(i64::MAX),
        None => 0,
    };
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Error::TooNew { path: directory.to_owned(), found, known });
    }
    for (index, script) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        connection.execute("BEGIN").await?;
        connection.execute(*script).await?;
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES ('version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind((index + 1).to_string())
        .execute(&mut *connection)
        .await?;
        connection.execute("COMMIT").await?;
    }
    Ok(())
}
