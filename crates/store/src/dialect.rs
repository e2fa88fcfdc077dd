//! What depends on the database engine: how connections are opened and tuned.

use std::{path::Path, sync::Once};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _, any::AnyPoolOptions};

/// Every commit is flushed to disk before it is acknowledged.
const WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
                      PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY;";
const READER: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -2000; PRAGMA query_only = 1;";

pub(crate) async fn connect_writer(path: &Path) -> Result<AnyConnection, sqlx::Error> {
    install();
    let mut connection = AnyConnection::connect(&url(path, "rwc")).await?;
    connection.execute(WRITER).await?;
    Ok(connection)
}

pub(crate) async fn connect_readers(path: &Path) -> Result<AnyPool, sqlx::Error> {
    install();
    AnyPoolOptions::new()
        .min_connections(0)
        .max_connections(3)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(READER).await?;
                Ok(())
            })
        })
        .connect(&url(path, "rw"))
        .await
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(sqlx::any::install_default_drivers);
}

/// The characters that are encoded in the path of a database.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

fn url(path: &Path, mode: &str) -> String {
    let path = path.to_string_lossy();
    format!("sqlite://{}?mode={mode}", utf8_percent_encode(&path, ENCODED))
}
