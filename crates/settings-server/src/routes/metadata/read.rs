//! `GET /.well-known/oauth-protected-resource{base path}` (RFC 9728): the app is configured by one URL.

use std::sync::Arc;

use account_api::metadata::{LatchkeyMetadata, ProtectedResourceMetadata};
use axum::extract::State;

use crate::answer::Json;
use crate::router::Scope;
use crate::state::AppState;

/// The version of the contract that this server speaks.
const API_VERSION: u32 = 1;

pub(crate) async fn handle(State(state): State<Arc<AppState>>) -> Json<ProtectedResourceMetadata> {
    let config = &state.config;
    Json(ProtectedResourceMetadata {
        resource: config.public_url.to_string(),
        authorization_servers: vec![config.logto.issuer.clone()],
        scopes_supported: Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect(),
        bearer_methods_supported: vec!["header".to_owned()],
        resource_name: config.app.name.clone(),
        latchkey: LatchkeyMetadata {
            api_version: API_VERSION,
            client_id: config.app.client_id.clone(),
            scheme: config.app.scheme.clone(),
            branding: state.tenant.branding().await,
        },
    })
}
