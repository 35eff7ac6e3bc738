//! The server's own records: one narrow trait over two databases, and the keys that seal what must not be read there.
//! Each feature decides what it keeps; no personal data is here in clear.

mod bindings;
mod database;
mod files;
mod floors;
pub(crate) mod former_identities;
mod instances;
mod keys;
mod leases;
pub(crate) mod limits;
mod migrations;
mod postgres;
mod sealing;
mod social_links;
mod sqlite;
mod step_up;
mod sweep;
mod verification;

use std::sync::Arc;
use std::time::Duration;

use logto_client::Clock;
use secrecy::ExposeSecret;

pub(crate) use bindings::{ACCOUNT, BindingRow};
pub(crate) use database::{Commit, Database, Row, Statement, StoreError};
pub(crate) use floors::Keeps;
pub(crate) use instances::{Introduced, NewIntroduction};
pub(crate) use leases::Lease;
pub(crate) use sealing::Sealer;
pub(crate) use social_links::{AnsweredSocialLink, KeptAnswer, NewSocialLink};
pub(crate) use step_up::{Challenge, NewGrant, Owner};
pub(crate) use verification::{MOST_TRIES, NewTransaction, OpenTransaction, Opened, Tried};

use crate::config::{self, DatabaseLocation, EncryptionKey};
use crate::randomness;

/// How often [`Store::run_maintenance`] removes expired records.
const TENDING: Duration = Duration::from_secs(60);
/// How long an authenticator that was removed is remembered, in milliseconds.
const BINDINGS_KEPT_MS: i64 = 24 * 60 * 60_000;

/// Why the server's records cannot be used. Holds no URL, no password and no key.
#[derive(Debug, thiserror::Error)]
pub enum StoreStartError {
    /// The database does not answer, or refuses the connection.
    #[error("store.url: the database cannot be opened: {reason}")]
    Database {
        /// What kind of failure it is.
        reason: String,
    },
    /// The SQLite file cannot be created or made private, or other users have access to it.
    #[error("store.url: {reason}")]
    File {
        /// Which file, what is wrong with it, and what to do.
        reason: String,
    },
    /// The schema cannot be brought up to date.
    #[error("store.url: the schema of the database does not fit: {reason}")]
    Schema {
        /// What does not fit.
        reason: String,
    },
    /// The key file next to an SQLite database cannot be used.
    #[error(
        "store.encryption_key_files: empty, and the key file next to the database cannot be used: {reason}"
    )]
    KeyFile {
        /// Why.
        reason: String,
    },
    /// PostgreSQL without a key.
    #[error("store.encryption_key_files: missing (with PostgreSQL the servers share their keys)")]
    NoKey,
    /// Another server sealed with a key that this server does not have.
    #[error(
        "store.encryption_key_files: lacks a key that this store was used with within the last day (keep it at the \
         end of the list)"
    )]
    KeyMissing,
    /// The operating system provides no random numbers.
    #[error("the operating system provides no random numbers")]
    Randomness,
    /// The connection to the database was lost in between.
    #[error("store.url: a query of the database failed (its log has the reason)")]
    Failed,
}

impl From<StoreError> for StoreStartError {
    fn from(_: StoreError) -> Self {
        Self::Failed
    }
}

/// The store as the rest of the server uses it: `state.store`.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) database: Arc<dyn Database>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Hits of this process queue up here.
    limits_turn: Arc<tokio::sync::Mutex<()>>,
    /// The token floors, where no other process writes any.
    floors: Option<floors::InMemory>,
    /// Names this process among its replicas.
    server: [u8; 16],
}

impl Store {
    /// Opens the database, brings its schema up to date and compares the keys with those of all other servers.
    ///
    /// # Errors
    /// See [`StoreStartError`].
    pub(crate) async fn open(config: &config::Store, clock: Arc<dyn Clock>) -> Result<Self, StoreStartError> {
        if let DatabaseLocation::File(file) = &config.database {
            files::prepare_database(file)?;
        }
        let server = randomness::bytes().map_err(|_| StoreStartError::Randomness)?;
        let database = open(&config.database).await?;
        let sealer = Arc::new(sealer(config, &*database).await?);
        let mut store = Self { database, sealer, clock, limits_turn: Arc::default(), floors: None, server };
        keys::compare(&store).await?;
        if !matches!(config.database, DatabaseLocation::Postgres(_)) {
            store.floors = Some(floors::InMemory::read(&*store.database).await?);
        }
        Ok(store)
    }

