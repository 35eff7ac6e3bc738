//! The databases that a suite runs on: a file of SQLite, and PostgreSQL where the test command has started one.
//!
//! `LATCHKEY_TEST_POSTGRES` is the URL of a PostgreSQL whose user may create databases. `cargo xtask test` sets it,
//! and `LATCHKEY_TEST_REQUIRED` too: then nothing is left out silently.

use std::io::Write;

use sqlx::{Connection, PgConnection};

/// One empty database.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// SQLite in this file, which does not exist yet.
    File(std::path::PathBuf),
    /// PostgreSQL under this URL.
    Postgres(String),
}

/// Runs a test on SQLite, then on PostgreSQL.
pub(crate) async fn on_both(test: impl AsyncFn(Place)) {
    let folder = tempfile::tempdir().unwrap();
    test(Place::File(folder.path().join("latchkey.db"))).await;
    on_postgres(test).await;
}

/// Runs a test on PostgreSQL.
pub(crate) async fn on_postgres(test: impl AsyncFn(Place)) {
    let Some(server) = variable("LATCHKEY_TEST_POSTGRES") else {
        let required = variable("LATCHKEY_TEST_REQUIRED").is_some();
        assert!(!required, "LATCHKEY_TEST_POSTGRES names no PostgreSQL, and the test command demands one");
        // Not `println!`: this must be visible although the test passes.
        let _ = writeln!(
            std::io::stderr(),
            "not run on PostgreSQL: LATCHKEY_TEST_POSTGRES is not set (`cargo xtask postgres` starts one)"
        );
        return;
    };
    let mut number = [0; 8];
    #[expect(clippy::disallowed_methods, reason = "names of databases of tests")]
    getrandom::fill(&mut number).unwrap();
    let name = format!("latchkey_{:016x}", u64::from_ne_bytes(number));
    let mut url: url::Url = server.parse().unwrap();
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut admin).await.unwrap();
    url.set_path(&name);
    test(Place::Postgres(url.into())).await;
    drop_database(&server, &name).await;
}

/// Ends every connection to a database and removes it.
pub(crate) async fn drop_database(server: &str, name: &str) {
    let mut admin = PgConnection::connect(server).await.unwrap();
    let remove = sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    sqlx::query(remove).execute(&mut admin).await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the test command tells where its PostgreSQL is")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
