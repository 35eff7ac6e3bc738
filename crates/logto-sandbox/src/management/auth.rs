//! Who may call the Management API: a bearer token for its resource, with the scope `all`.

use http::header;
use serde_json::{Value, json};

use super::error::{error, error_with_data};
use crate::http::{Reply, Request};
use crate::keys::TokenFault;
use crate::oidc::words;
use crate::state::{MANAGEMENT_RESOURCE, State};

/// Lets a request pass or answers why not.
pub(crate) fn authorize(state: &mut State, request: &Request) -> Result<(), Reply> {
    let Some(header) = request.header(header::AUTHORIZATION) else {
        return Err(error(401, "auth.authorization_header_missing", "Authorization header is missing."));
    };
    let Some(token) = header.strip_prefix("Bearer ") else {
        let data = json!({"supportedTypes": ["Bearer"]});
        let text = "Authorization type is not supported.";
        return Err(error_with_data(401, "auth.authorization_token_type_not_supported", text, &data));
    };
    let now_s = state.now_s();
    let claims = state.keys.verify(token.trim(), now_s).map_err(unauthorized)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("aud") != MANAGEMENT_RESOURCE || text("iss") != state.issuer() {
        return Err(unauthorized(TokenFault::WrongClaim));
    }
    if !words(&text("scope")).iter().any(|scope| scope == "all") {
        return Err(error(403, "auth.forbidden", "Forbidden. Please check your user roles and permissions."));
    }
    Ok(())
}

fn unauthorized(fault: TokenFault) -> Reply {
    let (code, name) = match fault {
        TokenFault::Malformed => ("ERR_JWS_INVALID", "JWSInvalid"),
        TokenFault::NoMatchingKey => ("ERR_JWKS_NO_MATCHING_KEY", "JWKSNoMatchingKey"),
        TokenFault::BadSignature => {
            ("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed")
        }
        TokenFault::Expired => ("ERR_JWT_EXPIRED", "JWTExpired"),
        TokenFault::WrongClaim => ("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed"),
    };
    let data = json!({"code": code, "name": name});
    error_with_data(401, "auth.unauthorized", "Unauthorized. Please check credentials and its scope.", &data)
}
