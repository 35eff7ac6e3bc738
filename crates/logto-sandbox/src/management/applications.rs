//! `GET /api/applications/{id}`: as Logto answers it, the secret of a machine-to-machine application included.

use serde_json::json;

use super::error::not_found;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;
use crate::state::client::ClientKind;

/// For so many days a refresh token is valid where the application says nothing.
const USUAL_TTL_DAYS: u64 = 14;

/// One application.
pub(crate) fn read(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(client) = state.clients.get(params.get("id")) else { return not_found() };
    let mut metadata = json!({
        "redirectUris": client.redirect_uris,
        "postLogoutRedirectUris": client.post_logout_redirect_uris
    });
    if client.backchannel_session
        && let Some(fields) = metadata.as_object_mut()
    {
        fields.insert("backchannelLogoutUri".into(), "http://127.0.0.1:9/backchannel-logout".into());
        fields.insert("backchannelLogoutSessionRequired".into(), true.into());
    }
    let is_machine = client.kind == ClientKind::MachineToMachine;
    let mut custom = json!({ "rotateRefreshToken": client.rotate_refresh_token });
    if client.refresh_token_ttl_days != USUAL_TTL_DAYS
        && let Some(fields) = custom.as_object_mut()
    {
        fields.insert("refreshTokenTtlInDays".into(), client.refresh_token_ttl_days.into());
    }
    let mut view = json!({
        "tenantId": "default", "id": client.id, "name": client.name, "description": null,
        "type": client.kind.name(), "oidcClientMetadata": metadata, "customClientMetadata": custom,
        "protectedAppMetadata": null, "customData": {}, "isThirdParty": false,
        "appLevelAccessControlEnabled": false, "createdAt": client.created_at_ms,
        "isAdmin": is_machine && !client.roles.is_empty()
    });
    if is_machine && let Some(fields) = view.as_object_mut() {
        fields.insert("secret".into(), client.secret.clone().into());
    }
    Reply::json(200, &view)
}
