//! The schema, as numbered pairs of files. A feature adds its own pair and a line here; a pair that was released is
//! never changed.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, name, and the SQL of each database.
struct Pair {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! pair {
    ($number:literal, $name:literal, $file:literal) => {
        Pair {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../../migrations/postgres/", $file)),
        }
    };
}

const PAIRS: &[Pair] = &[
    pair!(1, "store", "0001_store.sql"),
    pair!(2, "journal", "0002_journal.sql"),
    pair!(3, "step_up", "0003_step_up.sql"),
    pair!(4, "repeats", "0004_repeats.sql"),
    pair!(5, "bindings", "0005_bindings.sql"),
    pair!(6, "introductions", "0006_introductions.sql"),
    pair!(7, "fair_shares", "0007_fair_shares.sql"),
    pair!(8, "journal_keys", "0008_journal_keys.sql"),
    pair!(9, "social_links", "0009_social_links.sql"),
    pair!(10, "former_identities", "0010_former_identities.sql"),
    pair!(11, "social_link_kinds", "0011_social_link_kinds.sql"),
];

fn migrator(sql: fn(&Pair) -> &'static str) -> Migrator {
    let migration = |pair: &Pair| {
        let (name, sql) = (Cow::Borrowed(pair.name), sql(pair).into_sql_str());
        Migration::new(pair.number, name, MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(PAIRS.iter().map(migration).collect())
}

/// Returns the SQL of every pair, of SQLite and of PostgreSQL.
#[cfg(test)]
pub(super) fn texts() -> [Vec<&'static str>; 2] {
    [PAIRS.iter().map(|pair| pair.sqlite).collect(), PAIRS.iter().map(|pair| pair.postgres).collect()]
}

pub(super) fn sqlite() -> Migrator {
    migrator(|pair| pair.sqlite)
}

pub(super) fn postgres() -> Migrator {
    migrator(|pair| pair.postgres)
}
