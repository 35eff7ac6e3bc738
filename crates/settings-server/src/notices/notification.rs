//! Who is notified of a change, and of what.

use account_api::account::Language;
use logto_client::types::User;
use serde::{Deserialize, Serialize};

use super::{Notice, NoticeKind};
use crate::account::view::present;
use crate::audit_log::AuditContext;
use crate::device;
use crate::store::{Store, StoreError};

/// The notice of a change and the addresses it goes to. Made before the change: afterwards the old address is gone.
#[derive(Clone)]
pub(crate) struct Notification {
    kind: NoticeKind,
    language: Language,
    recipients: Vec<String>,
    removed: Option<String>,
    added: Option<String>,
}

impl Notification {
    /// Creates the notification of the account's present address.
    pub(crate) fn about(kind: NoticeKind, user: &User) -> Self {
        let recipients = present(user.primary_email.clone()).into_iter().collect();
        Self { kind, language: super::language(user), recipients, removed: None, added: None }
    }

    /// Adds another address, such as the new one.
    pub(crate) fn also(mut self, address: impl Into<String>) -> Self {
        let address = address.into();
        if !self.recipients.contains(&address) {
            self.recipients.push(address);
        }
        self
    }

    /// Names the account elsewhere that is removed.
    pub(crate) fn removed(self, account: String) -> Self {
        Self { removed: Some(account), ..self }
    }

    /// Names the account elsewhere that is added.
    pub(crate) fn added(self, account: String) -> Self {
        Self { added: Some(account), ..self }
    }

    pub(crate) fn into_notices(self, context: &AuditContext, now_ms: u64) -> Notices {
        let notice = Notice {
            kind: self.kind,
            at_ms: now_ms,
            device: context.device.clone(),
            network: context.ip.map(device::network).unwrap_or_default(),
            language: self.language,
            removed: self.removed,
            added: self.added,
        };
        Notices { notice, recipients: self.recipients }
    }
}

/// A notice and its recipients, as an open intent keeps them (sealed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notices {
    pub(crate) notice: Notice,
    pub(crate) recipients: Vec<String>,
}

impl Notices {
    pub(crate) fn seal(&self, store: &Store, operation: &str) -> Result<Vec<u8>, StoreError> {
        store.sealer.seal_value(self, &context(operation))
    }

    /// Opens what [`Self::seal`] sealed. Returns `None`, and logs it, when no key opens it.
    pub(crate) fn open(store: &Store, operation: &str, sealed: &[u8]) -> Option<Self> {
        let notices = store.sealer.open_value(sealed, &context(operation));
        if notices.is_none() {
            tracing::error!(
                operation,
                "notices: those of a change cannot be opened and are not sent (keep every older key at the end of \
                 store.encryption_key_files)"
            );
        }
        notices
    }
}

fn context(operation: &str) -> String {
    format!("notices of {operation}")
}
