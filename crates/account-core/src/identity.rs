//! The identity of a session: one user of one client at one issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The three parts under which a refresh token is kept (N12). None of them is a secret or a user's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The issuer, exactly as it names itself.
    pub(crate) issuer: String,
    /// The client id of the Native application.
    pub(crate) client_id: String,
    /// The user id.
    pub(crate) sub: String,
}

impl Identity {
    /// Returns a name for items and files that reveals nothing: SHA-256 over the three parts, each preceded by its
    /// length, as base64url (43 characters).
    pub(crate) fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.issuer, &self.client_id, &self.sub] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn n12_item_name_depends_on_issuer_client_and_user() {
        let identity = |issuer: &str, client_id: &str, sub: &str| {
            Identity { issuer: issuer.to_owned(), client_id: client_id.to_owned(), sub: sub.to_owned() }
                .digest()
        };
        let names = [
            identity("issuer", "client", "user"),
            identity("issuer2", "client", "user"),
            identity("issuer", "client2", "user"),
            identity("issuer", "client", "user2"),
            // The same bytes, split elsewhere.
            identity("issuerc", "lient", "user"),
            identity("issuer", "clientu", "ser"),
        ];
        let different: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert!(names.iter().all(|name| name.len() == 43));
    }
}
