//! What a change is going to do: which values it writes, and who is told.

use account_api::account::Language;
use logto_client::types::User;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Who, masks};
use crate::account::view::present;
use crate::device;
use crate::notices::{self, Notice, NoticeKind};
use crate::store::{Store, StoreError};

/// What a change is going to do.
#[derive(Default)]
pub(crate) struct Intent {
    expected: Vec<Expected>,
    telling: Option<Telling>,
}

/// One value that a change writes: what it is (a name that `observe` knows), and what it was and will be there.
struct Expected {
    what: String,
    before: Value,
    after: Value,
}

/// One expected value as it is kept: as a digest that only this server can make, for this operation alone.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) what: String,
    digest: Vec<u8>,
}

impl Intent {
    /// Adds a value that is going to be written. `after` must be what `observe` will see.
    pub(crate) fn expecting(
        mut self,
        what: impl Into<String>,
        before: impl Serialize,
        after: impl Serialize,
    ) -> Self {
        let value = |value| serde_json::to_value(value).unwrap_or_default();
        let after = serde_json::to_value(after).unwrap_or_default();
        self.expected.push(Expected { what: what.into(), before: value(&before), after });
        self
    }

    /// Says who is told, once it is done.
    pub(crate) fn telling(mut self, telling: Telling) -> Self {
        self.telling = Some(telling);
        self
    }

    /// Whether there is nothing to be done.
    pub(crate) fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    /// The values before and after, masked, as JSON texts.
    pub(super) fn masked(&self) -> (String, String) {
        let before = self.expected.iter().map(|one| (one.what.as_str(), &one.before));
        let after = self.expected.iter().map(|one| (one.what.as_str(), &one.after));
        (masks::masked(before), masks::masked(after))
    }

    /// The expected values as they are kept, as a JSON text.
    pub(super) fn kept(&self, store: &Store, operation: &str) -> Result<String, StoreError> {
        let kept = self.expected.iter().map(|one| Kept {
            what: one.what.clone(),
            digest: digest(store, operation, &one.what, &one.after).to_vec(),
        });
        serde_json::to_string(&kept.collect::<Vec<_>>())
            .map_err(|_| StoreError::Corrupt("an intent cannot be written"))
    }

    pub(super) fn notices(&self, who: &Who, now_ms: u64) -> Option<Notices> {
        self.telling.clone().map(|telling| telling.notices(who, now_ms))
    }
}

impl Kept {
    /// Whether Logto is asked for it alone: of several it may do some. All else is one request, done whole or not at all.
    pub(super) fn stands_alone(&self) -> bool {
        self.what.starts_with("session:") || self.what.starts_with("grant:")
    }

    /// Whether the present value is the expected one.
    pub(super) fn is(&self, store: &Store, operation: &str, present: &Value) -> bool {
        self.digest == digest(store, operation, &self.what, present)
    }
}

fn digest(store: &Store, operation: &str, what: &str, value: &Value) -> [u8; 32] {
    store.sealer.fingerprint(&format!("intent\0{operation}\0{what}\0{value}"))
}

/// Who is told of a change, and of what. Made before the change: afterwards the old address is gone.
#[derive(Clone)]
pub(crate) struct Telling {
    kind: NoticeKind,
    language: Language,
    recipients: Vec<String>,
}

impl Telling {
    /// Tells the person at the address the account has now.
    pub(crate) fn about(kind: NoticeKind, user: &User) -> Self {
        let recipients = present(user.primary_email.clone()).into_iter().collect();
        Self { kind, language: notices::language(user), recipients }
    }

    /// Tells a further address, such as the new one.
    pub(crate) fn also(mut self, address: impl Into<String>) -> Self {
        let address = address.into();
        if !self.recipients.contains(&address) {
            self.recipients.push(address);
        }
        self
    }

    pub(super) fn notices(self, who: &Who, now_ms: u64) -> Notices {
        let notice = Notice {
            kind: self.kind,
            at_ms: now_ms,
            device: who.device.clone(),
            network: who.ip.map(device::network).unwrap_or_default(),
            language: self.language,
        };
        Notices { notice, recipients: self.recipients }
    }
}

/// A notice and everybody who gets it, as an open intent keeps it (sealed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notices {
    pub(super) notice: Notice,
    pub(super) recipients: Vec<String>,
}

impl Notices {
    pub(super) fn seal(&self, store: &Store, operation: &str) -> Result<Vec<u8>, StoreError> {
        let text = serde_json::to_vec(self).map_err(|_| StoreError::Corrupt("a notice cannot be written"))?;
        store.sealer.seal(&text, &context(operation))
    }

    /// `None`, and a word in the log, when no key opens it.
    pub(super) fn open(store: &Store, operation: &str, sealed: &[u8]) -> Option<Self> {
        let text = store.sealer.open(sealed, &context(operation));
        let notices = text.and_then(|text| serde_json::from_slice(&text).ok());
        if notices.is_none() {
            tracing::error!(operation, "the notices of a change cannot be opened: nobody is told of it");
        }
        notices
    }
}

fn context(operation: &str) -> String {
    format!("notices of {operation}")
}
