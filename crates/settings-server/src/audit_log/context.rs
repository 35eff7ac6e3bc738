//! Who sent a request, as the audit log records it.

use std::net::IpAddr;
use std::sync::Arc;

use account_api::step_up::{GRANT_HEADER, INSTANCE_HEADER};
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use logto_client::UserId;
use sha2::{Digest, Sha256};

use super::entry::{Entry, Phase};
use crate::auth::bearer::Caller;
use crate::auth::instances::Introduced;
use crate::auth::token;
use crate::device;
use crate::error::Failure;
use crate::http::client_ip::ClientIp;
use crate::http::middleware::RequestId;
use crate::store::Store;
use crate::text::hex::hex;

/// Who sent a request.
#[derive(Clone)]
pub(crate) struct AuditContext {
    pub(crate) user: UserId,
    /// The app that the token was issued to.
    pub(crate) client: String,
    /// The beginning of the digest of the app instance's secret, if the request has one.
    pub(crate) instance: Option<String>,
    /// The instance, if the request is of the security scope and the instance is introduced.
    pub(crate) introduced: Introduced,
    /// Whether the request has a well-formed step-up grant.
    pub(crate) shows_grant: bool,
    /// The address the request came from (B43).
    pub(crate) ip: Option<IpAddr>,
    /// The program, as `device::name` names it; empty for an unknown one.
    pub(crate) device: String,
    pub(crate) request: String,
}

impl AuditContext {
    pub(crate) fn entry(&self, store: &Store, action: &str, phase: Phase, operation: &str) -> Entry {
        Entry {
            user: self.user.as_str().to_owned(),
            at_ms: store.now_ms(),
            action: action.to_owned(),
            phase: phase.as_str().to_owned(),
            operation: operation.to_owned(),
            client: Some(self.client.clone()),
            instance: self.instance.clone(),
            ip: self.ip.map(|ip| ip.to_string()),
            device: Some(self.device.clone()).filter(|device| !device.is_empty()),
            request: Some(self.request.clone()),
            ..Entry::default()
        }
    }
}

impl<S: Sync> FromRequestParts<S> for AuditContext {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Arc<Caller>>().ok_or(Failure::unauthorized())?;
        let request = parts.extensions.get::<RequestId>();
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            user: caller.user.clone(),
            client: caller.client_id.clone(),
            instance: instance(&parts.headers),
            introduced: parts.extensions.get::<Introduced>().cloned().unwrap_or_default(),
            shows_grant: token::in_header(&parts.headers, GRANT_HEADER).is_some(),
            ip: parts.extensions.get::<ClientIp>().and_then(|client| client.0),
            device: device::name(user_agent.unwrap_or_default()),
            request: request.map(|id| id.0.clone()).unwrap_or_default(),
        })
    }
}

fn instance(headers: &HeaderMap) -> Option<String> {
    let secret = headers.get(INSTANCE_HEADER)?;
    Some(hex(&Sha256::digest(secret.as_bytes())[..8]))
}
