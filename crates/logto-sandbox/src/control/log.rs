//! The request log: requests, their clients, times and statuses. Holds no bodies and no tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header;
use serde::Serialize;
use serde_json::Value;

use crate::http::{Request, find};

/// How a request authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationKind {
    /// No `Authorization` header.
    None,
    /// Client id and secret.
    Basic,
    /// A bearer token.
    Bearer,
    /// Another scheme.
    Other,
}

/// One request as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path, without query. Those of the providers begin with `provider:`.
    pub path: String,
    /// The decoded query fields, in order.
    pub query: Vec<(String, String)>,
    /// The status answered; 0 while unanswered and for dropped connections.
    pub status: u16,
    /// How the request authenticated.
    pub authorization: AuthorizationKind,
    /// The client's id, read without checking from Basic, the token's claims, the form or the query.
    pub client: Option<String>,
    /// For `POST /oidc/token`, the grant type.
    pub grant_type: Option<String>,
    /// The request's `user-agent`.
    pub user_agent: Option<String>,
    /// The `logto-core-request-id` of the answer.
    pub request_id: String,
    /// When it arrived, on the sandbox's clock, in Unix milliseconds.
    pub started_ms: u64,
    /// When it was answered, on the sandbox's clock, in Unix milliseconds; 0 while unanswered.
    pub finished_ms: u64,
}

impl LoggedRequest {
    pub(crate) fn start(request: &Request, request_id: &str, now_ms: u64) -> Self {
        let header = request.header(header::AUTHORIZATION);
        let kind = match header.map(|value| value.split(' ').next().unwrap_or_default()) {
            None => AuthorizationKind::None,
            Some("Basic") => AuthorizationKind::Basic,
            Some("Bearer") => AuthorizationKind::Bearer,
            Some(_) => AuthorizationKind::Other,
        };
        let is_form = request.path.starts_with("/oidc/token");
        let form = if is_form { request.form() } else { Vec::new() };
        let client = header
            .and_then(client_of_header)
            .or_else(|| find(&form, "client_id").or_else(|| request.query("client_id")).map(str::to_owned));
        Self {
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            status: 0,
            authorization: kind,
            client,
            grant_type: find(&form, "grant_type").map(str::to_owned),
            user_agent: request.header(header::USER_AGENT).map(str::to_owned),
            request_id: request_id.to_owned(),
            started_ms: now_ms,
            finished_ms: 0,
        }
    }
}

fn client_of_header(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once(' ')?;
    match scheme {
        "Basic" => {
            let text = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
            text.split_once(':').map(|(id, _)| id.to_owned())
        }
        "Bearer" => {
            let payload = URL_SAFE_NO_PAD.decode(rest.split('.').nth(1)?).ok()?;
            let claims: Value = serde_json::from_slice(&payload).ok()?;
            claims.get("client_id")?.as_str().map(str::to_owned)
        }
        _ => None,
    }
}
