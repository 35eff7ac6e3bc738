//! `GET /.well-known/oauth-protected-resource{base path}` (RFC 9728): the app is configured by one URL.

use std::sync::Arc;

use account_api::metadata::{LatchkeyMetadata, ProtectedResourceMetadata};
use axum::extract::State;
use axum::routing::on;

use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase, Scope};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    base: RouteBase::Metadata,
    path: "",
    scopes: &[],
    operation: "metadata_read",
    summary: "Returns what an app needs to know to use this server (RFC 9728).",
    errors: &[],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::json::<ProtectedResourceMetadata>,
    handler: |method| on(method, handle),
};

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
