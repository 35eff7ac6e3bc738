//! Maps Logto's errors to ours, by the table that B40 asks for. No text of Logto is ever passed on.

use account_api::error::ServerCode;
use logto_client::{Error, LogtoCode, RefusedAnswer};

use crate::error::{DEFAULT_RETRY_SECONDS, Failure};

/// What a request to Logto was for: decides what a 400 or 422 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading the tenant: a refusal is never the user's fault.
    Tenant,
    /// Reading the user.
    ReadUser,
    /// Writing the user; the field, when the request has exactly one.
    WriteUser(Option<&'static str>),
    /// Writing a personal access token; the member of the request with its name.
    WriteAccessToken(&'static str),
    /// Where a user authorizes at a provider.
    BeginLink,
    /// Linking a social account with a provider's answer.
    LinkIdentity,
    /// Writing or unlinking a social account.
    WriteIdentity,
    /// Sending a code; the member of the request that says where it goes.
    SendCode(&'static str),
    /// Checking a code; the same member.
    CheckCode(&'static str),
}

/// Logto allows ten sends a recipient in ten minutes, and does not say when the next may come.
const CODES_PAUSE_SECONDS: u32 = 60;

/// Maps what Logto said to our answer, and logs what is useful to the operator.
pub(crate) fn failure(error: &Error, purpose: Purpose) -> Failure {
    let mut failure = map(error, purpose);
    failure.may_have_happened = error.may_have_happened();
    if failure.code != ServerCode::AccountNotFound {
        tracing::warn!(
            error = %error,
            logto_core_request_id = error.logto_request_id(),
            code = ?failure.code,
            "Logto: a request failed"
        );
    }
    failure
}

fn map(error: &Error, purpose: Purpose) -> Failure {
    match error {
        Error::Transport(_) => unavailable(None),
        Error::Refused(answer) => refused(answer, purpose),
        Error::Token(answer) if answer.status == 429 || answer.status >= 502 => unavailable(Some(answer)),
        Error::Token(_) | Error::ScopeMissing | Error::SecretUnavailable | Error::Unusable { .. } => {
            failed(None)
        }
        // What cannot be a path segment names nothing.
        Error::InvalidArgument if matches!(purpose, Purpose::WriteAccessToken(_)) => access_token_not_found(),
        Error::InvalidArgument => Failure::account_not_found(),
    }
}

fn refused(answer: &RefusedAnswer, purpose: Purpose) -> Failure {
    match (answer.status, purpose) {
        // Of a write, the next read says whether the user is gone: this alone signs no user out.
        (404, Purpose::ReadUser) if answer.is(LogtoCode::EntityNotFound) => Failure::account_not_found(),
        (404, Purpose::WriteAccessToken(_)) if answer.is(LogtoCode::EntityNotFound) => {
            access_token_not_found()
        }
        (422, Purpose::WriteAccessToken(member)) if answer.is(LogtoCode::AccessTokenNameExists) => {
            access_token_taken(member)
        }
        (501 | 404 | 400, Purpose::BeginLink) | (501 | 404, Purpose::LinkIdentity) => social_not_linkable(),
        (422, Purpose::LinkIdentity | Purpose::WriteIdentity) if answer.is(LogtoCode::IdentityInUse) => {
            Failure::new(ServerCode::IdentifierUnavailable, "the social account cannot be linked")
        }
        (400 | 401 | 422, Purpose::LinkIdentity) => social_provider_failed(),
        (500, Purpose::LinkIdentity | Purpose::BeginLink) => social_provider_unreachable(),
        (404, Purpose::WriteIdentity) if answer.is(LogtoCode::IdentityNotExist) => social_not_linked(),
        (400 | 422, Purpose::WriteAccessToken(member)) => Failure::invalid_value(member),
        (422, Purpose::WriteUser(_)) if is_taken(answer) => {
            Failure::new(ServerCode::IdentifierUnavailable, "the address, number or name cannot be used")
        }
        (400 | 422, Purpose::WriteUser(field)) => {
            let failure = Failure::new(ServerCode::InvalidValue, "the identity provider refused the value");
            match field {
                Some(field) => failure.of_field(field),
                None => failure,
            }
        }
        (429, Purpose::SendCode(_)) => {
            Failure::new(ServerCode::RateLimited, "too many codes were sent there")
                .retry_after(answer.retry_after.map_or(CODES_PAUSE_SECONDS, |_| retry_seconds(Some(answer))))
        }
        (400 | 422, Purpose::SendCode(member) | Purpose::CheckCode(member)) => Failure::invalid_value(member),
        (429 | 502..=504, _) => unavailable(Some(answer)),
        _ => failed(Some(answer)),
    }
}

/// 404: the user has no token of this name.
pub(crate) const fn access_token_not_found() -> Failure {
    Failure::new(ServerCode::AccessTokenNotFound, "the user has no access token of this name")
}

/// 409: another token of the user has the name.
pub(crate) fn access_token_taken(member: &'static str) -> Failure {
    Failure::new(ServerCode::IdentifierUnavailable, "another access token has this name").of_field(member)
}

/// 409: the provider's connector cannot be used here.
pub(crate) const fn social_not_linkable() -> Failure {
    Failure::new(ServerCode::SocialNotLinkable, "no account of this provider can be linked here")
}

/// 422: the provider refused, or its answer cannot be used.
pub(crate) const fn social_provider_failed() -> Failure {
    Failure::new(ServerCode::SocialProviderFailed, "the provider's answer cannot be used")
}

/// 503: the provider cannot be reached; the link stays open.
pub(crate) fn social_provider_unreachable() -> Failure {
    Failure::new(ServerCode::SocialProviderUnreachable, "the provider cannot be reached")
        .retry_after(DEFAULT_RETRY_SECONDS)
}

/// 404: the user has no such linked account.
pub(crate) const fn social_not_linked() -> Failure {
    Failure::new(ServerCode::SocialNotLinked, "the user has no such linked account")
}

/// Whether another user has it already.
fn is_taken(answer: &RefusedAnswer) -> bool {
    let codes = [LogtoCode::UsernameInUse, LogtoCode::EmailInUse, LogtoCode::PhoneInUse];
    codes.into_iter().any(|code| answer.is(code))
}

fn unavailable(answer: Option<&RefusedAnswer>) -> Failure {
    Failure::new(ServerCode::UpstreamUnavailable, "the identity provider is down or overloaded")
        .retry_after(retry_seconds(answer))
}

fn failed(answer: Option<&RefusedAnswer>) -> Failure {
    Failure::new(ServerCode::UpstreamFailed, "the identity provider sent an answer that cannot be used")
        .retry_after(retry_seconds(answer))
}

/// Returns the wait that Logto asks for, at most ten minutes; otherwise a few seconds.
fn retry_seconds(answer: Option<&RefusedAnswer>) -> u32 {
    answer
        .and_then(|answer| answer.retry_after)
        .map_or(DEFAULT_RETRY_SECONDS, |wait| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).clamp(1, 600))
}