    /// Returns milliseconds since 1970, as the database keeps them.
    pub(crate) fn now_ms(&self) -> i64 {
        i64::try_from(self.clock.now_unix_ms()).unwrap_or(i64::MAX)
    }

    /// Whether the database answers.
    pub(crate) async fn is_ready(&self) -> bool {
        let answers =
            async |commit| self.database.rows_with(Statement::new("SELECT 1", []), commit).await.is_ok();
        answers(Commit::Durable).await && answers(Commit::Relaxed).await
    }

    /// Removes expired records as long as it runs.
    pub(crate) async fn run_maintenance(&self) {
        loop {
            tokio::time::sleep(TENDING).await;
            // The database has logged the failure.
            let _ = keys::note(self).await;
            let _ = sweep::sweep(self).await;
            let _ = self.sweep_bindings(self.now_ms().saturating_sub(BINDINGS_KEPT_MS)).await;
            let _ = self.sweep_instances().await;
            let _ = self.sweep_floors().await;
        }
    }
}

/// Checks that a URL of PostgreSQL can be used.
///
/// # Errors
/// A sentence for the operator.
pub(crate) fn check_postgres_url(url: &str) -> Result<(), &'static str> {
    postgres::options(url).map(|_| ()).map_err(|_| "not a URL of PostgreSQL, or with an unknown option")
}

async fn sealer(config: &config::Store, database: &dyn Database) -> Result<Sealer, StoreStartError> {
    if let Some((newest, older)) = config.encryption_keys.split_first() {
        return Ok(Sealer::new(newest, older));
    }
    let key = match &config.database {
        DatabaseLocation::Memory => EncryptionKey::random().map_err(|_| StoreStartError::Randomness)?,
        DatabaseLocation::File(file) => files::key_next_to(file, keys::are_none(database).await?)?,
        DatabaseLocation::Postgres(_) => return Err(StoreStartError::NoKey),
    };
    Ok(Sealer::new(&key, &[]))
}

async fn open(location: &DatabaseLocation) -> Result<Arc<dyn Database>, StoreStartError> {
    let closed = |error: sqlx::Error| StoreStartError::Database { reason: reason(&error) };
    let file = match location {
        DatabaseLocation::Postgres(url) => {
            let database = postgres::PostgresDatabase::open(url.expose_secret()).await.map_err(closed)?;
            migrations::postgres().run(database.pool()).await.map_err(schema)?;
            return Ok(Arc::new(database));
        }
        DatabaseLocation::File(file) => Some(file.as_path()),
        DatabaseLocation::Memory => None,
    };
    let database = sqlite::SqliteDatabase::open(file).await.map_err(closed)?;
    migrations::sqlite().run(database.pool()).await.map_err(schema)?;
    Ok(Arc::new(database))
}

/// Returns the kind of a failure to connect. A database's own message may name users and addresses: only its code is
/// shown.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => format!("error code {}", error.code().unwrap_or_default()),
        sqlx::Error::Io(error) => error.kind().to_string(),
        sqlx::Error::Tls(_) => "no trusted TLS connection".to_owned(),
        sqlx::Error::PoolTimedOut => "no answer in time".to_owned(),
        sqlx::Error::Configuration(_) => "an option of the URL cannot be used".to_owned(),
        _ => "unusable answer".to_owned(),
    }
}

fn schema(error: sqlx::migrate::MigrateError) -> StoreStartError {
    use sqlx::migrate::MigrateError;
    let reason = match &error {
        MigrateError::VersionMissing(number) => {
            format!("step {number} is unknown to this version of the server")
        }
        MigrateError::VersionMismatch(number) => {
            format!("step {number} differs from the one that was applied")
        }
        MigrateError::Dirty(number) => format!("step {number} was started and not completed"),
        MigrateError::ExecuteMigration(error, number) => format!("step {number}: {}", self::reason(error)),
        MigrateError::Execute(error) => self::reason(error),
        _ => "its state cannot be read".to_owned(),
    };
    StoreStartError::Schema { reason }
}

#[cfg(test)]
pub(crate) mod tests;

/// Shared with the tests through the front door.
#[cfg(test)]
#[path = "../../tests/support/databases.rs"]
pub(crate) mod databases;

#[cfg(test)]
pub(crate) use database::Value;
