//! What the store needs of a database. SQL is written once and runs on both: only `$1` placeholders, whole numbers of
//! 64 bits, texts and bytes, `ON CONFLICT` and `RETURNING`.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use logto_client::UserId;
use sqlx::Column as _;

/// The value of a column or of a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&UserId> for Value {
    fn from(user: &UserId) -> Self {
        user.as_str().into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<[u8; 32]> for Value {
    fn from(bytes: [u8; 32]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Converts a moment, in whatever unit its column has. One beyond 63 bits is too far in the future to matter.
pub(crate) fn moment(at: u64) -> Value {
    Value::Integer(i64::try_from(at).unwrap_or(i64::MAX))
}

/// One SQL statement and the values of its placeholders. Its text is the program's own, always. It has no `Debug`: the
/// values are users' data.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    pub(crate) fn new(sql: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self { sql, values: values.into() }
    }
}

/// One row of an answer. Its columns are found by the names that the statement gives them.
pub(crate) struct Row {
    /// The names of the columns, shared by all rows of an answer.
    pub(crate) columns: Arc<[Box<str>]>,
    pub(crate) values: Vec<Value>,
}

/// Reads the rows of an answer; `values` reads one.
pub(super) fn read<R: sqlx::Row>(
    rows: &[R],
    values: impl Fn(&R) -> Result<Vec<Value>, sqlx::Error>,
) -> Result<Vec<Row>, sqlx::Error> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[Box<str>]> = first.columns().iter().map(|column| column.name().into()).collect();
    rows.iter().map(|row| Ok(Row { columns: Arc::clone(&columns), values: values(row)? })).collect()
}

/// Which column of a row is meant.
pub(crate) trait Column {
    /// Returns its position in the row, if the row has it.
    fn position(&self, columns: &[Box<str>]) -> Option<usize>;
}

impl Column for &str {
    fn position(&self, columns: &[Box<str>]) -> Option<usize> {
        columns.iter().position(|name| **name == **self)
    }
}

/// Tests read columns without a name of their own, such as a count.
#[cfg(test)]
impl Column for usize {
    fn position(&self, _: &[Box<str>]) -> Option<usize> {
        Some(*self)
    }
}

impl Row {
    /// # Errors
    /// [`StoreError::Corrupt`] when the column does not exist or holds another type; the same for all of these.
    pub(crate) fn integer(&self, column: impl Column) -> Result<i64, StoreError> {
        self.optional_integer(column)?.ok_or(StoreError::Corrupt("a number is missing"))
    }

    pub(crate) fn text(&self, column: impl Column) -> Result<&str, StoreError> {
        self.optional_text(column)?.ok_or(StoreError::Corrupt("a text is missing"))
    }

    pub(crate) fn bytes(&self, column: impl Column) -> Result<&[u8], StoreError> {
        self.optional_bytes(column)?.ok_or(StoreError::Corrupt("bytes are missing"))
    }

    pub(crate) fn optional_integer(&self, column: impl Column) -> Result<Option<i64>, StoreError> {
        match self.value(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Integer(number)) => Ok(Some(*number)),
            _ => Err(StoreError::Corrupt("a column is no number")),
        }
    }

    pub(crate) fn optional_text(&self, column: impl Column) -> Result<Option<&str>, StoreError> {
        match self.value(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            _ => Err(StoreError::Corrupt("a column is no text")),
        }
    }

    pub(crate) fn optional_bytes(&self, column: impl Column) -> Result<Option<&[u8]>, StoreError> {
        match self.value(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            _ => Err(StoreError::Corrupt("a column holds no bytes")),
        }
    }

    fn value(&self, column: impl Column) -> Option<&Value> {
        self.values.get(column.position(&self.columns)?)
    }
}

/// Why the store failed. Holds no SQL and no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database is down, busy for too long, full or read-only: a later try may succeed.
    #[error("the store is not available")]
    Unavailable,
    /// The database holds, or was given, something that this program does not understand.
    #[error("the store holds unusable data: {0}")]
    Corrupt(&'static str),
}

/// What a commit survives. Either survives the end of this process, and later commits never survive without earlier
/// ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    /// Survives a power cut or a crash of the database, too: the call waits until the commit is on the disk.
    Durable,
    /// The call does not wait for the disk. For records that are not needed after such an end, or that can be made
    /// again.
    Relaxed,
}

/// A database. Each call is one transaction, or several statements in one; none stays open between calls, so none is
/// ever open during a request to Logto.
pub(crate) trait Database: Send + Sync + 'static {
    /// Runs a statement and returns the number of rows it changed.
    fn execute_with<'a>(
        &'a self,
        statement: Statement,
        commit: Commit,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Runs a statement and returns its rows, those of `… RETURNING` included.
    fn rows_with<'a>(
        &'a self,
        statement: Statement,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;

    /// Runs all statements in one transaction. Each must change at least one row; otherwise, and when one breaks a
    /// constraint, nothing is written and `false` is returned.
    fn all_or_nothing<'a>(
        &'a self,
        statements: Vec<Statement>,
        commit: Commit,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// As [`Self::execute_with`], durable.
    fn execute<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.execute_with(statement, Commit::Durable)
    }

    /// As [`Self::rows_with`], durable.
    fn rows<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        self.rows_with(statement, Commit::Durable)
    }
}

/// Whether a constraint of the schema was broken.
pub(super) fn breaks_a_constraint(error: &sqlx::Error) -> bool {
    let kind = error.as_database_error().map(|error| error.kind());
    matches!(
        kind,
        Some(
            sqlx::error::ErrorKind::UniqueViolation
                | sqlx::error::ErrorKind::ForeignKeyViolation
                | sqlx::error::ErrorKind::NotNullViolation
                | sqlx::error::ErrorKind::CheckViolation
        )
    )
}

/// Logs what is useful to the operator of a database's error, and returns our own. A database's message may quote the
/// values that were to be stored; its code never does.
pub(super) fn store_error(error: &sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.as_deref().unwrap_or_default();
    let kind = match error {
        sqlx::Error::Database(_) => "refused",
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => "connection lost",
        sqlx::Error::PoolTimedOut => "no connection in time",
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => "closed",
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => "undecodable",
        _ => "other",
    };
    tracing::warn!(kind, code, "store: a statement failed");
    match error {
        // PostgreSQL's data exceptions, e.g. NUL in a text.
        sqlx::Error::Database(_) if code.starts_with("22") => StoreError::Corrupt("a value cannot be stored"),
        _ if breaks_a_constraint(error) => StoreError::Corrupt("a constraint of the schema was broken"),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_) => {
            StoreError::Corrupt("a value has an unknown type")
        }
        _ => StoreError::Unavailable,
    }
}
