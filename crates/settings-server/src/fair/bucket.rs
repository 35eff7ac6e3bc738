//! A budget as token buckets in memory: one number for each key and rule.
//!
//! The number is the time at which the bucket is full again (the "theoretical arrival time" of GCRA, ITU-T I.371). A
//! hit adds the time in which one hit is refilled, and is refused if the sum is further away than the rule's period.
//! So `N per M` allows N hits at once, and N in each M after that.
//!
//! Memory is fixed. A keyed hash assigns each key to one set of [`WAYS`] slots. A bucket that is full again gives up
//! its slot; if all slots of a set are taken, a new key takes the slot that is full soonest, **with its number** (as
//! in the Space-Saving algorithm). No hit is forgotten: invented keys that displace a key cost as many hits as they
//! gain.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::config::Rule;

/// Slots of one set.
const WAYS: usize = 8;
/// Sets of one rule: 32 768 keys, in 512 KiB of which only the part with keys is touched.
const SETS: usize = 4_096;

/// One budget, of many keys.
pub(super) struct Budget {
    hasher: RandomState,
    rules: Mutex<Vec<Buckets>>,
}

/// A hit on a bucket, which can be refunded when it is not to count.
#[must_use = "a hit counts, unless it is refunded"]
pub(super) struct Hit(u64);

impl Budget {
    pub(super) fn new(rules: &[Rule]) -> Self {
        Self::of_size(rules, SETS)
    }

    fn of_size(rules: &[Rule], sets: usize) -> Self {
        let rules = rules.iter().map(|rule| Buckets::new(rule, sets)).collect();
        Self { hasher: RandomState::new(), rules: Mutex::new(rules) }
    }

    /// Takes a hit on the bucket of `key`, by every rule or by none.
    ///
    /// # Errors
    /// The seconds until another hit is allowed.
    pub(super) fn hit(&self, key: &impl Hash, now_ms: u64) -> Result<Hit, u32> {
        let (key, now) = (self.hasher.hash_one(key), now_ms.saturating_mul(1_000));
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = rules.iter_mut().map(|rule| rule.wait_us(key, now)).max().unwrap_or_default();
        if wait > 0 {
            return Err(u32::try_from(wait.div_ceil(1_000_000)).unwrap_or(u32::MAX));
        }
        for rule in rules.iter_mut() {
            rule.hit(key, now);
        }
        Ok(Hit(key))
    }

    /// Refunds a hit.
    pub(super) fn refund(&self, hit: Hit) {
        for rule in self.rules.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            rule.refund(hit.0);
        }
    }
}

/// The keys, then the times at which their buckets are full again.
type Set = [[u64; WAYS]; 2];

/// The buckets of one rule. All times are in microseconds.
struct Buckets {
    /// The time in which one hit is refilled.
    cost: u64,
    within: u64,
    sets: Vec<Set>,
}

impl Buckets {
    fn new(rule: &Rule, sets: usize) -> Self {
        let within = u64::try_from(rule.within.as_micros()).unwrap_or(u64::MAX);
        Self { cost: (within / u64::from(rule.most.max(1))).max(1), within, sets: vec![[[0; WAYS]; 2]; sets] }
    }

    fn set(&mut self, key: u64) -> Option<&mut Set> {
        let index =
            usize::try_from(key % u64::try_from(self.sets.len()).unwrap_or(u64::MAX)).unwrap_or_default();
        self.sets.get_mut(index)
    }

    /// Returns the slot of a key and when its bucket is full again: its own slot, or else the one that is full
    /// soonest.
    fn place(&mut self, key: u64) -> Option<(&mut u64, &mut u64)> {
        let [keys, full] = self.set(key)?;
        let own = keys.iter().position(|known| *known == key);
        let soonest = || full.iter().enumerate().min_by_key(|(_, full)| **full).map(|(way, _)| way);
        let way = own.or_else(soonest)?;
        Some((keys.get_mut(way)?, full.get_mut(way)?))
    }

