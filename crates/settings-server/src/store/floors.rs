//! Token floors as rows (decision 30). A server that is the only one of its database looks them up in memory; one of
//! several reads the database each time, because another one may just have raised a floor.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use logto_client::UserId;

use super::database::{Database, Row, moment};
use super::{Statement, Store, StoreError};
use crate::auth::token::Instance;

/// The maximum lifetime of an access token, in seconds; an older floor refuses nothing.
const LONGEST_TOKEN: u64 = 24 * 60 * 60;
/// How far the clocks of this server and of Logto may differ, in seconds.
const SKEW: u64 = 60;

/// Up to when access tokens of a user are refused.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Floor {
    /// In seconds on Logto's clock. A token whose `iat` is not later is refused.
    pub(crate) moment: u64,
    /// SHA-256 of the secret of the instance that keeps its tokens; absent if none does.
    pub(crate) instance: Option<Vec<u8>>,
}

/// The app instance that keeps its access tokens when a floor is raised.
#[derive(Clone, Copy)]
pub(crate) enum Keeps {
    /// This one.
    Only(Instance),
    /// None.
    None,
    /// The one that kept them before.
    Same,
}

/// Every floor, by user.
#[derive(Clone, Default)]
pub(super) struct InMemory(Arc<RwLock<HashMap<UserId, Floor>>>);

impl InMemory {
    /// Reads all floors.
    pub(super) async fn read(database: &dyn Database) -> Result<Self, StoreError> {
        let sql = "SELECT moment, instance, user_id FROM token_floors";
        let rows = database.rows(Statement::new(sql, [])).await?;
        let read = |row: &Row| {
            let user = UserId::parse(row.text("user_id")?).ok_or(StoreError::Corrupt("a user"))?;
            Ok((user, read(row)?))
        };
        let floors = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        Ok(Self(Arc::new(RwLock::new(floors))))
    }

    fn get(&self, user: &UserId) -> Option<Floor> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
    }

    fn change(&self, edit: impl FnOnce(&mut HashMap<UserId, Floor>)) {
        edit(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Store {
    /// Returns the floor of a user, if there is one.
    ///
    /// # Errors
    /// Those of any statement; the same for all of these.
    pub(crate) async fn floor(&self, user: &UserId) -> Result<Option<Floor>, StoreError> {
        if let Some(floors) = &self.floors {
            return Ok(floors.get(user));
        }
        let sql = "SELECT moment, instance FROM token_floors WHERE user_id = $1";
        let rows = self.database.rows(Statement::new(sql, [user.into()])).await?;
        rows.first().map(read).transpose()
    }

    /// Raises the floor of a user to a moment in seconds on Logto's clock; a floor is never lowered. The instance that
    /// keeps its tokens is the last one that raised the floor; [`Keeps::Same`] leaves it. The proofs of other
    /// instances are removed: their step-up challenges, step-up grants and codes.
    pub(crate) async fn raise_floor(&self, user: &UserId, to: u64, keeps: Keeps) -> Result<(), StoreError> {
        let raise = "INSERT INTO token_floors (user_id, moment, instance) VALUES ($1, $2, $3) \
                     ON CONFLICT (user_id) DO UPDATE SET instance = excluded.instance, \
                     moment = CASE WHEN excluded.moment > token_floors.moment \
                     THEN excluded.moment ELSE token_floors.moment END \
                     RETURNING moment, instance";
        let raise_for_the_same = "INSERT INTO token_floors (user_id, moment, instance) VALUES ($1, $2, $3) \
                                  ON CONFLICT (user_id) DO UPDATE SET \
                                  moment = CASE WHEN excluded.moment > token_floors.moment \
                                  THEN excluded.moment ELSE token_floors.moment END \
                                  RETURNING moment, instance";
        let (sql, instance) = match keeps {
            Keeps::Only(instance) => (raise, Some(instance)),
            Keeps::None => (raise, None),
            Keeps::Same => (raise_for_the_same, None),
        };
        let values = [user.into(), moment(to), instance.map(|instance| instance.0.bytes()).into()];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let floor = read(rows.first().ok_or(StoreError::Corrupt("a floor was not written"))?)?;
        if let Some(floors) = &self.floors {
            floors.change(|floors| {
                // Of two concurrent ones, the one that was written first may arrive here last.
                let before = floors.get(user).map_or(0, |before| before.moment);
                let moment = floor.moment.max(before);
                floors.insert(user.clone(), Floor { moment, ..floor.clone() });
            });
        }
        self.forget_proofs_of_others(user, floor.instance.as_deref()).await
    }

    /// Removes floors that refuse no token any more.
    pub(super) async fn sweep_floors(&self) -> Result<(), StoreError> {
        let now = self.clock.now_unix_ms() / 1000;
        let before = now.saturating_sub(LONGEST_TOKEN + SKEW);
        let sql = "DELETE FROM token_floors WHERE moment <= $1";
        self.database.execute(Statement::new(sql, [moment(before)])).await?;
        if let Some(floors) = &self.floors {
            floors.change(|floors| floors.retain(|_, floor| floor.moment > before));
        }
        Ok(())
    }
}

fn read(row: &Row) -> Result<Floor, StoreError> {
    Ok(Floor {
        moment: u64::try_from(row.integer("moment")?).map_err(|_| StoreError::Corrupt("a time"))?,
        instance: row.optional_bytes("instance")?.map(<[u8]>::to_vec),
    })
}

#[cfg(test)]
mod tests {
    use super::super::databases::on_both;
    use super::super::tests::{FakeClock, ann, store};
    use super::{Floor, Keeps, LONGEST_TOKEN, SKEW};
    use crate::auth::token::{Instance, make};

    /// Returns the moment of ann's floor, as long as there is one.
    fn moment(floor: Option<Floor>) -> Option<u64> {
        floor.map(|floor| floor.moment)
    }

    #[tokio::test]
    async fn r30_floor_is_never_lowered() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let first = store(&place, &clock).await;
            let instance = Instance(make().unwrap().1);
            first.raise_floor(ann(), 1000, Keeps::None).await.unwrap();
            first.raise_floor(ann(), 900, Keeps::Only(instance)).await.unwrap();
            first.raise_floor(ann(), 800, Keeps::Same).await.unwrap();
            // A replica that has just started reads what the other one wrote.
            for store in [&first, &store(&place, &clock).await] {
                let floor = store.floor(ann()).await.unwrap().unwrap();
                assert_eq!((floor.moment, floor.instance), (1000, Some(instance.0.bytes())));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn r30_floor_stays_as_long_as_a_token_lives() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let store = store(&place, &clock).await;
            let now = store.clock.now_unix_ms() / 1000;
            store.raise_floor(ann(), now, Keeps::None).await.unwrap();
            clock.advance_ms((LONGEST_TOKEN + SKEW) * 1000 - 1);
            store.sweep_floors().await.unwrap();
            assert_eq!(moment(store.floor(ann()).await.unwrap()), Some(now));
            clock.advance_ms(1);
            store.sweep_floors().await.unwrap();
            assert_eq!(moment(store.floor(ann()).await.unwrap()), None);
        })
        .await;
    }
}
