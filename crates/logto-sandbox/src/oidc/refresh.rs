//! The `refresh_token` grant: rotation, three seconds of grace for reuse, then the whole grant ends.

use serde_json::Value;

use super::error::OidcError;
use super::issue::{self, Wanted};
use super::words;
use crate::http::find;
use crate::state::State;
use crate::state::client::{Client, ClientKind};
use crate::state::grant::REUSE_GRACE_MS;

/// Exchanges a refresh token.
pub(crate) fn exchange(
    state: &mut State,
    client: &Client,
    form: &[(String, String)],
) -> Result<Value, OidcError> {
    let value = find(form, "refresh_token")
        .ok_or_else(|| OidcError::bad("invalid_request", "missing required parameter 'refresh_token'"))?;
    let token = state.refresh_tokens.get(value).cloned().ok_or_else(OidcError::invalid_grant)?;
    let now_ms = state.now_ms();
    if token.client_id != client.id || token.expires_ms <= now_ms {
        return Err(OidcError::invalid_grant());
    }
    if token.used_at_ms.is_some_and(|used| now_ms.saturating_sub(used) > REUSE_GRACE_MS) {
        state.revoke_grant(&token.grant_id);
        return Err(OidcError::invalid_grant());
    }
    let scope = find(form, "scope").map(words);
    if let Some(wider) = scope.iter().flatten().find(|scope| !token.authorized.scope.contains(scope)) {
        let error = OidcError::bad("invalid_scope", "refresh token missing requested scope");
        return Err(error.with("scope", wider.clone()));
    }
    let wanted = Wanted { resource: find(form, "resource").map(str::to_owned), scope };
    issue::check(state, &token.grant_id, &token.authorized, &wanted)?;
    let next = if client.rotate_refresh_token {
        if let Some(stored) = state.refresh_tokens.get_mut(value) {
            stored.used_at_ms.get_or_insert(now_ms);
        }
        // A single-page application's rotated token keeps the first one's expiry.
        let expiry = (client.kind == ClientKind::Spa).then_some(token.expires_ms);
        issue::new_refresh_token(state, client, &token.grant_id, token.authorized.clone(), expiry)
    } else {
        value.to_owned()
    };
    issue::tokens(state, client, &token.grant_id, &token.authorized, &wanted, Some(next))
}