    /// Returns how long until a hit is allowed; 0: at once.
    fn wait_us(&mut self, key: u64, now: u64) -> u64 {
        let (cost, within) = (self.cost, self.within);
        let Some((_, full)) = self.place(key) else { return 0 };
        // After the clock was set back, no wait is longer than the rule's period.
        let begins = (*full).clamp(now, now.saturating_add(within));
        begins.saturating_add(cost).saturating_sub(now.saturating_add(within))
    }

    fn hit(&mut self, key: u64, now: u64) {
        let (cost, within) = (self.cost, self.within);
        if let Some((owner, full)) = self.place(key) {
            *owner = key;
            *full = (*full).clamp(now, now.saturating_add(within)).saturating_add(cost);
        }
    }

    fn refund(&mut self, key: u64) {
        let cost = self.cost;
        match self.place(key) {
            Some((owner, full)) if *owner == key => *full = full.saturating_sub(cost),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Budget, WAYS};
    use crate::config::Rule;

    /// Any moment.
    const NOW: u64 = 1_750_000_000_000;

    fn rule(most: u32, seconds: u64) -> Rule {
        Rule { most, within: Duration::from_secs(seconds) }
    }

    /// 0 when a hit was allowed, otherwise the seconds to wait.
    fn wait(budget: &Budget, key: &str, at_ms: u64) -> u32 {
        budget.hit(&key, NOW + at_ms).map_or_else(|seconds| seconds, |_| 0)
    }

    #[test]
    fn b32_bucket_allows_a_burst_then_its_refill_rate() {
        let budget = Budget::new(&[rule(3, 60), rule(5, 600)]);
        let table = [
            (0, 0),
            (0, 0),
            (0, 0),
            (0, 20),
            (19_999, 1),
            (20_000, 0),
            (20_000, 20),
            (40_000, 0),
            // Of the longer rule, one of the five is refilled after two minutes.
            (60_000, 60),
            (120_000, 0),
            (120_000, 120),
        ];
        for (row, (at_ms, wanted)) in table.into_iter().enumerate() {
            assert_eq!(wait(&budget, "a", at_ms), wanted, "row {row}");
        }
        assert_eq!(wait(&budget, "b", 120_000), 0, "another key has another bucket");
    }

    #[test]
    fn b32_refunded_hit_can_be_taken_again() {
        let budget = Budget::new(&[rule(1, 60), rule(2, 60)]);
        let hit = budget.hit(&"a", NOW).unwrap_or_else(|seconds| panic!("{seconds}"));
        assert_eq!(wait(&budget, "a", 0), 60);
        budget.refund(hit);
        assert_eq!((wait(&budget, "a", 0), wait(&budget, "a", 0)), (0, 60));
    }

    #[test]
    fn b32_clock_set_back_blocks_no_key_for_longer() {
        let budget = Budget::new(&[rule(2, 60)]);
        assert_eq!((wait(&budget, "a", 3_600_000), wait(&budget, "a", 3_600_000)), (0, 0));
        assert_eq!(wait(&budget, "a", 0), 30);
        assert_eq!(wait(&budget, "b", 0), 0);
        budget.hit(&"b", u64::MAX).map_or_else(|seconds| panic!("{seconds}"), drop);
    }

    /// A client without budget invents keys so that its own is forgotten.
    #[test]
    fn b32_invented_keys_gain_no_extra_budget() {
        let most = 10;
        let budget = Budget::of_size(&[rule(most, 60)], 1);
        let mut granted = 0;
        // More keys than there are slots, each with as many hits as are allowed.
        for number in 0..20 * WAYS {
            while wait(&budget, &format!("made up {number}"), 0) == 0 {
                granted += 1;
            }
        }
        assert_eq!(granted, WAYS * usize::try_from(most).unwrap(), "as many as the places have, and no more");
        assert_eq!(wait(&budget, "made up 0", 0), 6, "it is not forgotten that the first one drew");
        assert_eq!(wait(&budget, "made up 0", 60_000), 0);
    }

    proptest! {
        #[test]
        fn b32_no_order_of_keys_exceeds_the_slots(keys in proptest::collection::vec(0_u8..40, 0..400)) {
            let budget = Budget::of_size(&[rule(5, 60)], 1);
            let granted = keys.iter().filter(|key| budget.hit(key, NOW).is_ok()).count();
            prop_assert!(granted <= 5 * WAYS);
        }
    }
}
