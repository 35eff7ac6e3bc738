//! Providers of the sandbox's own, for linking social accounts: mock-social, GitHub, Google and the OpenID provider of a
//! company, on a port of their own behind TLS.
//!
//! They have no users: whoever opens the page says which account they are. A code is exchanged inside the sandbox
//! (`POST /api/users/{id}/identities`), except those of the OpenID provider, which has a token endpoint.

pub(crate) mod answer;
pub(crate) mod authorize;
pub(crate) mod certificate;
pub(crate) mod code;
pub(crate) mod control;
mod keys;
mod logos;
mod openid;
pub(crate) mod orders;
mod page;
pub(crate) mod person;
mod pkce;
pub(crate) mod routes;
pub(crate) mod seed;
mod signed_secret;
pub(crate) mod tls;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use certificate::Certificate;
use code::IssuedCode;
use keys::ProviderKeys;
use orders::Orders;

/// One provider. Its target is the first segment of its paths.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) target: &'static str,
    /// As its page says it.
    pub(crate) name: &'static str,
    /// Whether it sends users to redirect URIs of any scheme; if not, only to https, and to http on loopback.
    any_scheme: bool,
    /// Whether it is an OpenID provider with discovery and a token endpoint.
    is_openid: bool,
    /// What its codes begin with.
    code_prefix: &'static str,
    /// The account that its page suggests: id, e-mail address, name.
    account: [&'static str; 3],
}

/// The company's OpenID provider.
pub(crate) const CORP_ID: &str = "corp-id";

/// All of them.
pub(crate) static PROVIDERS: [Provider; 4] = [
    Provider {
        target: "mock-social",
        name: "Mock Social",
        any_scheme: true,
        is_openid: false,
        code_prefix: "",
        account: ["mock-alice", "alice@mock-social.example.test", "Alice at Mock Social"],
    },
    Provider {
        target: "github",
        name: "GitHub",
        any_scheme: false,
        is_openid: false,
        code_prefix: "",
        account: ["1583231", "alice@github.example.test", "Alice at GitHub"],
    },
    Provider {
        target: "google",
        name: "Google",
        any_scheme: false,
        is_openid: false,
        // Google's codes have a slash, which a query escapes.
        code_prefix: "4/0A",
        account: ["109876543210987654321", "alice@google.example.test", "Alice at Google"],
    },
    Provider {
        target: CORP_ID,
        name: "Corp ID",
        any_scheme: false,
        is_openid: true,
        code_prefix: "",
        account: ["corp-alice", "alice@corp-id.example.test", "Alice at Corp"],
    },
];

impl Provider {
    /// Returns the provider of a target.
    pub(crate) fn of(target: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.target == target)
    }
}

/// What the providers know.
pub(crate) struct Providers {
    /// `https://127.0.0.1:PORT`.
    pub(crate) base_url: String,
    pub(crate) certificate: Certificate,
    /// Made when they are needed: an RSA key takes a while.
    keys: OnceLock<Option<ProviderKeys>>,
    codes: BTreeMap<String, IssuedCode>,
    pub(crate) orders: Orders,
}

impl Providers {
    /// Returns the providers at an address.
    pub(crate) fn new(base_url: String, certificate: Certificate) -> Self {
        Self {
            base_url,
            certificate,
            keys: OnceLock::new(),
            codes: BTreeMap::new(),
            orders: Orders::default(),
        }
    }

    /// Returns the keys of the OpenID provider; none if they could not be made.
    fn keys(&self) -> Option<&ProviderKeys> {
        self.keys.get_or_init(|| ProviderKeys::generate().ok()).as_ref()
    }

    /// Returns the page where a provider's users say who they are.
    pub(crate) fn authorization_endpoint(&self, target: &str) -> String {
        format!("{}/{target}/authorize", self.base_url)
    }

    /// Returns the issuer of the OpenID provider.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/{CORP_ID}", self.base_url)
    }
}
