//! One suite for both databases, and the failures that only one of them can have.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use logto_client::{Clock, UserId};
use secrecy::SecretString;

use futures_util::FutureExt;

use super::databases::{Place, on_both};
use super::{Commit, Statement, Store, StoreError};
use crate::config::{self, DatabaseLocation, EncryptionKey};
use crate::store::database::Value;

/// A clock that is frozen until a test moves it. Its clones are the same clock.
#[derive(Clone)]
pub(crate) struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_750_000_000_000)))
    }

    pub(crate) fn advance_ms(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now_unix_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Returns the id of a user.
pub(crate) fn ann() -> &'static UserId {
    static ANN: LazyLock<UserId> = LazyLock::new(|| UserId::parse("ann").unwrap());
    &ANN
}

/// Returns a key that differs with `number`.
pub(crate) fn key(number: u8) -> EncryptionKey {
    EncryptionKey::from_bytes(std::array::from_fn(|index| number ^ u8::try_from(index).unwrap()))
}

pub(crate) fn configuration(place: &Place, keys: &[u8]) -> config::Store {
    let database = match place {
        Place::File(file) => DatabaseLocation::File(file.clone()),
        Place::Postgres(url) => DatabaseLocation::Postgres(SecretString::from(url.as_str())),
    };
    config::Store { database, encryption_keys: keys.iter().map(|number| key(*number)).collect() }
}

/// Opens one replica's store; all of a database have the same key.
pub(crate) async fn store(place: &Place, clock: &FakeClock) -> Store {
    Store::open(&configuration(place, &[1]), Arc::new(clock.clone())).await.unwrap()
}

impl Store {
    /// Opens a store that no other server has.
    pub(crate) async fn in_memory(clock: &FakeClock) -> Self {
        let config = config::Store { database: DatabaseLocation::Memory, encryption_keys: Vec::new() };
        Self::open(&config, Arc::new(clock.clone())).await.unwrap()
    }
}

async fn make_table(store: &Store) {
    let sql = match store.database.execute(Statement::new("CREATE TABLE probe (a BYTEA)", [])).await {
        Ok(_) => {
            store.database.execute(Statement::new("DROP TABLE probe", [])).await.unwrap();
            "CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY, number BIGINT, name TEXT, bytes BYTEA)"
        }
        Err(_) => {
            "CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY, number INTEGER, name TEXT, bytes BLOB)"
        }
    };
    store.database.execute(Statement::new(sql, [])).await.unwrap();
}

fn put(id: i64, number: impl Into<Value>, name: impl Into<Value>, bytes: impl Into<Value>) -> Statement {
    let sql = "INSERT INTO things (id, number, name, bytes) VALUES ($1, $2, $3, $4)";
    Statement::new(sql, [id.into(), number.into(), name.into(), bytes.into()])
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_was() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        make_table(&store).await;
        let database = &store.database;
        // NULL first and in between: the type of a placeholder is not inferred from its first value.
        let rows = [
            (Value::Null, Value::Null, Value::Null),
            (i64::MIN.into(), "".into(), Vec::new().into()),
            (Value::Null, Value::Null, Value::Null),
            (i64::MAX.into(), "Zoë 🦀 '; DROP TABLE things; --".into(), vec![0, 255, 0].into()),
        ];
        for (id, (number, name, bytes)) in (1..).zip(rows.clone()) {
            assert_eq!(database.execute(put(id, number, name, bytes)).await, Ok(1));
        }
        let sql = "SELECT number, name, bytes FROM things ORDER BY id";
        let found = database.rows(Statement::new(sql, [])).await.unwrap();
        for (found, (number, name, bytes)) in found.iter().zip(rows) {
            assert!(found.values == [number, name, bytes]);
        }
        assert_eq!(found[3].text(1), Ok("Zoë 🦀 '; DROP TABLE things; --"));
        assert_eq!(found[0].optional_text(1), Ok(None));
        assert_eq!(found[0].optional_bytes(2), Ok(None));
        assert!(matches!(found[0].integer(0), Err(StoreError::Corrupt(_))));
        assert!(matches!(found[3].text(0), Err(StoreError::Corrupt(_))));
        assert!(matches!(found[3].integer(9), Err(StoreError::Corrupt(_))));
        let sql = "SELECT COUNT(*), EXISTS (SELECT 1 FROM things WHERE id = $1) FROM things";
        let counted = database.rows(Statement::new(sql, [9.into()])).await.unwrap();
        assert_eq!((counted[0].integer(0), counted[0].integer(1)), (Ok(4), Ok(0)));
        let sql = "UPDATE things SET number = 7 WHERE id > $1 RETURNING id, number";
        assert_eq!(database.rows(Statement::new(sql, [2.into()])).await.unwrap().len(), 2);
        let sql = "DELETE FROM things WHERE number = $1";
        assert_eq!(database.execute(Statement::new(sql, [7.into()])).await, Ok(2));
    })
    .await;
}

