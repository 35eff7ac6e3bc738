//! The settings server's API: how a request is sent, and what its answer or refusal means.
//!
//! Nothing here knows of sessions or retries; an answer is read into the contract's types or into an error. The routes are listed in [`routes`].

pub(crate) mod request;
pub(crate) mod routes;

use account_api::error::{ApiError, Code};
use account_api::step_up::{IDEMPOTENCY_HEADER, INSTANCE_HEADER};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::http::{Answer, Http, HttpError};
use crate::instance::InstanceSecret;
use crate::server_url::ServerUrl;
use crate::session::Lease;
pub(crate) use request::Request;

/// What a request shows beside its body.
pub(crate) struct Credentials<'a> {
    /// The access token.
    pub(crate) lease: &'a Lease,
    /// The app instance's secret.
    pub(crate) instance: &'a InstanceSecret,
    /// The name of the operation.
    pub(crate) operation: Option<&'a str>,
}

/// How a request went.
pub(crate) struct Reply<A> {
    /// Whether the server has decided: a repetition would be another operation.
    pub(crate) decided: bool,
    /// What it said.
    pub(crate) answer: Result<A, Error>,
}

impl<A> Reply<A> {
    /// The code of the refusal, if it is one.
    pub(crate) fn code(&self) -> Option<Code> {
        match &self.answer {
            Err(Error::Api(error)) => Some(error.code),
            _ => None,
        }
    }
}

/// Sends a request and reads what comes back. Its error is `Api` with the server's own code, `Offline`,
/// `ServerNotTrusted` for a redirect, or `ServerNotLatchkey` for an answer that is none.
pub(crate) async fn send<A: DeserializeOwned>(
    http: &Http,
    server: &ServerUrl,
    credentials: &Credentials<'_>,
    request: &Request<A>,
) -> Reply<A> {
    match call(http, server, credentials, request).await {
        Ok(answer) => Reply { decided: is_decision(answer.status), answer: read(&answer) },
        Err(error) => Reply { decided: false, answer: Err(error) },
    }
}

async fn call<A>(
    http: &Http,
    server: &ServerUrl,
    credentials: &Credentials<'_>,
    request: &Request<A>,
) -> Result<Answer, Error> {
    let failure = |error: HttpError| match error {
        HttpError::Unreachable | HttpError::AnswerLost | HttpError::Unavailable => Error::Offline,
        HttpError::Redirected | HttpError::UrlRefused => Error::ServerNotTrusted,
        HttpError::TooLarge => Error::ServerNotLatchkey,
    };
    let mut sent = http
        .request(request.method().clone(), &server.route(request.route()))
        .map_err(failure)?
        .header(header::AUTHORIZATION, credentials.lease.authorization()?)
        .header(header::ACCEPT, "application/json")
        .header(INSTANCE_HEADER, credentials.instance.header()?);
    if let Some(operation) = credentials.operation {
        sent = sent.header(IDEMPOTENCY_HEADER, operation);
    }
    if let Some(body) = request.body() {
        sent = sent.header(header::CONTENT_TYPE, "application/json").body(body.to_vec());
    }
    http.send(sent).await.map_err(failure)
}

/// 2xx, or a 4xx that no repetition changes.
fn is_decision(status: StatusCode) -> bool {
    let passing = [StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    status.is_success() || (status.is_client_error() && !passing.contains(&status))
}

fn read<A: DeserializeOwned>(answer: &Answer) -> Result<A, Error> {
    if answer.status.is_success() {
        return serde_json::from_slice(&answer.body).map_err(|_| Error::ServerNotLatchkey);
    }
    Err(Error::Api(Box::new(refusal(answer)?)))
}

/// The server's own code, or one that fits the status when something between us answered instead.
fn refusal(answer: &Answer) -> Result<ApiError, Error> {
    if let Ok(error) = serde_json::from_slice::<ApiError>(&answer.body) {
        tracing::info!(
            status = answer.status.as_u16(),
            code = ?error.code,
            request_id = %error.request_id.escape_debug(),
            "the settings server refused"
        );
        return Ok(error);
    }
    tracing::warn!(status = answer.status.as_u16(), "an answer that is not the settings server's");
    let code = match answer.status {
        StatusCode::UNAUTHORIZED => Code::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => Code::RateLimited,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Code::UpstreamUnavailable
        }
        status if status.is_server_error() => Code::Internal,
        _ => return Err(Error::ServerNotLatchkey),
    };
    Ok(ApiError { code, message: String::new(), field: None, request_id: String::new(), detail: None })
}
