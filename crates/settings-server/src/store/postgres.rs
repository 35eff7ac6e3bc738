//! PostgreSQL: for more than one replica of this server.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::pool::PoolOptions;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgPool, PgRow, PgSslMode, PgTypeInfo, Postgres,
};
use sqlx::{Arguments, ConnectOptions, Encode, Row as _, Type, TypeInfo, ValueRef};

use super::database::{
    Commit, Database, Row, Statement, StoreError, Value, breaks_a_constraint, read, store_error,
};

/// How long a caller waits for a connection.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long one call may take, whatever the network does.
const CALL: Duration = Duration::from_secs(10);
/// Connections of one replica at most, by the commits that they are for.
const MOST_DURABLE: u32 = 6;
const MOST_RELAXED: u32 = 4;
/// How often a transaction is retried that conflicted with another one.
const TRIES: u32 = 5;

/// Two pools of connections.
pub(super) struct PostgresDatabase {
    durable: PgPool,
    /// Commits do not wait for the disk
    /// (<https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT>).
    relaxed: PgPool,
}

impl PostgresDatabase {
    /// Connects once, to know that it works.
    pub(super) async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let pool = |most| PoolOptions::<Postgres>::new().max_connections(most).acquire_timeout(PATIENCE);
        let durable = pool(MOST_DURABLE).connect_with(options(url)?).await?;
        let relaxed = pool(MOST_RELAXED);
        let relaxed = relaxed.connect_lazy_with(options(url)?.options([("synchronous_commit", "off")]));
        let setting: (String,) = sqlx::query_as("SHOW synchronous_commit").fetch_one(&durable).await?;
        if setting.0 == "off" {
            tracing::warn!(
                "store: PostgreSQL does not wait for the disk, so that a crash can take the intent of a change \
                 (set synchronous_commit to on for the server's role)"
            );
        }
        Ok(Self { durable, relaxed })
    }

    /// Returns the pool that changes the schema.
    pub(super) fn pool(&self) -> &PgPool {
        &self.durable
    }

    fn pool_for(&self, commit: Commit) -> &PgPool {
        match commit {
            Commit::Durable => &self.durable,
            Commit::Relaxed => &self.relaxed,
        }
    }
}

/// Returns the options of a URL, with our own limits. A host that is not this machine must prove who it is, unless the
/// URL names another `sslmode`.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let parsed: url::Url = url.parse().map_err(|_| sqlx::Error::Configuration("not a URL".into()))?;
    let options: PgConnectOptions = url.parse()?;
    let says = |name: &str| parsed.query_pairs().any(|(key, _)| key == name);
    let is_here = options.get_socket().is_some()
        || ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&options.get_host())
        || options.get_host().starts_with('/');
    let options = match is_here || says("sslmode") || says("ssl-mode") {
        true => options,
        false => options.ssl_mode(PgSslMode::VerifyFull),
    };
    Ok(options
        .application_name("latchkey-server")
        .options([("statement_timeout", "8s"), ("idle_in_transaction_session_timeout", "15s")])
        .disable_statement_logging())
}

/// NULL of a type that PostgreSQL infers (`unknown`).
struct Null;

impl Type<Postgres> for Null {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(705))
    }
}

impl Encode<'_, Postgres> for Null {
    fn encode_by_ref(&self, _buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

fn arguments(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(Null),
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(|_| StoreError::Corrupt("a value cannot be stored"))?;
    }
    Ok(arguments)
}

fn values(row: &PgRow) -> Result<Vec<Value>, sqlx::Error> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let value = row.try_get_raw(column)?;
        values.push(if value.is_null() {
            Value::Null
        } else {
            match value.type_info().name() {
                "TEXT" => Value::Text(row.try_get(column)?),
                "BYTEA" => Value::Bytes(row.try_get(column)?),
                "INT4" => Value::Integer(row.try_get::<i32, _>(column)?.into()),
                "BOOL" => Value::Integer(row.try_get::<bool, _>(column)?.into()),
                _ => Value::Integer(row.try_get(column)?),
            }
        });
    }
    Ok(values)
}

/// Two transactions waited for each other, or could not both be applied: a retry may succeed.
fn got_in_the_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

async fn in_time<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(CALL, work).await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!(kind = "no answer in time", "store: a statement failed");
            Err(StoreError::Unavailable)
        }
    }
}

impl PostgresDatabase {
    async fn transaction(
        &self,
        statements: Vec<Statement>,
        commit: Commit,
    ) -> Result<Result<bool, StoreError>, sqlx::Error> {
        let mut transaction = self.pool_for(commit).begin().await?;
        for statement in statements {
            let arguments = match arguments(statement.values) {
                Ok(arguments) => arguments,
                Err(error) => return Ok(Err(error)),
            };
            let query = sqlx::query_with(statement.sql, arguments);
            let changed = match query.execute(&mut *transaction).await {
                Ok(done) => done.rows_affected() > 0,
                Err(error) if breaks_a_constraint(&error) => false,
                Err(error) => return Err(error),
            };
            if !changed {
                transaction.rollback().await?;
                return Ok(Ok(false));
            }
        }
        transaction.commit().await?;
        Ok(Ok(true))
    }
}

impl Database for PostgresDatabase {
    fn execute_with<'a>(
        &'a self,
        statement: Statement,
        commit: Commit,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        in_time(async move {
            let query = sqlx::query_with(statement.sql, arguments(statement.values)?);
            let done = query.execute(self.pool_for(commit)).await.map_err(|error| store_error(&error))?;
            Ok(done.rows_affected())
        })
        .boxed()
    }

    fn rows_with<'a>(
        &'a self,
        statement: Statement,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        in_time(async move {
            let query = sqlx::query_with(statement.sql, arguments(statement.values)?);
            let rows = query.fetch_all(self.pool_for(commit)).await.map_err(|error| store_error(&error))?;
            read(&rows, values).map_err(|error| store_error(&error))
        })
        .boxed()
    }

    fn all_or_nothing<'a>(
        &'a self,
        statements: Vec<Statement>,
        commit: Commit,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        in_time(async move {
            let mut tries = 1;
            loop {
                match self.transaction(statements.clone(), commit).await {
                    Ok(outcome) => return outcome,
                    Err(error) if got_in_the_way(&error) && tries < TRIES => tries += 1,
                    Err(error) => return Err(store_error(&error)),
                }
            }
        })
        .boxed()
    }
}
