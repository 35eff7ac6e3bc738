//! ID tokens of the app, verified by the server (OpenID Connect Core 1.0 §3.1.3.7; B9).

use serde::Deserialize;
use serde_json::Value;

use crate::auth::bearer::SKEW_SECONDS;
use crate::auth::jwks::Unknown;
use crate::auth::jws::SignedToken;
use crate::error::Failure;
use crate::logto::upstream;
use crate::state::AppState;

use super::challenge::refused;

/// Longer ID tokens are rejected unread.
const LONGEST: usize = 16 * 1024;

/// What a verified ID token says.
#[derive(Clone, Debug)]
pub(crate) struct IdToken {
    pub(crate) sub: String,
    pub(crate) nonce: Option<String>,
    /// When it was issued, in seconds on Logto's clock.
    pub(crate) issued_at: u64,
    /// When its user last signed in, in seconds on Logto's clock.
    pub(crate) auth_time: Option<u64>,
    /// The session, if Logto names it.
    pub(crate) sid: Option<String>,
    /// What Logto calls the user: name, user name or e-mail address.
    pub(crate) called: Option<String>,
}

/// A tenant can give the claims about its users any type, so that each is read on its own.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<Value>,
    azp: Option<String>,
    sub: Option<String>,
    exp: Option<f64>,
    iat: Option<f64>,
    nonce: Option<String>,
    auth_time: Option<f64>,
    #[serde(default)]
    sid: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    username: Value,
    #[serde(default)]
    email: Value,
}

/// Verifies an ID token that was issued to `client_id`.
///
/// # Errors
/// `step_up_refused` for any fault, `upstream_failed` or `upstream_unavailable` when the issuer's keys cannot be
/// fetched.
pub(crate) async fn verify(state: &AppState, token: &str, client_id: &str) -> Result<IdToken, Failure> {
    if token.len() > LONGEST {
        return Err(fault("size"));
    }
    let token = SignedToken::parse(token).filter(|token| token.is_of_type(&["jwt"]));
    let token = token.ok_or_else(|| fault("header"))?;
    let keys = state.authenticator.keys().with_key(&token.key_id).await.map_err(|unknown| match unknown {
        Unknown::Failed(error) => upstream::failure(&error, upstream::Purpose::Tenant),
        Unknown::Absent | Unknown::TooSoon => fault("unknown key"),
    })?;
    let key = keys.key(&token.key_id).ok_or_else(|| fault("unknown key"))?;
    let claims = token.verified(key).ok_or_else(|| fault("signature or claims"))?;
    check(claims, &state.config.logto.issuer, client_id, state.clock.now_unix_ms())
}

fn check(claims: Claims, issuer: &str, client_id: &str, now_ms: u64) -> Result<IdToken, Failure> {
    let now = now_ms as f64 / 1000.0;
    let skew = SKEW_SECONDS as f64;
    let for_client = match &claims.aud {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(several)) => several.len() == 1 && several[0].as_str() == Some(client_id),
        _ => false,
    };
    if claims.iss.as_deref() != Some(issuer) {
        return Err(fault("iss"));
    }
    if !for_client || claims.azp.as_deref().is_some_and(|party| party != client_id) {
        return Err(fault("aud"));
    }
    if claims.exp.is_none_or(|expires| now >= expires + skew) {
        return Err(fault("exp"));
    }
    let issued_at = claims.iat.filter(|issued| *issued <= now + skew).ok_or_else(|| fault("iat"))?;
    let sub = claims.sub.filter(|sub| !sub.is_empty()).ok_or_else(|| fault("sub"))?;
    let called = [&claims.name, &claims.username, &claims.email].into_iter().filter_map(Value::as_str);
    let called = called.map(str::trim).find(|text| !text.is_empty()).map(str::to_owned);
    Ok(IdToken {
        sub,
        nonce: claims.nonce,
        issued_at: issued_at.max(0.0) as u64,
        auth_time: claims.auth_time.map(|seconds| seconds.max(0.0) as u64),
        sid: claims.sid.as_str().map(str::to_owned),
        called,
    })
}

/// Returns `step_up_refused`; the reason is only logged.
fn fault(reason: &'static str) -> Failure {
    tracing::info!(reason, "refused an ID token");
    refused()
}
