//! `GET /api/applications/{id}`, secret included, as Logto answers it.

use serde_json::json;

use super::error::not_found;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;
use crate::state::client::ClientKind;

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
    Reply::json(
        200,
        &json!({
            "tenantId": "default", "id": client.id, "name": client.name, "secret": client.secret,
            "description": null, "type": client.kind.name(), "oidcClientMetadata": metadata,
            "customClientMetadata": {
                "rotateRefreshToken": client.rotate_refresh_token,
                "refreshTokenTtlInDays": client.refresh_token_ttl_days
            },
            "protectedAppMetadata": null, "customData": {}, "isThirdParty": false,
            "createdAt": client.created_at_ms,
            "isAdmin": client.kind == ClientKind::MachineToMachine && !client.roles.is_empty()
        }),
    )
}
