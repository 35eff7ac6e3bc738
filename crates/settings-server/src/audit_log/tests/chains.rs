//! B31: what was written stays as it was written, or verification reports it.

use futures_util::future::join_all;

use crate::audit_log::chain::{append, prune};
use crate::audit_log::entry::{Entry, Phase};
use crate::audit_log::{AuditLogReport, verify};
use crate::changes::tests::{context, count};
use crate::store::databases::on_both;
use crate::store::tests::{FakeClock, store};
use crate::store::{Commit, Statement, Store, Value};

fn entry(store: &Store, user: &str, number: usize) -> Entry {
    Entry {
        result: Some("done".to_owned()),
        old_values: Some("{\"name\":\"A… (5)\"}".to_owned()),
        new_values: Some("{\"name\":\"B… (3)\"}".to_owned()),
        ..context(user).entry(store, "account_update", Phase::Outcome, &format!("operation-{number}"))
    }
}

async fn run(store: &Store, sql: &'static str) -> u64 {
    store.database.execute(Statement::new(sql, [])).await.unwrap()
}

/// Returns every row and every end of a chain.
async fn copy(store: &Store) -> [Vec<Vec<Value>>; 2] {
    let mut tables = [Vec::new(), Vec::new()];
    for (table, sql) in tables.iter_mut().zip(["SELECT * FROM journal", "SELECT * FROM journal_heads"]) {
        let rows = store.database.rows(Statement::new(sql, [])).await.unwrap();
        *table = rows.into_iter().map(|row| row.values).collect();
    }
    tables
}

async fn restore(store: &Store, [rows, heads]: &[Vec<Vec<Value>>; 2]) {
    run(store, "DELETE FROM journal").await;
    run(store, "DELETE FROM journal_heads").await;
    let rows_sql =
        "INSERT INTO journal VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let heads_sql = "INSERT INTO journal_heads VALUES ($1, $2, $3, $4, $5)";
    let all = rows.iter().map(|row| (rows_sql, row)).chain(heads.iter().map(|row| (heads_sql, row)));
    for (sql, values) in all {
        store.database.execute(Statement::new(sql, values.clone())).await.unwrap();
    }
}

#[tokio::test]
async fn b31_tampered_chain_is_detected() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        for user in ["ann", "bob"] {
            for number in 1..=4 {
                assert_eq!(append(&store, entry(&store, user, number), Vec::new(), Commit::Durable).await, Ok(true));
            }
        }
        let whole = AuditLogReport::Whole { chains: 2, rows: 8 };
        assert_eq!(verify(&*store.database).await.unwrap(), whole);
        let copy = copy(&store).await;
        let cases = [
            ("UPDATE journal SET at = at + 1 WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET action = 'x' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET phase = 'event' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET operation = 'x' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET result = 'undone' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET result = NULL WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET client = 'x' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET instance = NULL WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET ip = '192.0.2.78' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET device = '' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET request = 'x' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET old_values = '{}' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET new_values = '{}' WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET old_values = new_values, new_values = old_values WHERE user_id = 'bob' AND seq = 1", 1),
            ("UPDATE journal SET client = instance, instance = client WHERE user_id = 'bob' AND seq = 4", 4),
            ("UPDATE journal SET hash = (SELECT hash FROM journal WHERE user_id = 'ann' AND seq = 3) \
              WHERE user_id = 'bob' AND seq = 3", 3),
            ("UPDATE journal SET user_id = 'eve' WHERE user_id = 'bob'", 1),
            ("UPDATE journal SET seq = 9 WHERE user_id = 'bob' AND seq = 4", 4),
            ("DELETE FROM journal WHERE user_id = 'bob' AND seq = 1", 1),
            ("DELETE FROM journal WHERE user_id = 'bob' AND seq = 2", 2),
            ("DELETE FROM journal WHERE user_id = 'bob' AND seq = 4", 4),
            ("DELETE FROM journal WHERE user_id = 'bob'", 1),
            ("DELETE FROM journal_heads WHERE user_id = 'bob'", 4),
            ("UPDATE journal_heads SET seq = 3 WHERE user_id = 'bob'", 3),
            ("UPDATE journal_heads SET seq = 5 WHERE user_id = 'bob'", 5),
            ("UPDATE journal_heads SET hash = (SELECT hash FROM journal WHERE user_id = 'bob' AND seq = 3) \
              WHERE user_id = 'bob'", 4),
        ];
        for (sql, broken) in cases {
            assert!(run(&store, sql).await > 0, "{sql}");
            match verify(&*store.database).await.unwrap() {
                AuditLogReport::Broken { user_digest, seq, reason } => {
                    assert_eq!(seq, broken, "{sql}: {reason}");
                    assert!(user_digest.len() == 64 && !user_digest.contains("bob"));
                }
                whole => panic!("{sql}: {whole:?}"),
            }
            restore(&store, &copy).await;
        }
        assert_eq!(verify(&*store.database).await.unwrap(), whole);
        // A row that was added without moving the end.
        let sql = "INSERT INTO journal SELECT user_id, 5, at, action, phase, operation, result, client, instance, ip, \
                   device, request, old_values, new_values, hash FROM journal WHERE user_id = 'ann' AND seq = 4";
        run(&store, sql).await;
        let report = verify(&*store.database).await.unwrap();
        assert!(matches!(report, AuditLogReport::Broken { seq: 5, .. }), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn b31_concurrent_writes_of_two_replicas_make_one_chain() {
    on_both(async |place| {
        let clock = FakeClock::new();
        let (one, two) = (store(&place, &clock).await, store(&place, &clock).await);
        let appends = (0..24).map(|number| {
            let store = if number % 2 == 0 { &one } else { &two };
            append(store, entry(store, "ann", number), Vec::new(), Commit::Durable)
        });
        let written = join_all(appends).await;
        let written = written.into_iter().filter(|outcome| *outcome == Ok(true)).count();
        // A writer that loses every time gets an error, and then none of its rows is written.
        assert!(written > 0);
        assert_eq!(count(&one, "SELECT COUNT(*) FROM journal").await, i64::try_from(written).unwrap());
        let rows = u64::try_from(written).unwrap();
        assert_eq!(verify(&*two.database).await.unwrap(), AuditLogReport::Whole { chains: 1, rows });
    })
    .await;
}

#[tokio::test]
async fn b31_row_and_its_statements_are_written_atomically() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        let nothing = Statement::new("DELETE FROM intents", []);
        for number in 0..2 {
            let refused =
                append(&store, entry(&store, "ann", number), vec![nothing.clone()], Commit::Durable).await;
            assert_eq!(refused, Ok(false), "nothing was there to be deleted");
            assert_eq!(
                append(&store, entry(&store, "ann", number), Vec::new(), Commit::Durable).await,
                Ok(true)
            );
        }
        assert_eq!(verify(&*store.database).await.unwrap(), AuditLogReport::Whole { chains: 1, rows: 2 });
        // A chain that has lost its end is not continued.
        run(&store, "DELETE FROM journal_heads").await;
        assert_eq!(append(&store, entry(&store, "ann", 3), Vec::new(), Commit::Durable).await, Ok(false));
    })
    .await;
}

