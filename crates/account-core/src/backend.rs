//! The settings server's API: three routes, and what their refusals mean.
//!
//! Nothing here knows of sessions or retries; an answer is read into the contract's types or into an error.

use account_api::account::{
    AccountUpdateRequest, AccountView, PreferencesUpdateRequest, ProfileUpdateRequest,
};
use account_api::error::{ApiError, Code};
use http::{Method, StatusCode, header};
use serde::Serialize;

use crate::error::Error;
use crate::http::{Answer, Http, HttpError};
use crate::server_url::ServerUrl;
use crate::session::Lease;

/// One request to the settings server.
#[derive(Clone, Debug)]
pub(crate) enum AccountRequest {
    /// `GET {base}/account`
    Read,
    /// `PATCH {base}/account`
    Update(AccountUpdateRequest),
    /// `PATCH {base}/account/profile`
    UpdateProfile(Box<ProfileUpdateRequest>),
    /// `PATCH {base}/account/preferences`
    UpdatePreferences(PreferencesUpdateRequest),
}

impl AccountRequest {
    /// Whether sending it twice is the same as sending it once.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self, Self::Read)
    }
}

/// Sends a request with this access token.
///
/// # Errors
/// `Api` with the server's own code, `Offline`, `ServerNotTrusted` for a redirect, `ServerNotLatchkey` for an
/// answer that is none.
pub(crate) async fn send(
    http: &Http,
    server: &ServerUrl,
    lease: &Lease,
    request: &AccountRequest,
) -> Result<AccountView, Error> {
    let answer = match request {
        AccountRequest::Read => call(http, server, lease, Method::GET, "account", None::<&()>).await,
        AccountRequest::Update(body) => call(http, server, lease, Method::PATCH, "account", Some(body)).await,
        AccountRequest::UpdateProfile(body) => {
            call(http, server, lease, Method::PATCH, "account/profile", Some(body)).await
        }
        AccountRequest::UpdatePreferences(body) => {
            call(http, server, lease, Method::PATCH, "account/preferences", Some(body)).await
        }
    }?;
    if answer.status == StatusCode::OK {
        serde_json::from_slice(&answer.body).map_err(|_| Error::ServerNotLatchkey)
    } else {
        Err(refusal(&answer))
    }
}

async fn call(
    http: &Http,
    server: &ServerUrl,
    lease: &Lease,
    method: Method,
    route: &str,
    body: Option<&impl Serialize>,
) -> Result<Answer, Error> {
    let failure = |error: HttpError| match error {
        HttpError::Unreachable | HttpError::AnswerLost | HttpError::Unavailable => Error::Offline,
        HttpError::Redirected | HttpError::UrlRefused => Error::ServerNotTrusted,
        HttpError::TooLarge => Error::ServerNotLatchkey,
    };
    let mut request = http
        .request(method, &server.route(route))
        .map_err(failure)?
        .header(header::AUTHORIZATION, lease.authorization()?)
        .header(header::ACCEPT, "application/json");
    if let Some(body) = body {
        request = request.json(body);
    }
    http.send(request).await.map_err(failure)
}

/// The server's own code, or one that fits the status when something between us answered instead.
fn refusal(answer: &Answer) -> Error {
    if let Ok(error) = serde_json::from_slice::<ApiError>(&answer.body) {
        tracing::info!(
            status = answer.status.as_u16(),
            code = ?error.code,
            request_id = %error.request_id.escape_debug(),
            "the settings server refused"
        );
        return Error::Api(Box::new(error));
    }
    tracing::warn!(status = answer.status.as_u16(), "an answer that is not the settings server's");
    let code = match answer.status {
        StatusCode::UNAUTHORIZED => Code::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => Code::RateLimited,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Code::UpstreamUnavailable
        }
        status if status.is_server_error() => Code::Internal,
        _ => return Error::ServerNotLatchkey,
    };
    Error::Api(Box::new(ApiError {
        code,
        message: String::new(),
        field: None,
        request_id: String::new(),
        detail: None,
    }))
}
