//! The settings server's API: how a request is sent, and how its answer or error is read.
//!
//! Nothing here knows of sessions or retries; an answer is read into the contract's types, into a challenge or into
//! an error. The routes are listed in [`routes`].

pub(crate) mod path_id;
pub(crate) mod request;
pub(crate) mod routes;

use account_api::error::{ApiError, Detail, ServerCode};
use account_api::secret::SecretText;
use account_api::step_up::{
    CodeSentView, GRANT_HEADER, IDEMPOTENCY_HEADER, INSTANCE_HEADER, Purpose, StepUpMethod,
};
use http::{StatusCode, header};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::discovery::displayable;
use crate::error::Error;
use crate::http::{Answer, Http, HttpError};
use crate::instance::{InstanceSecret, sensitive};
use crate::server_url::ServerUrl;
use crate::session::NumberedAccessToken;
pub(crate) use request::Request;

/// The longest nonce that is accepted. A settings server's are shorter.
const LONGEST_NONCE: usize = 256;

/// What a request carries in addition to its body.
pub(crate) struct Credentials<'a> {
    /// The access token.
    pub(crate) access_token: &'a NumberedAccessToken,
    /// The app instance's secret.
    pub(crate) instance: &'a InstanceSecret,
    /// The grant of a step-up.
    pub(crate) grant: Option<&'a SecretString>,
    /// The idempotency key.
    pub(crate) operation: Option<&'a str>,
}

/// The result of a request.
pub(crate) struct Reply<A> {
    /// Whether the server has decided: a repetition would be another operation.
    pub(crate) decided: bool,
    /// The answer, or why there is none.
    pub(crate) answer: Result<Answered<A>, Error>,
}

/// A successful answer, or a challenge.
pub(crate) enum Answered<A> {
    /// The request was carried out.
    Done(A),
    /// A fresh proof is needed first.
    StepUp(Challenge),
}

/// A challenge: the request needs a proof first (RFC 9470 §3).
pub(crate) struct Challenge {
    pub(crate) purpose: Purpose,
    pub(crate) methods: Vec<StepUpMethod>,
    pub(crate) nonce: SecretText,
}

impl<A> Reply<A> {
    /// Returns the server's code if it refused.
    pub(crate) fn code(&self) -> Option<ServerCode> {
        match &self.answer {
            Err(Error::Api(error)) => Some(error.code),
            _ => None,
        }
    }
}

/// Sends a request and reads the answer. Its error is `Api` with the server's code, `Offline`, `ServerNotTrusted` for
/// a redirect, or `ServerNotLatchkey` for any other answer that is not a settings server's.
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
        HttpError::Unreachable | HttpError::TimedOut | HttpError::AnswerLost | HttpError::Unavailable => {
            Error::Offline
        }
        HttpError::Connection(problem) => Error::Connection(problem),
        HttpError::Redirected | HttpError::UrlRefused => Error::ServerNotTrusted,
        HttpError::TooLarge => Error::ServerNotLatchkey,
    };
    let mut sent = http
        .request(request.method().clone(), &server.route(request.route()))
        .map_err(failure)?
        .header(header::AUTHORIZATION, credentials.access_token.authorization()?)
        .header(header::ACCEPT, "application/json")
        .header(INSTANCE_HEADER, credentials.instance.header()?);
    if let Some(grant) = credentials.grant {
        sent = sent.header(GRANT_HEADER, sensitive(grant)?);
    }
    if let Some(operation) = credentials.operation {
        sent = sent.header(IDEMPOTENCY_HEADER, operation);
    }
    if let Some(body) = request.body() {
        sent = sent.header(header::CONTENT_TYPE, "application/json").body(body.to_vec());
    }
    http.send(sent).await.map_err(failure)
}

/// Whether the status is final: 2xx, or a 4xx that no repetition changes.
fn is_decision(status: StatusCode) -> bool {
    let passing = [StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    status.is_success() || (status.is_client_error() && !passing.contains(&status))
}

fn read<A: DeserializeOwned>(answer: &Answer) -> Result<Answered<A>, Error> {
    if answer.status.is_success() {
        let answer = serde_json::from_slice(&answer.body).map_err(|_| Error::ServerNotLatchkey)?;
        return Ok(Answered::Done(answer));
    }
    match refusal(answer)? {
        ApiError { code: ServerCode::StepUpRequired, detail, .. } => {
            challenge(detail).map(Answered::StepUp).ok_or(Error::ServerNotLatchkey)
        }
        error => Err(Error::Api(Box::new(error))),
    }
}

fn challenge(detail: Option<Detail>) -> Option<Challenge> {
    let Some(Detail::StepUp { purpose, methods, nonce }) = detail else { return None };
    let text = nonce.expose();
    let plain =
        !text.is_empty() && text.len() <= LONGEST_NONCE && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| Challenge { purpose, methods: presentable(methods), nonce })
}

/// Returns the view of a code that was sent, with its masked address made safe to show.
pub(crate) fn presentable_sent(sent: CodeSentView) -> CodeSentView {
    CodeSentView { masked: displayable(&sent.masked).unwrap_or_default(), ..sent }
}

/// Returns the methods with their masked addresses made safe to show.
pub(crate) fn presentable(methods: Vec<StepUpMethod>) -> Vec<StepUpMethod> {
    let shown = |masked: String| displayable(&masked).unwrap_or_default();
    methods
        .into_iter()
        .map(|method| match method {
            StepUpMethod::Email { masked } => StepUpMethod::Email { masked: shown(masked) },
            StepUpMethod::Phone { masked } => StepUpMethod::Phone { masked: shown(masked) },
            method @ (StepUpMethod::Browser | StepUpMethod::Password) => method,
        })
        .collect()
}

/// Reads the server's error. Returns a code that fits the status when something between app and server answered
/// instead.
fn refusal(answer: &Answer) -> Result<ApiError, Error> {
    if let Ok(error) = serde_json::from_slice::<ApiError>(&answer.body) {
        tracing::info!(
            status = answer.status.as_u16(),
            code = ?error.code,
            request_id = %error.request_id.escape_debug(),
            "settings server: refused"
        );
        return Ok(error);
    }
    tracing::warn!(status = answer.status.as_u16(), "settings server: answer of another server or proxy");
    let code = match answer.status {
        StatusCode::UNAUTHORIZED => ServerCode::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => ServerCode::RateLimited,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            ServerCode::UpstreamUnavailable
        }
        status if status.is_server_error() => ServerCode::Internal,
        _ => return Err(Error::ServerNotLatchkey),
    };
    Ok(ApiError { code, message: String::new(), field: None, request_id: String::new(), detail: None })
}
