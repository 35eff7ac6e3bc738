//! The `authorization_code` grant.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::error::OidcError;
use super::issue::{self, Wanted};
use crate::http::find;
use crate::state::State;
use crate::state::client::Client;

/// Exchanges a code. Using one twice ends the grant, with every token already issued from it.
pub(crate) fn exchange(
    state: &mut State,
    client: &Client,
    form: &[(String, String)],
) -> Result<Value, OidcError> {
    let value = find(form, "code")
        .ok_or_else(|| OidcError::bad("invalid_request", "missing required parameter 'code'"))?;
    let code = state.codes.get(value).cloned().ok_or_else(OidcError::invalid_grant)?;
    if code.client_id != client.id {
        return Err(OidcError::invalid_grant());
    }
    if code.used {
        state.revoke_grant(&code.grant_id);
        return Err(OidcError::invalid_grant());
    }
    let challenge = find(form, "code_verifier").map(|verifier| {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
    });
    let matches = code.expires_ms > state.now_ms()
        && find(form, "redirect_uri") == Some(code.redirect_uri.as_str())
        && challenge.as_deref() == Some(code.code_challenge.as_str());
    if !matches {
        return Err(OidcError::invalid_grant());
    }
    if let Some(stored) = state.codes.get_mut(value) {
        stored.used = true;
    }
    let with_refresh =
        code.with_consent && code.authorized.scope.iter().any(|scope| scope == "offline_access");
    let refresh_token = with_refresh
        .then(|| issue::new_refresh_token(state, client, &code.grant_id, code.authorized.clone(), None));
    let wanted = Wanted { resource: find(form, "resource").map(str::to_owned), scope: None };
    issue::tokens(state, client, &code.grant_id, &code.authorized, &wanted, refresh_token)
}
