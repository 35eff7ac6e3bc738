//! The server's own records, read and tampered with from outside.

use std::path::{Path, PathBuf};

use settings_server::config::{Config, DatabaseLocation};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// An SQLite database in a folder of its own.
pub(crate) struct Records {
    folder: tempfile::TempDir,
}

impl Records {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("latchkey.db")
    }

    /// Makes a server keep its records here.
    pub(crate) fn configure(&self, config: &mut Config) {
        config.store.database = DatabaseLocation::File(self.file());
    }

    /// Returns the first column of every row, as text.
    pub(crate) async fn texts(&self, sql: &'static str) -> Vec<String> {
        texts(&self.file(), sql).await
    }

    pub(crate) async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut connection(&self.file()).await).await.unwrap();
    }

    /// Returns the phase and, of an outcome, the result of every row of the audit log.
    pub(crate) async fn journal(&self) -> Vec<String> {
        self.texts(
            "SELECT phase || ' ' || action || coalesce(' ' || result, '') FROM journal ORDER BY at, seq",
        )
        .await
    }

    /// Returns a user's rows of the audit log, as an operator reads them.
    pub(crate) async fn rows_of(&self, user: &str) -> Vec<settings_server::AuditLogRow> {
        let mut config = Config::for_loopback("http://127.0.0.1:9", "machine", "test-secret", "native");
        self.configure(&mut config);
        settings_server::show_audit_log(&config, user).await.unwrap()
    }

    /// Returns the outcome of each change.
    pub(crate) async fn results(&self) -> Vec<String> {
        self.texts("SELECT result FROM journal WHERE phase = 'outcome'").await
    }

    /// Waits until no mail is left to be sent.
    pub(crate) async fn delivered(&self) {
        while !self.texts("SELECT id FROM outbox WHERE state = 'queued'").await.is_empty() {
            tokio::task::yield_now().await;
        }
    }

    /// Returns how many changes have no outcome yet.
    pub(crate) async fn open(&self) -> usize {
        self.texts("SELECT operation FROM intents").await.len()
    }
}

pub(crate) async fn texts(file: &Path, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(&mut connection(file).await).await.unwrap()
}

async fn connection(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).connect().await.unwrap()
}
