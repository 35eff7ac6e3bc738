//! The identity provider's metadata (OpenID Connect Discovery 1.0 §3, RFC 8414 §2): only what the app uses is read.
//!
//! A value that is `null`, empty or of another type counts as absent where the app can work without it: a document is
//! refused for what makes it unusable or suspicious, never for a field that nothing here reads.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::http as transport;

/// The endpoints of an issuer whose document names that issuer.
pub(super) struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) revocation_endpoint: Option<Url>,
    pub(super) end_session_endpoint: Option<Url>,
    /// Whether every authorization response carries `iss` (RFC 9207 §3).
    pub(super) promises_iss: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    #[serde(default)]
    authorization_endpoint: Value,
    #[serde(default)]
    token_endpoint: Value,
    #[serde(default)]
    jwks_uri: Value,
    #[serde(default)]
    revocation_endpoint: Value,
    #[serde(default)]
    end_session_endpoint: Value,
    #[serde(default)]
    authorization_response_iss_parameter_supported: Value,
}

impl Metadata {
    /// Reads the document of `issuer`.
    ///
    /// # Errors
    /// The reason, for the log: it is no JSON object, names another issuer, or lacks an endpoint that a sign-in
    /// needs.
    pub(super) fn read(body: &[u8], issuer: &str) -> Result<Self, &'static str> {
        let document: Document = serde_json::from_slice(body).map_err(|_| "not a document with an issuer")?;
        if document.issuer != issuer {
            return Err("the document names another issuer");
        }
        Ok(Self {
            authorization_endpoint: url(&document.authorization_endpoint)
                .ok_or("no authorization_endpoint")?,
            token_endpoint: endpoint(&document.token_endpoint).ok_or("no token_endpoint")?,
            jwks_uri: endpoint(&document.jwks_uri).ok_or("no jwks_uri")?,
            revocation_endpoint: endpoint(&document.revocation_endpoint),
            end_session_endpoint: url(&document.end_session_endpoint),
            promises_iss: document.authorization_response_iss_parameter_supported == Value::Bool(true),
        })
    }
}

fn url(value: &Value) -> Option<Url> {
    value.as_str().and_then(|text| Url::parse(text).ok())
}

/// Reads the URL of an endpoint that the app itself sends requests to.
fn endpoint(value: &Value) -> Option<Url> {
    url(value).filter(transport::is_allowed)
}

/// Returns the URL of an issuer's document, or `None` when the issuer is no URL.
pub(super) fn document_url(issuer: &str) -> Option<Url> {
    Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok()
}
