//! Applications and the matching of their redirect URIs.

use url::Url;

/// The kind of application; decides about secrets, ports and rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    Native,
    Spa,
    MachineToMachine,
}

impl ClientKind {
    /// Returns the name in Logto's JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "Native",
            Self::Spa => "SPA",
            Self::MachineToMachine => "MachineToMachine",
        }
    }
}

/// A further secret of an application.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) created_at_ms: u64,
    pub(crate) expires_at_ms: Option<u64>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One application.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: ClientKind,
    pub(crate) secret: String,
    pub(crate) further_secrets: Vec<Secret>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) rotate_refresh_token: bool,
    pub(crate) refresh_token_ttl_days: u64,
    /// With it the ID token carries `sid`.
    pub(crate) backchannel_session: bool,
    /// Roles of a machine-to-machine application.
    pub(crate) roles: Vec<String>,
    pub(crate) created_at_ms: u64,
}

impl Client {
    /// Whether a secret is one of its own at a time in Unix milliseconds.
    pub(crate) fn has_secret(&self, secret: &str, now_ms: u64) -> bool {
        let lasts = |secret: &Secret| secret.expires_at_ms.is_none_or(|end| end > now_ms);
        self.secret == secret || self.further_secrets.iter().any(|one| one.value == secret && lasts(one))
    }

    /// Returns a client that does not exist, with empty fields.
    pub(crate) fn unknown() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            kind: ClientKind::Native,
            secret: String::new(),
            further_secrets: Vec::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            rotate_refresh_token: true,
            refresh_token_ttl_days: 14,
            backchannel_session: false,
            roles: Vec::new(),
            created_at_ms: 0,
        }
    }

    /// Whether a redirect URI may be used: exact, except that a Native client's `http` loopback URI matches
    /// any port (RFC 8252 §7.3).
    pub(crate) fn allows_redirect(&self, requested: &str) -> bool {
        if self.redirect_uris.iter().any(|registered| registered == requested) {
            return true;
        }
        if self.kind != ClientKind::Native {
            return false;
        }
        let Some(requested) = loopback_without_port(requested) else { return false };
        self.redirect_uris
            .iter()
            .any(|registered| loopback_without_port(registered).as_ref() == Some(&requested))
    }

    /// Whether a post-logout URI is registered: exact text, port included.
    pub(crate) fn allows_post_logout(&self, requested: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|registered| registered == requested)
    }
}

/// Returns the URL without its port, if it is an `http` URL on a loopback host.
fn loopback_without_port(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    let is_loopback = matches!(url.host_str()?, "127.0.0.1" | "localhost" | "[::1]");
    if url.scheme() != "http" || !is_loopback {
        return None;
    }
    url.set_port(None).ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(uris: &[&str]) -> Client {
        Client {
            id: "c".into(),
            name: "c".into(),
            kind: ClientKind::Native,
            secret: String::new(),
            further_secrets: Vec::new(),
            redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
            post_logout_redirect_uris: vec!["http://127.0.0.1/signed-out".into()],
            rotate_refresh_token: true,
            refresh_token_ttl_days: 14,
            backchannel_session: false,
            roles: Vec::new(),
            created_at_ms: 0,
        }
    }

    #[test]
    fn only_the_port_of_a_native_loopback_uri_is_free() {
        let client = native(&["http://127.0.0.1/callback"]);
        assert!(client.allows_redirect("http://127.0.0.1:49999/callback"));
        for refused in [
            "http://127.0.0.1:1/other",
            "http://127.0.0.1:1/callback/",
            "http://127.0.0.1:1/callback?x=1",
            "http://127.0.0.2:1/callback",
            "https://127.0.0.1:1/callback",
            "http://localhost:1/callback",
            "latchkey://callback",
        ] {
            assert!(!client.allows_redirect(refused), "{refused}");
        }
        let page = Client { kind: ClientKind::Spa, ..client.clone() };
        assert!(!page.allows_redirect("http://127.0.0.1:49999/callback"));
        assert!(!client.allows_post_logout("http://127.0.0.1:5/signed-out"));
    }
}
