//! SQLite: a file that this server alone writes, or memory for tests and demonstrations.
//!
//! One connection: SQLite has one writer anyway, and waiting for it in our own queue is fairer than its retries.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteRow, SqliteSynchronous,
};
use sqlx::{Arguments, ConnectOptions, Connection, Row as _, Sqlite, TypeInfo, ValueRef};

use super::database::{
    Commit, Database, Row, Statement, StoreError, Value, breaks_a_constraint, read, store_error,
};

/// How long a statement waits for another process, and a caller for the connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open SQLite database.
pub(super) struct SqliteDatabase {
    pool: SqlitePool,
    /// Whether the connection may be set to relaxed commits.
    may_be_relaxed: AtomicBool,
}

impl SqliteDatabase {
    /// Opens the file, which exists; without one, memory that lives as long as this.
    pub(super) async fn open(file: Option<&Path>) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().foreign_keys(true).busy_timeout(PATIENCE);
        let options = match file {
            // What is committed outlives a power cut: an intent is written before Logto is asked.
            Some(file) => options
                .filename(file)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full),
            None => options.in_memory(true),
        };
        // The connection is never replaced: a database in memory would be lost with it.
        let pool = PoolOptions::<Sqlite>::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(PATIENCE)
            .connect_with(options.disable_statement_logging())
            .await?;
        Ok(Self { pool, may_be_relaxed: AtomicBool::new(false) })
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Returns the connection, set to commits of this kind (<https://sqlite.org/pragma.html#pragma_synchronous>). In
    /// WAL mode `NORMAL` leaves the order of commits as it is and only saves the wait for the disk.
    async fn connection(&self, commit: Commit) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        match (commit, self.may_be_relaxed.load(Ordering::Relaxed)) {
            (Commit::Durable, true) => {
                sqlx::query("PRAGMA synchronous = FULL").execute(&mut *connection).await?;
                self.may_be_relaxed.store(false, Ordering::Relaxed);
            }
            (Commit::Relaxed, false) => {
                // Before it is set: this future may be dropped in between.
                self.may_be_relaxed.store(true, Ordering::Relaxed);
                sqlx::query("PRAGMA synchronous = NORMAL").execute(&mut *connection).await?;
            }
            (Commit::Durable, false) | (Commit::Relaxed, true) => {}
        }
        Ok(connection)
    }
}

fn arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(|_| StoreError::Corrupt("a value cannot be stored"))?;
    }
    Ok(arguments)
}

fn values(row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let value = row.try_get_raw(column)?;
        values.push(if value.is_null() {
            Value::Null
        } else {
            match value.type_info().name() {
                "TEXT" => Value::Text(row.try_get_unchecked(column)?),
                "BLOB" => Value::Bytes(row.try_get_unchecked(column)?),
                _ => Value::Integer(row.try_get(column)?),
            }
        });
    }
    Ok(values)
}

impl Database for SqliteDatabase {
    fn execute_with<'a>(
        &'a self,
        statement: Statement,
        commit: Commit,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        async move {
            let query = sqlx::query_with(statement.sql, arguments(statement.values)?);
            let mut connection = self.connection(commit).await.map_err(|error| store_error(&error))?;
            let done = query.execute(&mut *connection).await.map_err(|error| store_error(&error))?;
            Ok(done.rows_affected())
        }
        .boxed()
    }

    fn rows_with<'a>(
        &'a self,
        statement: Statement,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        async move {
            let query = sqlx::query_with(statement.sql, arguments(statement.values)?);
            let mut connection = self.connection(commit).await.map_err(|error| store_error(&error))?;
            let rows = query.fetch_all(&mut *connection).await.map_err(|error| store_error(&error))?;
            read(&rows, values).map_err(|error| store_error(&error))
        }
        .boxed()
    }

    fn all_or_nothing<'a>(
        &'a self,
        statements: Vec<Statement>,
        commit: Commit,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            // The write lock is taken at once: a transaction that reads first could not wait for it.
            let mut connection = self.connection(commit).await.map_err(|error| store_error(&error))?;
            let begun = connection.begin_with("BEGIN IMMEDIATE").await;
            let mut transaction = begun.map_err(|error| store_error(&error))?;
            for statement in statements {
                let query = sqlx::query_with(statement.sql, arguments(statement.values)?);
                let changed = match query.execute(&mut *transaction).await {
                    Ok(done) => done.rows_affected() > 0,
                    Err(error) if breaks_a_constraint(&error) => false,
                    Err(error) => return Err(store_error(&error)),
                };
                if !changed {
                    transaction.rollback().await.map_err(|error| store_error(&error))?;
                    return Ok(false);
                }
            }
            transaction.commit().await.map_err(|error| store_error(&error))?;
            Ok(true)
        }
        .boxed()
    }
}
