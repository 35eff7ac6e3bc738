//! B31: where a change came from is sealed for its user, and the chain needs no key.

use crate::audit_log::chain::{append, prune, rows_of};
use crate::audit_log::entry::{Entry, Link, Phase};
use crate::audit_log::origin::renew_keys;
use crate::audit_log::{AuditLogReport, verify};
use crate::changes::tests::{column, context, count};
use crate::store::databases::{Place, on_both};
use crate::store::tests::{FakeClock, configuration, store};
use crate::store::{Commit, Statement, Store};

const IP: &str = "192.0.2.77";
const PROGRAM: &str = "Latchkey 0.1.0";
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

fn entry(store: &Store, user: &str) -> Entry {
    context(user).entry(store, "account_update", Phase::Event, "operation-1")
}

async fn write(store: &Store, user: &str) {
    assert_eq!(append(store, entry(store, user), Vec::new(), Commit::Durable).await, Ok(true));
}

async fn run(store: &Store, sql: &'static str) {
    assert!(store.database.execute(Statement::new(sql, [])).await.unwrap() > 0, "{sql}");
}

/// Returns address and program of every row of a user, as they can be read.
async fn read(store: &Store, user: &str) -> Vec<(Option<String>, Option<String>)> {
    let links = rows_of(store, user).await.unwrap();
    links.into_iter().map(|link| (link.entry.ip, link.entry.device)).collect()
}

fn clear() -> (Option<String>, Option<String>) {
    (Some(IP.to_owned()), Some(PROGRAM.to_owned()))
}

async fn assert_whole(store: &Store, chains: u64, rows: u64) {
    assert_eq!(verify(&*store.database).await.unwrap(), AuditLogReport::Whole { chains, rows });
}

/// Opens the store of a server with other keys, a while after the last one was seen.
async fn later(place: &Place, clock: &FakeClock, keys: &[u8]) -> Store {
    clock.advance_ms(2 * DAY_MS);
    Store::open(&configuration(place, keys), std::sync::Arc::new(clock.clone())).await.unwrap()
}

#[tokio::test]
async fn b31_addresses_and_programs_are_sealed_for_user_and_row() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        for user in ["ann", "ann", "bob"] {
            write(&store, user).await;
        }
        let stored = column(&store, "SELECT ip FROM journal UNION SELECT device FROM journal").await;
        assert_eq!(stored.len(), 6, "no two are alike: {stored:?}");
        for value in &stored {
            assert!(value.starts_with("s1:") && !value.contains(IP) && !value.contains("Latchkey"), "{value}");
        }
        assert_eq!(read(&store, "ann").await, [clear(), clear()]);
        assert_eq!(read(&store, "bob").await, [clear()]);
        assert_whole(&store, 2, 3).await;

        // In another row, for another user or in another column they cannot be opened.
        run(
            &store,
            "UPDATE journal SET ip = (SELECT ip FROM journal WHERE user_id = 'ann' AND seq = 2), \
             device = (SELECT ip FROM journal WHERE user_id = 'ann' AND seq = 1) WHERE user_id = 'ann' AND seq = 1",
        )
        .await;
        run(
            &store,
            "UPDATE journal SET ip = (SELECT ip FROM journal WHERE user_id = 'ann' AND seq = 1) WHERE user_id = 'bob'",
        )
        .await;
        assert_eq!(read(&store, "ann").await[0], (None, None));
        assert_eq!(read(&store, "bob").await, [(None, Some(PROGRAM.to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn b31_rows_of_older_versions_stay_readable_in_the_chain() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        write(&store, "ann").await;
        run(&store, "DELETE FROM journal").await;
        run(&store, "DELETE FROM journal_keys").await;
        // As an older version wrote them: in clear, the second with the program's own words.
        let first = Link::after(0, &[0; 32], entry(&store, "ann"));
        let words = Entry { device: Some("see canary.example".to_owned()), ..entry(&store, "ann") };
        let second = Link::after(1, &first.hash, words);
        let hash = second.hash;
        for link in [first, second] {
            store.database.execute(link.insert()).await.unwrap();
        }
        let sql = "UPDATE journal_heads SET seq = 2, hash = $1";
        store.database.execute(Statement::new(sql, [hash.into()])).await.unwrap();
        write(&store, "ann").await;
        assert_whole(&store, 1, 3).await;
        assert_eq!(read(&store, "ann").await, [clear(), (Some(IP.to_owned()), None), clear()]);
    })
    .await;
}

#[tokio::test]
async fn b31_without_a_users_key_the_chain_is_whole_without_addresses() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        for user in ["ann", "bob"] {
            write(&store, user).await;
        }
        run(&store, "DELETE FROM journal_keys WHERE user_id = 'ann'").await;
        assert_whole(&store, 2, 2).await;
        assert_eq!(read(&store, "ann").await, [(None, None)]);
        assert_eq!(read(&store, "bob").await, [clear()]);
        write(&store, "ann").await;
        assert_eq!(read(&store, "ann").await, [(None, None), clear()], "from then on with another key");
        assert_whole(&store, 2, 3).await;
    })
    .await;
}

