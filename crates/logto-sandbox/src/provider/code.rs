//! The codes that the providers issue: each for one client and one redirect URI, and only once.

use super::{Provider, Providers, pkce};
use crate::state::State;

/// How long a code is valid.
const LIFETIME_MS: u64 = 600_000;

/// An account at a provider, as its user says it is. `Default` is the account that the page suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderAccount {
    /// The provider's id of the user; empty for the one that the page suggests, with its address and name.
    pub id: String,
    /// The e-mail address; empty if the provider knows none.
    pub email: String,
    /// The name; empty if the provider knows none.
    pub name: String,
    /// Whether the provider says that the address is not verified.
    pub email_unverified: bool,
}

impl ProviderAccount {
    /// Returns the address, if there is one.
    pub(crate) fn email(&self) -> Option<&str> {
        Some(self.email.as_str()).filter(|email| !email.is_empty())
    }

    /// Returns the address, if it is verified.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        self.email().filter(|_| !self.email_unverified)
    }

    /// Returns the name, if there is one.
    pub(crate) fn name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }
}

/// A code that was issued and waits.
#[derive(Clone)]
pub(crate) struct IssuedCode {
    pub(crate) target: &'static str,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) account: ProviderAccount,
    pub(crate) auth_time_s: u64,
    expires_ms: u64,
}

/// Issues a code for an account, at least `length` characters long.
pub(crate) fn issue(
    state: &mut State,
    provider: &'static Provider,
    asked: &super::authorize::AuthorizationRequest,
    account: ProviderAccount,
    length: usize,
) -> String {
    let mut code = format!("{}{}", provider.code_prefix, crate::random::opaque());
    code.push_str(&"x".repeat(length.saturating_sub(code.len())));
    state.issued_secrets.push(code.clone());
    let issued = IssuedCode {
        target: provider.target,
        redirect_uri: asked.redirect_uri.clone(),
        nonce: asked.nonce.clone(),
        code_challenge: asked.code_challenge.clone(),
        account,
        auth_time_s: state.now_s(),
        expires_ms: state.now_ms() + LIFETIME_MS,
    };
    if let Some(providers) = &mut state.providers {
        providers.codes.insert(code.clone(), issued);
    }
    code
}

impl Providers {
    /// Exchanges a code, which is gone then. One that is presented at another provider, with another redirect URI or without
    /// its verifier stays. `None` for the redirect URI means that the provider does not ask for it.
    pub(crate) fn redeem(
        &mut self,
        target: &str,
        code: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now_ms: u64,
    ) -> Option<IssuedCode> {
        let is_right = |issued: &&IssuedCode| {
            issued.target == target
                && issued.expires_ms > now_ms
                && redirect_uri.is_none_or(|uri| uri == issued.redirect_uri)
                && issued.code_challenge.as_ref().is_none_or(|challenge| {
                    verifier.is_some_and(|verifier| pkce::challenge(verifier) == *challenge)
                })
        };
        self.codes.get(code).filter(is_right)?;
        self.codes.remove(code)
    }
}