#[tokio::test]
async fn a_transaction_is_written_whole_or_not_at_all() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        make_table(&store).await;
        let database = &store.database;
        let update = |id: i64| Statement::new("UPDATE things SET number = 1 WHERE id = $1", [id.into()]);
        let count = async || {
            let rows = database.rows(Statement::new("SELECT COUNT(*) FROM things", [])).await.unwrap();
            rows[0].integer(0).unwrap()
        };
        let none = None::<i64>;
        assert_eq!(
            database
                .all_or_nothing(vec![put(1, none, none, none), put(2, none, none, none)], Commit::Durable)
                .await,
            Ok(true)
        );
        assert_eq!(
            database.all_or_nothing(vec![put(3, none, none, none), update(9)], Commit::Durable).await,
            Ok(false)
        );
        assert_eq!(count().await, 2, "the update changed nothing, so nothing was written");
        let twice = vec![put(3, none, none, none), put(1, none, none, none)];
        assert_eq!(database.all_or_nothing(twice, Commit::Durable).await, Ok(false), "a constraint");
        assert_eq!(count().await, 2);
        let wrong = vec![put(3, none, none, none), Statement::new("UPDATE nowhere SET x = 1", [])];
        assert!(database.all_or_nothing(wrong, Commit::Durable).await.is_err());
        assert_eq!(count().await, 2);
        assert!(database.execute(put(1, none, none, none)).await.is_err());
        assert_eq!(
            database.all_or_nothing(vec![update(1), update(2)], Commit::Durable).await,
            Ok(true),
            "still in order"
        );
    })
    .await;
}

/// A killed process proves nothing here: the operating system keeps what it wrote.
#[tokio::test]
async fn b20_durable_commits_sync_and_relaxed_ones_do_not() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        let setting = async |commit| match &place {
            Place::File(_) => {
                let rows = store.database.rows_with(Statement::new("PRAGMA synchronous", []), commit).await;
                if rows.unwrap()[0].integer("synchronous").unwrap() >= 2 { "on" } else { "off" }.to_owned()
            }
            Place::Postgres(_) => {
                let rows =
                    store.database.rows_with(Statement::new("SHOW synchronous_commit", []), commit).await;
                rows.unwrap()[0].text("synchronous_commit").unwrap().to_owned()
            }
        };
        assert_eq!(setting(Commit::Durable).await, "on");
        assert_eq!(setting(Commit::Relaxed).await, "off");
        assert_eq!(setting(Commit::Durable).await, "on");
        // A relaxed call that is given up at any point leaves no durable one without its sync.
        for polls in 1..20 {
            let statement = Statement::new("DELETE FROM limits WHERE version = 9", []);
            let mut call = store.database.execute_with(statement, Commit::Relaxed);
            for _ in 0..polls {
                if (&mut call).now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(call);
            assert_eq!(setting(Commit::Durable).await, "on", "given up after {polls} polls");
        }
    })
    .await;
}
