//! Removes expired rows. docs/OPERATING.md lists what bounds each table.

use super::database::{Statement, StoreError};
use super::{Store, limits};

/// How long an expired lease is kept.
const LEASES_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// Removes the rows that no request reads any more.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn sweep(store: &Store) -> Result<(), StoreError> {
    let now = store.now_ms();
    limits::sweep(store).await?;
    for sql in [
        "DELETE FROM step_up_challenges WHERE expires_at <= $1",
        "DELETE FROM step_up_grants WHERE expires_at <= $1",
        "DELETE FROM verification_transactions WHERE expires_at <= $1",
        "DELETE FROM open_recipients WHERE expires_at <= $1",
        "DELETE FROM social_links WHERE expires_at <= $1",
        "DELETE FROM former_identities WHERE expires_at <= $1",
        "DELETE FROM idempotency WHERE expires_at <= $1",
    ] {
        store.database.execute(Statement::new(sql, [now.into()])).await?;
    }
    // One that was released expired in 1970. Its holder cannot write any more, with or without a row.
    let sql = "DELETE FROM leases WHERE expires_at <= $1";
    store.database.execute(Statement::new(sql, [now.saturating_sub(LEASES_KEPT_MS).into()])).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::databases::on_both;
    use super::super::migrations;
    use super::super::tests::{FakeClock, store};
    use super::super::{Commit, Lease, Statement};
    use super::{LEASES_KEPT_MS, sweep};

    /// Returns the first column of every row of the table in docs/OPERATING.md that says what bounds each table.
    fn listed() -> BTreeSet<String> {
        let text = include_str!("../../../../docs/OPERATING.md");
        let (_, table) = text.split_once("| table | what bounds it |").unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect()
    }

    /// Returns the tables that are left after all migrations of one database.
    fn made(migrations: &[&str]) -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        let without_comments = |text: &&str| {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
            lines.collect::<Vec<_>>().join(" ")
        };
        let sql = migrations.iter().map(without_comments).collect::<String>();
        for sql in sql.split(';') {
            let words: Vec<&str> = sql.split([' ', '(']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["CREATE", "TABLE", name, ..] => drop(tables.insert((*name).to_owned())),
                ["DROP", "TABLE", name, ..] => drop(tables.remove(*name)),
                ["ALTER", "TABLE", old, "RENAME", "TO", new, ..] => {
                    tables.remove(*old);
                    tables.insert((*new).to_owned());
                }
                _ => {}
            }
        }
        tables
    }

    #[test]
    fn b32_every_table_has_a_bound_that_operators_can_read() {
        let [sqlite, postgres] = migrations::texts().map(|texts| made(&texts));
        assert!(sqlite.contains("leases") && sqlite.contains("outbox"), "{sqlite:?}");
        assert_eq!(sqlite, postgres, "both databases have the same tables");
        assert_eq!(sqlite, listed(), "docs/OPERATING.md, \"What bounds each table\"");
    }

    #[tokio::test]
    async fn b32_leases_that_are_over_are_removed() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let store = store(&place, &clock).await;
            let over = Lease::take(&store, "ann").await.unwrap().unwrap();
            over.give_back().await;
            let dead = Lease::take(&store, "bob").await.unwrap().unwrap();
            clock.advance_ms(u64::try_from(LEASES_KEPT_MS).unwrap());
            let held = Lease::take(&store, "eve").await.unwrap().unwrap();
            clock.advance_ms(30_000);
            sweep(&store).await.unwrap();
            let sql = "SELECT subject FROM leases";
            let rows = store.database.rows(Statement::new(sql, [])).await.unwrap();
            let left: Vec<_> = rows.iter().map(|row| row.text(0).unwrap()).collect();
            assert_eq!(left, ["eve"]);
            for gone in [&over, &dead] {
                assert!(
                    !store.database.all_or_nothing(vec![gone.still_held()], Commit::Durable).await.unwrap()
                );
            }
            assert!(store.database.all_or_nothing(vec![held.still_held()], Commit::Durable).await.unwrap());
        })
        .await;
    }
}