#[tokio::test]
async fn b31_long_and_many_chains_are_verified_completely() {
    let store = Store::in_memory(&FakeClock::new()).await;
    for number in 0..1_001 {
        assert_eq!(append(&store, entry(&store, "ann", number), Vec::new(), Commit::Durable).await, Ok(true));
    }
    for number in 0..501 {
        assert_eq!(
            append(&store, entry(&store, &format!("user-{number}"), 1), Vec::new(), Commit::Durable).await,
            Ok(true)
        );
    }
    assert_eq!(verify(&*store.database).await.unwrap(), AuditLogReport::Whole { chains: 502, rows: 1_502 });
    run(&store, "DELETE FROM journal WHERE seq = 1001").await;
    let report = verify(&*store.database).await.unwrap();
    assert!(matches!(report, AuditLogReport::Broken { seq: 1001, .. }), "{report:?}");
}

#[tokio::test]
async fn b31_pruned_chain_still_verifies() {
    on_both(async |place| {
        let clock = FakeClock::new();
        let store = store(&place, &clock).await;
        let began = store.now_ms();
        for number in 1..=4 {
            assert_eq!(append(&store, entry(&store, "ann", number), Vec::new(), Commit::Durable).await, Ok(true));
            clock.advance_ms(1_000);
        }
        append(&store, entry(&store, "bob", 1), Vec::new(), Commit::Durable).await.unwrap();
        let database = &*store.database;
        let rest = |rows| AuditLogReport::Whole { chains: 2, rows };
        for (before, rows) in [(began, 5), (began + 1, 4), (began + 2_000, 3), (began + 2_000, 3)] {
            while prune(database, before).await.unwrap() {}
            assert_eq!(verify(database).await.unwrap(), rest(rows));
            assert_eq!(count(&store, "SELECT COUNT(*) FROM journal").await, i64::try_from(rows).unwrap());
        }
        // No other writer can remove or bring back a row unnoticed.
        let copy = copy(&store).await;
        for sql in [
            "DELETE FROM journal WHERE user_id = 'ann' AND seq = 3",
            "UPDATE journal_heads SET base_seq = 3 WHERE user_id = 'ann'",
            "UPDATE journal_heads SET base_hash = hash WHERE user_id = 'ann'",
            "INSERT INTO journal SELECT user_id, 2, at, action, phase, operation, result, client, instance, ip, device, \
             request, old_values, new_values, hash FROM journal WHERE user_id = 'ann' AND seq = 3",
        ] {
            assert!(run(&store, sql).await > 0, "{sql}");
            let report = verify(database).await.unwrap();
            assert!(matches!(report, AuditLogReport::Broken { seq: 3 | 4, .. }), "{sql}: {report:?}");
            restore(&store, &copy).await;
        }
        // All of them, and a new one after that.
        while prune(database, began + 60_000).await.unwrap() {}
        assert_eq!(verify(database).await.unwrap(), rest(0));
        append(&store, entry(&store, "ann", 5), Vec::new(), Commit::Durable).await.unwrap();
        assert_eq!(verify(database).await.unwrap(), rest(1));
        assert_eq!(count(&store, "SELECT seq FROM journal").await, 5);
    })
    .await;
}
