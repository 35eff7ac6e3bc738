//! When each of a user's authenticators was bound or first seen, as rows.

use logto_client::UserId;

use super::database::moment;
use super::{Row, Statement, Store, StoreError};

/// The item that says since when a user is known here.
pub(crate) const ACCOUNT: &str = "account";

/// One row.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BindingRow {
    pub(crate) item: String,
    /// Milliseconds since the epoch.
    pub(crate) bound_at: u64,
    /// As [`Origin`](crate::step_up::origin::Origin) writes it.
    pub(crate) origin: String,
    /// When it was first missed, in milliseconds since the epoch.
    pub(crate) gone_at: Option<u64>,
}

impl Store {
    /// Returns every row of a user.
    pub(crate) async fn bindings(&self, user: &UserId) -> Result<Vec<BindingRow>, StoreError> {
        let sql = "SELECT item, bound_at, origin, gone_at FROM bindings WHERE user_id = $1 ORDER BY item";
        let rows = self.database.rows(Statement::new(sql, [user.into()])).await?;
        rows.iter().map(read).collect()
    }

    /// Adds an item, unless it exists.
    pub(crate) async fn add_binding(&self, user: &UserId, row: &BindingRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO bindings (user_id, item, bound_at, origin, gone_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (user_id, item) DO NOTHING";
        self.database.execute(Statement::new(sql, values(user, row))).await.map(drop)
    }

    /// Writes an item, replacing an existing one.
    pub(crate) async fn put_binding(&self, user: &UserId, row: &BindingRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO bindings (user_id, item, bound_at, origin, gone_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (user_id, item) DO UPDATE SET bound_at = excluded.bound_at, \
                   origin = excluded.origin, gone_at = excluded.gone_at";
        self.database.execute(Statement::new(sql, values(user, row))).await.map(drop)
    }

    /// Removes an item.
    pub(crate) async fn remove_binding(&self, user: &UserId, item: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM bindings WHERE user_id = $1 AND item = $2";
        self.database.execute(Statement::new(sql, [user.into(), item.into()])).await.map(drop)
    }

    /// Removes items that were missed before a moment.
    pub(super) async fn sweep_bindings(&self, before: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM bindings WHERE gone_at <= $1";
        self.database.execute(Statement::new(sql, [before.into()])).await.map(drop)
    }
}

fn values(user: &UserId, row: &BindingRow) -> Vec<super::database::Value> {
    vec![
        user.into(),
        row.item.as_str().into(),
        moment(row.bound_at),
        row.origin.as_str().into(),
        row.gone_at.map(|at| i64::try_from(at).unwrap_or(i64::MAX)).into(),
    ]
}

fn read(row: &Row) -> Result<BindingRow, StoreError> {
    let time = |number: i64| u64::try_from(number).map_err(|_| StoreError::Corrupt("a time"));
    Ok(BindingRow {
        item: row.text("item")?.to_owned(),
        bound_at: time(row.integer("bound_at")?)?,
        origin: row.text("origin")?.to_owned(),
        gone_at: row.optional_integer("gone_at")?.map(time).transpose()?,
    })
}