#[tokio::test]
async fn b31_a_rotated_key_opens_every_address_alone() {
    on_both(async |place| {
        let clock = FakeClock::new();
        let old = later(&place, &clock, &[1]).await;
        for user in ["ann", "bob"] {
            write(&old, user).await;
        }
        let rotated = later(&place, &clock, &[2, 1]).await;
        // One by its next row, the other by the job.
        write(&rotated, "ann").await;
        while renew_keys(&rotated).await.unwrap() {}
        let alone = later(&place, &clock, &[2]).await;
        assert_eq!(read(&alone, "ann").await, [clear(), clear()]);
        assert_eq!(read(&alone, "bob").await, [clear()]);
        assert_eq!(count(&alone, "SELECT COUNT(*) FROM journal_keys").await, 2);
    })
    .await;
}

#[tokio::test]
async fn b31_a_server_without_the_key_writes_and_loses_nothing() {
    on_both(async |place| {
        let clock = FakeClock::new();
        write(&later(&place, &clock, &[1]).await, "ann").await;
        let without = later(&place, &clock, &[3]).await;
        write(&without, "ann").await;
        write(&without, "ann").await;
        assert_eq!(read(&without, "ann").await, [(None, None), clear(), clear()]);
        let both = later(&place, &clock, &[1, 3]).await;
        assert_eq!(read(&both, "ann").await, [clear(), clear(), clear()]);
        assert_whole(&both, 1, 3).await;
    })
    .await;
}

#[tokio::test]
async fn b31_user_keys_are_deleted_with_the_last_row() {
    on_both(async |place| {
        let clock = FakeClock::new();
        let store = store(&place, &clock).await;
        for user in ["ann", "bob"] {
            write(&store, user).await;
        }
        clock.advance_ms(1_000);
        write(&store, "bob").await;
        while prune(&*store.database, store.now_ms()).await.unwrap() {}
        assert_eq!(column(&store, "SELECT user_id FROM journal_keys").await, ["bob"]);
        assert_eq!(read(&store, "bob").await, [clear()]);
        write(&store, "ann").await;
        assert_eq!(read(&store, "ann").await, [clear()]);
    })
    .await;
}

#[tokio::test]
async fn b31_key_deleted_meanwhile_loses_no_row() {
    on_both(async |place| {
        let store = store(&place, &FakeClock::new()).await;
        write(&store, "ann").await;
        // The statements that go with a row are run before it: here one removes the key that the row is sealed with.
        let removed = Statement::new("DELETE FROM journal_keys", []);
        let written = append(&store, entry(&store, "ann"), vec![removed], Commit::Durable).await;
        assert_eq!(written, Ok(false), "no row without its key");
        assert_eq!(read(&store, "ann").await, [clear()]);
        assert_whole(&store, 1, 1).await;
    })
    .await;
}
