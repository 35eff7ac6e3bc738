//! Why a code flow failed, in words of ours: the library's own texts quote what the provider has answered.

use openidconnect::{
    ClaimsVerificationError, DiscoveryError, ErrorResponse, RequestTokenError, SignatureVerificationError,
};

use super::http::RequestFailed;

/// Returns why a provider's documents cannot be used.
pub(super) fn of_discovery(error: &DiscoveryError<RequestFailed>) -> String {
    match error {
        DiscoveryError::Request(failed) => failed.to_string(),
        DiscoveryError::Response(status, ..) => format!("its documents were refused with status {status}"),
        DiscoveryError::Validation(_) => "its discovery document names another issuer".to_owned(),
        _ => "its documents cannot be read".to_owned(),
    }
}

/// Returns why a code was not exchanged.
pub(super) fn of_exchange<E: ErrorResponse>(error: &RequestTokenError<RequestFailed, E>) -> String {
    match error {
        RequestTokenError::Request(failed) => failed.to_string(),
        RequestTokenError::ServerResponse(_) => "it refused the code or the client".to_owned(),
        _ => "its token response cannot be read".to_owned(),
    }
}

/// Returns why an ID token is not accepted.
pub(super) const fn of_claims(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "the ID token has expired, or is not valid yet",
        ClaimsVerificationError::InvalidAudience(_) => "the ID token is for another client",
        ClaimsVerificationError::InvalidIssuer(_) => "the ID token is of another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "the ID token has another nonce",
        ClaimsVerificationError::SignatureVerification(error) => match error {
            SignatureVerificationError::DisallowedAlg(_) => "the ID token's algorithm is not accepted",
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::AmbiguousKeyId(_) => {
                "the ID token's key is not among the provider's"
            }
            _ => "the ID token's signature does not hold",
        },
        _ => "the ID token is not acceptable",
    }
}
