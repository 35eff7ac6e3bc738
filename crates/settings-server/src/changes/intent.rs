//! What a change is going to write, and whom it notifies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit_log::{AuditContext, AuditField, masked};
use crate::notices::notification::{Notices, Notification};
use crate::store::{Store, StoreError};

/// What a change is going to write, and whom it notifies once it is applied.
#[derive(Clone, Default)]
pub(crate) struct Intent {
    expected: Vec<ExpectedValue>,
    notification: Option<Notification>,
}

/// One value that a change writes, before and after it.
#[derive(Clone)]
struct ExpectedValue {
    field: AuditField,
    before: Value,
    after: Value,
}

/// An expected value as an open intent keeps it: a digest that only this server can make, for this change alone.
#[derive(Serialize, Deserialize)]
pub(super) struct ExpectedDigest {
    /// The text of an [`AuditField`], maybe of one that a newer version knows.
    #[serde(rename = "what")]
    pub(super) field: String,
    digest: Vec<u8>,
}

impl Intent {
    /// Adds a value that is going to be written. `after` must be what `ObservedAccount` will see.
    pub(crate) fn expecting(
        mut self,
        field: AuditField,
        before: impl Serialize,
        after: impl Serialize,
    ) -> Self {
        let before = serde_json::to_value(before).unwrap_or_default();
        let after = serde_json::to_value(after).unwrap_or_default();
        self.expected.push(ExpectedValue { field, before, after });
        self
    }

    /// Sets the notification that is sent once the change is applied.
    pub(crate) fn notifying(mut self, notification: Notification) -> Self {
        self.notification = Some(notification);
        self
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    /// Returns the values before and after, masked, as JSON texts.
    pub(super) fn masked(&self) -> (String, String) {
        let before = self.expected.iter().map(|value| (&value.field, &value.before));
        let after = self.expected.iter().map(|value| (&value.field, &value.after));
        (masked(before), masked(after))
    }

    /// Returns the expected values as an open intent keeps them, as a JSON text.
    pub(super) fn digests(&self, store: &Store, operation: &str) -> Result<String, StoreError> {
        let digests = self.expected.iter().map(|value| {
            let field = value.field.to_string();
            ExpectedDigest { digest: digest(store, operation, &field, &value.after).to_vec(), field }
        });
        serde_json::to_string(&digests.collect::<Vec<_>>())
            .map_err(|_| StoreError::Corrupt("an intent cannot be written"))
    }

    pub(super) fn notices(&self, context: &AuditContext, now_ms: u64) -> Option<Notices> {
        self.notification.clone().map(|notification| notification.into_notices(context, now_ms))
    }
}

impl ExpectedDigest {
    /// Whether the present value is the expected one.
    pub(super) fn is(&self, store: &Store, operation: &str, present: &Value) -> bool {
        self.digest == digest(store, operation, &self.field, present)
    }
}

fn digest(store: &Store, operation: &str, field: &str, value: &Value) -> [u8; 32] {
    store.sealer.fingerprint(&format!("intent\0{operation}\0{field}\0{value}"))
}
